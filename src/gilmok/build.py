"""The composition root: the only place that wires every room to the next.

`gateway` starts everything in order and stops it in the reverse order; `gilmok.serve` puts it behind
a socket.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

from msgspec import Struct

from gilmok import providers
from gilmok.admission import Keys, Limits
from gilmok.composition import parts
from gilmok.composition.found import embedded, ollama
from gilmok.composition.world import Upstreams, World
from gilmok.config import Settings, load
from gilmok.core.endpoint import Endpoint, EndpointState
from gilmok.core.errors import ConfigError, ConfigErrors, HttpError
from gilmok.core.receipt import Receipt
from gilmok.dispatch import Dispatcher
from gilmok.engines import EmbeddedEngine
from gilmok.fleet import HealthMonitor, Registry
from gilmok.guard import Clearer
from gilmok.ledger import Decision, Journal, Ledger, MemoryJournal
from gilmok.pipeline import Pipeline
from gilmok.routing import Router
from gilmok.surfaces.app import App
from gilmok.surfaces.chat import Chat, ChatPolicy
from gilmok.surfaces.http import Headers, HttpRequest, Reply
from gilmok.surfaces.lookups import Lookups
from gilmok.surfaces.openapi import openapi_document
from gilmok.telemetry import Metrics

__all__ = [
    "Gateway",
    "Joined",
    "Progress",
    "Upstreams",
    "World",
    "gateway",
    "load_settings",
    "unusable",
]

Progress = Callable[[str], None]
"""Told what is being started, by stable names: `journal`, `ollama`, `engine`."""


class Joined(Struct, frozen=True):
    """An endpoint nobody configured, and how it came to be there."""

    endpoint_id: str
    how: str
    """`environment`, `ollama`, `embedded`."""


class Gateway:
    """A running gateway. Its parts are replaced as a whole when the settings change."""

    def __init__(
        self,
        settings: Settings,
        world: World,
        registry: Registry,
        journal: Journal | MemoryJournal,
        upstreams: Upstreams,
        engine: EmbeddedEngine | None,
        joined: tuple[Joined, ...],
        found: tuple[Endpoint, ...],
    ) -> None:
        self.registry = registry
        self.journal = journal
        self.engine = engine
        self.joined = joined
        self.ledger = Ledger()
        self.metrics = Metrics()
        self._world = world
        self._upstreams = upstreams
        self._found = found
        self._limits = Limits(settings.server.max_concurrency, {})
        self.metrics.watch(
            in_flight=lambda: self._limits.in_flight,
            journal_queue=lambda: journal.queued,
            journal_healthy=lambda: journal.healthy,
            journal_dropped=lambda: journal.dropped,
        )
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Takes new settings. Requests under way end as they began."""
        self.settings = settings
        keys = parts.keys(settings)
        self._limits.configure(settings.server.max_concurrency, keys.caps)
        self.pipeline = self._pipeline(settings, keys)
        chat = Chat(
            self.pipeline, self._world.clock, ChatPolicy(deadline_s=settings.server.deadline_s)
        )
        lookups = Lookups(
            pipeline=self.pipeline,
            registry=self.registry,
            journal=self.journal,
            read_decision=self._decision,
            metrics=self.metrics.render if settings.telemetry.metrics else None,
            openapi=openapi_document(),
            clock=self._world.clock,
        )
        self.app = App(parts.handlers(chat, lookups), self._world.ids)

    def reconfigure(self, settings: Settings) -> None:
        """Takes new settings while running: the endpoints that were found stay."""
        self.registry.configure((*settings.endpoints, *self._present()))
        self.configure(settings)

    async def answer(self, http: HttpRequest, reply: Reply) -> None:
        """The app as it is configured now; see `surfaces.http.App`."""
        await self.app(http, reply)

    def refuse(self, error: HttpError) -> tuple[int, Headers, bytes]:
        return self.app.refuse(error)

    def _present(self) -> tuple[Endpoint, ...]:
        engine = self.engine.endpoint if self.engine else None
        return (*self._found, engine) if engine else self._found

    def _pipeline(self, settings: Settings, keys: Keys) -> Pipeline:
        clock = self._world.clock
        inspector = parts.inspector(settings)
        return Pipeline(
            keys=keys,
            limits=self._limits,
            inspector=inspector,
            router=Router(providers.unsupported, parts.objective(settings)),
            registry=self.registry,
            cache=parts.cache(settings, clock),
            ledger=self.ledger,
            dispatcher=Dispatcher(
                Clearer(inspector, providers.dialect),
                self._upstreams,
                self.registry,
                self.journal,
                clock,
                self._world.rng,
                parts.dispatch_policy(settings),
            ),
            record=self._record,
            clock=clock,
        )

    def _record(self, receipt: Receipt) -> None:
        self.journal.record(receipt)
        self.metrics.observe(receipt)

    async def _decision(self, decision_id: str, tenant: str) -> Decision:
        await self.journal.flush()
        return await self.journal.read(decision_id, tenant)


@asynccontextmanager
async def gateway(
    settings: Settings,
    *,
    world: World | None = None,
    progress: Progress = lambda step: None,
) -> AsyncIterator[Gateway]:
    """Everything started, nothing listening yet. Raises `ConfigError` where that is impossible."""
    world = world or World.real()
    async with AsyncExitStack() as stack:
        progress("journal")
        journal = parts.journal(settings)
        await stack.enter_async_context(journal)
        registry = Registry(settings.endpoints, world.clock, parts.breaker_policy(settings))
        joined = [Joined(endpoint_id, "environment") for endpoint_id in settings.joined]
        progress("ollama")
        found = await ollama(settings)
        for endpoint in found:
            registry.join(endpoint, EndpointState.UP)
            joined.append(Joined(endpoint.id, "ollama"))
        engine = embedded(settings, world, registry)
        if engine is not None:
            progress("engine")
            await stack.enter_async_context(engine)
            joined.append(Joined(engine.endpoint_id, "embedded"))
        upstreams = Upstreams(world.upstream_for)
        stack.push_async_callback(upstreams.close)
        running = Gateway(
            settings, world, registry, journal, upstreams, engine, tuple(joined), found
        )
        monitor = HealthMonitor(
            registry,
            upstreams.check,
            world.rng,
            interval_s=settings.health.interval_s,
            timeout_s=settings.health.timeout_s,
        )
        watching = asyncio.create_task(monitor.run(), name="health")
        stack.push_async_callback(_stop, watching)
        yield running


def load_settings(path: str | os.PathLike[str] | None = None) -> Settings:
    """The configuration, with the built-in provider catalogue. Raises `ConfigErrors`."""
    settings = load(path, providers.catalogue())
    errors = tuple(unusable(settings))
    if errors:
        raise ConfigErrors(errors)
    return settings


def unusable(settings: Settings) -> Iterator[ConfigError]:
    """Endpoints that the transport will not speak to: addresses that can be read in two ways."""
    for endpoint in settings.endpoints:
        try:
            providers.upstream_for(endpoint)
        except (ValueError, OSError) as error:
            yield ConfigError(
                file=settings.file or "(environment)",
                key=f"endpoints ({endpoint.id})",
                reason=f"cannot be used: {error}.",
                fix="Correct its base_url, api_key or ca_file.",
                reason_ko=f"사용할 수 없습니다: {error}.",
                fix_ko="base_url, api_key, ca_file 을 확인하세요.",
            )


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
