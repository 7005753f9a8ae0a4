"""What the dummy does besides chat: vectors, pictures, speech, transcripts, reports of videos.

All of it is made from the request alone, so the same request gives the same answer: a vector counts
the pieces of its text, a picture is one colour, speech is a tone as long as the text. Faults are
those of `dummy`; what it calls pieces are vectors, pictures, or pieces of sound here.
"""

from __future__ import annotations

import hashlib
import math
import re
import struct
import zlib
from array import array
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from gilmok.core.completion import Delta, Event, FinishReason, Made, Vector
from gilmok.core.outbound import Letter
from gilmok.core.request import Request, Text
from gilmok.core.work import (
    Embedding,
    Picture,
    Speech,
    Transcription,
    VideoAnalysis,
    Work,
    units,
)

PATH = "/works"
"""Where the letters of works go; chat's have OpenAI's path."""
DIMENSIONS = 64
_RATE = 8000
"""Samples a second."""
_CHARACTER_S = 0.02
_LONGEST_S = 2.0
_SIDE = 8
"""Pixels."""
_PIECES = re.compile(r"\w+")


class Order(Struct, frozen=True):
    """A work as the dummy's dialect writes it."""

    does: str
    texts: tuple[str, ...]
    dimensions: int | None = None
    count: int = 1
    format: str = ""
    features: tuple[str, ...] = ()
    units: int = 0

    def __repr__(self) -> str:
        return f"<order of {self.does}>"


_encode = msgspec.json.Encoder().encode
_ORDER = msgspec.json.Decoder(Order)


def written(request: Request, work: Work) -> Letter:
    texts = tuple(
        part.text.reveal()
        for message in request.messages
        for part in message.parts
        if isinstance(part, Text)
    )
    order = Order(work.does, texts, units=units(work))
    match work:
        case Embedding():
            order = msgspec.structs.replace(order, dimensions=work.dimensions)
        case Picture():
            order = msgspec.structs.replace(order, count=work.count)
        case Speech() | Transcription():
            order = msgspec.structs.replace(order, format=work.format)
        case VideoAnalysis():
            order = msgspec.structs.replace(order, features=work.features)
    return Letter(PATH, _encode(order))


def read(letter: Letter) -> Order | None:
    """`None` of chat."""
    return _ORDER.decode(letter.body) if letter.path == PATH else None


def made(order: Order, said: str) -> Iterator[Event]:
    """The answer's events, one for each piece. `said`: what is heard in every recording."""
    match order.does:
        case "embeddings":
            for index, text in enumerate(order.texts):
                yield Vector(index, vector(text, order.dimensions or DIMENSIONS))
        case "images":
            for index in range(order.count):
                yield Made(picture(f"{index} {order.texts[0]}"), "image/png", index)
        case "speech":
            wave = speech(order.texts[-1])
            for at in range(0, len(wave), len(wave) // 4 + 1):
                yield Made(wave[at : at + len(wave) // 4 + 1], "audio/wav")
        case "transcription":
            yield Delta(content=said, finish=FinishReason.STOP)
        case _:
            yield Made(_encode(_report(order, said)), "application/json")


def vector(text: str, dimensions: int) -> bytes:
    """Of length 1. Texts with words in common are nearer to one another than those without."""
    counts = [0.0] * dimensions
    for word in _PIECES.findall(text.lower()) or [text]:
        padded = f" {word} "
        for at in range(max(1, len(padded) - 2)):
            digest = hashlib.blake2b(padded[at : at + 3].encode("utf-8", "replace")).digest()
            counts[int.from_bytes(digest[:4], "big") % dimensions] += 1 - 2 * (digest[4] & 1)
    length = math.sqrt(sum(count * count for count in counts)) or 1.0
    counts[0] += 0.0 if any(counts) else 1.0
    floats = array("f", [count / length for count in counts])
    return floats.tobytes() if _is_little_endian() else _swapped(floats)


def _is_little_endian() -> bool:
    return struct.pack("=h", 1) == struct.pack("<h", 1)


def _swapped(floats: array[float]) -> bytes:
    floats.byteswap()
    return floats.tobytes()


def picture(prompt: str) -> bytes:
    """A PNG of one colour."""
    colour = hashlib.blake2b(prompt.encode("utf-8", "replace"), digest_size=3).digest()
    rows = (b"\0" + colour * _SIDE) * _SIDE
    head = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def speech(text: str) -> bytes:
    """A WAV of one tone, 20 ms for each character."""
    count = int(min(_LONGEST_S, max(0.1, len(text) * _CHARACTER_S)) * _RATE)
    tone = [round(8000 * math.sin(2 * math.pi * 440 * at / _RATE)) for at in range(count)]
    samples = struct.pack(f"<{count}h", *tone)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _RATE, 2 * _RATE, 2, 16)
    body = b"WAVE" + form + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


class _Seen(Struct, frozen=True):
    feature: str
    description: str
    confidence: float


class _Report(Struct, frozen=True):
    annotations: list[_Seen]


def _report(order: Order, said: str) -> _Report:
    return _Report([_Seen(feature, said, 0.5) for feature in order.features])
