"""The composition root: the only place that knows every room's concrete classes.

`gateway` starts everything a gateway needs and stops it again, in the reverse order; `serve.py`
puts it behind a socket.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from gilmok import providers
from gilmok.admission import Key, Keys, Limits
from gilmok.cache import ExactCache
from gilmok.config import OLLAMA_PREFIX, Settings, Weights, load
from gilmok.core.address import literal_zone
from gilmok.core.endpoint import Endpoint, EndpointState, Zone
from gilmok.core.errors import HttpError
from gilmok.core.identity import Caller
from gilmok.core.ports import Clock, Ids, Rng, Upstream
from gilmok.core.receipt import Receipt
from gilmok.dispatch import Dispatcher, DispatchPolicy
from gilmok.fleet import BreakerPolicy, HealthMonitor, Registry
from gilmok.guard import Clearer
from gilmok.inspection import FastInspector, LabelPolicy
from gilmok.ledger import Decision, Journal, Ledger, MemoryJournal
from gilmok.pipeline import Pipeline
from gilmok.routing import Objective, Router
from gilmok.surfaces.app import App
from gilmok.surfaces.chat import Chat, ChatPolicy
from gilmok.surfaces.http import Headers, HttpRequest, Reply
from gilmok.surfaces.lookups import Lookups
from gilmok.surfaces.openapi import openapi_document
from gilmok.surfaces.routes import Handler
from gilmok.system import SystemClock, SystemIds, SystemRng
from gilmok.telemetry import Metrics

log = logging.getLogger(__name__)

Progress = Callable[[str], None]
"""Told what is being started, by stable names: `journal`, `ollama`, `engine`."""


_OLLAMA_S = 0.5
"""How long a start waits for an Ollama that may not be there."""
_OLLAMA_CONTEXT = 4096
"""Ollama's own default where it does not say."""
_OLLAMA_QUALITY = 0.45
"""Prior for a model of unknown size on a laptop."""


class Joined(Struct, frozen=True):
    """An endpoint nobody configured, and how it came to be there."""

    endpoint_id: str
    how: str
    """`environment`, `ollama`, `embedded`."""


class World(Struct, frozen=True):
    """What a gateway takes from outside. The simulation brings its own."""

    clock: Clock
    ids: Ids
    rng: Rng
    upstream_for: Callable[[Endpoint], Upstream] = providers.upstream_for

    @classmethod
    def real(cls) -> World:
        return cls(SystemClock(), SystemIds(), SystemRng())


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
        upstream = self._make(endpoint)
        if known is not None:
            self._retired.append(known[1])
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
        while self._retired:
            await self._retired.pop().close()


class Gateway:
    """A running gateway. Its parts are replaced as a whole when the settings change."""

    def __init__(
        self,
        settings: Settings,
        world: World,
        registry: Registry,
        journal: Journal | MemoryJournal,
        upstreams: Upstreams,
        engine: object | None,
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
        keys = _keys(settings)
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
            metrics=self.metrics.render,
            openapi=openapi_document(),
            clock=self._world.clock,
        )
        self.app = App(_handlers(chat, lookups), self._world.ids)

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
        return self._found

    def _pipeline(self, settings: Settings, keys: Keys) -> Pipeline:
        inspector = FastInspector(
            LabelPolicy(
                medium=settings.privacy.medium,
                attachments=settings.privacy.attachments,
                terms=settings.privacy.terms,
            )
        )
        clock = self._world.clock
        cache = settings.cache
        return Pipeline(
            keys=keys,
            limits=self._limits,
            inspector=inspector,
            router=Router(providers.unsupported, _objective(settings)),
            registry=self.registry,
            cache=ExactCache(
                clock,
                enabled=cache.enabled,
                ttl_s=cache.ttl_s,
                max_entries=cache.max_entries,
                max_bytes=cache.max_bytes,
            ),
            ledger=self.ledger,
            dispatcher=Dispatcher(
                Clearer(inspector, providers.dialect),
                self._upstreams,
                self.registry,
                self.journal,
                clock,
                self._world.rng,
                DispatchPolicy(
                    connect_s=settings.dispatch.connect_s,
                    first_token_s=settings.dispatch.first_token_s,
                    stall_s=settings.dispatch.stall_s,
                    retries=settings.dispatch.retries,
                    backoff_s=settings.dispatch.backoff_s,
                    backoff_max_s=settings.dispatch.backoff_max_s,
                ),
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
        journal = _journal(settings)
        await stack.enter_async_context(journal)
        registry = Registry(settings.endpoints, world.clock, _breaker_policy(settings))
        joined = [Joined(endpoint_id, "environment") for endpoint_id in settings.joined]
        progress("ollama")
        found = await _ollama(settings)
        for endpoint in found:
            registry.join(endpoint, EndpointState.UP)
            joined.append(Joined(endpoint.id, "ollama"))
        engine = None
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
    return load(path, providers.catalogue())


async def _ollama(settings: Settings) -> tuple[Endpoint, ...]:
    """The models of an Ollama on its usual port, unless endpoints there are configured."""
    base_url = settings.discovery.ollama_url
    if not settings.discovery.ollama or any(e.base_url == base_url for e in settings.endpoints):
        return ()
    models = await providers.discover_ollama(base_url, _OLLAMA_S)
    taken = {endpoint.id for endpoint in settings.endpoints}
    row = providers.catalogue()["ollama"]
    return tuple(
        Endpoint(
            id=OLLAMA_PREFIX + model.name,
            provider=row,
            base_url=base_url,
            model=model.name,
            zone=literal_zone(urlsplit(base_url).hostname or "") or Zone.CLOUD,
            context=model.context or _OLLAMA_CONTEXT,
            quality=_OLLAMA_QUALITY,
            capabilities=row.capabilities,
        )
        for model in models
        if OLLAMA_PREFIX + model.name not in taken
    )


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


def _journal(settings: Settings) -> Journal | MemoryJournal:
    path = settings.ledger.path
    if path is None or path == ":memory:":
        return MemoryJournal()
    return Journal(Path(path), synchronous=settings.ledger.synchronous)


def _keys(settings: Settings) -> Keys:
    return Keys(
        Key(
            sha256=key.sha256,
            caller=Caller(
                tenant=key.tenant,
                key_id=key.id,
                zones=frozenset(key.zones),
                endpoints=None if key.endpoints is None else frozenset(key.endpoints),
            ),
            max_concurrency=key.max_concurrency,
        )
        for key in settings.keys
    )


def _objective(settings: Settings) -> Objective:
    def triple(weights: Weights) -> tuple[float, float, float]:
        return weights.quality, weights.price, weights.time

    routing = settings.routing
    return Objective(
        balanced=triple(routing.weights_balanced),
        fast=triple(routing.weights_fast),
        quality=triple(routing.weights_quality),
        cheap=triple(routing.weights_cheap),
        best=triple(routing.weights_best),
    )


def _breaker_policy(settings: Settings) -> BreakerPolicy:
    breaker = settings.breaker
    return BreakerPolicy(
        failures=breaker.failures, window_s=breaker.window_s, cool_s=breaker.cool_s
    )


def _handlers(chat: Chat, lookups: Lookups) -> dict[str, Handler]:
    return {
        "chat": chat.chat,
        "route": chat.route,
        "models": lookups.models,
        "model": lookups.model,
        "decision": lookups.decision,
        "health": lookups.health,
        "live": lookups.live,
        "ready": lookups.ready,
        "metrics": lookups.metrics,
        "openapi": lookups.openapi,
    }
