"""Long texts beside the loop: few at a time, tenants in turn, and never past the deadline."""

from __future__ import annotations

import asyncio
import threading
from typing import cast

import pytest
from msgspec.structs import replace

from gilmok.core.errors import DeadlineExceeded
from gilmok.core.inspection import Inspection
from gilmok.core.request import Request
from gilmok.inspection.aside import AT_ONCE, Aside
from tests.unit.inspection.ask import request

SHORT, MIDDLE, LONG = "a" * 10, "a" * (AT_ONCE + 1), "a" * 300_000
DONE = cast(Inspection, object())
PATIENCE_S = 20.0


class Inspector:
    """Waits until it is let go; knows who is inside."""

    def __init__(self) -> None:
        self.go = threading.Semaphore(0)
        self.inside: list[int] = []
        self.most = 0
        self._lock = threading.Lock()

    def inspect(self, asked: Request) -> Inspection:
        length = len(asked.messages[0].parts[0].text)  # type: ignore[union-attr]
        if length <= AT_ONCE:
            return DONE
        with self._lock:
            self.inside.append(length)
            self.most = max(self.most, len(self.inside))
        assert self.go.acquire(timeout=PATIENCE_S)
        with self._lock:
            self.inside.remove(length)
        return DONE


def asked(text: str, seconds: float = PATIENCE_S) -> Request:
    deadline = asyncio.get_running_loop().time() + seconds
    return replace(request(text), deadline=deadline)


async def until_inside(inspector: Inspector, count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(inspector.inside) != count:  # noqa: ASYNC110 (threads announce nothing)
            await asyncio.sleep(0.001)


async def test_short_texts_wait_for_nobody_and_long_ones_for_each_other() -> None:
    inspector, aside = Inspector(), Aside()
    async with asyncio.TaskGroup() as group:
        for text in (LONG, LONG, LONG, MIDDLE, MIDDLE, MIDDLE):
            group.create_task(aside.inspect(inspector, asked(text), "t"))
        await until_inside(inspector, 3)
        assert sorted(inspector.inside) == [len(MIDDLE), len(MIDDLE), len(LONG)]
        assert await aside.inspect(inspector, asked(SHORT), "t") is DONE
        inspector.go.release(6)
    assert inspector.most == 3


async def test_tenants_take_turns() -> None:
    inspector, aside, order = Inspector(), Aside(), list[str]()

    async def ask(tenant: str) -> None:
        await aside.inspect(inspector, asked(LONG), tenant)
        order.append(tenant)

    async with asyncio.TaskGroup() as group:
        for tenant in ("many", "many", "many", "many", "few"):
            group.create_task(ask(tenant))
        await until_inside(inspector, 1)
        for done in range(5):
            inspector.go.release()
            async with asyncio.timeout(PATIENCE_S):
                while len(order) == done:  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
    assert order == ["many", "many", "few", "many", "many"]


async def test_who_leaves_keeps_the_place_until_the_thread_ends() -> None:
    inspector, aside = Inspector(), Aside()
    with pytest.raises(DeadlineExceeded):
        await aside.inspect(inspector, asked(LONG, 0.01), "t")
    second = asyncio.create_task(aside.inspect(inspector, asked(LONG), "t"))
    third = asyncio.create_task(aside.inspect(inspector, asked(LONG), "t"))
    await asyncio.sleep(0)
    assert len(inspector.inside) == 1
    second.cancel()
    inspector.go.release(2)
    assert await third is DONE
    assert inspector.most == 1
    with pytest.raises(asyncio.CancelledError):
        await second
