"""Attempt after attempt along the plan, until one begins to answer.

Before the first byte goes out an attempt may be replaced, after it never: `begin` returns a `Live`
answer at exactly that point. Each attempt is cleared anew and journalled before its first byte can
reach the client; the journal's write overlaps the wait for the upstream.
"""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from collections.abc import Callable

from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import (
    AttemptFailed,
    DeadlineExceeded,
    GilmokError,
    HttpError,
    InternalError,
)
from gilmok.core.identity import Caller
from gilmok.core.inspection import Inspection
from gilmok.core.plan import Candidate, RoutePlan
from gilmok.core.ports import Clock, Journal, Rng, Upstream
from gilmok.core.receipt import Intent
from gilmok.core.request import Request
from gilmok.dispatch.course import Course
from gilmok.dispatch.live import Live
from gilmok.dispatch.policy import DispatchPolicy, Retry, after, verdict
from gilmok.fleet import Registry
from gilmok.guard import Clearer
from gilmok.ledger import Hold


def outcome_of(error: BaseException) -> str:
    """The stable code an attempt records for how it ended."""
    match error:
        case AttemptFailed():
            return error.reason
        case TimeoutError():
            return DeadlineExceeded.code
        case GilmokError():
            return error.code
        case ConnectionError() | CancelledError() | GeneratorExit():
            return "cancelled"
    return InternalError.code


class Dispatcher:
    def __init__(
        self,
        clearer: Clearer,
        upstream_of: Callable[[Endpoint], Upstream],
        registry: Registry,
        journal: Journal,
        clock: Clock,
        rng: Rng,
        policy: DispatchPolicy,
    ) -> None:
        self._clearer = clearer
        self._upstream_of = upstream_of
        self._registry = registry
        self._journal = journal
        self._clock = clock
        self._rng = rng
        self._policy = policy

    async def begin(
        self,
        request: Request,
        inspection: Inspection,
        caller: Caller,
        plan: RoutePlan,
        course: Course,
        hold: Hold,
    ) -> Live:
        """The first answer that begins. The caller closes it.

        Raises `HttpError`: what to tell the client when no attempt began to answer in time.
        """
        for position, candidate in enumerate(plan.candidates):
            others_left = position + 1 < len(plan.candidates)
            tries = 0
            while True:
                tries += 1
                try:
                    return await self._attempt(request, inspection, caller, candidate, course, hold)
                except AttemptFailed as error:
                    course.failures.append((candidate.endpoint.id, error))
                    self._registry.failed(candidate.endpoint.id, error)
                    step = after(
                        error,
                        tries=tries,
                        others_left=others_left,
                        time_left_s=self._time_left(request),
                        policy=self._policy,
                        chance=self._rng.random(),
                    )
                    if not isinstance(step, Retry):
                        break
                    await asyncio.sleep(step.delay_s)
                except TimeoutError:
                    raise self._too_late(request, course) from None
        raise self._final(request, inspection, plan, course)

    async def _attempt(
        self,
        request: Request,
        inspection: Inspection,
        caller: Caller,
        candidate: Candidate,
        course: Course,
        hold: Hold,
    ) -> Live:
        if self._time_left(request) <= 0:
            raise TimeoutError
        outbound = self._clearer.clear(request, inspection, caller, candidate)
        # Before the attempt is on the books: what fails here has sent and cost nothing.
        upstream = self._upstream_of(candidate.endpoint)
        attempt = course.start(candidate)
        intent = Intent(
            decision_id=request.id,
            number=attempt.number,
            endpoint_id=attempt.endpoint_id,
            zone=attempt.zone,
            at=self._clock.wall(),
            worst_cost=candidate.worst_cost,
            tenant=caller.tenant,
            key_id=caller.key_id,
        )
        live = Live(
            upstream,
            outbound,
            candidate,
            inspection,
            course,
            hold,
            self._policy,
            request.deadline,
            self._clock,
        )
        self._registry.asking(candidate.endpoint.id)
        written = self._journal.intend(intent)
        try:
            await live.begin()
            await written
        except BaseException as error:
            await live.close(outcome_of(error))
            raise
        return live

    async def finish(self, live: Live, error: BaseException | None) -> None:
        """Ends an answer that had begun: hangs up, settles it, and tells the fleet."""
        endpoint_id = live.candidate.endpoint.id
        await live.close("answered" if error is None else outcome_of(error))
        if isinstance(error, AttemptFailed):
            self._registry.failed(endpoint_id, error)
        elif error is None:
            self._registry.answered(endpoint_id, live.first_token_s, live.tokens_per_s)

    def _time_left(self, request: Request) -> float:
        return request.deadline - self._clock.monotonic()

    def _too_late(self, request: Request, course: Course) -> DeadlineExceeded:
        reasons = ", ".join(f"{e}: {f.reason}" for e, f in course.failures) or "still waiting"
        return DeadlineExceeded(course.elapsed_ms / 1000.0, reasons)

    def _final(
        self, request: Request, inspection: Inspection, plan: RoutePlan, course: Course
    ) -> HttpError:
        if self._time_left(request) <= 0:
            return self._too_late(request, course)
        context = max((c.endpoint.context for c in plan.candidates), default=0)
        return verdict(course.failures, inspection, context)
