"""Random machines for the law of residency: engines, memory, policies, arrivals, and what goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from random import Random

from msgspec import Struct

from gilmok.core.engine import Need
from gilmok.engines.residency import ResidencyPolicy

DEVICES = ("ram", "gpu0", "gpu1")


class Fault(StrEnum):
    """What becomes of one life of an engine."""

    KILLED_LOADING = "killed_loading"
    KILLED_WARM = "killed_warm"
    KILLED_DRAINING = "killed_draining"
    KILLED_STOPPING = "killed_stopping"
    WEDGED_WARM = "wedged_warm"
    WEDGED_DRAINING = "wedged_draining"
    NEVER_LOADED = "never_loaded"
    SLOW = "slow"
    OUT_OF_MEMORY = "out_of_memory"
    PORT_TAKEN = "port_taken"
    HOPELESS = "hopeless"
    GROWS_LOADING = "grows_loading"
    GROWS_WARM = "grows_warm"
    GROWS_DRAINING = "grows_draining"
    LARGER = "larger"
    SLOW_STOP = "slow_stop"


class Asked(Struct, frozen=True, kw_only=True):
    """One request."""

    number: int
    engine: str
    at: float
    work_s: float
    patience_s: float
    """It is refused when it has waited so long."""
    urgency: float


class Machine(Struct, frozen=True, kw_only=True):
    """Everything about one run that chance decides before it begins."""

    needs: Mapping[str, Need]
    budget: Mapping[str, int]
    policy: ResidencyPolicy
    requests: tuple[Asked, ...]
    faults: float
    """The share of lives that go wrong; 0 in every third run, where waits are bounded."""
    faults_end: float
    stop_s: float
    """What ending a process takes at most."""
    sparse: bool
    """Decisions are asked for at events and `look_at` only, not at every arrival and end."""


def machine(chance: Random, requests: int) -> Machine:
    devices = DEVICES[: chance.choice((1, 1, 1, 2, 3))]
    budget = {device: chance.randint(10, 100) for device in devices}
    names = [f"e{n}" for n in range(chance.choice((1, 2, 3, 3, 4, 6)))]
    needs = {name: _need(chance, name, names, budget) for name in names}
    calm = chance.random() < 1 / 3
    siege = calm and chance.random() < 0.5
    asked = _requests(chance, names, requests, siege=siege)
    return Machine(
        needs=needs,
        budget=budget,
        policy=_policy(chance),
        requests=asked,
        faults=0.0 if calm else chance.choice((0.1, 0.3, 0.6)),
        faults_end=asked[-1].at * 0.6,
        stop_s=chance.choice((0.0, 0.5, 5.0)),
        sparse=chance.random() < 0.2,
    )


def _need(chance: Random, name: str, names: list[str], budget: Mapping[str, int]) -> Need:
    on = chance.sample(sorted(budget), k=chance.randint(1, min(2, len(budget))))
    footprint = {d: int(budget[d] * chance.choice((0.1, 0.3, 0.45, 0.6, 0.9, 1.0))) for d in on}
    if chance.random() < 0.05:
        footprint = {} if chance.random() < 0.5 else {on[0]: budget[on[0]] + 1}
    others = [n for n in names if n != name]
    grouped = others and chance.random() < 0.15
    return Need(
        id=name,
        footprint=footprint,
        slots=chance.choice((1, 1, 2, 4)),
        load_s=chance.choice((0.5, 2.0, 10.0, 40.0)),
        exclusive=chance.random() < 0.15,
        together=frozenset(chance.sample(others, k=1)) if grouped else frozenset(),
        min_residence_s=chance.choice((0.0, 0.0, 5.0, 20.0)),
        idle_s=chance.choice((None, None, 5.0, 60.0)),
        pinned=chance.random() < 0.08,
    )


def _policy(chance: Random) -> ResidencyPolicy:
    return ResidencyPolicy(
        max_wait_s=chance.choice((0.0, 5.0, 30.0, 60.0)),
        turn_s=chance.choice((1.0, 10.0, 30.0)),
        swap_worth=chance.choice((0.0, 1.0, 2.0, 10.0)),
        stuck_s=120.0,
        longest_delay_s=chance.choice((5.0, 30.0)),
        tries=chance.choice((1, 2, 3)),
        give_up_s=60.0,
    )


def _requests(chance: Random, names: list[str], count: int, *, siege: bool) -> tuple[Asked, ...]:
    """In a siege there is always more to do than can be done, and nobody gives up."""
    at, favourite = 0.0, chance.choice(names)
    pace = chance.choice((0.2, 1.0) if siege else (0.2, 2.0, 15.0))
    long = chance.choice((2.0, 10.0) if siege else (0.5, 5.0, 20.0))
    count = count * 2 if siege else count
    asked = []
    for number in range(count):
        at += chance.expovariate(1 / pace)
        if chance.random() < 0.3:
            favourite = chance.choice(names)
        asked.append(
            Asked(
                number=number,
                engine=favourite if chance.random() < 0.6 else chance.choice(names),
                at=at,
                work_s=min(60.0, chance.expovariate(1 / long)),
                patience_s=1e6 if siege else chance.choice((3.0, 30.0, 300.0)),
                urgency=chance.choice((0.0, 0.0, 0.0, 1.0, 100.0, -5.0)),
            )
        )
    return tuple(asked)
