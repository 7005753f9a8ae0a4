"""When an engine will be ready."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from gilmok.core.engine import NOBODY, Demand, EngineState
from gilmok.engines.residency.fitness import apart, unfit
from gilmok.engines.residency.memory import excess, total
from gilmok.engines.residency.plan import Promises, room_for
from gilmok.engines.residency.residency import Residency
from gilmok.engines.residency.turns import LIKELY, keep_s, waits_since

_OVERDUE: Final = 0.2
"""Of its estimate, what a load that is late is taken to need yet."""


def ready_in(
    residency: Residency, demands: Mapping[str, Demand], engine_id: str, now: float
) -> float | None:
    """Seconds until it can take a request, if it is asked for now; 0: it can. `None`: never, or not for
    long: it does not fit, was given up, or is being removed. An estimate, and no promise."""
    residence = residency.residences.get(engine_id)
    if residence is None or residence.removed:
        return None
    if residence.state is EngineState.WARM:
        return 0.0
    if unfit(residency, engine_id) is not None:
        return None
    if residence.state is EngineState.LOADING:
        return _rest_of_load_s(residency, engine_id, now)
    if residence.given_up and now < residence.retry_at:
        return None
    asked = _asked_for(demands, engine_id, now)
    free_s = _turns_before_s(residency, asked, engine_id, now)
    if residence.state is EngineState.DRAINING:
        free_s += _leaving_s(residency, asked, engine_id, now)
    else:
        free_s += _room_in(residency, asked, engine_id, now)
    return max(free_s, residence.retry_at - now) + residency.load_s(engine_id)


def _asked_for(demands: Mapping[str, Demand], engine: str, now: float) -> Mapping[str, Demand]:
    demand = demands.get(engine, NOBODY)
    if demand.waiting:
        return demands
    return {**demands, engine: replace(demand, waiting=1, oldest=now)}


def _rest_of_load_s(residency: Residency, engine: str, now: float) -> float:
    load_s = residency.load_s(engine)
    return max(residency.residences[engine].since + load_s - now, _OVERDUE * load_s)


def _room_in(residency: Residency, demands: Mapping[str, Demand], engine: str, now: float) -> float:
    """Seconds until its memory is free: the wait for those who may not be sent away yet, and the end of
    what they have begun."""
    room = room_for(residency, engine, demands, Promises(), now)
    if room.now:
        return 0.0
    leaving = {e for e, r in residency.residences.items() if r.holds and not r.stays}
    drain_s = max(
        (_leaving_s(residency, demands, e, now) for e in leaving | room.victims), default=0.0
    )
    if room.leave or not room.victims:
        return drain_s
    if room.at < math.inf:
        quiet_s = max(_quiet_in(residency, demands, engine, e, now) for e in room.victims)
        return max(drain_s, min(room.at - now, quiet_s))
    return drain_s + max(_turn_s(residency, demands, e, now) for e in room.victims)


def _quiet_in(
    residency: Residency, demands: Mapping[str, Demand], engine: str, other: str, now: float
) -> float:
    """When the one in the way has probably nothing to do any more, and has been kept for a while in vain:
    often long before it would have to go."""
    demand, residence = demands.get(other, NOBODY), residency.residences[other]
    begun_s = residency.policy.drain_s if demand.running else 0.0
    kept_s = keep_s(residency, engine, other) if residence.returns >= LIKELY else 0.0
    rate = residence.rate(now, residency.policy.half_life_s)
    work_s = demand.work_s + begun_s
    busy = rate * (work_s + kept_s) >= 1.0
    stays_s = residence.since + residency.needs[other].min_residence_s - now
    return math.inf if busy else max(work_s + kept_s, stays_s)


def _turn_s(residency: Residency, demands: Mapping[str, Demand], engine: str, now: float) -> float:
    """What is left of the turn of one that is loading for somebody."""
    if residency.state(engine) is not EngineState.LOADING:
        return 0.0
    work_s = min(demands.get(engine, NOBODY).work_s, residency.policy.turn_s)
    stays_s = max(work_s, residency.needs[engine].min_residence_s)
    return _rest_of_load_s(residency, engine, now) + stays_s


def _leaving_s(
    residency: Residency, demands: Mapping[str, Demand], engine: str, now: float
) -> float:
    """Until it is gone, if it is sent away now."""
    residence = residency.residences[engine]
    if not demands.get(engine, NOBODY).running:
        return 0.0
    begun = 0.0 if residence.stays else now - residence.since
    return max(residency.policy.drain_s - begun, _OVERDUE * residency.policy.drain_s)


def _turns_before_s(
    residency: Residency, demands: Mapping[str, Demand], engine: str, now: float
) -> float:
    """Loads and turns of those who wait longer and cannot be loaded at the same time."""
    mine = waits_since(residency, engine, demands[engine], now)
    seconds = 0.0
    for other, demand in demands.items():
        residence = residency.residences.get(other)
        if other == engine or residence is None or residence.holds or not demand.waiting:
            continue
        if unfit(residency, other) is not None or now < residence.retry_at:
            continue
        if waits_since(residency, other, demand, now) < mine and _exclude(residency, engine, other):
            turn_s = min(demand.work_s, residency.policy.turn_s)
            seconds += residency.load_s(other) + turn_s
    return seconds


def _exclude(residency: Residency, engine: str, other: str) -> bool:
    both = total([residency.reserve(engine), residency.reserve(other)])
    return bool(excess(both, residency.budget)) or apart(residency, engine, other)
