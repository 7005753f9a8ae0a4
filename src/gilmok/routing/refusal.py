"""What to tell a caller whose request has no candidate: the furthest stage reached decides."""

from __future__ import annotations

from gilmok.core.endpoint import Snapshot
from gilmok.core.errors import (
    ContextTooLong,
    HttpError,
    LabelNotPermitted,
    LabelRefused,
    LocalUnavailable,
    MemoryInsufficient,
    ModelNotFound,
    NoCapableEndpoint,
    NothingAvailable,
    NothingDoes,
    NotPermitted,
    OtherwiseUsed,
    PlanRefused,
    PriceUnknown,
    UpstreamRateLimited,
)
from gilmok.core.inspection import Clearance, Inspection
from gilmok.core.plan import EVERY_OTHER, RoutePlan, Veto
from gilmok.core.terms import Terms
from gilmok.routing.vetoes import STAGES, UNLIMITED_ROOM, Room

_RETRY_S = 5.0


def refusal(
    plan: RoutePlan,
    inspection: Inspection,
    terms: Terms,
    fleet: Snapshot,
    now: float,
    left_s: float,
    room: Room = UNLIMITED_ROOM,
) -> HttpError:
    """The error for a plan without candidates; `room` as it was made with, `left_s` until the
    request's deadline."""
    furthest = max((STAGES.index(v.code) for v in plan.vetoes), default=STAGES.index("name"))
    stage = STAGES[furthest]
    at_stage = [v for v in plan.vetoes if v.code == stage]
    match stage:
        case "key_label":
            highest = at_stage[0].detail
            return LabelNotPermitted(inspection.sensitivity.label, inspection.kinds, highest)
        case "does" if any(v.endpoint_id == EVERY_OTHER for v in at_stage):
            return NothingDoes(at_stage[0].detail)
        case "does":
            return OtherwiseUsed(
                ", ".join(sorted({f"{v.endpoint_id}: {v.detail}" for v in at_stage}))
            )
        case "name" if not any(v.detail == "local" for v in at_stage):
            return ModelNotFound()
        case "key_right":
            return NotPermitted(", ".join(sorted({v.endpoint_id for v in at_stage})))
        case "name" | "label":
            return LabelRefused(inspection.sensitivity.label, inspection.kinds)
        case "price":
            return PriceUnknown(", ".join(sorted(v.endpoint_id for v in at_stage)))
        case "plan":
            outside = ", ".join(sorted({v.endpoint_id for v in at_stage}))
            return PlanRefused(
                terms.plan, terms.quality_floor, terms.quality_cap, outside, terms.instead_of
            )
        case "dialect" | "capability":
            return NoCapableEndpoint(",".join(sorted({v.detail for v in at_stage})))
        case "context":
            return ContextTooLong(inspection.tokens.expected, max(int(v.detail) for v in at_stage))
    not_now = [v for v in plan.vetoes if v.code in ("down", "blocked", "limit", "queue")]
    if not not_now and stage == "memory":
        return MemoryInsufficient("; ".join(f"{v.endpoint_id}: {v.detail}" for v in at_stage))
    return _not_now(inspection, not_now, fleet, now, left_s, room)


def _not_now(
    inspection: Inspection,
    vetoes: list[Veto],
    fleet: Snapshot,
    now: float,
    left_s: float,
    room: Room,
) -> HttpError:
    reasons = ", ".join(f"{v.endpoint_id}: {v.detail}" for v in vetoes)
    waiting = {v.endpoint_id for v in vetoes if v.code == "blocked"}
    waits = [s.blocked_until - now for s in fleet if s.endpoint.id in waiting]
    waits += [room.full[v.endpoint_id] for v in vetoes if v.endpoint_id in room.full]
    # So long until the wait would fit into as much time as this request had.
    queued = {v.endpoint_id for v in vetoes if v.code == "queue"}
    waits += [room.waits.get(endpoint_id, 0.0) - left_s for endpoint_id in queued]
    retry = max(1.0, min(waits, default=_RETRY_S))
    limited = {s.endpoint.id for s in fleet if s.blocked_by == "retry_after"}
    if vetoes and all(v.code == "limit" or v.endpoint_id in limited for v in vetoes):
        return UpstreamRateLimited(reasons, retry)  # as the request before this one was told
    if inspection.clearance is Clearance.LOCAL_ONLY:
        return LocalUnavailable(inspection.sensitivity.label, inspection.kinds, reasons, retry)
    return NothingAvailable(reasons, retry)
