"""The watch over the endpoints."""

from __future__ import annotations

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
