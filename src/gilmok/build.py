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
from msgspec.structs import replace

from gilmok import providers
from gilmok.admission import AdminKey, Limits
from gilmok.cache import AnswerCache
from gilmok.composition import parts
from gilmok.composition.budgets import Budgets
from gilmok.composition.cache import cache, missing
from gilmok.composition.day_counts import DayCounts
from gilmok.composition.deep import deep_missing, deep_tier
from gilmok.composition.events import Events
from gilmok.composition.found import embedded, ollama
from gilmok.composition.key_index import KeyIndex
from gilmok.composition.prices import KnownPrices, reference_price
from gilmok.composition.reading import Reading
from gilmok.composition.users import pseudonyms
from gilmok.composition.world import Upstreams, World
from gilmok.config import Settings, load
from gilmok.core.endpoint import Endpoint, EndpointState
from gilmok.core.errors import ConfigError, ConfigErrors, HttpError
from gilmok.core.receipt import Receipt
from gilmok.dashboard import Dashboard
from gilmok.deliberation import Deliberation
from gilmok.dispatch import Dispatcher, DispatchPolicy, EndpointLimits
from gilmok.dispatch.consult import Consultant
from gilmok.engines import EmbeddedEngine
from gilmok.examination import Examination
from gilmok.fleet import HealthMonitor, Registry
from gilmok.guard import SILENT, Clearer, OutputPolicy
from gilmok.guard.answers import UNCHECKED, AnswerPolicy
from gilmok.inspection import (
    Aside,
    FastInspector,
    load_foresight,
    vocabularies,
)
from gilmok.ledger import Journal, Keyring, Ledger, MemoryJournal
from gilmok.pipeline import Pipeline
from gilmok.providers import Webhook
from gilmok.routing import Router
from gilmok.state import MemoryIdempotencyStore, MemoryLimiter
from gilmok.surfaces.admin import Admin
from gilmok.surfaces.app import App
from gilmok.surfaces.budgets import BudgetRoutes
from gilmok.surfaces.cache import CacheRoutes
from gilmok.surfaces.chat import Chat, ChatPolicy, caller_of
from gilmok.surfaces.gate import Gate
from gilmok.surfaces.http import Headers, HttpRequest, Reply
from gilmok.surfaces.idempotency import Idempotency
from gilmok.surfaces.lookups import Lookups
from gilmok.surfaces.openapi import openapi_document
from gilmok.surfaces.reports import Reports
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
        keys: KeyIndex,
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
        self._keys = keys
        self._limiter = MemoryLimiter(world.clock)
        self._limits = Limits(
            self._limiter, settings.server.max_concurrency, parts.limits(settings)
        )
        self._aside = Aside()
        self._endpoint_limits = EndpointLimits(self._limiter)
        self._pseudonyms = pseudonyms(settings, world)
        self.cache: AnswerCache | None = None
        self.events = Events(self.metrics, world.clock)
        self.budgets = Budgets(self.ledger, journal, world.clock, self.events.budget)
        self.budgets.configure(settings)
        self._answers = MemoryIdempotencyStore(world.clock, parts.idempotency_bounds(settings))
        self.idempotency = Idempotency(self._answers, lambda http: caller_of(self.pipeline, http))
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
        self._keys.configure(settings)
        self._limits.configure(settings.server.max_concurrency, parts.limits(settings))
        self._answers.bounds = parts.idempotency_bounds(settings)
        self.idempotency.linger_s = settings.idempotency.linger_s
        self.close_cache()
        self.cache = cache(settings, self._world.clock)
        self.pipeline = self._pipeline(settings)
        chat = Chat(
            self.pipeline, self._world.clock, ChatPolicy(deadline_s=settings.server.deadline_s)
        )
        clock = self._world.clock
        reading = Reading(self.journal, clock, reference_price(settings.routing))
        lookups = Lookups(
            pipeline=self.pipeline,
            registry=self.registry,
            journal=self.journal,
            read_decision=reading.decision,
            metrics=self.metrics.render if settings.telemetry.metrics else None,
            openapi=openapi_document(),
            clock=clock,
        )
        policy = parts.feedback(settings)
        reports = Reports(
            pipeline=self.pipeline,
            sums=reading,
            prices=KnownPrices(self._endpoints, settings.routing),
            policy=policy,
            clock=clock,
        )
        dashboard = Dashboard(door=self.pipeline, reading=reading, policy=policy, clock=clock)
        admin = Admin(keys=self._keys, clock=clock, entropy=self._world.entropy)
        budgets = BudgetRoutes(pipeline=self.pipeline, add_to=self.budgets.add_to, clock=clock)
        kept = CacheRoutes(self.cache)
        handlers = parts.handlers(chat, lookups, reports, budgets, dashboard, admin, kept)
        opens = settings.admin.sha256
        admin_key = None if opens is None else AdminKey(opens, self._keys.door)
        count = self.metrics.told
        self.app = App(handlers, self._world.ids, self.idempotency, admin_key, count)
        self._gate = Gate(self.app, self.pipeline)

    async def restore(self) -> None:
        """Counts what today saw before this process started."""
        counting = DayCounts(self.journal, self._limiter, self._world.clock)
        await counting.restore(self.settings, self._keys.door.callers)
        await self.budgets.recount()

    def _endpoints(self) -> Iterator[Endpoint]:
        """All there are now, whoever found them."""
        return (standing.endpoint for standing in self.registry.snapshot())

    def unusable(self, settings: Settings) -> Iterator[ConfigError]:
        """What only this gateway can tell: ids of keys that are stored already."""
        yield from unusable(settings)
        yield from self._keys.conflicts(settings.keys)
        yield from self._keys.planless(settings.terms)

    def reconfigure(self, settings: Settings) -> None:
        """Takes new settings while running: the endpoints that were found stay."""
        self.registry.configure((*settings.endpoints, *self._present()))
        if self.budgets.configure(settings):
            self.budgets.recount_soon()
        self.configure(settings)

    async def answer(self, http: HttpRequest, reply: Reply) -> None:
        """The app as it is configured now; see `surfaces.http.App`."""
        await self.app(http, reply)

    def refuse(self, error: HttpError) -> tuple[int, Headers, bytes]:
        return self.app.refuse(error)

    def gate(self, head: HttpRequest, most: int) -> int | tuple[int, Headers, bytes]:
        """See `surfaces.http.Gate`."""
        return self._gate(head, most)

    def _present(self) -> tuple[Endpoint, ...]:
        engine = self.engine.endpoint if self.engine else None
        return (*self._found, engine) if engine else self._found

    def _pipeline(self, settings: Settings) -> Pipeline:
        clock = self._world.clock
        labels = parts.labels(settings)
        count = vocabularies(e.vocabulary for e in self._endpoints())
        injection = parts.injection_detector(settings)
        inspector = FastInspector(labels, count=count, injection=injection)
        clearer = Clearer(inspector, providers.dialect)
        router = Router(
            providers.unsupported,
            parts.objective(settings),
            load_foresight().of,
            settings.abilities,
        )
        policy = parts.dispatch_policy(settings)
        deliberation = None
        if (strategies := parts.strategies(settings)) is not None:
            # What a model is asked for here is read by a parser, and nobody else is asked.
            once = self._dispatcher(clearer, replace(policy, retries=0), UNCHECKED, SILENT)
            consultant = Consultant(once, self.ledger)
            deliberation = Deliberation(
                strategies, labels, inspector, router, self.registry, consultant, clock
            )
        return Pipeline(
            keys=self._keys.door,
            limits=self._limits,
            examination=Examination(
                inspector, self._aside, parts.injection(settings), deep_tier(settings)
            ),
            router=router,
            registry=self.registry,
            cache=self.cache or cache(settings, clock),
            ledger=self.ledger,
            dispatcher=self._dispatcher(
                clearer, policy, parts.answer_policy(settings), parts.output_policy(settings)
            ),
            record=self._record,
            clock=clock,
            endpoint_limits=self._endpoint_limits,
            pseudonyms=self._pseudonyms,
            deliberation=deliberation,
        )

    def close_cache(self) -> None:
        """What was kept was kept under these settings: other ones begin with nothing."""
        if self.cache is not None:
            self.cache.close()

    def _dispatcher(
        self,
        clearer: Clearer,
        policy: DispatchPolicy,
        answers: AnswerPolicy,
        output: OutputPolicy,
    ) -> Dispatcher:
        return Dispatcher(
            clearer,
            self._upstreams,
            self.registry,
            self.journal,
            self._world.clock,
            self._world.rng,
            policy,
            answers,
            self._endpoint_limits,
            output,
        )

    def _record(self, receipt: Receipt) -> None:
        self.journal.record(receipt)
        self.metrics.observe(receipt)
        if receipt.cost > receipt.held:
            self.events.overrun(receipt)


@asynccontextmanager
async def gateway(
    settings: Settings,
    *,
    world: World | None = None,
    progress: Progress = lambda step: None,
) -> AsyncIterator[Gateway]:
    """Everything started, nothing listening yet. Raises `ConfigError` or `ConfigErrors` where that
    is impossible."""
    world = world or World.real()
    async with AsyncExitStack() as stack:
        progress("journal")
        journal = parts.journal(settings)
        await stack.enter_async_context(journal)
        keys = KeyIndex(Keyring(settings.keyring), settings, world.clock.wall)
        await stack.enter_async_context(keys)
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
            settings, world, registry, journal, upstreams, engine, tuple(joined), found, keys
        )
        stack.push_async_callback(running.budgets.close)
        stack.callback(running.close_cache)
        await running.restore()
        await stack.enter_async_context(running.events.delivered_to(settings.webhook, world))
        await stack.enter_async_context(running.idempotency)
        await stack.enter_async_context(_watched(settings, registry, upstreams, world))
        yield running


@asynccontextmanager
async def _watched(
    settings: Settings, registry: Registry, upstreams: Upstreams, world: World
) -> AsyncIterator[None]:
    """While it lasts, the endpoints' health is looked at."""
    monitor = HealthMonitor(
        registry,
        upstreams.check,
        world.rng,
        interval_s=settings.health.interval_s,
        timeout_s=settings.health.timeout_s,
    )
    watching = asyncio.create_task(monitor.run(), name="health")
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])


def load_settings(path: str | os.PathLike[str] | None = None) -> Settings:
    """The configuration, with the built-in provider catalogue. Raises `ConfigErrors`."""
    settings = load(path, providers.catalogue())
    errors = tuple(unusable(settings))
    if errors:
        raise ConfigErrors(errors)
    return settings


def unusable(settings: Settings) -> Iterator[ConfigError]:
    """Whom the transport will not speak to: addresses that can be read in two ways."""
    yield from _no_receiver(settings)
    if (problem := missing(settings) or deep_missing(settings)) is not None:
        yield problem
    for endpoint in settings.endpoints:
        try:
            providers.upstream_for(endpoint)
        except (ValueError, OSError) as error:
            yield ConfigError(
                file=settings.file or "(environment)",
                key=f"endpoints ({endpoint.id})",
                reason=f"cannot be used: {error}.",
                fix="Correct its base_url, api_key, ca_file or proxy.",
                reason_ko=f"사용할 수 없습니다: {error}.",
                fix_ko="base_url, api_key, ca_file, proxy 를 확인하세요.",
            )


def _no_receiver(settings: Settings) -> Iterator[ConfigError]:
    """The webhook's address, by the same rules."""
    world = World.real()
    try:
        if settings.webhook is not None:
            Webhook(settings.webhook, world.clock, world.rng)
    except ValueError as error:
        yield ConfigError(
            file=settings.file or "(environment)",
            key="events.webhook",
            reason=f"cannot be used: {error}.",
            fix="Correct the address.",
            reason_ko=f"사용할 수 없습니다: {error}.",
            fix_ko="주소를 확인하세요.",
        )
