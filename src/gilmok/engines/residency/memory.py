"""Sums of bytes by device, and who may be loaded beside whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gilmok.core.engine import Bytes, Need


def total(footprints: Iterable[Bytes]) -> dict[str, int]:
    held: dict[str, int] = {}
    for footprint in footprints:
        for device, amount in footprint.items():
            held[device] = held.get(device, 0) + amount
    return held


def larger(one: Bytes, other: Bytes) -> Bytes:
    """The larger amount on each device."""
    if not other:
        return one
    return {d: max(one.get(d, 0), other.get(d, 0)) for d in {**one, **other}}


def smaller(one: Bytes, other: Bytes) -> Bytes:
    """The smaller amount on each device that both name."""
    return {d: min(amount, other[d]) for d, amount in one.items() if d in other}


def excess(held: Bytes, budget: Bytes) -> dict[str, int]:
    """By how much each device is overdrawn; empty: it fits. A device without a budget has none."""
    over = {device: amount - budget.get(device, 0) for device, amount in held.items()}
    return {device: amount for device, amount in over.items() if amount > 0}


def share_a_device(one: Bytes, other: Bytes) -> bool:
    return any(amount > 0 and other.get(device, 0) > 0 for device, amount in one.items())


def beside(one: Need, other: Need) -> bool:
    """May both be loaded on one device? Either may exclude the other."""
    if one.exclusive or other.exclusive:
        return False
    return _allows(one, other) and _allows(other, one)


def _allows(one: Need, other: Need) -> bool:
    return not one.together or other.id in one.together


def devices(*footprints: Mapping[str, int]) -> frozenset[str]:
    return frozenset(d for footprint in footprints for d, amount in footprint.items() if amount > 0)
