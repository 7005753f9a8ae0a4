"""Which engines leave so that enough memory comes free, at the least cost."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gilmok.core.engine import Bytes
from gilmok.engines.residency.memory import total

_EXACT = 12
"""Up to so many residents every set is weighed; beyond that a greedy choice is made."""


class Resident(Struct, frozen=True, kw_only=True):
    engine: str
    frees: Bytes
    cost: float
    """Reload time × recent demand: the seconds per second that its absence is expected to cost."""


def cheapest(over: Bytes, residents: Sequence[Resident]) -> tuple[str, ...] | None:
    """The set of least cost, then of fewest engines, that frees `over` on every device; `None` where
    all together do not. Between equals the earlier in `residents` goes."""
    if not over:
        return ()
    useful = [r for r in residents if any(r.frees.get(device, 0) > 0 for device in over)]
    if not _covers(total(r.frees for r in useful), over):
        return None
    chosen = _exact(over, useful) if len(useful) <= _EXACT else _greedy(over, useful)
    return tuple(r.engine for r in chosen)


def _covers(frees: Bytes, over: Bytes) -> bool:
    return all(frees.get(device, 0) >= amount for device, amount in over.items())


def _exact(over: Bytes, residents: list[Resident]) -> list[Resident]:
    """Branch and bound over who stays and who goes, the cheap first."""
    order = sorted(residents, key=lambda r: r.cost)
    rest = [total(r.frees for r in order[i:]) for i in range(len(order) + 1)]
    best: list[Resident] = order
    least = (sum(r.cost for r in order), len(order))

    def search(at: int, missing: Bytes, going: list[Resident], cost: float) -> None:
        nonlocal best, least
        if not missing:
            if (cost, len(going)) < least:
                best, least = list(going), (cost, len(going))
            return
        if (cost, len(going)) >= least or not _covers(rest[at], missing):
            return
        one = order[at]
        search(at + 1, _less(missing, one.frees), [*going, one], cost + one.cost)
        search(at + 1, missing, going, cost)

    search(0, over, [], 0.0)
    return best


def _less(missing: Bytes, frees: Bytes) -> Bytes:
    left = {device: amount - frees.get(device, 0) for device, amount in missing.items()}
    return {device: amount for device, amount in left.items() if amount > 0}


def _greedy(over: Bytes, residents: list[Resident]) -> list[Resident]:
    """The cheapest for what it frees, again and again; then whoever turns out not to be needed stays,
    the dearest first."""
    going: list[Resident] = []
    left, missing = list(residents), over
    while missing:
        one = min(left, key=lambda r: _price(r, missing))
        left.remove(one)
        going.append(one)
        missing = _less(missing, one.frees)
    for one in sorted(going, key=lambda r: -r.cost):
        others = [r for r in going if r is not one]
        if _covers(total(r.frees for r in others), over):
            going = others
    return going


def _price(resident: Resident, missing: Bytes) -> tuple[bool, float, float]:
    """Who frees nothing of what is missing comes last; then cost for the share of it that it frees."""
    share = sum(
        min(resident.frees.get(device, 0), amount) / amount for device, amount in missing.items()
    )
    return (share == 0.0, resident.cost / share if share else 0.0, -share)
