"""Attempt after attempt along the plan, until one begins to answer.

Before the first byte goes out an attempt may be replaced, after it never: `begin` returns a `Live`
answer at exactly that point. Each attempt is cleared anew and journalled before its first byte can
reach the client; the journal's write overlaps the wait for the upstream.
"""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from collections.abc import Callable, Coroutine
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.beside import beside
from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import (
    AnswerRejected,
    AttemptFailed,
    BudgetTooSmall,
    DeadlineExceeded,
    GilmokError,
    HttpError,
    InternalError,
)
from gilmok.core.identity import Caller
from gilmok.core.inspection import Inspection
from gilmok.core.outbound import Outbound
from gilmok.core.plan import Candidate, RoutePlan
from gilmok.core.ports import Clock, Journal, Rng, Upstream
from gilmok.core.receipt import Attempt, Intent
from gilmok.core.request import Request, Urgency, size
from gilmok.dispatch.course import Course
from gilmok.dispatch.endpoint_limits import EndpointLimits
from gilmok.dispatch.live import Live
from gilmok.dispatch.policy import DispatchPolicy, Retry, after, verdict
from gilmok.dispatch.queue import Queues, Ticket, Turn
from gilmok.fleet import Registry
from gilmok.guard import Clearer, OutputPolicy, output_filter
from gilmok.guard.answers import AnswerCheck, AnswerPolicy, Hearing, answer_check
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


_URGENCIES = {Urgency.NORMAL: 0.0, Urgency.HIGH: 1.0, Urgency.CRITICAL: 2.0}


class _Asking(Struct, frozen=True):
    """One request that is put to one candidate after the other."""

    request: Request
    inspection: Inspection
    caller: Caller
    course: Course
    hold: Hold
    check: AnswerCheck | None

    def hearing(self, others_left: bool) -> Hearing | None:
        if self.check is None:
            return None
        return Hearing(self.check, streamed=self.request.stream, soft=others_left)


def _ticket(asking: _Asking, endpoint: Endpoint, now: float) -> Ticket:
    request, inspection = asking.request, asking.inspection
    most = endpoint.answer_bound(request.sampling.max_tokens)
    expected = inspection.expected_output
    return Ticket(
        id=request.id,
        tenant=asking.caller.tenant,
        arrived=now,
        prompt_tokens=inspection.tokens.expected,
        expected_output=expected if most is None else min(expected, most),
        most_output=most,
        priority=asking.caller.terms.priority,
        urgency=_URGENCIES[request.urgency],
        deadline=request.deadline,
    )


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
        answers: AnswerPolicy,
        limits: EndpointLimits,
        output: OutputPolicy,
        queues: Queues,
    ) -> None:
        self._clearer = clearer
        self._upstream_of = upstream_of
        self._registry = registry
        self._journal = journal
        self._clock = clock
        self._rng = rng
        self._policy = policy
        self._answers = answers
        self._limits = limits
        self._output = output
        self._queues = queues

    async def begin(
        self,
        request: Request,
        inspection: Inspection,
        caller: Caller,
        plan: RoutePlan,
        course: Course,
        hold: Hold,
    ) -> Live:
        """The first answer that begins and may be shown. The caller closes it.

        An answer with a soft flaw is passed over while somebody else can be asked. Where nobody
        does better, it is given after all: nothing is lost.
        Raises `HttpError`: what to tell the client when no attempt began to answer in time.
        """
        asking = _Asking(
            request, inspection, caller, course, hold, answer_check(self._answers, request)
        )
        spare: Live | None = None
        for position, candidate in enumerate(plan.candidates, 1):
            others_left = position < len(plan.candidates)
            try:
                # Nobody is waited for long while there is an answer to give.
                live = await self._ask(asking, candidate, others_left, spare is not None)
            except TimeoutError:
                if spare is None:
                    raise self._too_late(request, course) from None
                break
            if live is None:
                continue
            if live.flaw is None or not others_left:
                return live
            self._failed(candidate.endpoint.id, await live.reject(), course)
            spare = spare or live
        if spare is not None:
            return spare
        raise self._final(request, inspection, plan, course)

    async def _ask(
        self, asking: _Asking, candidate: Candidate, others_left: bool, has_spare: bool
    ) -> Live | None:
        """One candidate's answer, asked for as often as is worth it; `None` where it gave none."""
        tries = 0
        while True:
            tries += 1
            try:
                return await self._attempt(asking, candidate, others_left)
            except AttemptFailed as error:
                self._failed(candidate.endpoint.id, error, asking.course)
                step = after(
                    error,
                    tries=tries,
                    others_left=others_left or has_spare,
                    time_left_s=self._time_left(asking.request),
                    policy=self._policy,
                    chance=self._rng.random(),
                )
                if not isinstance(step, Retry):
                    return None
                await asyncio.sleep(step.delay_s)

    def _failed(self, endpoint_id: str, error: AttemptFailed, course: Course) -> None:
        course.failures.append((endpoint_id, error))
        if isinstance(error, AnswerRejected):
            # Whoever gives a poor answer is up.
            self._registry.answered(endpoint_id, None, None)
        else:
            self._registry.failed(endpoint_id, error)

    def _attempt(
        self, asking: _Asking, candidate: Candidate, others_left: bool
    ) -> Coroutine[Any, Any, Live]:
        """To be awaited at once: a coroutine less for each request than if this were one."""
        if asking.request.deadline <= self._clock.monotonic():
            raise TimeoutError
        if not asking.hold.cover(candidate.worst_cost):
            raise BudgetTooSmall(candidate.endpoint.id)
        if candidate.endpoint.queueing is None:
            return self._begun(asking, candidate, others_left, None)
        return self._queued(asking, candidate, others_left)

    async def _queued(self, asking: _Asking, candidate: Candidate, others_left: bool) -> Live:
        course = asking.course
        since_ms, tries = course.elapsed_ms, course.tries
        try:
            return await self._in_turn(asking, candidate, others_left)
        except BaseException:
            if course.tries == tries:
                course.queued_in_vain(since_ms)
            raise

    async def _in_turn(self, asking: _Asking, candidate: Candidate, others_left: bool) -> Live:
        endpoint = candidate.endpoint
        ticket = _ticket(asking, endpoint, self._clock.monotonic())
        turn = await self._queues.turn(endpoint.id, ticket)
        try:
            # It may have been loaded meanwhile, and answers at another address then.
            present = self._registry.endpoint(endpoint.id) or endpoint
            return await self._begun(
                asking, replace(candidate, endpoint=present), others_left, turn
            )
        except BaseException:
            turn.end()
            raise

    async def _begun(
        self, asking: _Asking, candidate: Candidate, others_left: bool, turn: Turn | None
    ) -> Live:
        request, course = asking.request, asking.course
        if request.work is None:
            outbound = self._clearer.clear(request, asking.inspection, asking.caller, candidate)
        else:
            outbound = await self._cleared(asking, candidate)
        # Before anything is taken or on the books: what fails here has sent and cost nothing.
        live = Live(
            self._upstream_of(candidate.endpoint),
            outbound,
            candidate,
            asking.inspection,
            course,
            asking.hold,
            self._policy,
            request.deadline,
            self._clock,
            asking.hearing(others_left),
            output_filter(self._output, request),
        )
        live.reserve = self._limits.take(candidate, request, asking.inspection)
        live.turn = turn
        try:
            attempt = course.start(candidate, 0.0 if turn is None else turn.waited_s * 1000.0)
            live.is_probe = self._registry.asking(candidate.endpoint.id)
            written = self._journal.intend(self._intent(asking, candidate, attempt))
            await live.begin()
            await written
        except BaseException as error:
            await self._leave(live, outcome_of(error))
            raise
        return live

    async def _cleared(self, asking: _Asking, candidate: Candidate) -> Outbound:
        """A recording is decoded for its letter: on a thread, while others are answered."""
        request, inspection, caller = asking.request, asking.inspection, asking.caller
        clear = self._clearer.clear
        return await beside(size(request), lambda: clear(request, inspection, caller, candidate))

    def _intent(self, asking: _Asking, candidate: Candidate, attempt: Attempt) -> Intent:
        caller, work = asking.caller, asking.request.work
        intent = Intent(
            decision_id=asking.request.id,
            number=attempt.number,
            endpoint_id=attempt.endpoint_id,
            zone=attempt.zone,
            at=self._clock.wall(),
            worst_cost=candidate.worst_cost,
            tenant=caller.tenant,
            key_id=caller.key_id,
            user=caller.user,
            plan_id=caller.terms.plan,
            spent=asking.course.cost - attempt.cost,
        )
        return intent if work is None else replace(intent, does=work.does.value)

    async def _leave(self, live: Live, outcome: str) -> None:
        """Ends an attempt without a proper answer. Where it was a probe, the next may go: what the
        fleet is told of a failure comes after this and counts."""
        if live.is_probe:
            self._registry.gave_up(live.candidate.endpoint.id)
        await live.close(outcome)

    async def finish(self, live: Live, error: BaseException | None) -> None:
        """Ends an answer that had begun: hangs up, settles it, and tells the fleet."""
        endpoint_id = live.candidate.endpoint.id
        if error is None:
            await live.close("answered")
            self._registry.answered(endpoint_id, live.first_token_s, live.tokens_per_s)
            return
        await self._leave(live, outcome_of(error))
        if isinstance(error, AttemptFailed):
            self._registry.failed(endpoint_id, error)

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
