"""Looks after endpoints in the background, so that no request has to.

Each endpoint is checked in its own task at a jittered interval; one that hangs delays only its own
next check. The checks of many endpoints are spread over the interval: a thousand at once would keep
the loop busy for a third of a second. The check itself (a GET without any user text) is plugged in
by `build`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from gilmok.core.endpoint import Endpoint, EndpointState, Zone
from gilmok.core.ports import Rng
from gilmok.fleet.registry import Registry

log = logging.getLogger(__name__)

Check = Callable[[Endpoint], Awaitable[tuple[EndpointState, Zone | None]]]
"""Finds an endpoint's state and the zone its address proves; `None` where it was not resolved."""


class HealthMonitor:
    def __init__(
        self,
        registry: Registry,
        check: Check,
        rng: Rng,
        *,
        interval_s: float,
        timeout_s: float,
        looked_after: Callable[[str], bool] = lambda endpoint_id: False,
    ) -> None:
        """`looked_after`: true for endpoints that somebody else watches, and that may be down for
        good reasons."""
        self._registry = registry
        self._check = check
        self._rng = rng
        self._interval_s = interval_s
        self._timeout_s = timeout_s
        self._looked_after = looked_after
        self._under_way: set[str] = set()

    async def check_all(self) -> None:
        """One round over every endpoint, at most `timeout_s` long."""
        async with asyncio.TaskGroup() as group:
            for endpoint_id in self._mine():
                if (endpoint := self._registry.endpoint(endpoint_id)) is not None:
                    group.create_task(self._check_one(endpoint))

    async def run(self) -> None:
        """Checks until cancelled: every endpoint at once, then each in its turn."""
        await self.check_all()
        async with asyncio.TaskGroup() as group:
            while True:
                ids = self._mine()
                interval_s = self._interval_s * (0.8 + 0.4 * self._rng.random())
                for endpoint_id in ids or ("",):
                    await asyncio.sleep(interval_s / max(1, len(ids)))
                    endpoint = self._registry.endpoint(endpoint_id)
                    # It may be gone meanwhile, or hang for longer than the interval.
                    if endpoint is not None and endpoint_id not in self._under_way:
                        group.create_task(self._check_one(endpoint))

    def _mine(self) -> list[str]:
        ids = (standing.endpoint.id for standing in self._registry.snapshot())
        return [id for id in ids if not self._looked_after(id)]

    async def _check_one(self, endpoint: Endpoint) -> None:
        self._under_way.add(endpoint.id)
        try:
            async with asyncio.timeout(self._timeout_s):
                state, zone = await self._check(endpoint)
        except TimeoutError:
            state, zone = EndpointState.DOWN, None
        except Exception as error:
            # A defect at one endpoint must not end the watch over all of them.
            log.error(
                "health_check_failed",
                extra={"endpoint": endpoint.id, "kind": type(error).__name__},
            )
            state, zone = EndpointState.DOWN, None
        finally:
            self._under_way.discard(endpoint.id)
        # Of an engine that came back at another port meanwhile, the old address says nothing.
        if self._registry.endpoint(endpoint.id) is endpoint:
            self._registry.saw(endpoint.id, state, zone)
