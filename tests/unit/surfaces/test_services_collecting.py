"""What is collected of an answer is whole, or no answer."""

from __future__ import annotations

import json
import struct

import pytest

from gilmok.core.completion import Delta, Event, FinishReason, Made, Opened, Usage, Vector
from gilmok.core.errors import StreamBroken
from gilmok.core.work import Transcription
from gilmok.surfaces.services.door import Note
from gilmok.surfaces.services.made import Things
from gilmok.surfaces.services.speech import sendable
from gilmok.surfaces.services.transcripts import Words, rendered
from gilmok.surfaces.services.vectors import Vectors
from gilmok.surfaces.services.videos_wire import result_of

PNG = "image/png"


def vector(index: int, *floats: float) -> Vector:
    return Vector(index, struct.pack(f"<{len(floats)}f", *floats))


def things(most: int, *events: Event) -> list[bytes]:
    found = Things(most)
    for event in events:
        found.add(event)
    return [thing.data for thing in found.in_order()]


def vectors(*events: Event) -> tuple[bytes, ...]:
    found = Vectors(2, None)
    for event in events:
        found.add(event)
    return found.in_order()


def words(*events: Event) -> str:
    found = Words()
    for event in events:
        found.add(event)
    return found.text


def test_pieces_of_one_thing_are_joined() -> None:
    pieces = (Made(b"a", PNG, 1), Made(b"b", PNG, 0), Made(b"c", PNG, 1), Usage(1, 0))
    assert things(2, Opened(), *pieces) == [b"b", b"ac"]


@pytest.mark.parametrize(
    "events",
    [
        (),
        (Made(b"a", PNG),),
        (Made(b"a", PNG), Made(b"", PNG, 1)),
        (Made(b"a", PNG), Made(b"b", PNG, 1), Made(b"c", PNG, 2)),
        (Made(b"a", PNG), Made(b"b", PNG, -1)),
        (Made(b"a", PNG), Delta(content="b")),
    ],
)
def test_too_few_things_or_others_are_no_answer(events: tuple[Event, ...]) -> None:
    with pytest.raises(StreamBroken):
        things(2, *events)


@pytest.mark.parametrize(
    "events",
    [
        (vector(0, 1, 2),),
        (vector(0, 1, 2), vector(0, 1, 2)),
        (vector(0, 1, 2), vector(1, 1, 2, 3)),
        (vector(0, 1, 2), vector(2, 1, 2)),
        (vector(0, 1, 2), Vector(1, b"abc")),
        (vector(0), vector(1)),
        (vector(0, 1, 2), Made(b"a", PNG)),
    ],
)
def test_vectors_that_do_not_belong_together_are_no_answer(events: tuple[Event, ...]) -> None:
    with pytest.raises(StreamBroken):
        vectors(*events)


def test_vectors_have_as_many_numbers_as_were_asked_for() -> None:
    found = Vectors(1, 3)
    with pytest.raises(StreamBroken):
        found.add(vector(0, 1, 2))
    found.add(vector(0, 1, 2, 3))
    assert found.in_order() == (struct.pack("<3f", 1, 2, 3),)


@pytest.mark.parametrize(
    "events",
    [
        (Delta(content="a"),),
        (Delta(content="a", finish=FinishReason.STOP), Delta(content="b")),
        (Delta(index=1, content="a", finish=FinishReason.STOP),),
        (Made(b"a", "audio/wav"),),
    ],
)
def test_words_without_an_end_are_no_transcript(events: tuple[Event, ...]) -> None:
    with pytest.raises(StreamBroken):
        words(*events)


NOTE = Note(endpoint="e", zone="local", model="m", cost_usd="0", fallback=None)


@pytest.mark.parametrize(
    ("written", "text", "duration", "segments"),
    [
        ('{"text": "a", "duration": "2.5", "segments": [{"start": 0, "end": 1, "text": "a"}]}',
         "a", 2.5, [(0, 1, "a")]),
        ('{"text": "a", "duration": "nan", "segments": [7]}', "a", 2.0, [(0, 2, "a")]),
        ('{"words": "a"}', '{"words": "a"}', 2.0, [(0, 2, '{"words": "a"}')]),
        ("a", "a", 2.0, [(0, 2, "a")]),
    ],
)  # fmt: skip
def test_what_a_provider_wrote_becomes_one_form(
    written: str, text: str, duration: float, segments: list[tuple[float, float, str]]
) -> None:
    work = Transcription(media_type="audio/wav", format="verbose_json", milliseconds=2000)
    media, body = rendered(written, work, NOTE)
    told = json.loads(body)
    assert media == "application/json"
    assert (told["text"], told["duration"]) == (text, duration)
    assert [(s["start"], s["end"], s["text"]) for s in told["segments"]] == segments


def test_subtitles_of_a_provider_stay_as_they_are() -> None:
    for format, said in (("srt", "1\n00:00:00,000 --> 00:00:01,000\na\n"), ("vtt", "WEBVTT\n\n")):
        work = Transcription(media_type="audio/wav", format=format, milliseconds=3_723_004)
        assert rendered(said, work, NOTE)[1] == said.encode()
        assert b"01:02:03" in rendered("a", work, NOTE)[1]


def test_a_media_type_that_would_break_a_header_is_bytes() -> None:
    assert sendable("audio/mpeg") == "audio/mpeg"
    assert sendable("audio/L16; rate=24000") == "audio/L16; rate=24000"
    for wrong in ("", "audio/wav\r\nset-cookie: a=b", "한글/글", "a" * 200):
        assert sendable(wrong) == "application/octet-stream"


def test_a_report_that_is_no_json_is_held_as_bytes() -> None:
    assert bytes(result_of(b'{"a": 1}', "application/json")) == b'{"a": 1}'
    for data, media in ((b"{", "application/json"), (b"<a/>", "application/xml")):
        assert set(json.loads(bytes(result_of(data, media)))) == {"media_type", "data"}
