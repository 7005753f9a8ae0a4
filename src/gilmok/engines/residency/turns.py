"""When a loaded engine may be sent away for one that waits. Pure arithmetic on one pair of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from gilmok.core.engine import NOBODY, Demand, EngineState
from gilmok.engines.residency.eviction import Resident
from gilmok.engines.residency.memory import share_a_device
from gilmok.engines.residency.residency import Residency

LIKELY: Final = 0.5
"""From this share on `Residence.returns` means that a request will come."""
_MOMENT_S: Final = 0.1
"""Less patience than this is none: demand long past fades, but never quite."""


def waits_since(residency: Residency, engine: str, demand: Demand, now: float) -> float:
    """Since when an engine that is not loaded waits for its turn.

    From the first request on that it could not take, but not from before it was last unloaded or last
    died: whoever has just had a turn stands behind those who have not. Urgency counts as an earlier
    arrival, within bounds.
    """
    policy = residency.policy
    if residency.needs[engine].pinned:
        return -math.inf
    residence = residency.residences[engine]
    hungry = residence.hungry_since
    if hungry is None:
        hungry = now if demand.oldest is None else demand.oldest
    ahead_s = min(max(0.0, demand.urgency) * policy.urgent_s, policy.max_wait_s)
    return max(hungry, residence.since) - ahead_s


def cost(residency: Residency, engine: str, demand: Demand) -> float:
    """Of its absence: reload time × recent demand, those who wait or are answered included."""
    policy = residency.policy
    # As of the last arrival, so that the cheapest set does not change while nothing happens.
    rate = residency.residences[engine].rate(residency.asked_at, policy.half_life_s)
    present = (demand.waiting + demand.running) * math.log(2) / policy.half_life_s
    return residency.load_s(engine) * (rate + present)


def resident(residency: Residency, engine: str, demand: Demand) -> Resident:
    return Resident(
        engine=engine,
        frees=residency.residences[engine].held,
        cost=cost(residency, engine, demand),
    )


def swap_s(residency: Residency, one: str, other: str) -> float:
    """The loads that an exchange of two engines and back costs the machine."""
    return residency.load_s(one) + residency.load_s(other)


def keep_s(residency: Residency, engine: str, other: str) -> float:
    """How long `other` is kept with nothing to do while `engine` waits for its place."""
    return residency.policy.keep_worth * swap_s(residency, engine, other)


def patient_until(
    residency: Residency,
    engine: str,
    demand: Demand,
    other: str,
    others: Demand,
    now: float,
) -> float:
    """How long the requests for `engine` are patient with `other`, which is in their way.

    While it is busy: `swap_worth` times the swap for every request that the swap would keep waiting,
    those it has and those that are likely to come in its absence; `max_wait_s` at most. While it has
    nothing to do: not longer than about one swap lasts (`keep_worth`), and not at all where experience
    says that it will not be asked for in that time (`Residence.returns`).
    """
    policy, away = residency.policy, residency.residences[other]
    since = waits_since(residency, engine, demand, now)
    swap = swap_s(residency, engine, other)
    absence_s = swap + demand.work_s
    # As of when the wait began, so that the answer does not change while nothing happens.
    rate = away.rate(max(since, away.wanted_at), policy.half_life_s)
    delayed = others.waiting + others.running + rate * absence_s
    patience_s = min(policy.max_wait_s, policy.swap_worth * swap * delayed)
    until = since + (patience_s if patience_s > _MOMENT_S else 0.0)
    if others.waiting or others.running:
        return until
    idle_since = max(since, away.last_used, away.since, away.expected_until)
    kept_s = keep_s(residency, engine, other) if away.returns >= LIKELY else 0.0
    return min(until, idle_since + kept_s)


def keeps_until(residency: Residency, engine: str, demand: Demand = NOBODY) -> float:
    """Until when a loaded engine keeps its place whoever waits: its minimum residence, and its turn.

    `math.inf` where no time is known: it is still loading for somebody.
    """
    residence, need = residency.residences[engine], residency.needs[engine]
    if residence.state is EngineState.LOADING:
        return math.inf if demand.waiting else -math.inf
    until = residence.loaded_at + need.min_residence_s
    if demand.waiting and (demand.oldest is None or demand.oldest <= residence.loaded_at):
        until = max(until, residence.loaded_at + residency.policy.turn_s)
    return until


def wanted_until(residency: Residency, engine: str, demands: Mapping[str, Demand]) -> float:
    """Until when the place of a draining engine is wanted by those who are not loaded and share a device
    with it: `regret_s` longer than anybody waits. `math.inf`: somebody does."""
    mine, until = residency.occupies(engine), -math.inf
    for other, residence in residency.residences.items():
        if residence.holds or not share_a_device(residency.reserve(other), mine):
            continue
        if demands.get(other, NOBODY).waiting or residency.needs[other].pinned:
            return math.inf
        until = max(until, residence.last_used + residency.policy.regret_s)
    return until
