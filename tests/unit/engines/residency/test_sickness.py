"""Engines that die, cannot be loaded, or give nothing any more."""

from __future__ import annotations

import pytest

from gilmok.core.engine import NOBODY, Demand, EngineState
from gilmok.engines.lifecycle import Death
from gilmok.engines.residency import (
    Failed,
    Load,
    Loaded,
    Reason,
    ResidencyPolicy,
    Stop,
    Wedged,
    ready_in,
)
from gilmok.engines.residency.busy import is_wedged, wedged_at
from tests.unit.engines.residency.stage import RUNS, Stage, need, waits

POLICY = ResidencyPolicy(first_delay_s=1.0, longest_delay_s=8.0, tries=3, give_up_s=300.0)


def dies(stage: Stage, now: float, death: Death = Death.EXITED) -> float:
    """It is loaded and dies; how long it is left alone."""
    (load,) = stage.at(now, a=waits(0))
    assert isinstance(load, Load)
    stage.happens(Failed(engine="a", death=death, run=load.run), now)
    return stage.residency.residences["a"].retry_at - now


def test_delays_grow_and_it_is_given_up_until_long_after() -> None:
    stage = Stage([need("a", 10)], policy=POLICY)
    assert dies(stage, 0) == 0.75, "with the middle of chance, three quarters of the bound"
    assert stage.at(0.5, a=waits(0)) == ()
    assert stage.look_at == 0.75
    assert dies(stage, 1) == 1.5
    assert dies(stage, 10) == 300.0
    assert stage.residency.residences["a"].given_up
    assert ready_in(stage.residency, {}, "a", 11) is None
    assert stage.at(309, a=waits(300)) == ()
    assert stage.at(310) == (), "nobody asks"
    assert ready_in(stage.residency, {}, "a", 400) == 10.0
    assert stage.at(400, a=waits(400)) == (Load(engine="a", run=4),)
    stage.happens(Loaded(engine="a"), 410)
    assert not stage.residency.residences["a"].given_up


def test_one_that_was_ready_once_is_never_given_up() -> None:
    stage = Stage([need("a", 10)], policy=POLICY)
    stage.warm("a", 0, 10)
    stage.happens(Failed(engine="a", death=Death.EXITED), 11)
    delays = [dies(stage, now) for now in (100, 200, 300, 400, 500, 600)]
    assert delays == [1.5, 3.0, 6.0, 6.0, 6.0, 6.0]
    assert not stage.residency.residences["a"].given_up


def test_a_long_healthy_life_makes_up_for_deaths() -> None:
    stage = Stage([need("a", 10)], policy=POLICY)
    stage.warm("a", 0, 10)
    stage.happens(Failed(engine="a", death=Death.EXITED), 11)
    dies(stage, 100)
    stage.warm("a", 200, 210)
    stage.happens(Failed(engine="a", death=Death.EXITED), 1000)
    assert stage.residency.residences["a"].deaths == 1


@pytest.mark.parametrize("death", [Death.WRONG_CPU, Death.NOT_STARTED, Death.REFUSED])
def test_the_hopeless_are_given_up_at_once(death: Death) -> None:
    assert dies(Stage([need("a", 10)], policy=POLICY), 0, death) == 300.0


def test_a_service_that_does_not_answer_may_be_started_at_any_time() -> None:
    stage = Stage([need("a", 10)], policy=POLICY)
    delays = [dies(stage, now, Death.UNREACHABLE) for now in (0, 100, 200, 300, 400)]
    assert max(delays) <= 8.0


def test_a_stolen_port_is_no_sickness_at_first() -> None:
    stage = Stage([need("a", 10)], policy=POLICY)
    delays = [dies(stage, now, Death.PORT_TAKEN) for now in (0, 1, 2, 3, 4)]
    assert delays == [0.0] * 5
    assert dies(stage, 5, Death.PORT_TAKEN) > 0


def test_the_sick_keep_nobody_out() -> None:
    stage = Stage([need("a", 60), need("b", 60)], policy=POLICY)
    stage.at(0, a=waits(0))
    stage.happens(Failed(engine="a", death=Death.EXITED), 5)
    assert stage.at(5, a=waits(0), b=waits(3)) == (Load(engine="b", run=1),)
    sick = ready_in(stage.residency, {"a": waits(0), "b": waits(3)}, "a", 5)
    assert sick is not None
    assert sick >= 10.75


def test_loading_is_no_failure_however_slow_until_it_is_stuck() -> None:
    stage = Stage([need("a", 10, load_s=100.0)])
    stage.at(0, a=waits(0))
    assert stage.look_at == 1000, "though nothing may ever happen again"
    assert stage.at(999, a=waits(0)) == ()
    assert stage.look_at == 1000
    assert stage.at(1000, a=waits(0)) == (Stop(engine="a", reason=Reason.STUCK),)
    stage.gone("a", 1001)
    assert stage.state("a") is EngineState.SICK


def test_a_wedged_engine_is_ended_with_what_it_has_and_is_sick() -> None:
    stage = Stage([need("a", 10)])
    stage.warm("a", 0, 10)
    stage.happens(Wedged(engine="a"), 50)
    assert stage.at(50, a=RUNS) == (Stop(engine="a", reason=Reason.WEDGED),)
    assert stage.held_gb == 10
    stage.gone("a", 51)
    assert stage.state("a") is EngineState.SICK


def test_a_drain_that_is_wedged_ends() -> None:
    stage = Stage([need("a", 40), need("b", 40)])
    stage.warm("a", 0, 10)
    stage.at(20, a=RUNS, b=waits(20))
    stage.at(141, a=RUNS, b=waits(20))
    assert stage.state("a") is EngineState.DRAINING
    stage.happens(Wedged(engine="a"), 150)
    assert stage.at(150, a=RUNS, b=waits(20)) == (Stop(engine="a", reason=Reason.WEDGED),)


def test_who_is_wedged() -> None:
    stage = Stage([need("a", 10)])
    cold = stage.residency.residences["a"]
    assert wedged_at(cold, RUNS, 0, 30) is None
    stage.warm("a", 0, 10)
    warm = stage.residency.residences["a"]
    assert wedged_at(warm, NOBODY, 0, 30) is None, "nothing to do"
    assert wedged_at(warm, Demand(waiting=3), 0, 30) is None, "nothing begun"
    assert wedged_at(warm, RUNS, 5, 30) == 40, "progress of an earlier life is none"
    assert wedged_at(warm, RUNS, 25, 30) == 55
    assert not is_wedged(warm, RUNS, 25, 54.9, 30)
    assert is_wedged(warm, RUNS, 25, 55, 30)
    stage.happens(Wedged(engine="a"), 60)
    stage.at(60, a=RUNS)
    assert wedged_at(stage.residency.residences["a"], RUNS, 25, 30) is None, "it is being ended"
