"""The life of a request, in the order it happens.

    Request → Caller, Permit → Inspection → RoutePlan → (cache) → Hold → Attempt… → events → Receipt

Where models are configured to judge requests or to choose among endpoints, they are asked between
the cache and the hold, and Inspection and RoutePlan are made again with what they said.

`admit` comes first because refusing there costs nothing; `answer` does the rest. Every request that
was planned leaves exactly one receipt, however it ends. A body that cannot be read leaves none, nor
does a client who goes while a long text is still inspected: nothing was decided or sent for either.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import CancelledError
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from msgspec.structs import replace

from gilmok.admission import Keys, Limits
from gilmok.cache import ExactCache
from gilmok.core.errors import CallerError, GilmokError, HttpError, StreamBroken
from gilmok.core.identity import Caller, Permit, Taken
from gilmok.core.inspection import Inspection, tightened
from gilmok.core.plan import RoutePlan
from gilmok.core.ports import Clock, Inspector
from gilmok.core.pseudonym import Pseudonyms
from gilmok.core.receipt import Outcome, Receipt
from gilmok.core.request import Request, granted, size
from gilmok.core.text import Private, Secret
from gilmok.deliberation import FAST, OBJECTIVE, Deliberation
from gilmok.dispatch import Course, Dispatcher, EndpointLimits
from gilmok.fleet import Registry
from gilmok.ledger import Budget, Hold, Ledger
from gilmok.passage import Passage
from gilmok.routing import Router, refusal

log = logging.getLogger(__name__)

_ON_THE_LOOP = 32_768
"""Characters that are inspected at once, about 5 ms at most; a longer text gets a thread."""


class Pipeline:
    def __init__(
        self,
        *,
        keys: Keys,
        limits: Limits,
        inspector: Inspector,
        router: Router,
        registry: Registry,
        cache: ExactCache,
        ledger: Ledger,
        dispatcher: Dispatcher,
        record: Callable[[Receipt], None],
        clock: Clock,
        endpoint_limits: EndpointLimits,
        pseudonyms: Pseudonyms,
        deliberation: Deliberation | None = None,
    ) -> None:
        self._keys = keys
        self._limits = limits
        self._inspector = inspector
        self._router = router
        self._registry = registry
        self._cache = cache
        self._ledger = ledger
        self._dispatcher = dispatcher
        self._record = record
        self._clock = clock
        self._endpoint_limits = endpoint_limits
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
        inspection = await self._inspect(request, caller)
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
        return self._router.plan(
            request, inspection, caller, fleet, now, self._endpoint_limits.full()
        )

    async def _inspect(self, request: Request, caller: Caller) -> Inspection:
        if size(request) <= _ON_THE_LOOP:
            inspection = self._inspector.inspect(request)
        else:
            # Linear is still long for a long text: others are answered meanwhile.
            inspection = await asyncio.to_thread(self._inspector.inspect, request)
        if inspection.failed:
            log.error("detector_failed", extra={"detector": inspection.failed[0]})
        return tightened(inspection, caller.terms.medium)

    def refusal(
        self, request: Request, inspection: Inspection, plan: RoutePlan, caller: Caller
    ) -> HttpError:
        """What a caller is told whose plan has no candidate."""
        too_dear = self._ledger.refusal(plan, caller, request.received_at)
        if too_dear is not None:
            return too_dear
        fleet, now = self._registry.snapshot(), self._clock.monotonic()
        full = self._endpoint_limits.full()
        return refusal(plan, inspection, caller.terms, fleet, now, full)

    @asynccontextmanager
    async def answer(self, request: Request, caller: Caller) -> AsyncIterator[Passage]:
        """The answer, from its first byte on; leaving the context hangs up and writes the receipt.

        Raises `HttpError` on entering where nothing answers.
        """
        course = Course(self._clock)
        request, caller = self._on_present_terms(request, caller)
        inspection = await self._inspect(request, caller)
        plan = self._route(request, inspection, caller)
        purse = self._ledger.purse(caller, request.received_at)
        passage = Passage(request, inspection, plan, course, purse)
        ended: BaseException | None = None
        tokens: Taken | None = None
        try:
            if not plan.candidates:
                raise self.refusal(request, inspection, plan, caller)
            place = self._cache.key(request, inspection, caller)
            if (hit := self._cache.find(place)) is not None:
                passage.replay(hit)
                yield passage
                return
            tokens = self._limits.hold(caller, request, inspection)
            if self._deliberation is not None:
                place = await self._deliberate(self._deliberation, passage, caller, place)
                inspection = passage.inspection
            with self._hold(passage, caller) as hold:
                plan = passage.plan
                live = await self._dispatcher.begin(request, inspection, caller, plan, course, hold)
                passage.carry(live, remember=place is not None)
                try:
                    yield passage
                except BaseException as error:
                    await self._dispatcher.finish(live, error)
                    raise
                await self._dispatcher.finish(live, passage.left_early)
            if (complete := passage.complete) is not None:
                self._cache.keep(place, complete)
        except BaseException as error:
            ended = error
            if isinstance(error, HttpError):
                error.asked = bool(course.attempts)
            raise
        finally:
            if tokens is not None:
                tokens.end(course.tokens)
            receipt = _receipt(caller, passage, ended)
            if self._deliberation is not None:
                self._deliberation.observe(receipt)
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
        self, deliberation: Deliberation, passage: Passage, caller: Caller, place: bytes | None
    ) -> bytes | None:
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


def _receipt(caller: Caller, passage: Passage, ended: BaseException | None) -> Receipt:
    request, course = passage.request, passage.course
    last = course.last_answer
    outcome, code = _outcome(ended or passage.left_early)
    return Receipt(
        decision_id=request.id,
        at=request.received_at,
        tenant=caller.tenant,
        key_id=caller.key_id,
        user=caller.user,
        plan_id=caller.terms.plan,
        asked=request.target.asked,
        stream=request.stream,
        outcome=outcome,
        error=code,
        endpoint_id=passage.endpoint_id,
        zone=passage.zone,
        cache=passage.cache,
        fallback=passage.fallback,
        fallback_reason=course.failures[0][1].reason if course.failures else None,
        validation=passage.validation,
        inspection=passage.inspection,
        plan=passage.plan,
        attempts=course.attempts,
        # An attempt that was left before it answered may have cost something all the same.
        usage=passage.usage or (last.usage if last else None),
        cost=course.cost,
        held=passage.held + course.held_aside,
        first_token_ms=last.first_token_ms if last else None,
        total_ms=course.elapsed_ms,
    )


def _outcome(error: BaseException | None) -> tuple[Outcome, str | None]:
    match error:
        case None:
            return Outcome.COMPLETED, None
        case StreamBroken():
            return Outcome.BROKEN, error.reason
        case CallerError():
            return Outcome.REFUSED, error.code
        case GilmokError():
            return Outcome.FAILED, error.code
        case ConnectionError() | CancelledError() | GeneratorExit():
            return Outcome.CANCELLED, "client_left"
    return Outcome.FAILED, "internal_error"
