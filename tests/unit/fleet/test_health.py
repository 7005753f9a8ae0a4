"""The watch over the endpoints."""

from __future__ import annotations

import asyncio
from collections import Counter

from gilmok.core.endpoint import Endpoint, EndpointState, Zone
from gilmok.fleet import BreakerPolicy, HealthMonitor, Registry
from gilmok.system import SystemClock, SystemRng
from tests.unit import nouns


async def test_a_defect_at_one_endpoint_hides_no_other() -> None:
    async def check(endpoint: Endpoint) -> tuple[EndpointState, Zone | None]:
        if endpoint.id == "a":
            raise ValueError("an address that can be read in two ways")
        return EndpointState.UP, None

    endpoints = [nouns.endpoint("a"), nouns.endpoint("b")]
    registry = Registry(endpoints, SystemClock(), BreakerPolicy())
    monitor = HealthMonitor(registry, check, SystemRng(), interval_s=1.0, timeout_s=1.0)
    await monitor.check_all()
    states = {standing.endpoint.id: standing.state for standing in registry.snapshot()}
    assert states == {"a": EndpointState.DOWN, "b": EndpointState.UP}


async def test_checks_are_spread_over_the_interval_and_never_overlap() -> None:
    begun: Counter[str] = Counter()
    enough, hung = asyncio.Event(), asyncio.Event()
    most_at_once = 0

    async def check(endpoint: Endpoint) -> tuple[EndpointState, Zone | None]:
        nonlocal most_at_once
        begun[endpoint.id] += 1
        if min(begun.values()) > 1:
            most_at_once = max(most_at_once, len(asyncio.all_tasks()) - before)
        if begun["b"] == 5:
            enough.set()
        if endpoint.id == "a" and begun["a"] == 2:
            await hung.wait()
        return EndpointState.UP, None

    registry = Registry(
        [nouns.endpoint(id) for id in ("a", "b", "gone")], SystemClock(), BreakerPolicy()
    )
    monitor = HealthMonitor(registry, check, SystemRng(), interval_s=0.05, timeout_s=60.0)
    watching = asyncio.create_task(monitor.run())
    before = len(asyncio.all_tasks())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert begun == {"a": 1, "b": 1, "gone": 1}, "all at once at the start"
    registry.configure([nouns.endpoint("a"), nouns.endpoint("b")])
    await enough.wait()
    watching.cancel()
    await asyncio.wait([watching])
    assert begun["a"] == 2, "one that hangs is not asked again meanwhile"
    assert begun["gone"] == 1
    assert most_at_once <= 2, "the one that hangs, and one whose turn it is"


async def test_what_was_seen_at_an_old_address_is_not_held_against_the_new_one() -> None:
    """An engine becomes ready while a check of the place where it was not yet is under way."""
    old, new = nouns.endpoint("a"), nouns.endpoint("a")
    asked, answer = asyncio.Event(), asyncio.Event()

    async def check(endpoint: Endpoint) -> tuple[EndpointState, Zone | None]:
        asked.set()
        await answer.wait()
        return EndpointState.DOWN, None

    registry = Registry([old], SystemClock(), BreakerPolicy())
    monitor = HealthMonitor(registry, check, SystemRng(), interval_s=1.0, timeout_s=60.0)
    checking = asyncio.create_task(monitor.check_all())
    await asked.wait()
    registry.join(new, EndpointState.UP)
    answer.set()
    await checking
    assert [standing.state for standing in registry.snapshot()] == [EndpointState.UP]
