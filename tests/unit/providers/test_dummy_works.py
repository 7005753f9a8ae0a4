"""What the dummy does besides chat is the same each time, and sound."""

from __future__ import annotations

import io
import struct
import wave
import zlib

import pytest

from gilmok.core.completion import Delta, Made, Vector
from gilmok.core.outbound import Letter
from gilmok.core.request import Message, Request, Role, Target, Text
from gilmok.core.text import Private
from gilmok.core.work import Embedding, Picture, Speech, Transcription, VideoAnalysis, Work
from gilmok.providers import dummy_works
from gilmok.providers.dummy import parse


def request(work: Work, *texts: str) -> Request:
    messages = tuple(Message(role=Role.USER, parts=(Text(Private(t)),)) for t in texts)
    return Request(
        id="dec_1", target=Target(), messages=messages, received_at=0, deadline=1, work=work
    )


def made(work: Work, *texts: str) -> list[object]:
    order = dummy_works.read(dummy_works.written(request(work, *texts), work))
    assert order is not None
    return list(dummy_works.made(order, "said"))


def floats(vector: object) -> tuple[float, ...]:
    assert isinstance(vector, Vector)
    return struct.unpack(f"<{len(vector.floats) // 4}f", vector.floats)


def near(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def test_vectors_are_the_same_each_time_and_nearer_for_shared_words() -> None:
    soup, noodles, car = map(
        floats, made(Embedding(), "국물이 진해요", "국물이 짜요", "주차가 어렵다")
    )
    assert len(soup) == dummy_works.DIMENSIONS
    assert near(soup, soup) == pytest.approx(1)
    assert near(soup, noodles) > near(soup, car)
    assert floats(made(Embedding(), "국물이 진해요")[0]) == soup
    (short,) = made(Embedding(dimensions=3), "!")
    assert len(floats(short)) == 3
    assert near(floats(short), floats(short)) == pytest.approx(1)


def test_a_picture_is_a_png() -> None:
    pictures = made(Picture(count=2), "soup")
    assert [p.index for p in pictures if isinstance(p, Made)] == [0, 1]
    first = pictures[0]
    assert isinstance(first, Made)
    assert first.data.startswith(b"\x89PNG\r\n\x1a\n")
    at = first.data.index(b"IDAT")
    (size,) = struct.unpack(">I", first.data[at - 4 : at])
    assert len(zlib.decompress(first.data[at + 4 : at + 4 + size])) == 8 * (1 + 3 * 8)


def test_speech_is_as_long_as_its_text() -> None:
    def seconds(text: str) -> float:
        pieces = made(Speech(voice="x", characters=len(text)), text)
        whole = b"".join(p.data for p in pieces if isinstance(p, Made))
        with wave.open(io.BytesIO(whole)) as file:
            return float(file.getnframes() / file.getframerate())

    assert seconds("a" * 50) == pytest.approx(1.0)
    assert seconds("a") == pytest.approx(0.1)


def test_a_transcript_and_a_report() -> None:
    (delta,) = made(Transcription(media_type="audio/wav"))
    assert isinstance(delta, Delta)
    assert delta.content == "said"
    (report,) = made(VideoAnalysis(features=("labels", "shots")))
    assert isinstance(report, Made)
    assert report.data.count(b'"feature"') == 2


def test_chat_is_not_the_dummys_own() -> None:
    assert dummy_works.read(Letter("/chat/completions", b"{}")) is None


def test_faults_of_texts_are_parsed() -> None:
    assert parse("hates=a%20b+most=3").hates == "a b"
    assert parse("most=3").most == 3
