"""One timer for many waits: it rings for the wait that lasts too long, and for nothing else."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError

import pytest

from gilmok.dispatch.watch import Watch


async def wait(watch: Watch, seconds: float, event: asyncio.Event) -> str:
    watch.arm(seconds)
    try:
        await event.wait()
    except CancelledError:
        if watch.rang():
            return "rang"
        raise
    finally:
        watch.disarm()
    return "came"


async def test_it_rings_for_a_wait_that_lasts_too_long_and_the_task_lives_on() -> None:
    watch, never = Watch(), asyncio.Event()
    assert await wait(watch, 0.01, never) == "rang"
    assert await wait(watch, 0.01, never) == "rang"
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_many_short_waits_may_last_longer_than_one_limit() -> None:
    watch, loop = Watch(), asyncio.get_running_loop()
    began = loop.time()
    while loop.time() - began < 0.05:
        soon = asyncio.Event()
        loop.call_later(0.005, soon.set)
        assert await wait(watch, 0.03, soon) == "came"


async def test_a_shorter_wait_after_a_longer_one_rings_in_time() -> None:
    watch, now = Watch(), asyncio.Event()
    now.set()
    assert await wait(watch, 60.0, now) == "came"
    async with asyncio.timeout(5.0):
        assert await wait(watch, 0.01, asyncio.Event()) == "rang"


async def test_a_foreign_cancellation_is_not_ours() -> None:
    async def reader() -> None:
        await wait(Watch(), 60.0, asyncio.Event())

    task = asyncio.create_task(reader())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(CancelledError):
        await task


async def test_nobody_is_cancelled_between_two_waits_or_after_the_end() -> None:
    watch, now = Watch(), asyncio.Event()
    now.set()
    assert await wait(watch, 0.001, now) == "came"
    await asyncio.sleep(0.01)
    watch.arm(0.001)
    watch.close()
    watch.disarm()
    await asyncio.sleep(0.01)
