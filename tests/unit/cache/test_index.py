"""The index finds what is there and nothing that is gone."""

from __future__ import annotations

import numpy as np
import pytest

from gilmok.cache.index import MemoryIndex


def unit_rows(n: int, width: int = 32) -> np.ndarray:
    rows = np.random.default_rng(3).standard_normal((n, width)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@pytest.mark.parametrize("n", [1, 50, 6000])
def test_each_finds_itself(n: int) -> None:
    rows, index = unit_rows(n), MemoryIndex(32)
    for i, row in enumerate(rows):
        index.add(i, row)
    for i in range(0, n, max(1, n // 40)):
        assert index.nearest(rows[i], 3)[0] == i


def test_what_was_removed_is_not_found() -> None:
    rows, index = unit_rows(300), MemoryIndex(32)
    for i, row in enumerate(rows):
        index.add(i, row)
    gone = set(range(0, 300, 3))
    for i in gone:
        index.remove(i)
        index.remove(i)
    assert len(index) == 200
    for i, row in enumerate(rows):
        found = index.nearest(row, 5)
        assert not gone & set(found)
        assert (found[0] == i) == (i not in gone)


def test_an_empty_index_finds_nothing() -> None:
    assert MemoryIndex(32).nearest(unit_rows(1)[0], 5) == []


def test_by_signs_it_finds_nearly_what_it_finds_exactly() -> None:
    rng = np.random.default_rng(5)
    centres = unit_rows(800)
    rows = centres[rng.integers(0, 800, 8000)] + 0.08 * rng.standard_normal((8000, 32))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    index = MemoryIndex(32)
    for i, row in enumerate(rows):
        index.add(i, row)
    shared = 0
    for row in rows[:60]:
        shared += len(set(index.nearest(row, 5)) & set(np.argsort(-(rows @ row))[:5].tolist()))
    assert shared >= 0.9 * 300
