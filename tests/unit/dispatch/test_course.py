"""The times of an attempt, on a clock of our own."""

from __future__ import annotations

import pytest

from gilmok.core.completion import Timings, Usage
from gilmok.core.receipt import Attempt, Purpose
from gilmok.dispatch.course import Course
from tests.unit import nouns


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> int:
        return int(self.now * 1e9)


def streamed(clock: _Clock, *, usage: Usage, queued: bool = True) -> Attempt:
    course = Course(clock)
    clock.now += 3.0
    course.start(nouns.candidate(), 2000.0 if queued else 0.0)
    clock.now += 0.25
    # The fleet learns how fast an endpoint is, not how long its queue was.
    assert course.worked_ms == pytest.approx(250.0)
    assert course.first_token() == pytest.approx(250.0)
    clock.now += 0.5
    course.end("answered", usage, 0)
    return course.attempts[0]


def test_a_queue_is_no_part_of_a_prefill() -> None:
    of = streamed(_Clock(), usage=Usage(10, 6))
    assert of.queued_ms == 2000.0
    assert of.started_ms == pytest.approx(1000.0)
    assert of.prefill_ms == pytest.approx(250.0)
    assert of.decode_ms == pytest.approx(500.0)
    assert of.token_ms == pytest.approx(100.0)
    unqueued = streamed(_Clock(), usage=Usage(10, 1), queued=False)
    assert unqueued.prefill_ms == pytest.approx(250.0)
    assert unqueued.token_ms is None


def test_the_upstreams_own_clock_counts_first() -> None:
    of = streamed(_Clock(), usage=Usage(10, 5, timings=Timings(30.0, 80.0)))
    assert (of.prefill_ms, of.decode_ms, of.token_ms) == (30.0, 80.0, 20.0)


def test_a_whole_answer_has_no_phases() -> None:
    clock = _Clock()
    course = Course(clock)
    course.start(nouns.candidate())
    clock.now += 3.0
    course.end("answered", Usage(10, 6), 0)
    of = course.attempts[0]
    assert (of.prefill_ms, of.decode_ms, of.token_ms) == (None, None, None)


def test_a_wait_in_vain_is_the_requests_whoever_waited() -> None:
    clock = _Clock()
    course = Course(clock)
    aside = course.aside(Purpose.ANALYSIS)
    for waits in (aside, course):
        since_ms = course.elapsed_ms
        clock.now += 2.0
        waits.queued_in_vain(since_ms)
    assert course.queued_in_vain_ms == pytest.approx(4000.0)


def test_a_clock_that_stumbles_makes_no_negative_time() -> None:
    of = Attempt(
        number=1, endpoint_id="a", zone="local", masked=False, started_ms=5.0, ended_ms=6.0,
        first_token_ms=7.0, outcome="answered", usage=Usage(1, 2), queued_ms=9.0,
    )  # fmt: skip
    assert (of.prefill_ms, of.decode_ms, of.token_ms) == (0.0, 0.0, 0.0)
