"""What to tell a caller whose request has no candidate: the furthest stage reached decides."""

from __future__ import annotations

from gilmok.core.endpoint import Snapshot
from gilmok.core.errors import (
    ContextTooLong,
    HttpError,
    LabelRefused,
    LocalUnavailable,
    ModelNotFound,
    NoCapableEndpoint,
    NothingAvailable,
    NotPermitted,
    UpstreamRateLimited,
)
from gilmok.core.inspection import Clearance, Inspection
from gilmok.core.plan import RoutePlan, Veto
from gilmok.routing.vetoes import STAGES

_RETRY_S = 5.0


def refusal(plan: RoutePlan, inspection: Inspection, fleet: Snapshot, now: float) -> HttpError:
    """The error for a plan without candidates."""
    furthest = max((STAGES.index(v.code) for v in plan.vetoes), default=0)
    stage = STAGES[furthest]
    at_stage = [v for v in plan.vetoes if v.code == stage]
    match stage:
        case "name" if not any(v.detail == "local" for v in at_stage):
            return ModelNotFound()
        case "key_right":
            return NotPermitted(", ".join(sorted({v.endpoint_id for v in at_stage})))
        case "name" | "label":
            return LabelRefused(inspection.sensitivity.label, inspection.kinds)
        case "dialect" | "capability":
            return NoCapableEndpoint(",".join(sorted({v.detail for v in at_stage})))
        case "context":
            return ContextTooLong(inspection.tokens.expected, max(int(v.detail) for v in at_stage))
    return _not_now(
        inspection, [v for v in plan.vetoes if v.code in ("down", "blocked")], fleet, now
    )


def _not_now(inspection: Inspection, vetoes: list[Veto], fleet: Snapshot, now: float) -> HttpError:
    reasons = ", ".join(f"{v.endpoint_id}: {v.detail}" for v in vetoes)
    waiting = {v.endpoint_id for v in vetoes if v.code == "blocked"}
    waits = [s.blocked_until - now for s in fleet if s.endpoint.id in waiting]
    retry = max(1.0, min(waits, default=_RETRY_S))
    limited = {s.endpoint.id for s in fleet if s.blocked_by == "retry_after"}
    if vetoes and all(v.code == "blocked" and v.endpoint_id in limited for v in vetoes):
        return UpstreamRateLimited(reasons, retry)  # as the request before this one was told
    if inspection.clearance is Clearance.LOCAL_ONLY:
        return LocalUnavailable(inspection.sensitivity.label, inspection.kinds, reasons, retry)
    return NothingAvailable(reasons, retry)
