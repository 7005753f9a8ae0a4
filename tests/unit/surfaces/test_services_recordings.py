"""How long a recording is, against files written by others and against noise."""

from __future__ import annotations

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.surfaces.services.recordings import (
    FLAC,
    KINDS,
    MP3,
    MP4,
    OGG,
    WAV,
    Kind,
    at_most,
    kind_of,
    milliseconds,
)


def wav(seconds: float, rate: int = 8000, channels: int = 1) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(bytes(2 * channels * int(seconds * rate)))
    return made.getvalue()


def streamed_wav(seconds: float) -> bytes:
    """By a writer that did not know its length."""
    whole = wav(seconds)
    return whole[:4] + b"\xff\xff\xff\xff" + whole[8:40] + b"\xff\xff\xff\xff" + whole[44:]


def flac(seconds: int, rate: int = 44_100) -> bytes:
    packed = rate << 44 | 1 << 41 | 15 << 36 | seconds * rate
    return b"fLaC\x80\x00\x00\x22" + bytes(10) + packed.to_bytes(8, "big") + bytes(16)


def page(samples: int, body: bytes) -> bytes:
    return b"OggS\0\0" + struct.pack("<q", samples) + bytes(12) + b"\x01\x00" + body


def opus(seconds: int) -> bytes:
    return page(0, b"OpusHead" + bytes(11)) + page(seconds * 48_000, bytes(40))


def vorbis(seconds: int, rate: int = 22_050) -> bytes:
    head = b"\x01vorbis" + bytes(5) + struct.pack("<I", rate) + bytes(12)
    return page(0, head) + page(seconds * rate, bytes(40))


def mp3(frames: int, tag: bytes = b"") -> bytes:
    """128 kbit/s at 44.1 kHz: 417 bytes and 1152 samples each."""
    return tag + (b"\xff\xfb\x90\x00" + bytes(413)) * frames


def mp4(scale: int, length: int, version: int = 0) -> bytes:
    times = struct.pack(">IIII", 0, 0, scale, length)
    if version:
        times = struct.pack(">QQIQ", 0, 0, scale, length)
    header = bytes([version, 0, 0, 0]) + times + bytes(80)
    mvhd = struct.pack(">I", 8 + len(header)) + b"mvhd" + header
    return (
        b"\0\0\0\x10ftypisom\0\0\0\0"
        + struct.pack(">I", 12) + b"mdat" + bytes(4)
        + struct.pack(">I", 8 + len(mvhd)) + b"moov" + mvhd
    )  # fmt: skip


ID3 = b"ID3\x03\x00\x00" + bytes([0, 0, 1, 0]) + bytes(128)


@pytest.mark.parametrize(
    ("data", "kind", "wanted"),
    [
        (wav(1.5), WAV, 1500),
        (wav(0.25, 44_100, 2), WAV, 250),
        (streamed_wav(2), WAV, 2000),
        (flac(7), FLAC, 7000),
        (opus(3), OGG, 3000),
        (vorbis(4), OGG, 4000),
        (mp3(100), MP3, 2613),
        (mp3(100, ID3), MP3, 2613),
        (mp3(10) + b"TAG" + bytes(125), MP3, 262),
        (mp4(600, 3000), MP4, 5000),
        (mp4(90_000, 900_000, 1), MP4, 10_000),
    ],
)
def test_how_long_it_is(data: bytes, kind: Kind, wanted: int) -> None:
    assert kind_of(data) is kind
    assert milliseconds(data, kind) == wanted
    assert at_most(data) > 0


@pytest.mark.parametrize(
    "data",
    [wav(1)[:30], flac(0), opus(1)[:40], mp4(0, 5), mp4(1, 2**32 - 1), mp4(1, 90_000), b"fLaC", wav(1)[:12]],
)  # fmt: skip
def test_where_it_does_not_say_there_is_a_bound(data: bytes) -> None:
    kind = kind_of(data)
    assert kind is not None
    assert milliseconds(data, kind) is None
    assert at_most(data) <= 86_400_000


def test_what_a_head_says_beside_the_samples_is_not_believed() -> None:
    """Whoever plays them goes by their size; the bytes a second are only said, and `TAG` in the
    middle ends nothing."""
    lying = bytearray(wav(60))
    lying[28:32] = b"\xff\xff\xff\xff"
    assert milliseconds(bytes(lying), WAV) == 60_000
    lying[20] = 0x11  # ADPCM, whose samples are of no fixed size
    assert milliseconds(bytes(lying), WAV) is None
    frames = mp3(1) + b"TAG" + mp3(99) + b"TAG" + bytes(125)
    assert milliseconds(frames, MP3) == milliseconds(mp3(100), MP3)


def test_no_recording() -> None:
    assert all(kind_of(data) is None for data in (b"", b"hello", b"%PDF-1.7", b"\xff\xff\xff\xff"))


BEGINNINGS = st.sampled_from([wav(0.01), flac(1), opus(1), vorbis(1), mp3(2, ID3), mp4(1, 1), b""])


@given(BEGINNINGS, st.binary(max_size=64), st.integers(0, 120))
def test_whatever_the_bytes_nothing_is_raised(good: bytes, noise: bytes, at: int) -> None:
    data = good[:at] + noise + good[at + len(noise) :]
    for kind in KINDS:
        length = milliseconds(data, kind)
        assert length is None or 0 <= length <= 86_400_000
