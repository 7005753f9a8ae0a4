"""Whatever is interrupted at whichever await, everything is back; `fuzz/cancel.py` is the long form."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.laws.interrupted import interrupted
from tests.simulation.interruption import Manner, Places
from tests.simulation.storm import weather

LIVES, AT_ONCE = 40, 10


@pytest.mark.parametrize("first", range(0, LIVES, AT_ONCE))
def test_interrupted_requests_leave_nothing_behind(first: int, tmp_path: Path) -> None:
    places = Places()
    for seed in range(first, first + AT_ONCE):
        seen = weather(seed, tmp_path, places)
        assert not seen.broken, f"seed {seed}: {seen.broken[:5]}"
    # They were struck: without that the rest would say little.
    assert all(places.manners[manner.value] > 2 * AT_ONCE for manner in Manner)
    assert len(places.ways) > 5


@pytest.mark.parametrize("seed", [1, 2])
async def test_nor_do_they_on_real_sockets(seed: int, tmp_path: Path) -> None:
    places = Places()
    seen = await interrupted(tmp_path, seed, 120, places)
    assert not seen.broken, seen.broken
    assert places.manners.total() > 10
    assert not asyncio.get_running_loop().get_task_factory()
