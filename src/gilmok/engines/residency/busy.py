"""The busy watchdog: an engine that has requests and gives nothing any more is wedged."""

from __future__ import annotations

from gilmok.core.engine import Demand, EngineState
from gilmok.engines.residency.residence import Residence

_SERVING = (EngineState.WARM, EngineState.DRAINING)


def wedged_at(
    residence: Residence, demand: Demand, last_progress: float, wedge_s: float
) -> float | None:
    """When it is to be called wedged if nothing moves until then; `None` while it need not move.

    `last_progress`: when any of its requests began or gave a token, monotonic seconds. A long prompt
    gives no token while it is read, so `wedge_s` has to be longer than the longest prefill. A draining
    engine is watched like a warm one: its drain would never end.
    """
    if residence.state not in _SERVING or residence.stopping or not demand.running:
        return None
    # Progress of an earlier life is none of this one.
    return max(last_progress, residence.loaded_at) + wedge_s


def is_wedged(
    residence: Residence, demand: Demand, last_progress: float, now: float, wedge_s: float
) -> bool:
    """Report it as `Wedged`; it is then stopped with what it has, and sick."""
    at = wedged_at(residence, demand, last_progress, wedge_s)
    return at is not None and now >= at
