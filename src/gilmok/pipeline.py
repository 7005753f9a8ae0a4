"""The life of a request, in the order it happens.

    Request → Caller, Permit → Inspection → RoutePlan → (cache) → Hold → Attempt… → events → Receipt

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

from gilmok.admission import Keys, Limits
from gilmok.cache import ExactCache
from gilmok.core.errors import CallerError, GilmokError, HttpError, StreamBroken
from gilmok.core.identity import Caller, Permit
from gilmok.core.inspection import Inspection
from gilmok.core.plan import RoutePlan
from gilmok.core.ports import Clock, Inspector
from gilmok.core.receipt import Outcome, Receipt
from gilmok.core.request import Request, size
from gilmok.core.text import Secret
from gilmok.dispatch import Course, Dispatcher
from gilmok.fleet import Registry
from gilmok.ledger import Ledger
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

    def identify(self, key: Secret | None, peer: str, host: str) -> Caller:
        """Who asks. Raises `InvalidKey`."""
        return self._keys.identify(key, peer, host)

    def admit(self, caller: Caller) -> Permit:
        """A slot, before any text is looked at. Raises `TooManyRequests`."""
        return self._limits.enter(caller)

    async def plan(self, request: Request, caller: Caller) -> tuple[Inspection, RoutePlan]:
        """What would happen to this request; nothing is sent."""
        inspection = await self._inspect(request)
        fleet = self._registry.snapshot()
        return inspection, self._router.plan(
            request, inspection, caller, fleet, self._clock.monotonic()
        )

    async def _inspect(self, request: Request) -> Inspection:
        if size(request) <= _ON_THE_LOOP:
            inspection = self._inspector.inspect(request)
        else:
            # Linear is still long for a long text: others are answered meanwhile.
            inspection = await asyncio.to_thread(self._inspector.inspect, request)
        if inspection.failed:
            log.error("detector_failed", extra={"detector": inspection.failed[0]})
        return inspection

    def refusal(self, inspection: Inspection, plan: RoutePlan) -> HttpError:
        """What a caller is told whose plan has no candidate."""
        return refusal(plan, inspection, self._registry.snapshot(), self._clock.monotonic())

    @asynccontextmanager
    async def answer(self, request: Request, caller: Caller) -> AsyncIterator[Passage]:
        """The answer, from its first byte on; leaving the context hangs up and writes the receipt.

        Raises `HttpError` on entering where nothing answers.
        """
        course = Course(self._clock)
        inspection, plan = await self.plan(request, caller)
        passage = Passage(request, inspection, plan, course)
        ended: BaseException | None = None
        try:
            if not plan.candidates:
                raise self.refusal(inspection, plan)
            place = self._cache.key(request, inspection, caller)
            if (hit := self._cache.find(place)) is not None:
                passage.replay(hit)
                yield passage
                return
            with self._ledger.hold(plan) as hold:
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
            raise
        finally:
            self._record(_receipt(caller, passage, ended))


def _receipt(caller: Caller, passage: Passage, ended: BaseException | None) -> Receipt:
    request, course = passage.request, passage.course
    outcome, code = _outcome(ended or passage.left_early)
    return Receipt(
        decision_id=request.id,
        at=request.received_at,
        tenant=caller.tenant,
        key_id=caller.key_id,
        asked=request.target.asked,
        stream=request.stream,
        outcome=outcome,
        error=code,
        endpoint_id=passage.endpoint_id,
        zone=passage.zone,
        cache=passage.cache,
        fallback=passage.fallback,
        fallback_reason=course.failures[0][1].reason if course.failures else None,
        inspection=passage.inspection,
        plan=passage.plan,
        attempts=course.attempts,
        # An attempt that was left before it answered may have cost something all the same.
        usage=passage.usage or (course.attempts[-1].usage if course.attempts else None),
        cost=course.cost,
        held=passage.plan.worst_cost,
        first_token_ms=course.attempts[-1].first_token_ms if course.attempts else None,
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
