"""How a request ended, as its receipt. Pure."""

from __future__ import annotations

from asyncio import CancelledError

from msgspec.structs import replace

from gilmok.core.errors import CallerError, GilmokError, StreamBroken, reason_of
from gilmok.core.identity import Caller
from gilmok.core.receipt import Outcome, Receipt
from gilmok.core.request import Request
from gilmok.core.work import Does
from gilmok.dispatch import Course
from gilmok.passage import Passage

_COMPLETED, _CHAT = Outcome.COMPLETED, Does.CHAT


def undecided(
    caller: Caller, request: Request, course: Course, ended: BaseException | None
) -> Receipt:
    """Of a request that ended before there was a plan: its client left while a long text was looked
    at, or we have a defect."""
    outcome, code = _outcome(ended)
    return Receipt(
        decision_id=request.id,
        at=request.received_at,
        tenant=caller.tenant,
        key_id=caller.key_id,
        user=caller.user,
        plan_id=caller.terms.plan,
        asked=request.target.asked,
        stream=request.stream,
        does=_does(request),
        outcome=outcome,
        error=code,
        total_ms=course.elapsed_ms,
    )


def receipt_of(caller: Caller, passage: Passage, ended: BaseException | None) -> Receipt:
    """Of a request that was planned, however it ended."""
    request, course, plan = passage.request, passage.course, passage.plan
    last = course.last_answer
    outcome, code = _outcome(ended or passage.left_early, begun=passage.has_begun)
    receipt = Receipt(
        decision_id=request.id,
        at=request.received_at,
        tenant=caller.tenant,
        key_id=caller.key_id,
        user=caller.user,
        plan_id=caller.terms.plan,
        asked=request.target.asked,
        stream=request.stream,
        does=_does(request),
        outcome=outcome,
        error=code,
        endpoint_id=passage.endpoint_id,
        zone=passage.zone,
        cache=passage.cache,
        fallback=passage.fallback,
        fallback_reason=course.failures[0][1].reason if course.failures else plan.passed_over,
        validation=passage.validation,
        inspection=passage.inspection,
        plan=plan,
        attempts=course.attempts,
        # An attempt that was left before it answered may have cost something all the same.
        usage=passage.usage or (last.usage if last else None),
        cost=course.cost,
        held=passage.held + course.held_aside,
        first_token_ms=last.first_token_ms if last else None,
        queued_in_vain_ms=course.queued_in_vain_ms,
        total_ms=course.elapsed_ms,
    )
    if passage.hit is None:
        return receipt
    return replace(
        receipt,
        cache_score=passage.hit.score,
        cached_decision=passage.hit.answer.decision_id,
        saved=passage.saved,
    )


def _does(request: Request) -> Does:
    return _CHAT if request.work is None else request.work.does


def _outcome(error: BaseException | None, begun: bool = False) -> tuple[Outcome, str | None]:
    if error is None:
        return _COMPLETED, None
    if isinstance(error, CancelledError) and (reason := reason_of(error)) is not None:
        return Outcome.BROKEN if begun else Outcome.FAILED, reason.code
    match error:
        case StreamBroken():
            return Outcome.BROKEN, error.reason
        case CallerError():
            return Outcome.REFUSED, error.code
        case GilmokError():
            return Outcome.FAILED, error.code
        case ConnectionError() | CancelledError() | GeneratorExit():
            return Outcome.CANCELLED, "client_left"
    return Outcome.FAILED, "internal_error"
