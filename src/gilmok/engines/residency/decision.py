"""What one look decides, put together step by step without changing anything."""

from __future__ import annotations

import math

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.engine import NOBODY, Demand
from gilmok.engines.residency import residence as life
from gilmok.engines.residency.actions import Action, Drain, Load, Reason, Stop
from gilmok.engines.residency.residency import Residency


class Decision(Struct, frozen=True, kw_only=True):
    residency: Residency
    """With the actions already applied."""
    actions: tuple[Action, ...] = ()
    """To be begun in this order, and before anybody looks again: a drained engine takes nothing new
    from the moment of the decision."""
    look_at: float | None = None
    """When to decide again even if nothing happens, monotonic seconds. `None`: nothing is awaited."""

    def looking(self, at: float) -> Decision:
        if at == math.inf:
            return self
        if self.look_at is not None and self.look_at <= at:
            return self
        return replace(self, look_at=at)

    def load(self, engine: str, now: float) -> Decision:
        residency = self.residency
        then = life.loading(residency.residences[engine], residency.reserve(engine), now)
        return replace(
            self,
            residency=residency.with_residence(engine, then),
            actions=(*self.actions, Load(engine=engine, run=then.run)),
        )

    def leave(self, engine: str, reason: Reason, now: float, demand: Demand = NOBODY) -> Decision:
        """It goes: at once where nothing is in flight, else when that is finished."""
        stop = not demand.running
        then = life.leaving(self.residency.residences[engine], reason, now, stop=stop)
        action = (Stop if stop else Drain)(engine=engine, reason=reason)
        return replace(
            self,
            residency=self.residency.with_residence(engine, then),
            actions=(*self.actions, action),
        )

    def stay(self, engine: str, now: float) -> Decision:
        """Its drain is taken back, which is no action: it is warm again, and gets what comes."""
        then = life.staying(self.residency.residences[engine], now)
        return replace(self, residency=self.residency.with_residence(engine, then))

    def stop(self, engine: str, reason: Reason, now: float) -> Decision:
        """Now, whatever is in flight."""
        return self.leave(engine, reason, now)
