"""Asks one question of the gateway's own, and listens to the whole answer.

It is an attempt like any other: cleared, held, journalled, settled, written into the course of the
request that it serves. But it is one attempt: no retry, no fallback. Whatever goes wrong is an
answer too, `Unanswered` with a stable code, because the client's own question goes on without it.
"""

from __future__ import annotations

import logging

from msgspec import Struct

from gilmok.core.completion import Delta, Reply, ToolCallDelta
from gilmok.core.errors import DeadlineExceeded, GilmokError
from gilmok.core.identity import Caller
from gilmok.core.inspection import Inspection
from gilmok.core.plan import RoutePlan
from gilmok.core.receipt import Purpose
from gilmok.core.request import Request
from gilmok.dispatch.attempts import Dispatcher, outcome_of
from gilmok.dispatch.course import Course
from gilmok.dispatch.live import Live
from gilmok.ledger import Ledger

log = logging.getLogger(__name__)

LONGEST_REPLY = 16_384
"""Characters. A proper one has a few hundred."""
TIMEOUT = "timeout"
TOO_LONG = "answer_too_long"


class Unanswered(Struct, frozen=True):
    """Why a question got no answer."""

    why: str
    """A stable code: `timeout`, `answer_too_long`, or the error that ended the attempt."""


class Consultant:
    def __init__(self, dispatcher: Dispatcher, ledger: Ledger) -> None:
        """`dispatcher`: one that tries once."""
        self._dispatcher = dispatcher
        self._ledger = ledger

    async def ask(
        self,
        question: Request,
        inspection: Inspection,
        caller: Caller,
        plan: RoutePlan,
        course: Course,
        purpose: Purpose,
    ) -> Reply | Unanswered:
        """`plan` holds the one endpoint to ask, `course` is the request's own.

        Raises nothing but cancellation; by then everything is settled.
        """
        aside = course.aside(purpose)
        try:
            with self._ledger.hold(plan, caller, question.received_at) as hold:
                course.held_aside += hold.amount
                live = await self._dispatcher.begin(question, inspection, caller, plan, aside, hold)
                return await self._listen(live)
        except Exception as error:
            return Unanswered(_why(error, aside))

    async def _listen(self, live: Live) -> Reply | Unanswered:
        try:
            reply = await _whole(live)
        except BaseException as error:
            await self._dispatcher.finish(live, error)
            raise
        await self._dispatcher.finish(live, None)
        return reply


async def _whole(live: Live) -> Reply | Unanswered:
    content: list[str] = []
    calls: list[ToolCallDelta] = []
    size = 0
    async for batch in live:
        for event in batch:
            if not isinstance(event, Delta) or event.index:
                continue
            size += len(event.content or "") + sum(len(call.arguments) for call in event.tool_calls)
            if size <= LONGEST_REPLY:
                content.append(event.content or "")
                calls += event.tool_calls
    if size > LONGEST_REPLY:
        return Unanswered(TOO_LONG)
    return Reply("".join(content), tuple(calls))


def _why(error: Exception, aside: Course) -> str:
    if isinstance(error, DeadlineExceeded):
        return TIMEOUT
    if not isinstance(error, GilmokError):
        # Our own defect: the answer is not to suffer from it, and it is not to stay unseen.
        log.error("consultation_failed", extra={"error": type(error).__name__})
    code = aside.failures[-1][1].reason if aside.failures else outcome_of(error)
    return TIMEOUT if code == DeadlineExceeded.code else code
