"""What a recording is and how long it lasts, from its own first bytes. Pure.

The length decides what is held for it, and what is charged where the provider reports none, so an
upper bound stands wherever it cannot be read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from math import ceil
from typing import Final

from msgspec import Struct

LOWEST_BYTES_PER_S: Final = 750
"""6 kbit/s: Opus at its lowest, and no speech codec in use is below."""
_DAY_MS: Final = 86_400_000


class Kind(Struct, frozen=True):
    format: str
    """As OpenAI calls it: `wav`, `mp3`, `flac`, `ogg`, `mp4`, `webm`."""
    audio: str
    """Media type, where only its sound is wanted."""
    video: str = ""
    """Media type as a video; empty where it cannot be one."""


WAV: Final = Kind("wav", "audio/wav")
FLAC: Final = Kind("flac", "audio/flac")
OGG: Final = Kind("ogg", "audio/ogg", "video/ogg")
MP3: Final = Kind("mp3", "audio/mpeg")
MP4: Final = Kind("mp4", "audio/mp4", "video/mp4")
WEBM: Final = Kind("webm", "audio/webm", "video/webm")
AVI: Final = Kind("avi", "", "video/x-msvideo")
KINDS: Final = (WAV, FLAC, OGG, MP3, MP4, WEBM, AVI)


def kind_of(data: bytes) -> Kind | None:
    """By its first bytes; what a file's name or its sender says is not asked."""
    if data[:4] == b"RIFF":
        return {b"WAVE": WAV, b"AVI ": AVI}.get(data[8:12])
    if data[:4] == b"fLaC":
        return FLAC
    if data[:4] == b"OggS":
        return OGG
    if data[4:8] == b"ftyp":
        return MP4
    if data[:4] == b"\x1a\x45\xdf\xa3":
        return WEBM
    return MP3 if data[:3] == b"ID3" or _frame(data, 0) is not None else None


def milliseconds(data: bytes, kind: Kind) -> int | None:
    """How long it lasts, rounded up; `None` where it does not say, or nothing sensible.

    Never raises, whatever the bytes.
    """
    try:
        seconds = _READERS[kind.format](data) if kind.format in _READERS else None
    except (struct.error, IndexError, ZeroDivisionError, OverflowError):
        return None
    if seconds is None or not 0 <= seconds * 1000 <= _DAY_MS:
        return None
    return ceil(seconds * 1000)


def at_most(data: bytes) -> int:
    """Milliseconds that no recording of that size exceeds."""
    return min(_DAY_MS, ceil(len(data) / LOWEST_BYTES_PER_S * 1000))


_PLAIN_SAMPLES: Final = frozenset({1, 3, 6, 7, 0xFFFE})
"""WAV's tags of samples that are all of one size: whole numbers, floats, A-law, mu-law, extensible."""


def _wav(data: bytes) -> float | None:
    rate = 0
    for name, begin, size in _chunks(data):
        if name == b"fmt ":
            rate = _bytes_per_s(data, begin)
        elif name == b"data":
            # Writers of streams put in the greatest number there is.
            return float(min(size, len(data) - begin) / rate) if rate else None
    return None


def _bytes_per_s(data: bytes, begin: int) -> int:
    """Of the samples, as whoever plays them reckons: the rate that is written beside it is only
    said. 0 where it cannot be known."""
    tag, channels, samples, _, _, bits = struct.unpack_from("<HHIIHH", data, begin)
    return samples * channels * -(-bits // 8) if tag in _PLAIN_SAMPLES else 0


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    at = 12
    while at + 8 <= len(data):
        size: int = struct.unpack_from("<I", data, at + 4)[0]
        yield data[at : at + 4], at + 8, size
        at += 8 + size + size % 2


def _flac(data: bytes) -> float | None:
    """STREAMINFO comes first: 20 bits of rate, 8 of shape, 36 of samples, from byte 10 on."""
    packed = int.from_bytes(data[18:26], "big")
    rate, samples = packed >> 44, packed & (1 << 36) - 1
    return samples / rate if rate and samples else None


def _ogg(data: bytes) -> float | None:
    """The last page says how many samples have been; Opus always counts 48,000 a second."""
    last = data.rfind(b"OggS", max(0, len(data) - 65_536 - 282))
    if last <= 0:
        return None
    samples: int = struct.unpack_from("<q", data, last + 6)[0]
    first = data[:512]
    if b"OpusHead" in first:
        return samples / 48_000
    vorbis = first.find(b"\x01vorbis")
    return None if vorbis < 0 else samples / float(struct.unpack_from("<I", data, vorbis + 12)[0])


_TAG: Final = 128
"""Bytes of the title and names at the very end of an MP3; elsewhere the letters mean nothing."""
_BITRATES: Final = {
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""kbit/s by index 1..14, of MPEG 1 (or 2 and 2.5) and a layer."""
_RATES: Final = {
    3: (44_100, 48_000, 32_000),
    2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8000),
}


def _frame(data: bytes, at: int) -> tuple[int, float] | None:
    """Bytes and seconds of the MPEG audio frame at this place."""
    if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return None
    version, layer = data[at + 1] >> 3 & 3, 4 - (data[at + 1] >> 1 & 3)
    index, rate_index = data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if version == 1 or layer == 4 or not 0 < index < 15 or rate_index == 3:
        return None
    rate = _RATES[version][rate_index]
    bits = _BITRATES[version == 3, layer][index - 1] * 1000
    padding = data[at + 2] >> 1 & 1
    if layer == 1:
        return (12 * bits // rate + padding) * 4, 384 / rate
    samples = 1152 if layer == 2 or version == 3 else 576
    return samples // 8 * bits // rate + padding, samples / rate


def _mp3(data: bytes) -> float | None:
    """Frame by frame: their rates may vary. What is no frame is passed over as one byte less, a
    little way, and then it is no MP3."""
    at, seconds, strange = _after_id3(data), 0.0, 0
    while at + 4 <= len(data):
        frame = _frame(data, at)
        if frame is not None:
            at, seconds = at + frame[0], seconds + frame[1]
        elif len(data) - at == _TAG and data[at : at + 3] == b"TAG":
            break
        elif strange > 65_536:
            return None
        else:
            at, strange = at + 1, strange + 1
    return seconds or None


def _after_id3(data: bytes) -> int:
    if data[:3] != b"ID3":
        return 0
    size = 0
    for byte in data[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _mp4(data: bytes) -> float | None:
    """The movie header's duration."""
    movie = next((box for box in _boxes(data, 0, len(data)) if box[0] == b"moov"), None)
    if movie is None:
        return None
    header = next((box for box in _boxes(data, movie[1], movie[2]) if box[0] == b"mvhd"), None)
    if header is None:
        return None
    begin = header[1]
    scale, length = struct.unpack_from(
        *(">IQ", data, begin + 20) if data[begin] else (">II", data, begin + 12)
    )
    return float(length / scale) if length and length not in (2**32 - 1, 2**64 - 1) else None


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and end of each box's content."""
    while at + 8 <= end:
        size, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        elif size == 0:
            size = end - at
        if size < head:
            return
        yield name, at + head, min(end, at + size)
        at += size


_READERS: Final = {"wav": _wav, "flac": _flac, "ogg": _ogg, "mp3": _mp3, "mp4": _mp4}
