"""Where models answer: configured endpoints, those that were found, and engines that are started here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from gilmok.composition import found as finding
from gilmok.composition import parts
from gilmok.composition.engines import Engines, queue_policies
from gilmok.composition.services import local_services, upstreams
from gilmok.composition.world import Upstreams, World
from gilmok.config import EMBEDDED_ID, Settings
from gilmok.core.endpoint import Endpoint, EndpointState
from gilmok.dispatch.queue import Queues
from gilmok.engines import EmbeddedEngine, EngineState
from gilmok.fleet import HealthMonitor, Registry

Progress = Callable[[str], None]
"""Told what is being started, by stable names: `journal`, `ollama`, `engine`, `engines`."""


class Joined(Struct, frozen=True):
    """An endpoint nobody configured, and how it came to be there."""

    endpoint_id: str
    how: str
    """`environment`, `ollama`, `installed`, `embedded`."""


class Models(Struct, frozen=True, kw_only=True):
    registry: Registry
    upstreams: Upstreams
    queues: Queues
    engines: Engines
    embedded: EmbeddedEngine | None = None
    found: tuple[Endpoint, ...] = ()
    joined: tuple[Joined, ...] = ()

    @classmethod
    def configured(cls, settings: Settings, world: World, registry: Registry) -> Self:
        """Those of the configuration alone. Nothing is started and nobody is looked at."""
        queues = Queues(world.clock)
        return cls(
            registry=registry,
            upstreams=Upstreams(upstreams(settings, world.upstream_for)),
            queues=queues,
            engines=Engines(settings, world, registry, queues),
        )

    @property
    def present(self) -> tuple[Endpoint, ...]:
        """Endpoints that are in no list of the configuration."""
        engine = self.embedded.endpoint if self.embedded else None
        found = (*self.found, *self.engines.endpoints)
        return (*found, engine) if engine else found

    def open_queues(self) -> None:
        """As the endpoints are configured now. Those of engines are opened by their keeper."""
        endpoints = [standing.endpoint for standing in self.registry.snapshot()]
        self.queues.configure(queue_policies(endpoints))
        for endpoint in endpoints:
            if endpoint.queueing is not None and not self.engines.knows(endpoint.id):
                self.queues.open(endpoint.id, endpoint.queueing.slots)


@asynccontextmanager
async def models(settings: Settings, world: World, progress: Progress) -> AsyncIterator[Models]:
    """Everything that answers, started and watched. Raises `ConfigError`."""
    async with AsyncExitStack() as stack:
        registry = Registry(settings.endpoints, world.clock, parts.breaker_policy(settings))
        joined = [Joined(endpoint_id, "environment") for endpoint_id in settings.joined]
        progress("ollama")
        found = await finding.ollama(settings)
        for endpoint in found:
            registry.join(endpoint, EndpointState.UP)
            joined.append(Joined(endpoint.id, "ollama"))
        services = local_services(settings)
        for endpoint in services:
            registry.join(endpoint, EndpointState.UP)
            joined.append(Joined(endpoint.id, "installed"))
        engine = finding.embedded(settings, world, registry)
        if engine is not None:
            progress("engine")
            await stack.enter_async_context(engine)
            joined.append(Joined(engine.endpoint_id, "embedded"))
        there = replace(
            Models.configured(settings, world, registry),
            embedded=engine,
            found=(*found, *services),
            joined=tuple(joined),
        )
        if settings.engines:
            progress("engines")
        await stack.enter_async_context(there.engines)
        stack.push_async_callback(there.upstreams.close)
        await stack.enter_async_context(_watched(settings, there, world))
        yield there


@asynccontextmanager
async def _watched(settings: Settings, there: Models, world: World) -> AsyncIterator[None]:
    """While it lasts, the endpoints' health is looked at; that of engines is their keeper's to see,
    and the embedded one tells itself that it is loading: nobody listens at its address yet."""

    def looked_after(endpoint_id: str) -> bool:
        embedded = there.embedded
        if embedded is not None and endpoint_id == EMBEDDED_ID:
            return embedded.state is not EngineState.READY
        return there.engines.knows(endpoint_id)

    monitor = HealthMonitor(
        there.registry,
        there.upstreams.check,
        world.rng,
        interval_s=settings.health.interval_s,
        timeout_s=settings.health.timeout_s,
        looked_after=looked_after,
    )
    watching = asyncio.create_task(monitor.run(), name="health")
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])
