"""The composition root: the only place that wires every room to the next.

`gateway` starts everything in order and stops it in the reverse order; `gilmok.serve` puts it behind
a socket.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

from msgspec.structs import replace

from gilmok import providers
from gilmok.admission import AdminKey, Limits
from gilmok.answering import Stations
from gilmok.cache import AnswerCache
from gilmok.composition import parts
from gilmok.composition.budgets import Budgets
from gilmok.composition.cache import cache
from gilmok.composition.day_counts import DayCounts
from gilmok.composition.deep import bare_names, deep_tier
from gilmok.composition.devteam import DevTeam
from gilmok.composition.events import Events
from gilmok.composition.key_index import KeyIndex
from gilmok.composition.models import Joined, Models, Progress, models
from gilmok.composition.prices import KnownPrices, reference_price
from gilmok.composition.reading import Reading
from gilmok.composition.usable import load_settings, unusable
from gilmok.composition.users import pseudonyms
from gilmok.composition.works import Works
from gilmok.composition.world import Upstreams, World
from gilmok.config import Settings
from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import ConfigError, HttpError
from gilmok.core.receipt import Receipt
from gilmok.dashboard import Dashboard
from gilmok.deliberation import Deliberation
from gilmok.dispatch import Dispatcher, DispatchPolicy, EndpointLimits
from gilmok.dispatch.consult import Consultant
from gilmok.examination import Examination
from gilmok.guard import SILENT, Clearer, OutputPolicy
from gilmok.guard.answers import UNCHECKED, AnswerPolicy
from gilmok.inspection import Aside, FastInspector, load_foresight, vocabularies
from gilmok.ledger import Journal, Keyring, Ledger, MemoryJournal
from gilmok.pipeline import Pipeline
from gilmok.planning import Planner
from gilmok.routing import Room, Router
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


class Gateway:
    """A running gateway. Its parts are replaced as a whole when the settings change."""

    def __init__(
        self,
        settings: Settings,
        world: World,
        journal: Journal | MemoryJournal,
        there: Models,
        keys: KeyIndex,
    ) -> None:
        self.models = there
        self.registry = registry = there.registry
        self.journal = journal
        self.ledger = Ledger()
        self.metrics = Metrics()
        self._world = world
        self._keys = keys
        self._limiter = MemoryLimiter(world.clock)
        self._limits = Limits(
            self._limiter, settings.server.max_concurrency, parts.limits(settings)
        )
        self._aside = Aside()
        self._endpoint_limits = EndpointLimits(self._limiter, self.ledger)
        self._room = Room(
            full=self._endpoint_limits.full(),
            waits=there.queues.waits(),
            unfit=there.engines.unfit,
        )
        self._pseudonyms = pseudonyms(settings, world)
        self.cache: AnswerCache | None = None
        self.events = Events(self.metrics, world.clock)
        self.budgets = Budgets(self.ledger, journal, world.clock, self.events.budget)
        self.budgets.configure(settings)
        self._answers = MemoryIdempotencyStore(world.clock, parts.idempotency_bounds(settings))
        self.idempotency = Idempotency(self._answers, lambda http: caller_of(self.pipeline, http))
        self.devteam = DevTeam(world, self.answer, registry.snapshot, there.engines.footprint)
        self.works = Works(world, registry.snapshot)
        self.metrics.watch(
            in_flight=lambda: self._limits.in_flight,
            journal_queue=lambda: journal.queued,
            journal_healthy=lambda: journal.healthy,
            journal_dropped=lambda: journal.dropped,
        )
        self.metrics.watch_engines(there.engines.machine)
        self.metrics.watch_caps(self.budgets.caps)
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Takes new settings. Requests under way end as they began."""
        self.settings = settings
        self.models.open_queues()
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
        targets = parts.targets(settings)
        self.metrics.targets = targets
        reading = Reading(self.journal, clock, reference_price(settings.routing), targets)
        lookups = Lookups(
            pipeline=self.pipeline,
            registry=self.registry,
            journal=self.journal,
            read_decision=reading.decision,
            metrics=self.metrics.render if settings.telemetry.metrics else None,
            openapi=openapi_document(),
            clock=clock,
            memory=self._world.memory,
            machine=self.models.engines.machine,
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
        handlers |= self.devteam.handlers(settings, self.pipeline)
        handlers |= self.works.handlers(settings, self.pipeline, chat.route)
        opens = settings.admin.sha256
        admin_key = None if opens is None else AdminKey(opens, self._keys.door)
        count = self.metrics.told
        language = settings.server.language
        self.app = App(handlers, self._world.ids, self.idempotency, admin_key, count, language)
        self._gate = Gate(self.app, self.pipeline, settings.services.max_recording_bytes)

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
        self.registry.configure((*settings.endpoints, *self.models.present))
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

    def _pipeline(self, settings: Settings) -> Pipeline:
        clock = self._world.clock
        labels = parts.labels(settings)
        count = vocabularies(e.vocabulary for e in self._endpoints())
        deeper = deep_tier(settings)
        names = bare_names(settings, deeper)
        injection = parts.injection_detector(settings, followed=deeper is not None)
        inspector = FastInspector(
            labels, count=count, injection=injection, followed=deeper is not None
        )
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
                strategies, labels, inspector, names, router, self.registry, consultant, clock
            )
        examination = Examination(inspector, self._aside, parts.injection(settings), deeper, names)
        planner = Planner(
            examination=examination,
            router=router,
            registry=self.registry,
            ledger=self.ledger,
            clock=clock,
            room=self._room,
        )
        stations = Stations(
            limits=self._limits,
            planner=planner,
            cache=self.cache or cache(settings, clock),
            ledger=self.ledger,
            dispatcher=self._dispatcher(
                clearer, policy, parts.answer_policy(settings), parts.output_policy(settings)
            ),
            record=self._record,
            clock=clock,
            deliberation=deliberation,
        )
        return Pipeline(self._keys.door, self._pseudonyms, stations)

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
            self.models.upstreams,
            self.registry,
            self.journal,
            self._world.clock,
            self._world.rng,
            policy,
            answers,
            self._endpoint_limits,
            output,
            self.models.queues,
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
        there = await stack.enter_async_context(models(settings, world, progress))
        running = Gateway(settings, world, journal, there, keys)
        stack.push_async_callback(running.budgets.close)
        stack.callback(running.close_cache)
        await running.restore()
        await stack.enter_async_context(running.events.delivered_to(settings.webhook, world))
        await stack.enter_async_context(running.idempotency)
        await stack.enter_async_context(running.devteam)
        await stack.enter_async_context(running.works)
        yield running
