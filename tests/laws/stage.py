"""A gateway between two walls, and what can be asked of it afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gilmok.ledger import Decision
from tests.gateway import Running
from tests.laws.scenes import IMPATIENT, cloud, home
from tests.wall import Wall

Table = Callable[[Wall, Wall], str]
"""An endpoint's table, given the walls at home and in the cloud."""
_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Stage:
    gateway: Running
    home: Wall
    cloud: Wall
    folder: Path

    async def decision(self, decision_id: str) -> Any:
        """The decision as its caller reads it."""
        answer = await self.gateway.get(f"/v1/decisions/{decision_id}")
        assert answer.status == 200
        return answer.json

    async def decisions(self) -> tuple[Decision, ...]:
        """Every receipt so far, newest first."""
        journal = self.gateway.gateway.journal
        await journal.flush()
        return await journal.recent(100_000)

    async def receipts(self, count: int) -> tuple[Decision, ...]:
        """Waits for `count` receipts: that of a client who left comes when nobody listens."""
        async with asyncio.timeout(_PATIENCE_S):
            while len(found := await self.decisions()) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        return found


@asynccontextmanager
async def stage(
    folder: Path,
    *tables: Table,
    more: str = "",
    settings: str = IMPATIENT,
    aliases: Mapping[str, str] | None = None,
) -> AsyncIterator[Stage]:
    """`aliases`: what the walls do for a model of that name, where it is too long for a name."""
    async with AsyncExitStack() as stack:
        at_home, in_cloud = [
            await stack.enter_async_context(Wall(aliases=aliases)) for _ in range(2)
        ]
        toml = settings + more + "".join(table(at_home, in_cloud) for table in tables)
        running = await stack.enter_async_context(Running(folder, toml, memory=False))
        yield Stage(running, at_home, in_cloud, folder)


def at_home(model: str, name: str = "home") -> Table:
    return lambda h, c: home(h, model, name)


def in_cloud(model: str, name: str = "cloud", wire: str = "openai", q: float = 0.9) -> Table:
    return lambda h, c: cloud(c, model, name, wire, q)
