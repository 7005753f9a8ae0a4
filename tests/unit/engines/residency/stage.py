"""A few engines on one machine, told what happens step by step."""

from __future__ import annotations

from collections.abc import Mapping

from gilmok.core.engine import RAM, Demand, EngineState, Need
from gilmok.engines.residency import (
    Action,
    Decision,
    Event,
    Load,
    Loaded,
    Residency,
    ResidencyPolicy,
    Stopped,
    decide,
)

GB = 10**9
ARCHITECT, CODER, REVIEWER = "architect", "coder", "reviewer"
TEAM = {
    ARCHITECT: Need(id=ARCHITECT, footprint={RAM: 52 * GB}, load_s=26.0, exclusive=True),
    CODER: Need(id=CODER, footprint={RAM: 19 * GB}, load_s=10.0, slots=2),
    REVIEWER: Need(id=REVIEWER, footprint={RAM: 9 * GB}, load_s=5.0, slots=2),
}
"""The document's three models, on its 64 GB."""


def need(
    engine: str,
    gb: int,
    *,
    load_s: float = 10.0,
    exclusive: bool = False,
    together: tuple[str, ...] = (),
    min_residence_s: float = 0.0,
    idle_s: float | None = None,
    pinned: bool = False,
    device: str = RAM,
) -> Need:
    return Need(
        id=engine,
        footprint={device: gb * GB},
        load_s=load_s,
        exclusive=exclusive,
        together=frozenset(together),
        min_residence_s=min_residence_s,
        idle_s=idle_s,
        pinned=pinned,
    )


def waits(since: float, number: int = 1, *, running: int = 0, work_s: float = 1.0) -> Demand:
    return Demand(waiting=number, running=running, oldest=since, work_s=work_s)


RUNS = Demand(running=1)


class Stage:
    """What was decided so far. Nothing happens by itself."""

    def __init__(
        self,
        needs: Mapping[str, Need] | list[Need],
        gb: int = 64,
        policy: ResidencyPolicy | None = None,
    ) -> None:
        by_id = {n.id: n for n in needs} if isinstance(needs, list) else needs
        budget = dict.fromkeys((RAM, "gpu0", "gpu1"), gb * GB)
        self.residency = Residency.of(by_id, budget, policy or ResidencyPolicy())
        self.last: Decision | None = None

    def at(self, now: float, **demands: Demand) -> tuple[Action, ...]:
        """The actions that are decided at this time."""
        self.last = decide(self.residency, demands, now)
        self.residency = self.last.residency
        return self.last.actions

    @property
    def look_at(self) -> float | None:
        assert self.last is not None
        return self.last.look_at

    def happens(self, event: Event, now: float, chance: float = 0.5) -> None:
        self.residency = self.residency.after(event, now, chance)

    def warm(self, engine: str, asked: float, warm: float) -> None:
        """It is asked for, loaded, and has answered."""
        assert Load(engine=engine, run=self.residency.residences[engine].run + 1) in self.at(
            asked, **{engine: waits(asked)}
        )
        self.happens(Loaded(engine=engine), warm)
        self.at(warm, **{engine: RUNS})
        self.at(warm)

    def gone(self, engine: str, now: float) -> None:
        self.happens(Stopped(engine=engine), now)

    def state(self, engine: str) -> EngineState:
        return self.residency.state(engine)

    @property
    def held_gb(self) -> float:
        return self.residency.held.get(RAM, 0) / GB
