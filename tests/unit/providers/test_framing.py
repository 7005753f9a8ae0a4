"""Lines, events and documents come out the same however their bytes are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.core.errors import MalformedAnswer
from gilmok.providers.ndjson import Documents
from gilmok.providers.sse import EventStream, Lines
from gilmok.providers.wire import MAX_LINE

SSE = "".join(
    (
        "\ufeff: a comment\r\n",
        'event: x\r\ndata: {"a": "한글"}\r\n\r\n',
        "data:no space\n\n",
        "data: one\ndata:  two\n\n",
        "id: 7\nretry: 10\n\n\n",
        "data\n\n",
        "data: old mac\r\r",
        "data: unterminated",
    )
).encode()
EVENTS = ['{"a": "한글"}', "no space", "one\n two", "old mac", "unterminated"]


def cut(data: bytes, at: list[int]) -> list[bytes]:
    marks = [0, *sorted(mark % (len(data) + 1) for mark in at), len(data)]
    return [data[a:b] for a, b in pairwise(marks)]


def feed_all(pieces: list[bytes]) -> None:
    stream = EventStream()
    for piece in pieces:
        stream.feed(piece)


@given(st.lists(st.integers(0, 10_000), max_size=30))
def test_events_do_not_depend_on_the_cuts(at: list[int]) -> None:
    stream = EventStream()
    found = [event for piece in cut(SSE, at) for event in stream.feed(piece)]
    assert [event.decode() for event in found + stream.finish()] == EVENTS


def test_one_byte_at_a_time() -> None:
    stream = EventStream()
    found = [event for byte in SSE for event in stream.feed(bytes([byte]))]
    assert [event.decode() for event in found + stream.finish()] == EVENTS


@given(st.text("ab\r\n", max_size=40), st.lists(st.integers(0, 100), max_size=10))
def test_lines_are_those_of_the_whole(text: str, at: list[int]) -> None:
    data = text.encode()
    lines = Lines()
    found = [line for piece in cut(data, at) for line in lines.feed(piece)]
    rest = lines.finish()
    assert found + ([rest] if rest else []) == data.splitlines()


@given(st.lists(st.integers(0, 100), max_size=10))
def test_documents_skip_blank_lines(at: list[int]) -> None:
    data = b'{"a":1}\n\r\n  \n{"b":2}\r\n{"c":3}'
    documents = Documents()
    found = [line for piece in cut(data, at) for line in documents.feed(piece)]
    assert found + documents.finish() == [b'{"a":1}', b'{"b":2}', b'{"c":3}']


@pytest.mark.parametrize("piece", [1 << 16, MAX_LINE + 1])
def test_a_line_without_end_is_given_up(piece: int) -> None:
    with pytest.raises(MalformedAnswer):
        feed_all([b"data: ", *[b"x" * piece] * (MAX_LINE // piece + 2)])


def test_an_event_of_many_lines_is_bounded_too() -> None:
    with pytest.raises(MalformedAnswer):
        feed_all([b"data: " + b"x" * (1 << 20) + b"\n"] * 8)


def test_a_long_line_in_small_pieces_costs_linear_work() -> None:
    """Counted, not timed: no piece is copied before its line ends."""
    lines = Lines()
    for _ in range(100_000):
        assert lines.feed(b"x" * 8) == []
    assert [len(line) for line in lines.feed(b"\n")] == [800_000]
