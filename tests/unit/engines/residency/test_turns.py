"""Who goes for whom, and when."""

from __future__ import annotations

import pytest

from gilmok.core.engine import Demand, EngineState, Need
from gilmok.engines.lifecycle import Death
from gilmok.engines.residency import (
    Drain,
    Failed,
    Load,
    Loaded,
    Reason,
    ResidencyPolicy,
    Stop,
)
from tests.unit.engines.residency.stage import GB, RUNS, Stage, need, waits

SWAP = Reason.SWAP


def test_an_idle_engine_that_nobody_asks_for_goes_at_once() -> None:
    stage = Stage([need("a", 40), need("b", 40)])
    stage.warm("a", 0, 10)
    assert stage.at(5000, b=waits(5000)) == (Stop(engine="a", reason=SWAP),)


def test_a_busy_engine_keeps_its_place_until_the_bound_and_is_drained_then() -> None:
    stage = Stage([need("a", 40), need("b", 40)])
    stage.warm("a", 0, 10)
    busy = Demand(running=1, waiting=3, oldest=15.0)
    assert stage.at(20, a=busy, b=waits(20)) == ()
    assert stage.look_at == 140
    assert stage.at(139.9, a=busy, b=waits(20)) == ()
    assert stage.at(140, a=busy, b=waits(20)) == (Drain(engine="a", reason=SWAP),)
    assert stage.at(150, a=busy, b=waits(20)) == (), "one request is still being answered"
    assert stage.at(151, a=waits(15, 3), b=waits(20)) == (Stop(engine="a", reason=SWAP),)


def test_cheap_loads_are_swapped_sooner_than_dear_ones() -> None:
    stage = Stage([need("a", 40, load_s=1.0), need("b", 40, load_s=1.0)])
    stage.warm("a", 0, 1)
    stage.at(20, a=RUNS, b=waits(20))
    assert stage.look_at is not None
    assert 26 <= stage.look_at <= 28, "three times a swap of two seconds"


def test_the_urgent_wait_less_but_not_nothing() -> None:
    stage = Stage([need("a", 40), need("b", 40)])
    stage.warm("a", 0, 10)
    stage.at(20, a=RUNS, b=waits(20))
    normal = stage.look_at
    stage.at(20, a=RUNS, b=Demand(waiting=1, oldest=20.0, urgency=3.0, work_s=1.0))
    assert normal is not None
    assert stage.look_at == pytest.approx(normal - 30)
    stage.at(20.5, a=RUNS, b=Demand(waiting=1, oldest=20.0, urgency=1e9))
    assert stage.state("a") is EngineState.DRAINING


def test_requests_with_short_deadlines_do_not_lose_their_place() -> None:
    """Each of them gives up before the bound; their engine is loaded all the same."""
    stage = Stage([need("a", 40), need("b", 40)])
    stage.warm("a", 0, 10)
    now = 20.0
    while stage.state("a") is EngineState.WARM:
        assert now < 141, "b starves"
        stage.at(now, a=RUNS, b=waits(now))  # a request every 4 seconds, gone after 3
        stage.at(now + 3, a=RUNS)
        now += 4


def test_whoever_was_loaded_for_somebody_serves_them_first() -> None:
    """Two overloaded engines do not evict each other before either has answered."""
    policy = ResidencyPolicy(max_wait_s=0.0, turn_s=30.0)
    stage = Stage([need("a", 40), need("b", 40)], policy=policy)
    stage.at(0, a=waits(0, 9), b=waits(0.5, 9))
    stage.happens(Loaded(engine="a"), 10)
    assert stage.at(10, a=waits(0, 9), b=waits(0.5, 9)) == ()
    assert stage.look_at == 40
    assert stage.at(39, a=waits(0, 5, running=1), b=waits(0.5, 9)) == ()
    assert stage.at(40, a=waits(0, 4, running=1), b=waits(0.5, 9)) == (
        Drain(engine="a", reason=SWAP),
    )


def test_the_turn_ends_with_the_last_of_those_who_waited() -> None:
    policy = ResidencyPolicy(max_wait_s=0.0, turn_s=30.0)
    stage = Stage([need("a", 40), need("b", 40)], policy=policy)
    stage.at(0, a=waits(0, 2), b=waits(0.5))
    stage.happens(Loaded(engine="a"), 10)
    stage.at(10, a=waits(0, 2), b=waits(0.5))
    assert stage.at(12, a=waits(11, 1, running=1), b=waits(0.5)) == (
        Drain(engine="a", reason=SWAP),
    )


def test_after_its_turn_an_engine_stands_behind_those_who_had_none() -> None:
    policy = ResidencyPolicy(max_wait_s=0.0, turn_s=0.0)
    stage = Stage([need("a", 60), need("b", 60), need("c", 60)], policy=policy)
    old = waits(0, 9)
    order = []
    demands = {"a": old, "b": waits(1, 9), "c": waits(2, 9)}
    now = 5.0
    for _ in range(40):
        now += 1
        for action in stage.at(now, **demands):
            if isinstance(action, Load):
                order.append(action.engine)
                stage.happens(Loaded(engine=action.engine), now + 0.5)
            elif isinstance(action, Stop):
                stage.gone(action.engine, now + 0.5)
    assert order[:6] == ["a", "b", "c", "a", "b", "c"]


def test_minimum_residence_outlasts_the_bound() -> None:
    policy = ResidencyPolicy(max_wait_s=5.0)
    stage = Stage([need("a", 40, min_residence_s=60.0), need("b", 40)], policy=policy)
    stage.warm("a", 0, 10)
    assert stage.at(12, b=waits(12)) == ()
    assert stage.look_at == 70
    assert stage.at(70, b=waits(12)) == (Stop(engine="a", reason=SWAP),)


def test_pinned_engines_are_loaded_at_once_and_stay() -> None:
    stage = Stage([need("a", 40, pinned=True, idle_s=1.0), need("b", 20)])
    assert stage.at(0) == (Load(engine="a", run=1),)
    stage.happens(Loaded(engine="a"), 10)
    assert stage.at(10_000, b=waits(0)) == (Load(engine="b", run=1),)


def test_the_place_of_a_pinned_engine_is_kept_while_it_is_sick() -> None:
    stage = Stage([need("a", 40, pinned=True), need("b", 20), need("c", 20)])
    stage.at(0)
    stage.happens(Failed(engine="a", death=Death.EXITED), 1, chance=0.0)
    assert stage.at(1, b=waits(1), c=waits(1)) == (Load(engine="b", run=1),)
    assert stage.at(1.3, b=waits(1), c=waits(1)) == (Load(engine="a", run=2),)


def test_a_load_that_nobody_waits_for_any_more_is_broken_off_for_others() -> None:
    stage = Stage([need("a", 40), need("b", 40)])
    stage.at(0, a=waits(0))
    assert stage.at(1, b=waits(1), a=waits(0)) == ()
    stage.at(500.0, a=waits(0))
    assert stage.at(501.0) == ()
    assert stage.at(5000, b=waits(5000))[0] == Stop(engine="a", reason=Reason.STUCK)


def test_it_goes_alone_who_is_enough() -> None:
    """The cheapest set, and nobody for nothing."""
    stage = Stage([need("a", 30, load_s=60.0), need("b", 10), need("c", 20), need("d", 15)])
    stage.warm("a", 0, 10)
    stage.warm("b", 11, 12)
    stage.warm("c", 13, 14)
    assert stage.at(9000, d=waits(9000)) == (Stop(engine="c", reason=SWAP),)


def test_the_younger_use_memory_that_nobody_older_is_about_to_get() -> None:
    stage = Stage([need("a", 40), need("b", 40), need("c", 10)])
    stage.warm("a", 0, 10)
    # b waits for a, which is busy; c fits beside a.
    assert stage.at(12, a=RUNS, b=waits(11), c=waits(12)) == (Load(engine="c", run=1),)


def test_the_younger_do_not_overtake_one_to_whom_the_memory_is_promised() -> None:
    stage = Stage([need("a", 40), need("b", 60), need("c", 10)])
    stage.warm("a", 0, 10)
    assert stage.at(200, a=RUNS, b=waits(11)) == (Drain(engine="a", reason=SWAP),)
    assert stage.at(201, a=RUNS, b=waits(11), c=waits(201)) == (), "10 GB are free, but not for c"


def test_a_promise_to_one_is_a_reason_to_look_for_another() -> None:
    """b has waited long enough for a, which is loading: c, behind it, need not wait for a any more."""
    both = Need(id="c", footprint={"ram": 10 * GB, "gpu0": 40 * GB}, load_s=1.0)
    needs = [need("a", 64, load_s=100.0), need("b", 10), both]
    policy = ResidencyPolicy(max_wait_s=60.0)
    stage = Stage([*needs, need("d", 40, load_s=1.0, device="gpu0")], policy=policy)
    stage.warm("d", 0, 1)
    demands = {"a": waits(20), "b": waits(21), "c": waits(22), "d": RUNS}
    assert stage.at(22, **demands) == (Load(engine="a", run=1),)
    assert stage.at(60, **demands) == (), "the memory of neither is free"
    assert stage.look_at == 81
    assert stage.at(80.9, **demands) == ()
    assert stage.at(81, **demands) == (Drain(engine="d", reason=SWAP),)


@pytest.mark.parametrize(
    ("asked", "action"),
    [(21.0, Drain(engine="b", reason=SWAP)), (5000.0, Stop(engine="a", reason=SWAP))],
)
def test_recent_demand_is_recent_as_of_the_last_arrival(asked: float, action: Drain | Stop) -> None:
    """a had many requests at 20 s. If their weight shrank until somebody looks, nobody could tell when to
    look again."""
    stage = Stage([*(need(engine, 30, min_residence_s=9000.0) for engine in "ab"), need("c", 30)])
    stage.warm("a", 0, 10)
    stage.warm("b", 0, 10)
    stage.at(20, a=Demand(running=20))
    stage.at(20.5)
    stage.at(asked, b=RUNS, c=waits(asked))
    assert stage.at(9010, b=RUNS, c=waits(asked)) == (action,)


def test_whoever_goes_for_one_may_have_been_all_that_kept_out_those_before_it() -> None:
    """x must be patient with b, and y with a. a goes for z; so y waits for b alone, which goes; so x waits
    for c alone."""
    both = {"x": ("gpu0", "gpu1", 100.0), "y": ("ram", "gpu0", 1.0)}
    waiting = [
        Need(id=engine, footprint={one: 40 * GB, other: 40 * GB}, load_s=load_s)
        for engine, (one, other, load_s) in both.items()
    ]
    homes = {"a": "ram", "b": "gpu0", "c": "gpu1"}
    loaded = [need(engine, 40, load_s=1.0, device=device) for engine, device in homes.items()]
    stage = Stage([*waiting, need("z", 40, load_s=0.1), *loaded])
    for engine in homes:
        stage.warm(engine, 0, 1)
    demands = {
        "a": Demand(running=1, waiting=9, oldest=15.0),
        "b": RUNS,
        "x": waits(20),
        "y": waits(21),
        "z": waits(22),
    }
    assert stage.at(22, **demands) == ()
    assert stage.at(70, **demands) == (
        Drain(engine="a", reason=SWAP),
        Drain(engine="b", reason=SWAP),
        Stop(engine="c", reason=SWAP),
    )


def test_groups() -> None:
    team = [need("a", 10, together=("b",)), need("b", 10), need("c", 10), need("x", 10)]
    stage = Stage([*team[:3], need("x", 10, exclusive=True, device="gpu0")])
    stage.warm("a", 0, 10)
    assert stage.at(5000, b=waits(5000)) == (Load(engine="b", run=1),)
    assert stage.at(5001, b=waits(5000), x=waits(5001)) == (Load(engine="x", run=1),), (
        "another device"
    )
    assert stage.at(5002, b=waits(5000), c=waits(5002)) == (Stop(engine="a", reason=SWAP),)


def test_an_engine_that_needs_no_memory_here_is_in_nobody_s_way() -> None:
    remote = Need(id="pod", footprint={}, exclusive=True)
    stage = Stage([need("a", 64), remote])
    stage.warm("a", 0, 10)
    assert stage.at(11, a=RUNS, pod=waits(11)) == (Load(engine="pod", run=1),)
    assert stage.residency.held == {"ram": 64 * GB}


def test_the_patient_are_not_overtaken_again_and_again() -> None:
    """b needs all the memory and waits for a's minimum residence to end. c, which came later, would fit
    beside a, and with its own minimum residence keep b out for as long again."""
    policy = ResidencyPolicy(max_wait_s=5.0)
    stage = Stage(
        [need("a", 40, min_residence_s=60.0), need("b", 60), need("c", 10, min_residence_s=60.0)],
        policy=policy,
    )
    stage.warm("a", 0, 10)
    assert stage.at(20, a=RUNS, b=waits(12)) == ()
    assert stage.at(21, a=RUNS, b=waits(12), c=waits(21)) == ()
    assert stage.look_at == 70


def phase(stage: Stage, here: str, there: str, begin: float, *, back: bool) -> tuple[float, float]:
    """Work for one engine, then a request for the other; with `back` one for the first follows soon. Until
    when this took, and how long the first was kept with nothing to do."""
    now = begin
    for _ in range(20):
        now += 2
        stage.at(now, **{here: RUNS})
        stage.at(now + 1)
    asked = now = now + 1
    stage.at(now, **{there: waits(asked)})
    if back and stage.state(here) is EngineState.WARM:
        stage.at(now + 5, **{here: RUNS, there: waits(asked)})
        now += 10
        stage.at(now, **{there: waits(asked)})
    quiet = now
    while stage.state(here) is EngineState.WARM:
        assert stage.look_at is not None
        now = stage.look_at
        stage.at(now, **{there: waits(asked)})
    kept_s = now - quiet
    stage.gone(here, now + 1)
    late = {here: waits(now + 1)} if back and not kept_s else {}
    stage.at(now + 1, **{there: waits(asked)} | late)
    stage.happens(Loaded(engine=there), now + 11)
    return now + 11, kept_s


def test_an_engine_that_is_usually_asked_for_again_is_kept_for_a_while() -> None:
    stage = Stage([need("a", 40), need("b", 40)])
    stage.warm("a", 0, 10)
    now, kept_s, engines = 10.0, [], ("a", "b")
    for n in range(4):
        now, kept = phase(stage, engines[n % 2], engines[1 - n % 2], now, back=True)
        kept_s.append(kept)
    # Not before it was worth while once; then for a swap of 20 seconds, and a quarter.
    assert kept_s == [0.0, 0.0, 25.0, 25.0]
    for n in range(12):
        now, kept = phase(stage, engines[n % 2], engines[1 - n % 2], now, back=False)
    assert kept == 0.0, "nobody comes back any more"


def test_who_waits_keeps_its_place_though_nobody_looks() -> None:
    policy = ResidencyPolicy(max_wait_s=5.0, turn_s=0.0)
    stage = Stage([need("a", 40), need("b", 40)], policy=policy)
    stage.at(0, a=waits(0))
    stage.at(1, a=waits(0), b=waits(1))
    stage.at(2, a=waits(0), b=waits(2))  # another request of b's; the first gave up
    stage.happens(Loaded(engine="a"), 100)
    stage.at(100, a=RUNS, b=waits(2))
    assert stage.residency.residences["b"].hungry_since == 1
    stage.at(101, a=RUNS)
    stage.at(300, a=RUNS, b=waits(300))
    assert stage.residency.residences["b"].hungry_since == 300, "nobody came for long"


def test_the_urgent_go_before_others_but_not_before_those_who_waited_for_long() -> None:
    policy = ResidencyPolicy(max_wait_s=60.0)
    urgent = Demand(waiting=1, oldest=100.0, urgency=1e9)
    for waited_since, first in ((50.0, "urgent"), (30.0, "patient")):
        stage = Stage([need("a", 64), need("urgent", 64), need("patient", 64)], policy=policy)
        stage.warm("a", 0, 10)
        stage.at(waited_since, a=RUNS, patient=waits(waited_since))
        demands = {"urgent": urgent, "patient": waits(waited_since)}
        stage.at(110, **demands)
        stage.gone("a", 111)
        assert stage.at(111, **demands) == (Load(engine=first, run=1),)
