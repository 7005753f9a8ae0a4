"""Single flight: one leads, the others wait, nobody waits for ever."""

from __future__ import annotations

import asyncio

from gilmok.cache.flights import Flights

PLACE = b"place"


async def test_one_leads_and_the_others_wait_for_it() -> None:
    flights = Flights()
    assert not await flights.join(PLACE, "leader", 1.0)
    waiting = [asyncio.create_task(flights.join(PLACE, f"f{i}", 60.0)) for i in range(3)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    flights.leave(PLACE, "f0")
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    flights.leave(PLACE, "leader")
    assert await asyncio.gather(*waiting) == [True] * 3
    assert not await flights.join(PLACE, "next", 1.0)


async def test_nobody_waits_longer_than_it_has() -> None:
    flights = Flights()
    assert not await flights.join(PLACE, "leader", 1.0)
    assert not await flights.join(PLACE, "late", 0.01)
    assert not await flights.join(PLACE, "too late", 0.0)


async def test_other_places_do_not_wait() -> None:
    flights = Flights()
    assert not await flights.join(PLACE, "leader", 1.0)
    assert not await flights.join(b"other", "leader of another", 60.0)


async def test_a_follower_that_leaves_wakes_nobody() -> None:
    flights = Flights()
    assert not await flights.join(PLACE, "leader", 1.0)
    first = asyncio.create_task(flights.join(PLACE, "f1", 60.0))
    second = asyncio.create_task(flights.join(PLACE, "f2", 60.0))
    await asyncio.sleep(0)
    first.cancel()
    flights.leave(PLACE, "f1")
    await asyncio.sleep(0)
    assert not second.done()
    flights.leave(PLACE, "leader")
    assert await second
