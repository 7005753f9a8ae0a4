"""Clients of one batch that come and go in any order: nothing is done twice, nothing is left behind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest

from tests.gateway import Answer, Running
from tests.wall import Wall
from tests.wire.test_batches import KEY, STREAM, asking, tables, tasks
from tests.wire.test_tasks import serving


class Crowd:
    """Clients that send the same batch, wait, leave, come back and end it, by a seed."""

    def __init__(self, gateway: Running, wall: Wall, seed: int) -> None:
        self._gateway = gateway
        self._wall = wall
        self._random = Random(seed)
        self._batch = tasks(*self._random.choices(["plan", "code", "review"], k=6))
        self._asked_when_done: dict[int, int] = {}
        """By task: how often a model had been asked when its success was first seen."""

    def asked(self, index: int) -> int:
        return sum(f"task {index}" in call.text for call in self._wall.calls)

    async def come_and_go(self) -> None:
        for _ in range(6):
            act = self._random.choice([self._wait, self._watch, self._leave, self._end])
            await act()
            self._look()
        while (await self._wait()).json["failed"]:
            self._look()

    async def _wait(self) -> Answer:
        return await self._gateway.post("/batch", self._batch, KEY)

    async def _watch(self) -> None:
        """Reads a stream to its end, or leaves after a few events."""
        async with asking(self._gateway, self._batch, {**KEY, **STREAM}) as client:
            for _ in range(self._random.randrange(4)):
                await client.until(b"data: ")

    async def _leave(self) -> None:
        before = len(self._wall.calls)
        async with asking(self._gateway, self._batch, KEY):
            turns = self._random.randrange(200)
            async with asyncio.timeout(10):
                while turns and len(self._wall.calls) < before + 3:
                    turns -= 1
                    await asyncio.sleep(0)

    async def _end(self) -> None:
        for batch in tuple(self._gateway.gateway.devteam._store):
            await self._gateway.send("DELETE", f"/batch/{batch.id}", b"")

    def _look(self) -> None:
        for batch in self._gateway.gateway.devteam._store:
            for outcome in batch.outcomes:
                if outcome.succeeded:
                    self._asked_when_done.setdefault(outcome.index, self.asked(outcome.index))

    def check(self) -> None:
        """What had succeeded was never asked again, and everything succeeded in the end."""
        self._look()
        assert set(self._asked_when_done) == set(range(6))
        assert self._asked_when_done == {index: self.asked(index) for index in range(6)}


@pytest.mark.parametrize("seed", range(4))
async def test_whoever_comes_and_goes_nothing_is_done_twice(tmp_path: Path, seed: int) -> None:
    faults = tables(coder="ttft=8", reviewer="flap+hangup")
    async with serving(tmp_path, faults) as (gateway, wall):
        crowd = Crowd(gateway, wall, seed)
        await crowd.come_and_go()
        crowd.check()
        (batch,) = gateway.gateway.devteam._store
        assert (batch.ended, batch.followers, batch.missing) == (True, 0, [])
        assert not gateway.gateway.devteam._runs._running
