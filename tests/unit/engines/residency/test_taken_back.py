"""A drain ends where the one it was for has gone."""

from __future__ import annotations

import pytest

from gilmok.core.engine import Demand, EngineState, Need
from gilmok.engines.lifecycle import Death
from gilmok.engines.residency import (
    Drain,
    Failed,
    Load,
    Loaded,
    Measured,
    Reason,
    Reconfigured,
    Stop,
)
from gilmok.engines.residency.busy import wedged_at
from tests.unit.engines.residency.stage import GB, RUNS, Stage, need, waits

WARM, DRAINING = EngineState.WARM, EngineState.DRAINING
DRAINED = (Drain(engine="a", reason=Reason.SWAP),)


def draining(*more: Need, min_residence_s: float = 0.0) -> Stage:
    """a is drained for b since 140 s."""
    stage = Stage([need("a", 40, min_residence_s=min_residence_s), need("b", 40), *more])
    stage.warm("a", 0, 10)
    stage.at(20, a=RUNS, b=waits(20))
    assert stage.at(140, a=RUNS, b=waits(20)) == DRAINED
    return stage


def test_it_takes_requests_again_when_nobody_has_waited_for_its_place_for_a_while() -> None:
    stage = draining()
    assert stage.at(150, a=RUNS) == ()
    assert stage.look_at == 155
    assert stage.at(154.9, a=RUNS) == ()
    assert stage.state("a") is DRAINING
    assert stage.at(155, a=RUNS) == ()
    assert stage.state("a") is WARM
    assert stage.held_gb == 40
    assert stage.at(156) == ()
    assert stage.residency.residences["a"].run == 1


def test_requests_with_short_deadlines_find_their_place_still_being_cleared() -> None:
    stage = draining()
    for now in range(150, 250, 4):
        stage.at(now, a=RUNS, b=waits(now))
        stage.at(now + 3, a=RUNS)
        assert stage.state("a") is DRAINING
    assert stage.at(253) == (Stop(engine="a", reason=Reason.SWAP),)


def test_whoever_comes_again_does_not_wait_again() -> None:
    """A drain that was taken back is no new turn."""
    stage = draining(min_residence_s=60.0)
    stage.at(150, a=RUNS)
    stage.at(155, a=RUNS)
    assert stage.state("a") is WARM
    assert stage.at(160, a=waits(150, 3, running=1), b=waits(160)) == DRAINED


def test_one_that_is_through_is_stopped_as_before() -> None:
    stage = draining()
    stage.at(150, a=RUNS)
    assert stage.at(151) == (Stop(engine="a", reason=Reason.SWAP),)
    stage.at(1000)
    assert stage.state("a") is DRAINING, "until it is gone"


@pytest.mark.parametrize(("device", "state"), [("ram", DRAINING), ("gpu0", WARM)])
def test_another_who_waits_for_the_place_gets_it(device: str, state: EngineState) -> None:
    stage = draining(need("c", 50, device=device), need("d", 50, device="gpu0"))
    stage.at(150, a=RUNS, c=waits(150), d=waits(149))
    stage.at(400, a=RUNS, c=waits(150), d=waits(149))
    assert stage.state("a") is state


def test_whoever_found_another_place_needs_this_one_no_more() -> None:
    stage = draining()
    larger = Reconfigured(needs=stage.residency.needs, budget={"ram": 84 * GB})
    stage.happens(larger, 142)
    assert stage.at(142, a=RUNS, b=waits(20)) == (Load(engine="b", run=1),)
    assert stage.state("a") is WARM


def test_where_another_has_grown_meanwhile_it_goes() -> None:
    stage = draining(need("c", 20))
    stage.at(141, a=RUNS, b=waits(20), c=waits(141))
    stage.happens(Loaded(engine="c"), 150)
    stage.happens(Measured(engine="c", footprint={"ram": 30 * GB}), 160)
    assert stage.at(160, a=RUNS, c=RUNS) == (), "without a it fits"
    assert stage.at(300, a=RUNS, c=RUNS) == ()
    assert stage.state("a") is DRAINING


def test_one_that_is_no_longer_configured_goes() -> None:
    stage = draining()
    rest = {"b": stage.residency.needs["b"]}
    stage.happens(Reconfigured(needs=rest, budget=stage.residency.budget), 141)
    stage.at(200, a=RUNS)
    stage.at(300, a=RUNS)
    assert stage.state("a") is DRAINING


def test_one_that_leaves_because_too_much_is_held_goes() -> None:
    stage = Stage([need("a", 40, load_s=1.0), need("b", 20)])
    stage.warm("a", 0, 1)
    stage.warm("b", 2, 10)
    stage.happens(Measured(engine="b", footprint={"ram": 30 * GB}), 20)
    assert stage.at(20, a=RUNS, b=RUNS) == (Drain(engine="a", reason=Reason.MEMORY),)
    stage.happens(Failed(engine="b", death=Death.EXITED), 30)
    stage.at(30, a=RUNS)
    stage.at(100, a=RUNS)
    assert stage.state("a") is DRAINING


def test_the_place_of_a_pinned_engine_is_wanted_though_nobody_asks() -> None:
    stage = Stage([need("a", 40), need("b", 40)])
    stage.warm("a", 0, 10)
    needs = {"a": need("a", 40), "b": need("b", 40, pinned=True)}
    stage.happens(Reconfigured(needs=needs, budget={"ram": 64 * GB}), 20)
    assert stage.at(20, a=RUNS) == DRAINED
    assert stage.at(100, a=RUNS) == ()
    assert stage.state("a") is DRAINING


def test_it_is_no_new_life_to_its_health() -> None:
    stage = Stage([need("a", 40), need("b", 40)])
    stage.at(0, a=waits(0))
    stage.happens(Failed(engine="a", death=Death.EXITED), 1)
    stage.warm("a", 5, 10)
    stage.at(20, a=RUNS, b=waits(20))
    assert stage.at(140, a=RUNS, b=waits(20)) == DRAINED
    stage.at(150, a=RUNS)
    stage.at(155, a=RUNS)
    stage.happens(Failed(engine="a", death=Death.EXITED), 160)
    assert stage.residency.residences["a"].deaths == 1, "the first was made up for"


def test_it_is_no_new_life_to_the_watchdog() -> None:
    stage = draining()
    stage.at(150, a=RUNS)
    stage.at(155, a=RUNS)
    residence = stage.residency.residences["a"]
    assert residence.state is WARM
    assert wedged_at(residence, Demand(running=1), 100.0, 30.0) == 130.0
