"""What follows a failed attempt, and what the caller is told in the end."""

from __future__ import annotations

import pytest

from gilmok.core.errors import (
    AllEndpointsFailed,
    AnswerRejected,
    AnswersRejected,
    AttemptFailed,
    ConnectFailed,
    EmptyAnswer,
    FirstTokenTimeout,
    HttpError,
    LabelRefused,
    LocalUnavailable,
    UpstreamRateLimited,
    UpstreamRejected,
    UpstreamStatus,
)
from gilmok.core.flaws import Flaw
from gilmok.core.inspection import Clearance
from gilmok.dispatch.policy import DispatchPolicy, NextCandidate, Retry, Step, after, verdict
from gilmok.guard import CannotClear
from tests.unit import nouns

POLICY = DispatchPolicy(retries=2, backoff_s=0.5, backoff_max_s=2.0, patience_s=1.0)


def step(error: AttemptFailed, tries: int = 1, *, others: bool = True, left: float = 60.0) -> Step:
    return after(
        error, tries=tries, others_left=others, time_left_s=left, policy=POLICY, chance=0.5
    )


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_what_will_not_pass_goes_to_the_next(status: int) -> None:
    assert step(UpstreamStatus(status)) == NextCandidate()


@pytest.mark.parametrize("status", [408, 409, 425, 500, 502, 503, 529])
def test_what_may_pass_is_tried_again_with_growing_jitter(status: int) -> None:
    assert step(UpstreamStatus(status)) == Retry(0.25)
    assert step(UpstreamStatus(status), tries=2) == Retry(0.5)
    assert step(UpstreamStatus(status), tries=3) == NextCandidate()


def test_retry_after_is_obeyed_where_nobody_else_is_left() -> None:
    assert step(UpstreamStatus(429, retry_after_s=7.0), others=False) == Retry(7.0)
    assert step(UpstreamStatus(429, retry_after_s=7.0), others=True) == NextCandidate()
    assert step(UpstreamStatus(429, retry_after_s=0.5), others=True) == Retry(0.5)


def test_nothing_is_waited_for_beyond_the_deadline() -> None:
    late = step(UpstreamStatus(503, retry_after_s=7.0), others=False, left=7.0)
    assert late == NextCandidate()


def test_a_slow_first_token_is_not_asked_twice() -> None:
    assert step(FirstTokenTimeout(1.0)) == NextCandidate()


def test_a_rejected_answer_is_asked_for_again_only_where_nobody_else_is_left() -> None:
    rejected = AnswerRejected(Flaw.EMPTY)
    assert step(rejected, others=True) == NextCandidate()
    assert step(rejected, others=False) == Retry(0.25)
    assert step(rejected, tries=3, others=False) == NextCandidate()


def say(*errors: AttemptFailed, clearance: Clearance = Clearance.OPEN) -> HttpError:
    return verdict([("a", error) for error in errors], nouns.inspection(clearance), 4096)


def test_the_verdict_keeps_the_nature_of_the_failures() -> None:
    assert isinstance(say(UpstreamStatus(400), UpstreamStatus(422)), UpstreamRejected)
    limited = say(UpstreamStatus(429, 9.0), UpstreamStatus(429, 3.0))
    assert isinstance(limited, UpstreamRateLimited)
    assert limited.retry_after_s == 3.0
    assert isinstance(say(UpstreamStatus(400), UpstreamStatus(500)), AllEndpointsFailed)
    assert isinstance(say(ConnectFailed("refused"), EmptyAnswer()), AllEndpointsFailed)


def test_a_request_that_must_stay_is_told_so() -> None:
    for clearance, errors in (
        (Clearance.LOCAL_ONLY, [UpstreamStatus(503)]),
        (Clearance.MASKED, [CannotClear("a"), UpstreamStatus(503)]),
    ):
        error = say(*errors, clearance=clearance)
        assert isinstance(error, LocalUnavailable)
        assert "upstream_status_503" in error.message("ko")


def test_answers_that_were_none_are_told_as_such_wherever_they_came_from() -> None:
    for clearance in Clearance:
        error = say(
            AnswerRejected(Flaw.EMPTY), AnswerRejected(Flaw.ANALYSIS_ECHO), clearance=clearance
        )
        assert isinstance(error, AnswersRejected)
        assert error.status == 502
        assert "a: rejected_empty, a: rejected_analysis_echo" in error.message("en")
    mixed = say(AnswerRejected(Flaw.EMPTY), UpstreamStatus(503))
    assert isinstance(mixed, AllEndpointsFailed)
    assert "rejected_empty" in mixed.message("ko")


def test_masked_text_that_left_is_not_said_to_have_stayed() -> None:
    error = say(UpstreamStatus(503), clearance=Clearance.MASKED)
    assert isinstance(error, AllEndpointsFailed)


def test_waiting_is_not_advised_where_it_cannot_help() -> None:
    uncleared = say(CannotClear("a"), CannotClear("b"), clearance=Clearance.MASKED)
    assert isinstance(uncleared, LabelRefused)
    assert uncleared.retry_after_s is None
    rejected = say(UpstreamStatus(400), clearance=Clearance.LOCAL_ONLY)
    assert isinstance(rejected, UpstreamRejected)


def test_a_prompt_that_does_not_fit_keeps_its_code() -> None:
    too_long = say(UpstreamStatus(400, kind="context_length_exceeded"))
    assert too_long.code == "context_length_exceeded"
    mixed = say(UpstreamStatus(400, kind="context_length_exceeded"), UpstreamStatus(422))
    assert isinstance(mixed, UpstreamRejected)
