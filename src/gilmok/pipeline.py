"""The life of a request, in the order it happens.

    Request → Caller, Permit → Inspection → RoutePlan → (cache) → Hold → Attempt… → events → Receipt

Where models are configured to judge requests or to choose among endpoints, they are asked between
the cache and the hold, and Inspection and RoutePlan are made again with what they said.

`admit` comes first because refusing there costs nothing; `answer` does the rest. Every request that
gets there leaves exactly one receipt, however it ends: what was refused before (a key, a limit, a
body that cannot be read) leaves none, because nothing was decided or sent for it.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

from msgspec.structs import replace

from gilmok.admission import Keys, Limits
from gilmok.cache import AnswerCache, Hit, Place
from gilmok.closing import receipt_of, undecided
from gilmok.core.errors import HttpError, InjectionRefused
from gilmok.core.identity import Caller, Permit, Taken
from gilmok.core.inspection import Inspection, tightened
from gilmok.core.plan import RoutePlan
from gilmok.core.ports import Clock
from gilmok.core.pseudonym import Pseudonyms
from gilmok.core.receipt import Receipt
from gilmok.core.request import Request, granted
from gilmok.core.text import Private, Secret
from gilmok.deliberation import FAST, OBJECTIVE, Deliberation
from gilmok.dispatch import Course, Dispatcher, Live
from gilmok.examination import Examination
from gilmok.fleet import Registry
from gilmok.ledger import Budget, Hold, Ledger
from gilmok.passage import Passage
from gilmok.routing import Room, Router, refusal


class Pipeline:
    def __init__(
        self,
        *,
        keys: Keys,
        limits: Limits,
        examination: Examination,
        router: Router,
        registry: Registry,
        cache: AnswerCache,
        ledger: Ledger,
        dispatcher: Dispatcher,
        record: Callable[[Receipt], None],
        clock: Clock,
        room: Room,
        pseudonyms: Pseudonyms,
        deliberation: Deliberation | None = None,
    ) -> None:
        self._keys = keys
        self._limits = limits
        self._examination = examination
        self._router = router
        self._registry = registry
        self._cache = cache
        self._ledger = ledger
        self._dispatcher = dispatcher
        self._record = record
        self._clock = clock
        self._room = room
        self._pseudonyms = pseudonyms
        self._deliberation = deliberation

    def identify(self, key: Secret | None, peer: str, host: str) -> Caller:
        """Who asks. Raises `InvalidKey`."""
        return self._keys.identify(key, peer, host)

    def admit(self, caller: Caller) -> Permit:
        """A permit, before any text is looked at. Raises `LimitReached`."""
        return self._limits.enter(caller)

    def name_user(self, caller: Caller, name: Private, permit: Permit) -> Caller:
        """The caller on behalf of an end user, whose limits hold as well. Raises `LimitReached`."""
        named = replace(caller, user=self._pseudonyms.of(caller.tenant, name))
        self._limits.enter_for_user(named, permit)
        return named

    def budgets(self, caller: Caller, name: Private | None, at: int) -> tuple[Budget, ...]:
        """What the caller's accounts have left, and the end user's where one is named."""
        if name is not None:
            caller = replace(caller, user=self._pseudonyms.of(caller.tenant, name))
        return self._ledger.budgets(caller, at)

    async def plan(self, request: Request, caller: Caller) -> tuple[Inspection, RoutePlan]:
        """What the built-in strategies make of this request; nothing is sent."""
        request, caller = self._on_present_terms(request, caller)
        request, inspection = await self._examination.of(request, caller)
        plan = self._route(request, inspection, caller)
        return inspection, self._affordable(plan, request, caller)

    def strategies(self, plan: RoutePlan) -> tuple[str, str]:
        """The analyser and the selector that a request with this plan would meet."""
        return self._deliberation.strategies(plan) if self._deliberation else (FAST, OBJECTIVE)

    def _on_present_terms(self, request: Request, caller: Caller) -> tuple[Request, Caller]:
        """What the caller's plan grants by now: past its soft threshold it may be a lesser one."""
        caller = self._ledger.on_present_terms(caller, request.received_at)
        return granted(request, caller.terms.max_tokens), caller

    def _route(self, request: Request, inspection: Inspection, caller: Caller) -> RoutePlan:
        fleet = self._registry.snapshot()
        now = self._clock.monotonic()
        plan = self._router.plan(request, inspection, caller, fleet, now, self._room)
        return replace(plan, candidates=()) if inspection.injection_action == "refuse" else plan

    def refusal(
        self, request: Request, inspection: Inspection, plan: RoutePlan, caller: Caller
    ) -> HttpError:
        """What a caller is told whose plan has no candidate."""
        if inspection.injection_action == "refuse":
            worst = max(inspection.injection, key=lambda found: found.score)
            return InjectionRefused(worst.source, worst.kind)
        too_dear = self._ledger.refusal(plan, caller, request.received_at)
        if too_dear is not None:
            return too_dear
        fleet, now = self._registry.snapshot(), self._clock.monotonic()
        left_s = request.deadline - now
        return refusal(plan, inspection, caller.terms, fleet, now, left_s, self._room)

    def answer(self, request: Request, caller: Caller) -> Answering:
        """The answer, from its first byte on: `async with` it; leaving hangs up and writes the
        receipt. Raises `HttpError` on entering where nothing answers.
        """
        return Answering(self, request, caller)

    async def _kept(self, passage: Passage, caller: Caller, place: Place | None) -> Hit | None:
        """An answer that was given before. Raises `HttpError` where there is none, nor anybody who
        may be asked."""
        hit = self._cache.find(place)
        if hit is None and place is not None and self._cache.searches:
            hit = await self._cache.search(place, passage.request.deadline)
        plan = passage.plan
        if plan.candidates:
            return hit
        # Kept answers stand in for those who are down; what was refused stays refused.
        if any(veto.code == "down" for veto in plan.vetoes):
            hit = hit or self._cache.last_resort(place)
        else:
            hit = None
        if hit is None:
            raise self.refusal(passage.request, passage.inspection, plan, caller)
        return hit

    async def _decided(
        self, request: Request, caller: Caller, course: Course
    ) -> tuple[Passage, Caller]:
        """What is known before anybody is asked; who fails here has left a receipt."""
        try:
            request, caller = self._on_present_terms(request, caller)
            request, inspection = await self._examination.of(request, caller)
            plan = self._route(request, inspection, caller)
            purse = self._ledger.purse(caller, request.received_at)
        except BaseException as error:
            self._record(undecided(caller, request, course, error))
            raise
        return Passage(request, inspection, plan, course, purse), caller

    def _write(self, receipt: Receipt, request: Request) -> None:
        """Records it, and learns from it."""
        if self._deliberation is not None:
            self._deliberation.observe(receipt)
        self._examination.observe(receipt, request)
        self._record(receipt)

    def _hold(self, passage: Passage, caller: Caller) -> Hold:
        """Holds the dearest candidate that a budget bears. Raises `BudgetExceeded`."""
        asked = passage.plan
        passage.plan = plan = self._affordable(asked, passage.request, caller)
        # Where nobody is left, what was asked for is refused.
        at = passage.request.received_at
        passage.hold = self._ledger.hold(plan if plan.candidates else asked, caller, at)
        return passage.hold

    def _affordable(self, plan: RoutePlan, request: Request, caller: Caller) -> RoutePlan:
        return self._ledger.affordable(plan, caller, request.received_at)

    async def _deliberate(
        self, deliberation: Deliberation, passage: Passage, caller: Caller, place: Place | None
    ) -> Place | None:
        """Asks the models that are configured; returns the place in the cache that is left.

        The passage learns each step at once, so that its receipt tells it whatever comes next.
        Raises `HttpError` where a raised label leaves nobody to answer.
        """
        request, course, before = passage.request, passage.course, passage.inspection
        if not self._affordable(passage.plan, request, caller).candidates:
            return place  # Advice is not paid for where the answer cannot be; the hold refuses.
        after = await deliberation.refine(request, before, caller, course)
        passage.inspection = after = tightened(after, caller.terms.medium)
        passage.plan = self._route(request, after, caller)
        if not passage.plan.candidates:
            raise self.refusal(request, after, passage.plan, caller)
        plan = self._affordable(passage.plan, request, caller)
        if plan.candidates:
            passage.plan = await deliberation.choose(request, after, plan, caller, course)
        # The place was found under the lower label, by which more callers may look there.
        return place if after.sensitivity is before.sensitivity else None


class Answering:
    """One request on its way to an answer, as a context. Written out and not as a generator, which
    would cost each request as much as its routing does."""

    __slots__ = (
        "_caller",
        "_keep_at",
        "_live",
        "_passage",
        "_pipeline",
        "_place",
        "_request",
        "_tokens",
    )

    _passage: Passage

    def __init__(self, pipeline: Pipeline, request: Request, caller: Caller) -> None:
        self._pipeline = pipeline
        self._request = request
        self._caller = caller
        self._place: Place | None = None
        self._keep_at: Place | None = None
        self._tokens: Taken | None = None
        self._live: Live | None = None

    async def __aenter__(self) -> Passage:
        pipeline = self._pipeline
        course = Course(pipeline._clock)
        decided = await pipeline._decided(self._request, self._caller, course)
        self._passage, self._caller = decided
        try:
            await self._begin()
        except BaseException as error:
            self._end(error)
            raise
        return self._passage

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._live is not None:
                await self._finish(self._live, error)
        except BaseException as late:
            error = late
            raise
        finally:
            self._end(error)

    async def _begin(self) -> None:
        pipeline, passage, caller = self._pipeline, self._passage, self._caller
        request, inspection = passage.request, passage.inspection
        self._place = place = pipeline._cache.place(request, inspection, caller)
        if (hit := await pipeline._kept(passage, caller, place)) is not None:
            passage.replay(hit)
            return
        self._tokens = pipeline._limits.hold(caller, request, inspection)
        if pipeline._deliberation is not None:
            place = await pipeline._deliberate(pipeline._deliberation, passage, caller, place)
        self._keep_at = place
        await self._ask(pipeline._hold(passage, caller))

    async def _ask(self, hold: Hold) -> None:
        """Until somebody answers. Raises `HttpError` where nobody does."""
        pipeline, passage = self._pipeline, self._passage
        plan, course = passage.plan, passage.course
        try:
            live = await pipeline._dispatcher.begin(
                passage.request, passage.inspection, self._caller, plan, course, hold
            )
        except HttpError:
            resort = pipeline._cache.last_resort(self._keep_at) if course.attempts else None
            if resort is None:
                raise
            hold.end()
            passage.replay(resort)
        else:
            passage.carry(live, remember=self._keep_at is not None)
            self._live = live

    async def _finish(self, live: Live, error: BaseException | None) -> None:
        """Hangs up; a whole answer is kept."""
        pipeline, passage = self._pipeline, self._passage
        await pipeline._dispatcher.finish(live, passage.left_early if error is None else error)
        if error is None and (complete := passage.complete) is not None:
            pipeline._cache.keep(self._keep_at, complete)

    def _end(self, ended: BaseException | None) -> None:
        """Gives back what was taken, and writes the receipt, whatever is wrong with the books."""
        pipeline, passage = self._pipeline, self._passage
        if isinstance(ended, HttpError):
            ended.asked = bool(passage.course.attempts)
        try:
            if passage.hold is not None:
                passage.hold.end()
        finally:
            if self._tokens is not None:
                self._tokens.end(passage.course.tokens)
            if self._place is not None:
                pipeline._cache.leave(self._place)
            pipeline._write(receipt_of(self._caller, passage, ended), passage.request)
