"""Those who wait, in order, with the work that stands before each place.

Sorted blocks: adding, removing and summing touch one block and the list of blocks, so that each takes
a few microseconds among 10,000.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from itertools import chain, islice

from msgspec import Struct

_BLOCK = 128


class Place(Struct, frozen=True, order=True):
    """Where somebody stands: the lower key comes first, and of equal ones who came first."""

    key: float
    serial: int
    work_s: float


class Line:
    """Invariants: blocks are sorted and never empty; `sums` are their works."""

    __slots__ = ("_blocks", "_lasts", "_length", "_sums")

    def __init__(self) -> None:
        self._blocks: list[list[Place]] = []
        self._lasts: list[Place] = []
        self._sums: list[float] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Place]:
        return chain.from_iterable(self._blocks)

    def first(self) -> Place:
        """Raises `IndexError` where nobody waits."""
        return self._blocks[0][0]

    def foremost(self, count: int) -> list[Place]:
        return list(islice(self, count))

    def add(self, place: Place) -> None:
        self._length += 1
        if not self._blocks:
            self._blocks.append([place])
            self._lasts.append(place)
            self._sums.append(place.work_s)
            return
        index = min(bisect_left(self._lasts, place), len(self._blocks) - 1)
        block = self._blocks[index]
        insort(block, place)
        self._lasts[index] = block[-1]
        self._sums[index] += place.work_s
        if len(block) > 2 * _BLOCK:
            self._split(index)

    def _split(self, index: int) -> None:
        block = self._blocks[index]
        halves = block[:_BLOCK], block[_BLOCK:]
        self._blocks[index : index + 1] = halves
        self._lasts[index : index + 1] = (half[-1] for half in halves)
        self._sums[index : index + 1] = (sum(p.work_s for p in half) for half in halves)

    def remove(self, place: Place) -> None:
        """Raises `KeyError` where it does not stand here."""
        index = bisect_left(self._lasts, place)
        block = self._blocks[index] if index < len(self._blocks) else []
        position = bisect_left(block, place)
        if position == len(block) or block[position] != place:
            raise KeyError(place)
        self._length -= 1
        del block[position]
        if not block:
            del self._blocks[index], self._lasts[index], self._sums[index]
            return
        self._lasts[index] = block[-1]
        self._sums[index] -= place.work_s

    @property
    def work_s(self) -> float:
        """Of everybody."""
        return max(0.0, sum(self._sums))

    def before(self, key: float) -> float:
        """Work of those whose key is no greater."""
        end = Place(key, 1 << 62, 0.0)
        index = bisect_left(self._lasts, end)
        before = sum(self._sums[:index])
        if index < len(self._blocks):
            block = self._blocks[index]
            before += sum(place.work_s for place in block[: bisect_left(block, end)])
        return max(0.0, before)
