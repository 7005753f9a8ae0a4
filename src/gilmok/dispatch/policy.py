"""What follows a failed attempt. Pure: history, time and chance are arguments.

* The same endpoint is tried again, up to `retries` times, where the failure may pass (time-outs of
  the network, 408, 425, 429, 5xx) and the wait fits the deadline.
* A wait of more than `patience_s` is not worth it while another candidate is left.
* An answer that was rejected is asked for again only where nobody else is left: the same model would
  mostly say the same.
* Otherwise the next candidate is tried. The plan holds permitted candidates only, so falling back
  obeys the label by construction, and `clearance` checks it again.
"""

from __future__ import annotations

from math import isfinite

from msgspec import Struct

from gilmok.core.errors import (
    AllEndpointsFailed,
    AnswerRejected,
    AnswersRejected,
    AttemptFailed,
    CapReached,
    CapTooSmall,
    ContextTooLong,
    EndpointFull,
    EngineBusy,
    HttpError,
    LabelRefused,
    LocalUnavailable,
    UpstreamRateLimited,
    UpstreamRejected,
    UpstreamStatus,
)
from gilmok.core.inspection import Clearance, Inspection
from gilmok.guard import CannotClear

_TOO_LONG = frozenset({"context_length_exceeded", "exceed_context_size_error"})
"""How OpenAI and llama.cpp say that a prompt does not fit."""
_PASSING = frozenset({408, 409, 425, 429})


class DispatchPolicy(Struct, frozen=True, kw_only=True):
    connect_s: float = 5.0
    first_token_s: float = 60.0
    """From sending a streamed request to its first token."""
    stall_s: float = 30.0
    """Between two pieces of a stream."""
    retries: int = 1
    """Further tries at one endpoint after the first."""
    backoff_s: float = 0.25
    backoff_max_s: float = 8.0
    patience_s: float = 1.0


class Retry(Struct, frozen=True):
    """The same candidate again, after `delay_s`."""

    delay_s: float


class NextCandidate(Struct, frozen=True):
    pass


Step = Retry | NextCandidate


def after(
    error: AttemptFailed,
    *,
    tries: int,
    others_left: bool,
    time_left_s: float,
    policy: DispatchPolicy,
    chance: float,
) -> Step:
    """`tries` at this candidate so far, the failed one included; `chance` uniform in [0, 1)."""
    if tries > policy.retries or not may_pass(error):
        return NextCandidate()
    if others_left and isinstance(error, AnswerRejected):
        return NextCandidate()
    asked = _wait(error)
    # Full jitter: clients that failed together do not come back together.
    ceiling = min(policy.backoff_s * 2 ** (tries - 1), policy.backoff_max_s)
    delay = asked if asked is not None else chance * ceiling
    if delay >= time_left_s or (others_left and delay > policy.patience_s):
        return NextCandidate()
    return Retry(delay)


def _wait(error: AttemptFailed) -> float | None:
    """How long to wait, where somebody said so."""
    if isinstance(error, (EndpointFull, EngineBusy)):
        return error.wait_s
    return error.retry_after_s if isinstance(error, UpstreamStatus) else None


def may_pass(error: AttemptFailed) -> bool:
    if isinstance(error, UpstreamStatus):
        return error.status >= 500 or error.status in _PASSING
    return error.retryable


def verdict(
    errors: list[tuple[str, AttemptFailed]], inspection: Inspection, context: int
) -> HttpError:
    """What the caller is told when every attempt failed.

    `errors`: endpoint id and error; `context`: the longest of the endpoints asked, in tokens.
    """
    reasons = ", ".join(dict.fromkeys(f"{endpoint}: {error.reason}" for endpoint, error in errors))
    statuses = [e for _, e in errors if isinstance(e, UpstreamStatus)]
    full = [e for _, e in errors if isinstance(e, EndpointFull)]
    waits = [w for _, e in errors if (w := _wait(e)) and isfinite(w)]
    retry = max(1.0, min(waits, default=5.0))
    if len(statuses) == len(errors) and all(e.is_callers_fault for e in statuses):
        if all(e.kind in _TOO_LONG for e in statuses):
            return ContextTooLong(inspection.tokens.expected, context)
        return UpstreamRejected(reasons)
    if errors and all(isinstance(e, AnswerRejected) for _, e in errors):
        return AnswersRejected(reasons)
    over = [e for _, e in errors if isinstance(e, CapTooSmall)]
    if over and len(over) == len(errors):
        ids = ", ".join(dict.fromkeys(endpoint for endpoint, _ in errors))
        return CapReached(ids, min(e.resets_at for e in over))
    uncleared = [isinstance(e, CannotClear) for _, e in errors]
    if all(uncleared):
        return LabelRefused(inspection.sensitivity.label, inspection.kinds)
    # Where masked text was sent to the cloud, it would be untrue to say that it was not.
    if inspection.clearance is Clearance.LOCAL_ONLY or any(uncleared):
        return LocalUnavailable(inspection.sensitivity.label, inspection.kinds, reasons, retry)
    busy = len(full) + sum(e.status == 429 for e in statuses)
    if busy == len(errors):
        return UpstreamRateLimited(reasons, retry)
    return AllEndpointsFailed(reasons, retry)
