"""The document's three models: Architect alone; Coder and Reviewer together."""

from __future__ import annotations

from gilmok.core.engine import EngineState
from gilmok.engines.residency import (
    Drain,
    Load,
    Loaded,
    Reason,
    ResidencyPolicy,
    Stop,
    ready_in,
)
from tests.unit.engines.residency.stage import (
    ARCHITECT,
    CODER,
    REVIEWER,
    RUNS,
    TEAM,
    Stage,
    waits,
)

POLICY = ResidencyPolicy(max_wait_s=60.0)


def test_a_morning_of_the_development_team() -> None:
    stage = Stage(TEAM, 64, POLICY)
    # 0 s: a plan is asked for, then code.
    assert stage.at(0, architect=waits(0)) == (Load(engine=ARCHITECT, run=1),)
    assert stage.held_gb == 52
    assert stage.at(1, architect=waits(0), coder=waits(1)) == ()
    stage.happens(Loaded(engine=ARCHITECT, took_s=26.0), 26)
    # 26 s: the Architect plans; the Coder waits, and nothing is cut.
    assert stage.at(26, architect=RUNS, coder=waits(1)) == ()
    assert stage.look_at == 61  # the Coder's bound
    # 60 s: the plan is ready, and one plan is no reason to expect another.
    assert stage.at(60, coder=waits(1)) == (Stop(engine=ARCHITECT, reason=Reason.SWAP),)
    assert stage.at(60.5, coder=waits(1)) == (), "its memory counts until it is gone"
    assert stage.held_gb == 52
    stage.gone(ARCHITECT, 62)
    assert stage.at(62, coder=waits(1)) == (Load(engine=CODER, run=1),)
    # 64 s: a review is asked for. Both fit, and load at the same time.
    assert stage.at(64, coder=waits(1), reviewer=waits(64)) == (Load(engine=REVIEWER, run=1),)
    assert stage.held_gb == 28
    stage.happens(Loaded(engine=REVIEWER), 69)
    stage.happens(Loaded(engine=CODER), 72)
    assert stage.at(72, coder=RUNS, reviewer=RUNS) == ()
    # 80 s: another plan. Both are busy and go at its bound: nothing new, and what they began is finished.
    assert stage.at(80, coder=RUNS, reviewer=RUNS, architect=waits(80)) == ()
    assert stage.look_at == 140
    drained = stage.at(140, coder=RUNS, reviewer=RUNS, architect=waits(80))
    assert drained == (
        Drain(engine=CODER, reason=Reason.SWAP),
        Drain(engine=REVIEWER, reason=Reason.SWAP),
    )
    stopped = stage.at(143, coder=RUNS, architect=waits(80))
    assert stopped == (Stop(engine=REVIEWER, reason=Reason.SWAP),)
    stage.gone(REVIEWER, 144)
    assert stage.at(144, coder=RUNS, architect=waits(80)) == ()
    assert stage.at(150, architect=waits(80)) == (Stop(engine=CODER, reason=Reason.SWAP),)
    stage.gone(CODER, 151)
    assert stage.at(151, architect=waits(80)) == (Load(engine=ARCHITECT, run=2),)
    assert stage.held_gb == 52


def test_what_the_architect_will_take() -> None:
    stage = Stage(TEAM, 64, POLICY)
    assert ready_in(stage.residency, {}, ARCHITECT, 0) == 26.0
    stage.at(0, architect=waits(0))
    assert ready_in(stage.residency, {}, ARCHITECT, 10) == 16.0
    late = ready_in(stage.residency, {}, ARCHITECT, 40)
    assert late is not None
    assert 0 < late < 26, "a load that is late is still a load"
    stage.happens(Loaded(engine=ARCHITECT, took_s=30.0), 30)
    assert ready_in(stage.residency, {}, ARCHITECT, 30) == 0.0
    coder = ready_in(stage.residency, {}, CODER, 100)
    assert coder is not None
    assert coder >= 10.0


def test_the_reviewer_joins_the_coder_at_once() -> None:
    stage = Stage(TEAM, 64, POLICY)
    stage.warm(CODER, 0, 10)
    assert stage.at(11, coder=RUNS, reviewer=waits(11)) == (Load(engine=REVIEWER, run=1),)


def test_the_architect_does_not_fit_beside_a_loading_coder() -> None:
    stage = Stage(TEAM, 64, POLICY)
    assert stage.at(0, coder=waits(0), architect=waits(0.5)) == (Load(engine=CODER, run=1),)
    assert stage.state(ARCHITECT) is EngineState.COLD
