"""The development team's three models on one machine of 64 GB, through the keeper and an Ollama that
refuses what does not fit: the architect alone, the coder and the reviewer together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

from gilmok import providers
from gilmok.core.endpoint import Endpoint
from gilmok.core.engine import RAM, Demand, EngineState, Need
from gilmok.engines.drivers import Ollama, OllamaSettings
from gilmok.engines.keeper import Keeper
from gilmok.engines.residency import Residency, ResidencyPolicy
from tests.services.ollama import GIB, Model
from tests.services.ollama import Ollama as Stub
from tests.unit.engines.conftest import LoopClock

NAMES = {
    "architect": "qwen3-coder-next:q4_K_M",
    "coder": "qwen3-coder:32b",
    "reviewer": "qwen3:14b",
}
SIZES = {"architect": 52, "coder": 19, "reviewer": 9}
POLICY = ResidencyPolicy(swap_worth=0.0, turn_s=0.0, first_delay_s=0.01)


def models() -> dict[str, Model]:
    return {NAMES[id]: Model(size=size * GIB, load_s=0.02) for id, size in SIZES.items()}


class Team:
    def __init__(self, stub: Stub) -> None:
        self.stub = stub
        self.demands = dict.fromkeys(NAMES, Demand())
        self.most: set[frozenset[str]] = set()
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Keeper]:
        row = providers.catalogue()["ollama"]
        drivers = {
            id: Ollama(OllamaSettings(id=id, provider=row, model=name, base_url=self.stub.url))
            for id, name in NAMES.items()
        }
        needs = {
            id: Need(id=id, footprint={RAM: size * GIB + GIB // 2}, exclusive=id == "architect")
            for id, size in SIZES.items()
        }
        self.keeper = Keeper(
            drivers,
            Residency.of(needs, {RAM: 64 * GIB}, POLICY),
            demand=self.demands.__getitem__,
            on_change=self._hear,
            clock=LoopClock(),
            rng=Random(1),
        )
        async with self.keeper:
            yield self.keeper

    def _hear(self, id: str, state: EngineState, endpoint: Endpoint | None) -> None:
        self.most.add(frozenset(self.stub.loaded))
        self._changed.set()

    async def call(self, *ids: str) -> None:
        """They are wanted at the same time, answer and are done."""
        now = asyncio.get_running_loop().time()
        for id in ids:
            self.demands[id] = Demand(waiting=1, oldest=now)
        self.keeper.look()
        async with asyncio.timeout(20):
            while any(self.keeper.state(id) is not EngineState.WARM for id in ids):
                self._changed.clear()
                await self._changed.wait()
        for id in ids:
            self.demands[id] = Demand()
        self.keeper.look()


async def test_the_architect_alone_and_the_others_together() -> None:
    async with Stub(models(), memory=64 * GIB) as stub:
        team = Team(stub)
        async with team.at_work():
            await team.call("architect")
            assert set(stub.loaded) == {NAMES["architect"]}
            await team.call("coder", "reviewer")
            assert set(stub.loaded) == {NAMES["coder"], NAMES["reviewer"]}
            await team.call("architect")
            assert set(stub.loaded) == {NAMES["architect"]}
        assert not stub.loaded
        alone = frozenset({NAMES["architect"]})
        assert all(NAMES["architect"] not in held or held == alone for held in team.most)
        assert (stub.loads, stub.refusals) == (4, 0)


async def test_after_a_crash_what_is_loaded_is_taken_over() -> None:
    async with Stub(models(), memory=64 * GIB) as stub:
        first = Team(stub)
        async with first.at_work():
            await first.call("coder")
            stub.keep()
        assert set(stub.loaded) == {NAMES["coder"]}
        second = Team(stub)
        async with second.at_work() as keeper:
            await second.call("coder")
            assert keeper.state("coder") is EngineState.WARM
            assert stub.loads == 1
            await second.call("architect")
            assert set(stub.loaded) == {NAMES["architect"]}
