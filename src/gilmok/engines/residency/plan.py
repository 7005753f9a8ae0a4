"""Makes room for one engine in a memory that others hold, leave or have been promised."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from msgspec import Struct

from gilmok.core.engine import NOBODY, Bytes, Demand
from gilmok.engines.residency.eviction import Resident, cheapest
from gilmok.engines.residency.fitness import fixed
from gilmok.engines.residency.memory import beside, excess, share_a_device, total
from gilmok.engines.residency.residency import Residency
from gilmok.engines.residency.turns import keeps_until, patient_until, resident


class Promises(Struct, frozen=True, kw_only=True):
    """Memory that is spoken for: nobody further back in the line is loaded into it."""

    engines: frozenset[str] = frozenset()
    """Not loaded yet, and to be loaded before others are."""
    victims: frozenset[str] = frozenset()
    """Loaded, and to leave for them."""

    def to(self, engine: str, victims: frozenset[str] = frozenset()) -> Promises:
        return Promises(engines=self.engines | {engine}, victims=self.victims | victims)

    def kept_to(self, engine: str, victims: frozenset[str] = frozenset()) -> Promises:
        """It is loaded: what it was promised it holds."""
        return Promises(engines=self.engines - {engine}, victims=self.victims | victims)


class Room(Struct, frozen=True, kw_only=True):
    """How an engine gets its memory."""

    now: bool = False
    """It can be loaded at once."""
    leave: frozenset[str] = frozenset()
    """Those who go for it at once; empty where others are on their way out already, or keep it."""
    promised: Promises | None = None
    """With its own promise; `None`: it has none, and others may use the memory meanwhile."""
    at: float = math.inf
    """When whoever keeps it out may be sent away; infinite: that depends on events."""
    look_at: float = math.inf
    """When this would be answered otherwise though nothing has happened: `at`, or before that when the
    memory is promised to it, after which others may be better off."""
    victims: frozenset[str] = frozenset()
    """Those who will go for it then."""


BLOCKED = Room()
"""Those before it in the line leave it no room."""


def room_for(
    residency: Residency,
    engine: str,
    demands: Mapping[str, Demand],
    promises: Promises,
    now: float,
) -> Room:
    """Pure: nothing is promised or sent away by asking."""
    kept = _kept(residency, promises)
    rivals = frozenset(e for e in kept if not _beside(residency, engine, e))
    over = _over(residency, engine, kept - rivals, promises)
    if any(not _beside(residency, engine, e) for e in promises.engines - {engine}):
        return BLOCKED
    if not rivals and not over:
        return _room(residency, engine, promises, frozenset())
    waits = _waits(residency, engine, demands, kept, now)
    free = frozenset(e for e, until in waits.until.items() if until <= now)
    if rivals <= free and (chosen := waits.cheapest(over, free - rivals)) is not None:
        return _room(residency, engine, promises, rivals | chosen)
    return _later(waits, rivals, over, promises)


def _room(residency: Residency, engine: str, promises: Promises, going: frozenset[str]) -> Room:
    """Who leaves, leaves now. They may have to go for the sake of a promise to another alone: then it
    need not wait for them."""
    loadable = _fits_now(residency, engine)
    promised = (promises.kept_to if loadable else promises.to)(engine, going)
    return Room(now=loadable, leave=going, promised=promised, victims=going)


class _Waits(Struct, frozen=True, kw_only=True):
    """When each of the others may be sent away for one engine."""

    engine: str
    now: float
    until: Mapping[str, float]
    """Monotonic seconds; infinite: never, or when something happens."""
    patient: Mapping[str, float]
    """As far as its own patience goes."""
    residents: Sequence[Resident]
    """The longest unused first, so that it goes between equals; then by name, so that a run replays."""

    def cheapest(self, over: Bytes, among: frozenset[str]) -> frozenset[str] | None:
        chosen = cheapest(over, [r for r in self.residents if r.engine in among])
        return None if chosen is None else frozenset(chosen)


def _waits(
    residency: Residency,
    engine: str,
    demands: Mapping[str, Demand],
    kept: frozenset[str],
    now: float,
) -> _Waits:
    demand = demands.get(engine, NOBODY)
    until, patient, residents = {}, {}, []
    for other in sorted(kept, key=lambda e: (residency.residences[e].last_used, e)):
        others = demands.get(other, NOBODY)
        patient[other] = patient_until(residency, engine, demand, other, others, now)
        until[other] = max(patient[other], keeps_until(residency, other, others))
        if fixed(residency, other):
            until[other] = math.inf
        else:
            residents.append(resident(residency, other, others))
    return _Waits(engine=engine, now=now, until=until, patient=patient, residents=residents)


def _later(waits: _Waits, rivals: frozenset[str], over: Bytes, promises: Promises) -> Room:
    """Nobody may be sent away for it yet, or not enough of them. It waits for the cheapest set; once
    it has been patient enough with all of them, the memory is promised to it."""
    others = frozenset(r.engine for r in waits.residents) - rivals
    chosen = waits.cheapest(over, others)
    if chosen is None:
        return BLOCKED
    going = rivals | chosen
    at, patient_at = _earliest(waits, rivals, over), max(waits.patient[e] for e in going)
    if patient_at <= waits.now:
        return Room(at=at, look_at=at, promised=promises.to(waits.engine, going), victims=going)
    return Room(at=at, look_at=min(at, patient_at), victims=going)


def _earliest(waits: _Waits, rivals: frozenset[str], over: Bytes) -> float:
    """When enough of them may be sent away, whoever that is."""
    at = max((waits.until[e] for e in rivals), default=waits.now)
    missing = dict(over)
    for one in sorted(waits.residents, key=lambda r: waits.until[r.engine]):
        if not missing:
            break
        if one.engine not in rivals:
            at = max(at, waits.until[one.engine])
            missing = {d: n for d in missing if (n := missing[d] - one.frees.get(d, 0)) > 0}
    return at


def _kept(residency: Residency, promises: Promises) -> frozenset[str]:
    staying = (e for e, r in residency.residences.items() if r.stays)
    return frozenset(staying) - promises.victims


def _over(
    residency: Residency, engine: str, kept: frozenset[str], promises: Promises
) -> dict[str, int]:
    """What is missing on its devices if those who are kept or were promised memory have theirs."""
    held = [residency.residences[e].held for e in kept]
    promised = [residency.reserve(e) for e in promises.engines - {engine}]
    wanted = residency.reserve(engine)
    over = excess(total([*held, *promised, wanted]), residency.budget)
    return {device: amount for device, amount in over.items() if wanted.get(device, 0) > 0}


def _fits_now(residency: Residency, engine: str) -> bool:
    """With all that is held at this instant, by those on their way out too."""
    wanted = residency.reserve(engine)
    over = excess(total([residency.held, wanted]), residency.budget)
    holding = (e for e, r in residency.residences.items() if r.holds and e != engine)
    fits = not any(wanted.get(device, 0) > 0 for device in over)
    return fits and all(_beside(residency, engine, e) for e in holding)


def _beside(residency: Residency, engine: str, other: str) -> bool:
    if not share_a_device(residency.reserve(engine), residency.occupies(other)):
        return True
    return beside(residency.needs[engine], residency.needs[other])
