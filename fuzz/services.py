"""Sends bodies to the readers of services: JSON and forms, proper ones and such that are nearly ones.

    python -m fuzz.services --examples 200000 --seed 1

A proper body is read, and everything of the caller's own words in it is private. A changed one is
read the same way twice, or refused as the caller's fault by a message that holds none of those words;
nothing else happens. What a recording says of its length stays within a day, whatever its bytes.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from gilmok.core.errors import CallerError
from gilmok.core.request import Message
from gilmok.core.work import Work, units
from gilmok.surfaces.services.embeddings_wire import read_embedding
from gilmok.surfaces.services.forms import read_transcription
from gilmok.surfaces.services.pictures import read_picture
from gilmok.surfaces.services.speech import read_speech
from gilmok.surfaces.services.videos_wire import FEATURES, read_video, read_video_form

SECRET = "zQ9secretzQ9"
_DAY_MS = 86_400_000
_MOST_BYTES = 100_000
_TYPE = "multipart/form-data; boundary=x"
_ODD: tuple[object, ...] = (
    None, True, False, 0, -1, 2**63, 2**70, 1e308, "", "auto", SECRET, "\0", "가" * 40, "\ud800", [], {}, [[]],
    [SECRET], {SECRET: SECRET}, [1, 2], [None], "http://127.0.0.1/", "gs://bucket/*", "data:,x",
)  # fmt: skip
_PIECES = (
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\0", b"\xff", b"\\ud800", b"\r\n", b"--x", b"--x--",
    b"1e999", b"null", SECRET.encode(), b'"' + SECRET.encode() + b'":1,',
)  # fmt: skip
_HEADS = (
    b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\x20\0\0\0",
    b"ID3\x04\0\0\0\0\0\x02\0\0\xff\xfb\x90\x00",
    b"\xff\xfb\x90\x00" + bytes(413) + b"\xff\xfb\x90\x00",
    b"fLaC\0\0\0\x22" + bytes(10) + b"\x0a\xc4\x42\xf0\0\0\x10\0",
    b"OggS\0\x02" + bytes(22) + b"OpusHead" + b"OggS\0\x04" + bytes(8),
    b"\0\0\0\x18ftypmp42" + bytes(12) + b"\0\0\0\x74moov\0\0\0\x6cmvhd" + bytes(12) + b"\0\0\x03\xe8\0\0\x10\0",
    b"\x1a\x45\xdf\xa3",
    b"RIFF\0\0\0\0AVI ",
)  # fmt: skip


class Read(Struct, frozen=True):
    """What a reader made of a body."""

    messages: tuple[Message, ...]
    work: Work | None
    rest: str


class Kind(Struct, frozen=True):
    """One sort of body: who reads it, and a proper one."""

    read: Callable[[bytes], Read]
    fields: Mapping[str, tuple[object, ...]]
    """The values that are proper; the first field is required."""
    is_form: bool = False


def _embedding(body: bytes) -> Read:
    wanted, texts = read_embedding(body)
    assert all(texts)
    return Read((), None, f"{wanted!r} {len(texts)}")


def _picture(body: bytes) -> Read:
    wish = read_picture(body)
    return Read(wish.messages, wish.work, repr(wish.target.preference))


def _speech(body: bytes) -> Read:
    wish = read_speech(body)
    return Read(wish.messages, None, f"{units(wish.work)} {wish.stream}")


def _video(body: bytes) -> Read:
    wish = read_video(body, 60_000, ("gs://bucket/",))
    return Read(wish.messages, wish.work, "")


def _transcription(body: bytes) -> Read:
    wish = read_transcription(body, _TYPE, _MOST_BYTES)
    return Read(wish.messages, wish.work, "")


def _video_form(body: bytes) -> Read:
    wish = read_video_form(body, _TYPE, _MOST_BYTES, 60_000)
    return Read(wish.messages, wish.work, "")


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "embedding": Kind(
            _embedding,
            {
                "input": (SECRET, [SECRET], [SECRET, "가", "b" * 5000]),
                "model": ("auto", "a-model"),
                "dimensions": (None, 1, 16_384),
                "encoding_format": (None, "float", "base64"),
                "user": (None, SECRET),
            },
        ),
        "picture": Kind(
            _picture,
            {
                "prompt": (SECRET, "가" * 32_000),
                "n": (None, 1, 10),
                "size": (None, "auto", "1024x1536"),
                "quality": (None, "hd", "high"),
                "stream": (None, False),
                "user": (None, SECRET),
            },
        ),
        "speech": Kind(
            _speech,
            {
                "input": (SECRET, "가" * 32_768),
                "voice": ("alloy", "ko-KR-Neural2-A"),
                "instructions": (None, SECRET),
                "response_format": (None, "wav", "pcm"),
                "speed": (None, 0.25, 4),
                "stream_format": (None, "audio"),
            },
        ),
        "video": Kind(
            _video,
            {
                "url": (f"https://example.org/{SECRET}.mp4", f"gs://bucket/{SECRET}"),
                "features": (None, ["labels"], list(FEATURES)),
                "language": (None, "ko", "en-US"),
            },
        ),
        "transcription": Kind(
            _transcription,
            {
                "file": _HEADS[:-1],
                "prompt": ("", SECRET),
                "language": ("", "ko"),
                "response_format": ("json", "srt", "verbose_json"),
                "temperature": ("", "0", "0.7", "1e-3"),
                "stream": ("false",),
            },
            is_form=True,
        ),
        "video form": Kind(
            _video_form,
            {
                "file": _HEADS[4:],
                "features": ("labels", "labels, faces,labels"),
                "user": (SECRET,),
            },
            is_form=True,
        ),
    }
)


def written(kind: Kind, chance: random.Random) -> dict[str, object]:
    """A proper body's fields: the required one, and some of the others."""
    fields: dict[str, object] = {}
    for number, (name, values) in enumerate(kind.fields.items()):
        if not number or chance.random() < 0.6:
            fields[name] = chance.choice(values)
    return fields


def encoded(kind: Kind, fields: Mapping[str, object]) -> bytes:
    if not kind.is_form:
        return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")
    parts = (
        b'--x\r\ncontent-disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        % (name.encode("utf-8", "replace"), value if isinstance(value, bytes) else _said(value))
        for name, value in fields.items()
    )
    return b"".join(parts) + b"--x--\r\n"


def _said(value: object) -> bytes:
    return str(value).encode("utf-8", "surrogatepass")


def changed(kind: Kind, fields: dict[str, object], chance: random.Random) -> bytes:
    """Odd values, unknown names, bytes that do not belong."""
    for _ in range(chance.randrange(3)):
        name = chance.choice((*kind.fields, SECRET, "stream", "api_base"))
        fields[name] = chance.choice((*_ODD, *_HEADS) if kind.is_form else _ODD)
    if kind.is_form and chance.random() < 0.5:
        fields["file"] = _bent(
            chance.choice(_HEADS) + chance.randbytes(chance.randrange(400)), chance
        )
    body = encoded(kind, fields)
    for _ in range(chance.randrange(3)):
        at = chance.randrange(len(body) + 1)
        end = min(len(body), at + chance.randrange(12))
        body = body[:at] + chance.choice((b"", *_PIECES)) + body[end:]
    return body


def _bent(data: bytes, chance: random.Random) -> bytes:
    """With some bytes after the first ones changed: heads lie."""
    bent = bytearray(data)
    for _ in range(chance.randrange(6)):
        bent[chance.randrange(3, len(bent))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
    return bytes(bent)


def check(kind: Kind, body: bytes) -> str:
    """How it ended: `read` or `refused`. Raises `AssertionError` where a law was broken."""
    try:
        found = kind.read(body)
    except CallerError as error:
        told = (
            f"{error!r} {error} {error.message('ko')} {error.message('en')} {error.__context__!r}"
        )
        assert SECRET not in told, (told, body)
        return "refused"
    assert SECRET not in repr(found), body
    assert kind.read(body) == found, body
    assert 0 <= units(found.work) <= _DAY_MS * len(FEATURES), body
    return "read"


def run(examples: int, seed: int) -> Counter[str]:
    """How changed bodies ended. Raises `AssertionError`, with the body in it."""
    chance = random.Random(seed)
    ends: Counter[str] = Counter()
    for _ in range(examples):
        name = chance.choice(tuple(KINDS))
        kind, fields = KINDS[name], written(KINDS[name], chance)
        proper = encoded(kind, fields)
        assert check(kind, proper) == "read", (name, proper)
        ends[check(kind, changed(kind, fields, chance))] += 1
    return ends


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--examples", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    ends = run(options.examples, options.seed)
    print(f"seed {options.seed}: {options.examples} bodies read; changed ones: {dict(ends)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
