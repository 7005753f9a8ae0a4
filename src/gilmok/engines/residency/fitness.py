"""What can never be loaded as things are configured, with the arithmetic."""

from __future__ import annotations

from msgspec import Struct

from gilmok.engines.residency.memory import beside, excess, share_a_device, total
from gilmok.engines.residency.residency import Residency


class Unfit(Struct, frozen=True, kw_only=True):
    """Why an engine can never be loaded as things are configured. In bytes."""

    engine: str
    device: str
    needed: int
    budget: int
    pinned: int = 0
    """Of the budget, what engines hold that never leave."""
    beside: str | None = None
    """The pinned engine beside which it may not be loaded, if that is the reason."""


def unfit(residency: Residency, engine_id: str) -> Unfit | None:
    """`None`: it fits, if need be after others have left. Of two pinned engines that do not fit
    together the one configured first stays."""
    need = residency.needs.get(engine_id)
    if need is None:
        return None
    wanted = residency.reserve(engine_id)
    fixed = []
    for other, theirs in residency.needs.items():
        if other == engine_id:
            if need.pinned:
                break
            continue
        if theirs.pinned and not excess(residency.reserve(other), residency.budget):
            fixed.append(other)
    taken = total(residency.reserve(other) for other in fixed)
    over = excess(total([taken, wanted]), residency.budget)
    short = [d for d in wanted if wanted[d] > 0 and d in over]
    stranger = next((o for o in fixed if apart(residency, engine_id, o)), None)
    if not short and stranger is None:
        return None
    device = short[0] if short else next(d for d, amount in wanted.items() if amount > 0)
    return Unfit(
        engine=engine_id,
        device=device,
        needed=wanted[device],
        budget=residency.budget.get(device, 0),
        pinned=taken.get(device, 0),
        beside=None if short else stranger,
    )


def apart(residency: Residency, engine: str, other: str) -> bool:
    if not share_a_device(residency.reserve(engine), residency.reserve(other)):
        return False
    return not beside(residency.needs[engine], residency.needs[other])


def fixed(residency: Residency, engine: str) -> bool:
    """Is it never evicted? One that is pinned, unless another pinned one excludes it: then, after a
    change of the configuration, it may be loaded still, and goes like any other."""
    return residency.needs[engine].pinned and unfit(residency, engine) is None
