"""The decisions, without a process."""

from __future__ import annotations

import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.engines.lifecycle import (
    Death,
    EngineState,
    Life,
    RestartPolicy,
    answered,
    cause,
    died,
    starting,
    stopped,
)

POLICY = RestartPolicy()


def test_the_good_life() -> None:
    life = starting(Life())
    assert life.state is EngineState.STARTING
    life = answered(life, 10.0)
    assert (life.state, life.ready_since) == (EngineState.READY, 10.0)
    assert stopped(life).state is EngineState.STOPPED


def test_an_engine_that_never_starts_is_given_up_on_the_second_try() -> None:
    life, delay = died(starting(Life()), Death.EXITED, 0.0, POLICY, 0.0)
    assert life.state is EngineState.SICK
    assert delay > 0
    life, _ = died(starting(life), Death.EXITED, 1.0, POLICY, 0.0)
    assert life.state is EngineState.STOPPED


@pytest.mark.parametrize("death", [Death.WRONG_CPU, Death.NOT_STARTED])
def test_a_binary_that_cannot_run_is_not_tried_again(death: Death) -> None:
    life, _ = died(starting(Life(was_ready=True)), death, 0.0, POLICY, 0.0)
    assert life.state is EngineState.STOPPED


def test_a_taken_port_waits_for_nothing_and_counts_apart() -> None:
    life = starting(Life())
    for _ in range(POLICY.port_tries):
        life, delay = died(starting(life), Death.PORT_TAKEN, 0.0, POLICY, 0.5)
        assert (life.state, delay, life.deaths) == (EngineState.SICK, 0.0, 0)
    life, delay = died(starting(life), Death.PORT_TAKEN, 0.0, POLICY, 0.5)
    assert life.deaths == 1
    assert delay > 0


def test_a_healthy_time_forgives_earlier_deaths() -> None:
    life = Life(state=EngineState.READY, deaths=7, ready_since=0.0, was_ready=True)
    assert died(life, Death.EXITED, POLICY.healthy_s, POLICY, 0.0)[0].deaths == 1
    assert died(life, Death.EXITED, POLICY.healthy_s - 1, POLICY, 0.0)[0].deaths == 8


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_delays_are_bounded_and_never_zero(deaths: int, random: float) -> None:
    life = Life(state=EngineState.READY, deaths=deaths, ready_since=0.0, was_ready=True)
    after, delay = died(life, Death.EXITED, 1.0, POLICY, random)
    assert after.state is EngineState.SICK
    assert POLICY.first_delay_s / 2 <= delay <= POLICY.longest_delay_s


def test_delays_double() -> None:
    def delay(deaths: int) -> float:
        life = Life(state=EngineState.READY, deaths=deaths, ready_since=0.0, was_ready=True)
        return died(life, Death.EXITED, 1.0, POLICY, 0.0)[1]

    assert [delay(n) for n in range(4)] == [0.25, 0.5, 1.0, 2.0]


@pytest.mark.parametrize(
    ("status", "words", "death"),
    [
        (-signal.SIGILL, "", Death.WRONG_CPU),
        (126, "", Death.NOT_STARTED),
        (1, "E srv start: couldn't bind HTTP server socket", Death.PORT_TAKEN),
        (1, "failed to load model", Death.EXITED),
        (-signal.SIGSEGV, "", Death.EXITED),
    ],
)
def test_causes(status: int, words: str, death: Death) -> None:
    assert cause(status, words) is death
