"""The memory law: what counts, what never fits, and who leaves when there is too much."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest

from gilmok.core.engine import RAM, EngineState
from gilmok.engines.lifecycle import Death
from gilmok.engines.residency import (
    Drain,
    Failed,
    Load,
    Loaded,
    Measured,
    Reason,
    Reconfigured,
    Residency,
    ResidencyPolicy,
    Stop,
    Stopped,
    Unfit,
    ready_in,
    unfit,
)
from gilmok.engines.residency.eviction import Resident, cheapest
from tests.unit.engines.residency.stage import GB, RUNS, Stage, need, waits


def test_it_counts_from_the_load_to_the_end_of_the_process() -> None:
    stage = Stage([need("a", 30), need("b", 40)])
    stage.at(0, a=waits(0))
    assert stage.held_gb == 30
    stage.happens(Loaded(engine="a", footprint={RAM: 25 * GB}), 10)
    assert stage.held_gb == 25
    stage.at(10, a=RUNS)
    stage.at(5000, b=waits(5000), a=RUNS)
    stage.at(6000, b=waits(5000), a=RUNS)
    assert (stage.state("a"), stage.held_gb) == (EngineState.DRAINING, 25)
    assert stage.at(6001, b=waits(5000)) == (Stop(engine="a", reason=Reason.SWAP),)
    assert stage.held_gb == 25
    stage.gone("a", 6002)
    assert stage.held_gb == 0


@pytest.mark.parametrize("chance", [0.0, 0.999])
def test_a_death_frees_it(chance: float) -> None:
    stage = Stage([need("a", 30)])
    stage.at(0, a=waits(0))
    stage.happens(Failed(engine="a", death=Death.EXITED), 5, chance)
    assert (stage.state("a"), stage.held_gb) == (EngineState.SICK, 0)


def test_what_was_measured_is_reserved_the_next_time() -> None:
    stage = Stage([need("a", 30)])
    stage.warm("a", 0, 10)
    stage.happens(Measured(engine="a", footprint={RAM: 45 * GB}), 20)
    stage.happens(Measured(engine="a", footprint={RAM: 20 * GB}), 30)
    assert stage.held_gb == 20
    stage.gone("a", 40)
    assert stage.residency.reserve("a") == {RAM: 45 * GB}
    other = {"a": need("a", 31)}
    stage.happens(Reconfigured(needs=other, budget=stage.residency.budget), 50)
    assert stage.residency.reserve("a") == {RAM: 31 * GB}, "configured anew"


def test_a_half_loaded_engine_has_the_rest_of_its_memory_reserved() -> None:
    stage = Stage([need("a", 40), need("b", 30)])
    stage.at(0, a=waits(0))
    stage.happens(Measured(engine="a", footprint={RAM: 3 * GB}), 1)
    assert stage.held_gb == 40
    assert stage.at(2, a=waits(0), b=waits(2)) == ()


def test_one_that_grows_makes_the_cheapest_leave() -> None:
    stage = Stage([need("a", 30, load_s=60.0), need("b", 20, load_s=2.0)])
    stage.warm("a", 0, 10)
    stage.warm("b", 11, 12)
    stage.happens(Measured(engine="a", footprint={RAM: 50 * GB}), 13)
    assert stage.at(13, a=RUNS, b=RUNS) == (Drain(engine="b", reason=Reason.MEMORY),)
    assert stage.at(14, a=RUNS, b=RUNS) == (), "once"
    assert stage.at(15, a=RUNS) == (Stop(engine="b", reason=Reason.MEMORY),)
    stage.gone("b", 16)
    assert stage.at(17, a=RUNS, b=waits(16)) == ()


def test_one_that_outgrows_the_machine_is_drained_and_sick_for_a_while() -> None:
    stage = Stage([need("a", 30)])
    stage.warm("a", 0, 10)
    stage.happens(Measured(engine="a", footprint={RAM: 70 * GB}), 13)
    assert stage.at(13) == (Stop(engine="a", reason=Reason.MEMORY),)
    stage.gone("a", 14)
    assert stage.state("a") is EngineState.SICK
    assert unfit(stage.residency, "a") is None, "it may have been a leak"
    assert stage.at(20, a=waits(14)) == (Load(engine="a", run=2),)
    stage.happens(Loaded(engine="a", footprint={RAM: 70 * GB}), 30)
    assert stage.at(30, a=waits(14)) == (Stop(engine="a", reason=Reason.MEMORY),)
    stage.gone("a", 31)
    assert unfit(stage.residency, "a") == Unfit(
        engine="a", device=RAM, needed=70 * GB, budget=64 * GB
    ), "fresh, it is larger than the machine"


def test_pinned_engines_leave_last() -> None:
    stage = Stage([need("a", 30, pinned=True, load_s=1.0), need("b", 30, load_s=60.0)])
    stage.at(0)
    stage.happens(Loaded(engine="a"), 1)
    stage.warm("b", 2, 3)
    stage.happens(Measured(engine="b", footprint={RAM: 40 * GB}), 4)
    assert stage.at(4) == (Stop(engine="b", reason=Reason.MEMORY),)
    stage.gone("b", 5)
    stage.happens(Measured(engine="a", footprint={RAM: 65 * GB}), 6)
    assert stage.at(6) == (Stop(engine="a", reason=Reason.MEMORY),)


def test_what_never_fits_evicts_nobody_and_says_why() -> None:
    stage = Stage([need("a", 30), need("b", 80)])
    stage.warm("a", 0, 10)
    assert stage.at(9000, b=waits(11)) == ()
    assert unfit(stage.residency, "b") == Unfit(
        engine="b", device=RAM, needed=80 * GB, budget=64 * GB
    )
    assert ready_in(stage.residency, {}, "b", 11) is None
    assert unfit(stage.residency, "a") is None


def test_what_does_not_fit_beside_the_pinned_never_fits() -> None:
    residency = Stage([need("a", 30, pinned=True), need("b", 40), need("c", 34)]).residency
    assert unfit(residency, "b") == Unfit(
        engine="b", device=RAM, needed=40 * GB, budget=64 * GB, pinned=30 * GB
    )
    assert unfit(residency, "c") is None


def test_what_may_not_be_beside_the_pinned_never_fits() -> None:
    needs = [
        need("a", 10, pinned=True),
        need("b", 10, exclusive=True),
        need("c", 10, device="gpu0"),
    ]
    residency = Stage(needs).residency
    found = unfit(residency, "b")
    assert found is not None
    assert found.beside == "a"
    assert unfit(residency, "c") is None


def test_of_two_pinned_ones_the_first_stays() -> None:
    residency = Stage([need("a", 40, pinned=True), need("b", 40, pinned=True)]).residency
    assert unfit(residency, "a") is None
    assert unfit(residency, "b") is not None


def test_a_device_without_a_budget_has_none() -> None:
    residency = Stage([need("a", 1, device="gpu7")]).residency
    assert unfit(residency, "a") == Unfit(engine="a", device="gpu7", needed=GB, budget=0)


def test_a_smaller_budget_sheds() -> None:
    stage = Stage([need("a", 30), need("b", 30)])
    stage.warm("a", 0, 10)
    stage.warm("b", 11, 12)
    stage.happens(Reconfigured(needs=stage.residency.needs, budget={RAM: 40 * GB}), 20)
    assert len(stage.at(21)) == 1


def test_an_engine_that_is_no_longer_configured_is_drained_and_forgotten() -> None:
    stage = Stage([need("a", 30), need("b", 30)])
    stage.warm("a", 0, 10)
    rest = {"b": need("b", 30)}
    stage.happens(Reconfigured(needs=rest, budget=stage.residency.budget), 20)
    assert stage.at(20, a=RUNS) == (Drain(engine="a", reason=Reason.REMOVED),)
    assert ready_in(stage.residency, {}, "a", 20) is None
    assert stage.held_gb == 30
    assert stage.at(21) == (Stop(engine="a", reason=Reason.REMOVED),)
    stage.gone("a", 22)
    assert stage.residency.residences.keys() == {"b"}
    assert stage.residency.needs.keys() == {"b"}


@pytest.mark.parametrize("seed", range(40))
def test_the_cheapest_set_is_the_cheapest(seed: int) -> None:
    """Against every set there is."""
    chance = Random(seed)
    residents = [
        Resident(
            engine=f"e{n}",
            frees={d: chance.randint(0, 9) for d in ("ram", "gpu0")},
            cost=float(chance.randint(0, 5)),
        )
        for n in range(7)
    ]
    over = {d: chance.randint(1, 30) for d in ("ram", "gpu0")}
    fitting = [
        (sum(r.cost for r in some), len(some))
        for size in range(8)
        for some in combinations(residents, size)
        if all(sum(r.frees[d] for r in some) >= amount for d, amount in over.items())
    ]
    chosen = cheapest(over, residents)
    if not fitting:
        assert chosen is None
        return
    assert chosen is not None
    costs = {r.engine: r.cost for r in residents}
    assert (sum(costs[e] for e in chosen), len(chosen)) == min(fitting)


def test_beyond_twelve_a_good_set_will_do() -> None:
    """Enough is freed, nobody goes in vain, and it costs no more than twice the least."""
    chance = Random(4)
    for _ in range(8):
        residents = [
            Resident(engine=f"e{n}", frees={RAM: chance.randint(1, 9)}, cost=chance.random())
            for n in range(14)
        ]
        over = {RAM: chance.randint(5, 25)}
        chosen = cheapest(over, residents)
        assert chosen is not None
        going = [r for r in residents if r.engine in chosen]
        freed = sum(r.frees[RAM] for r in going)
        assert freed >= over[RAM]
        assert all(freed - r.frees[RAM] < over[RAM] for r in going)
        least = min(
            sum(r.cost for r in some)
            for size in range(1, 15)
            for some in combinations(residents, size)
            if sum(r.frees[RAM] for r in some) >= over[RAM]
        )
        assert sum(r.cost for r in going) <= 2 * least + 1e-9


def test_late_and_foreign_news_change_nothing() -> None:
    stage = Stage([need("a", 30)])
    stage.at(0, a=waits(0))
    before = stage.residency
    for event in (
        Failed(engine="a", death=Death.EXITED, run=0),
        Stopped(engine="?"),
        Loaded(engine="?"),
        Measured(engine="a", footprint={}, run=7),
    ):
        stage.happens(event, 1)
        assert stage.residency is before
    stage.happens(Loaded(engine="a", run=1), 2)
    stage.happens(Loaded(engine="a", run=1, footprint={RAM: 1}), 3)
    assert stage.held_gb == 30, "loaded twice"


def test_an_empty_machine() -> None:
    residency = Residency.of({}, {}, ResidencyPolicy())
    assert residency.held == {}
    assert unfit(residency, "a") is None
    assert ready_in(residency, {}, "a", 0) is None


def test_a_process_that_dies_while_it_is_being_stopped_is_gone() -> None:
    stage = Stage([need("a", 40), need("b", 40)])
    stage.warm("a", 0, 10)
    stage.at(5000, b=waits(5000))
    stage.happens(Failed(engine="a", death=Death.EXITED), 5001)
    assert (stage.state("a"), stage.held_gb) == (EngineState.COLD, 0)
    assert stage.at(5001, b=waits(5000)) == (Load(engine="b", run=1),)


def test_one_that_holds_nothing_yet_has_its_device_to_itself_all_the_same() -> None:
    stage = Stage([need("a", 40, exclusive=True), need("b", 10)])
    stage.warm("a", 0, 10)
    stage.happens(Measured(engine="a", footprint={RAM: 0}), 11)
    assert stage.at(12, a=RUNS, b=waits(12)) == ()
