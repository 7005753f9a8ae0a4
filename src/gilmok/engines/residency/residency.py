"""What is loaded, as one frozen value, and what events make of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.engine import Bytes, EngineState, Need
from gilmok.engines.residency import residence as life
from gilmok.engines.residency.actions import Reason
from gilmok.engines.residency.events import (
    Event,
    Expected,
    Failed,
    Loaded,
    Measured,
    Reconfigured,
    Sampled,
    Stopped,
    Wedged,
)
from gilmok.engines.residency.memory import larger, total
from gilmok.engines.residency.policy import ResidencyPolicy
from gilmok.engines.residency.residence import Residence


class Residency(Struct, frozen=True, kw_only=True):
    """Invariant: nothing that `decide` does brings `held` over `budget` on any device. Only an engine
    that exceeds its footprint, or a smaller budget, can; then engines leave until it fits again."""

    needs: Mapping[str, Need]
    budget: Bytes
    policy: ResidencyPolicy
    residences: Mapping[str, Residence]
    """One for every need."""

    @classmethod
    def of(cls, needs: Mapping[str, Need], budget: Bytes, policy: ResidencyPolicy) -> Self:
        """Nothing is loaded yet."""
        return cls(
            needs=dict(needs),
            budget=dict(budget),
            policy=policy,
            residences={engine: Residence() for engine in needs},
        )

    @property
    def held(self) -> dict[str, int]:
        """Bytes by device of everything loading, warm, draining and not yet gone."""
        return total(r.held for r in self.residences.values() if r.held)

    @property
    def asked_at(self) -> float:
        """When a request was last seen to come, for whichever engine, monotonic seconds."""
        return max((r.wanted_at for r in self.residences.values()), default=-math.inf)

    def state(self, engine: str) -> EngineState:
        return self.residences[engine].state

    def reserve(self, engine: str) -> Bytes:
        """What loading it takes: as configured, or as it was seen to hold where that is more."""
        return larger(self.needs[engine].footprint, self.residences[engine].learned)

    def occupies(self, engine: str) -> Bytes:
        """Where it is loaded, with what it may yet take: it may hold less at this instant."""
        return larger(self.reserve(engine), self.residences[engine].held)

    def load_s(self, engine: str) -> float:
        """Seconds that loading it takes: as measured, else as configured."""
        known = self.residences[engine].load_s
        return self.needs[engine].load_s if known is None else known

    def with_residence(self, engine: str, residence: Residence) -> Residency:
        return replace(self, residences={**self.residences, engine: residence})

    def after(self, event: Event, now: float, chance: float = 0.5) -> Residency:
        """Never raises: an event that does not fit the state, or is of an engine nobody knows, changes
        nothing. `chance`, uniform in [0, 1), spreads the delays of sick engines."""
        if isinstance(event, Reconfigured):
            return _reconfigured(self, event)
        before = self.residences.get(event.engine)
        if before is None:
            return self
        if not isinstance(event, Sampled | Expected) and event.run not in (None, before.run):
            return self
        then = _after(before, event, self, now, chance)
        if then is before:
            return self
        if before.removed and not then.holds:
            return _forgotten(self, event.engine)
        return self.with_residence(event.engine, then)


def _after(
    residence: Residence, event: Event, residency: Residency, now: float, chance: float
) -> Residence:
    policy, budget = residency.policy, residency.budget
    match event:
        case Loaded() if residence.state is EngineState.LOADING:
            return life.loaded(residence, event.footprint, event.took_s, now)
        case Failed() if residence.holds and not residence.stopping:
            return life.died(residence, event.death, policy, now, chance)
        case Failed() | Stopped() if residence.holds:
            return life.gone(residence, budget, policy, now, chance)
        case Measured():
            return life.measured(residence, event.footprint, budget)
        case Wedged() if residence.holds and not residence.stopping:
            return life.leaving(residence, Reason.WEDGED, now, stop=False)
        case Sampled() if event.utilisation >= policy.idle_utilisation:
            return replace(residence, last_used=now)
        case Expected():
            return replace(residence, expected_until=event.until)
        case _:
            return residence


def _reconfigured(residency: Residency, event: Reconfigured) -> Residency:
    """What an engine was seen to hold is forgotten where its footprint was configured anew."""
    needs, residences = dict(event.needs), {}
    for engine, need in event.needs.items():
        residence = residency.residences.get(engine, Residence())
        before = residency.needs.get(engine)
        if before is not None and before.footprint != need.footprint:
            residence = replace(residence, learned={})
        residences[engine] = replace(residence, removed=False) if residence.removed else residence
    for engine, residence in residency.residences.items():
        if engine not in needs and residence.holds:
            needs[engine] = residency.needs[engine]
            residences[engine] = replace(residence, removed=True)
    return Residency(
        needs=needs, budget=dict(event.budget), policy=residency.policy, residences=residences
    )


def _forgotten(residency: Residency, engine: str) -> Residency:
    return replace(
        residency,
        needs={e: need for e, need in residency.needs.items() if e != engine},
        residences={e: r for e, r in residency.residences.items() if e != engine},
    )
