"""Which kept questions lie near a new one: exact up to a few thousand, by signs first beyond.

Embedded and in memory: nothing is written, nothing leaves. A large shelf compares 128 signs of
random projections (XOR and a bit count over 16 bytes each) and then the vectors of those that
differ least, so 100,000 entries take well under a millisecond. What is missed is only a miss.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gilmok.cache.vectors import Matrix, Vector

_EXACT_UP_TO = 4096
_BITS = 128
_RERANKED = 128
_SEED = 20261122


class Index(Protocol):
    """Ids are given by the caller, each once. Vectors are of length 1."""

    def __len__(self) -> int: ...

    def add(self, id: int, vector: Vector) -> None: ...

    def remove(self, id: int) -> None:
        """An id that is not there is no error."""
        ...

    def nearest(self, vector: Vector, most: int) -> list[int]:
        """Ids, nearest first. May miss some."""
        ...


class MemoryIndex:
    """Implements `Index` over arrays that grow by doubling; a removed row is filled by the last."""

    def __init__(self, width: int) -> None:
        self._rows = np.empty((8, width), dtype=np.float32)
        self._signs = tuple(np.empty(8, dtype=np.uint64) for _ in range(_BITS // 64))
        self._ids = np.empty(8, dtype=np.int64)
        self._place: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._place)

    def add(self, id: int, vector: Vector) -> None:
        at = len(self._place)
        if at == len(self._ids):
            self._rows = _doubled(self._rows)
            self._signs = tuple(map(_doubled, self._signs))
            self._ids = _doubled(self._ids)
        self._rows[at] = vector
        for column, word in zip(self._signs, _signs(vector), strict=True):
            column[at] = word
        self._ids[at] = id
        self._place[id] = at

    def remove(self, id: int) -> None:
        at = self._place.pop(id, None)
        if at is None:
            return
        last = len(self._place)
        if at != last:
            moved = int(self._ids[last])
            arrays: tuple[NDArray[Any], ...] = (self._rows, *self._signs, self._ids)
            for array in arrays:
                array[at] = array[last]
            self._place[moved] = at

    def nearest(self, vector: Vector, most: int) -> list[int]:
        count = len(self._place)
        if count > _EXACT_UP_TO:
            return self._by_signs(vector, most)
        near = self._rows[:count] @ vector
        best = np.argsort(-near, kind="stable")[:most]
        found: list[int] = self._ids[best].tolist()
        return found

    def _by_signs(self, vector: Vector, most: int) -> list[int]:
        count = len(self._place)
        differing = np.zeros(count, dtype=np.uint8)
        for column, word in zip(self._signs, _signs(vector), strict=True):
            differing += np.bitwise_count(column[:count] ^ word)
        histogram = np.bincount(differing, minlength=_BITS + 1)
        enough = int(np.searchsorted(histogram.cumsum(), _RERANKED))
        few = np.flatnonzero(differing <= enough)[: 4 * _RERANKED]
        near = self._rows[few] @ vector
        best = few[np.argsort(-near, kind="stable")[:most]]
        found: list[int] = self._ids[best].tolist()
        return found


_planes: dict[int, Matrix] = {}


def _signs(vector: Vector) -> NDArray[np.uint64]:
    width = len(vector)
    if width not in _planes:
        rng = np.random.default_rng(_SEED)
        _planes[width] = rng.standard_normal((_BITS, width)).astype(np.float32)
    return np.packbits(_planes[width] @ vector > 0).view(np.uint64)


def _doubled(array: NDArray[Any]) -> NDArray[Any]:
    grown = np.empty((2 * len(array), *array.shape[1:]), dtype=array.dtype)
    grown[: len(array)] = array
    return grown
