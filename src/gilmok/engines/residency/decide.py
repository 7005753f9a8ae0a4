"""Which engines are loaded: one look at who holds memory and who waits. See design.md."""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec.structs import replace

from gilmok.core.engine import NOBODY, Demand, EngineState
from gilmok.engines.residency.actions import Reason
from gilmok.engines.residency.decision import Decision
from gilmok.engines.residency.eviction import cheapest
from gilmok.engines.residency.fitness import fixed, unfit
from gilmok.engines.residency.memory import excess, total
from gilmok.engines.residency.plan import Promises, Room, room_for
from gilmok.engines.residency.residence import Residence, noticed
from gilmok.engines.residency.residency import Residency
from gilmok.engines.residency.turns import keep_s, resident, waits_since, wanted_until

_STUCK_LOADS = 10.0
"""A load is stuck when it takes so many times what was expected, and longer than `stuck_s`."""


def decide(residency: Residency, demands: Mapping[str, Demand], now: float) -> Decision:
    """What is to be done now. Engines that nobody knows are ignored in `demands`.

    Where nothing is to be done it costs a few microseconds per engine, so it may be asked at every
    arrival and at every end of a request.
    """
    decision = Decision(residency=_noticed(residency, demands, now))
    for engine in residency.residences:
        decision = _tended(decision, engine, demands.get(engine, NOBODY), now)
    decision = _shed(decision, demands, now)
    done = -1
    while done != len(decision.actions):
        # Whoever leaves for one may have been all that kept out another, who stood before it.
        done = len(decision.actions)
        decision = _served(decision, demands, now)
    for engine in residency.residences:
        decision = _taken_back(decision, engine, demands, now)
    return decision


def _noticed(residency: Residency, demands: Mapping[str, Demand], now: float) -> Residency:
    changed: dict[str, Residence] = {}
    for engine, residence in residency.residences.items():
        demand = demands.get(engine, NOBODY)
        then = noticed(residence, demand, residency.policy, now)
        if then is not residence:
            changed[engine] = then
    if not changed:
        return residency
    return Residency(
        needs=residency.needs,
        budget=residency.budget,
        policy=residency.policy,
        residences={**residency.residences, **changed},
    )


def _tended(decision: Decision, engine: str, demand: Demand, now: float) -> Decision:
    """What concerns this engine alone: the end of its drain, a stuck load, idleness."""
    residency = decision.residency
    residence = residency.residences[engine]
    match residence.state:
        case EngineState.DRAINING if not residence.stopping:
            reason = residence.leaving or Reason.SWAP
            if reason is Reason.WEDGED or not demand.running:
                return decision.stop(engine, reason, now)
        case EngineState.LOADING | EngineState.WARM if residence.removed:
            return decision.leave(engine, Reason.REMOVED, now, demand)
        case EngineState.LOADING:
            stuck_at = residence.since + _stuck_s(residency, engine)
            if now >= stuck_at:
                return decision.stop(engine, Reason.STUCK, now)
            return decision.looking(stuck_at)
        case EngineState.WARM if not (demand.waiting or demand.running):
            idle_at = _idle_at(residency, engine)
            if now >= idle_at:
                return decision.stop(engine, Reason.IDLE, now)
            return decision.looking(idle_at)
        case _:
            pass
    return decision


def _stuck_s(residency: Residency, engine: str) -> float:
    return max(residency.policy.stuck_s, _STUCK_LOADS * residency.load_s(engine))


def _idle_at(residency: Residency, engine: str) -> float:
    need, residence = residency.needs[engine], residency.residences[engine]
    if need.idle_s is None or need.pinned:
        return math.inf
    used = max(residence.since, residence.last_used)
    return max(used + need.idle_s, residence.expected_until)


def _shed(decision: Decision, demands: Mapping[str, Demand], now: float) -> Decision:
    """Where more is held than there is, the cheapest leave until what stays fits. Pinned engines only
    where all the others do not suffice."""
    residency = decision.residency
    staying = [e for e, r in residency.residences.items() if r.stays]
    over = excess(total(residency.residences[e].held for e in staying), residency.budget)
    if not over:
        return decision
    ordinary = [e for e in staying if not fixed(residency, e)]
    for among in (ordinary, staying):
        chosen = cheapest(over, [resident(residency, e, demands.get(e, NOBODY)) for e in among])
        if chosen is not None:
            for engine in chosen:
                decision = decision.leave(engine, Reason.MEMORY, now, demands.get(engine, NOBODY))
            break
    return decision


def _taken_back(
    decision: Decision, engine: str, demands: Mapping[str, Demand], now: float
) -> Decision:
    """A drain ends where the one it was for has gone, or has found another place: nobody who waits, or
    just did, wants anything where it is loaded."""
    residency = decision.residency
    residence = residency.residences[engine]
    swapped = residence.leaving is Reason.SWAP and not residence.stopping
    if not swapped or residence.removed or not _fits_again(residency, residence):
        return decision
    at = wanted_until(residency, engine, demands)
    return decision.stay(engine, now) if now >= at else decision.looking(at)


def _fits_again(residency: Residency, residence: Residence) -> bool:
    """Beside all that stays: one of them may have grown meanwhile."""
    staying = (r.held for r in residency.residences.values() if r.stays)
    over = excess(total([*staying, residence.held]), residency.budget)
    return not any(residence.held.get(device, 0) > 0 for device in over)


def _served(decision: Decision, demands: Mapping[str, Demand], now: float) -> Decision:
    """Those who wait, in the order of their turns."""
    residency = decision.residency
    promises = _pinned(residency)
    for engine in _line(residency, demands, now):
        residence = residency.residences[engine]
        if residence.state is EngineState.SICK and now < residence.retry_at:
            decision = decision.looking(residence.retry_at)
            continue
        room = room_for(decision.residency, engine, demands, promises, now)
        wanted = residency.needs[engine].pinned or demands.get(engine, NOBODY).waiting > 0
        if not wanted and (room.leave or not room.now):
            continue
        decision = _envied(decision, engine, room, demands, now)
        decision = _given(decision, engine, room, demands, now)
        promises = room.promised or promises
    return decision


def _envied(
    decision: Decision, engine: str, room: Room, demands: Mapping[str, Demand], now: float
) -> Decision:
    """Whoever has nothing to do and is in the way: it will be seen whether it was worth keeping."""
    residency = decision.residency
    for other in sorted(room.victims):
        demand, residence = demands.get(other, NOBODY), residency.residences[other]
        busy = demand.waiting or demand.running or residence.state is not EngineState.WARM
        if not busy and residence.envied_until is None:
            until = max(now, residence.since) + keep_s(residency, engine, other)
            residency = residency.with_residence(other, replace(residence, envied_until=until))
    return replace(decision, residency=residency)


def _given(
    decision: Decision, engine: str, room: Room, demands: Mapping[str, Demand], now: float
) -> Decision:
    for other in sorted(room.leave):
        decision = decision.leave(other, Reason.SWAP, now, demands.get(other, NOBODY))
    if room.now:
        stuck_at = now + _stuck_s(decision.residency, engine)
        return decision.load(engine, now).looking(stuck_at)
    return decision.looking(room.look_at)


def _pinned(residency: Residency) -> Promises:
    """Memory of pinned engines that are not loaded is nobody else's."""
    promises = Promises()
    for engine, need in residency.needs.items():
        absent = need.pinned and not residency.residences[engine].holds
        if absent and unfit(residency, engine) is None:
            promises = promises.to(engine)
    return promises


def _line(residency: Residency, demands: Mapping[str, Demand], now: float) -> list[str]:
    """Who is not loaded and wanted: pinned, waited for, or else expected, in this order; the waited for
    by how long."""
    line: list[tuple[int, float, str]] = []
    for engine, residence in residency.residences.items():
        if residence.holds or residence.removed:
            continue
        demand = demands.get(engine, NOBODY)
        if residency.needs[engine].pinned or demand.waiting:
            since = waits_since(residency, engine, demand, now)
            line.append((0, since, engine))
        elif residence.expected_until > now and not residence.given_up:
            line.append((1, residence.expected_until, engine))
    return [engine for _, _, engine in sorted(line) if unfit(residency, engine) is None]
