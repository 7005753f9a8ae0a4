"""What a gateway takes from outside: the real one, or the simulation's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from gilmok import providers
from gilmok.core.endpoint import Endpoint, EndpointState, Zone
from gilmok.core.memory import ReadMemory
from gilmok.core.ports import Clock, Ids, Rng, Upstream
from gilmok.system import SystemClock, SystemIds, SystemRng, entropy, memory


class World(Struct, frozen=True):
    """Time, chance, ids, and whom one speaks to."""

    clock: Clock
    ids: Ids
    rng: Rng
    upstream_for: Callable[[Endpoint], Upstream] = providers.upstream_for
    entropy: Callable[[int], bytes] = entropy
    memory: ReadMemory = memory

    @classmethod
    def real(cls) -> World:
        clock = SystemClock()
        return cls(
            clock, SystemIds(), SystemRng(), partial(providers.upstream_for, wall=clock.wall)
        )


class Upstreams:
    """One upstream for each endpoint, with its kept connections; renewed when the endpoint is."""

    def __init__(self, make: Callable[[Endpoint], Upstream]) -> None:
        self._make = make
        self._by_id: dict[str, tuple[Endpoint, Upstream]] = {}
        self._retired: list[Upstream] = []

    def __call__(self, endpoint: Endpoint) -> Upstream:
        known = self._by_id.get(endpoint.id)
        if known is not None and (known[0] is endpoint or known[0] == endpoint):
            return known[1]
        if known is not None:
            self._retired.append(known[1])
        upstream = self._make(endpoint)
        self._by_id[endpoint.id] = (endpoint, upstream)
        return upstream

    async def check(self, endpoint: Endpoint) -> tuple[EndpointState, Zone | None]:
        """See `fleet.Check`."""
        await self._close_retired()
        return await providers.check(self(endpoint))

    async def close(self) -> None:
        await self._close_retired()
        for _, upstream in self._by_id.values():
            await upstream.close()

    async def _close_retired(self) -> None:
        """Idle connections only: conversations under way keep theirs."""
        while self._retired:
            await self._retired.pop().close()
