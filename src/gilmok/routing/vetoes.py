"""Why an endpoint is out of the question, stage by stage.

The stages are ordered from "you asked for something else" to "not just now". An endpoint is vetoed
by the first stage it fails, and where every endpoint is vetoed the furthest stage reached says what
to change: see `refusal`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from gilmok.core.endpoint import Capability, EndpointState, PriceSource, Standing, Zone
from gilmok.core.identity import Caller
from gilmok.core.inspection import Clearance, Inspection
from gilmok.core.plan import Veto
from gilmok.core.request import Image, Preference, Request, Target, Text
from gilmok.core.work import Does

STAGES: Final = (
    "key_label",
    "name",
    "does",
    "key_right",
    "label",
    "plan",
    "price",
    "dialect",
    "capability",
    "context",
    "down",
    "blocked",
    "limit",
    "memory",
    "queue",
    "budget",
    "cap",
)


class Room(Struct, frozen=True, kw_only=True):
    """Who has room now, by endpoint id: views of what goes on, asked only about those in question."""

    full: Mapping[str, float] = {}
    """Seconds until an endpoint has room again by its own limits, where it has none now."""
    waits: Mapping[str, float] = {}
    """Seconds until a request that comes now would begin, where requests wait for their turn."""
    unfit: Mapping[str, str] = {}
    """Why an engine can never be loaded: the sum that does not work out."""


UNLIMITED_ROOM: Final = Room()

Unsupported = Callable[[Standing], tuple[str, ...]]


class Question(Struct, frozen=True):
    """What the vetoes need to know of a request, computed once for all endpoints."""

    target: Target
    caller: Caller
    floor: float
    """Of expected quality, like `cap`: what the caller's plan offers."""
    cap: float
    above: str
    """The highest label the key may send, where this request's is higher; else empty."""
    clearance: Clearance
    needs: frozenset[Capability]
    prompt_tokens: int
    answer_tokens: int
    """The least room an answer needs."""
    does: Does = Does.CHAT
    """What is wanted; whoever does something else is not asked for it by any name."""


_LOCAL_ONLY = Clearance.LOCAL_ONLY
_CLOUD = Zone.CLOUD
_UNPRICED = PriceSource.UNKNOWN
_LOCAL = Preference.LOCAL
_OUT = frozenset({EndpointState.DOWN, EndpointState.LOADING})
_LEAST_ANSWER = 16
_CHAT = Does.CHAT


def question(request: Request, inspection: Inspection, caller: Caller) -> Question:
    if request.work is not None:
        return _work(request, request.work.does, inspection, caller)
    most = request.sampling.max_tokens
    return Question(
        target=request.target,
        caller=caller,
        floor=caller.terms.quality_floor,
        cap=caller.terms.quality_cap,
        above=caller.highest.label if inspection.sensitivity > caller.highest else "",
        clearance=inspection.clearance,
        needs=_needs(request),
        prompt_tokens=inspection.tokens.expected,
        answer_tokens=_LEAST_ANSWER if not most or most > _LEAST_ANSWER else most,
    )


def _work(request: Request, does: Does, inspection: Inspection, caller: Caller) -> Question:
    clearance = inspection.clearance
    if clearance is Clearance.MASKED and does is not Does.EMBEDDINGS:
        # A placeholder that was drawn or spoken cannot be undone.
        clearance = _LOCAL_ONLY
    return Question(
        target=request.target,
        caller=caller,
        floor=0.0,  # A plan's bounds are of what chat models are worth.
        cap=1.0,
        above=caller.highest.label if inspection.sensitivity > caller.highest else "",
        clearance=clearance,
        needs=frozenset(),
        # Texts that are embedded stand for themselves: none has to share a context with another.
        prompt_tokens=0,
        answer_tokens=0,
        does=does,
    )


def veto(
    question: Question,
    standing: Standing,
    unsupported: Unsupported,
    now: float,
    left_s: float,
    room: Room = UNLIMITED_ROOM,
) -> Veto | None:
    """The first reason against this endpoint, or `None`. `left_s`: until the request's deadline."""
    endpoint = standing.endpoint
    if question.above:
        return Veto(endpoint.id, "key_label", question.above)
    if endpoint.does is not question.does:
        return Veto(endpoint.id, "does", endpoint.does.value)
    if not _is_meant(question.target, standing):
        return Veto(endpoint.id, "name", question.target.preference.value)
    if not question.caller.may_use(endpoint, standing.zone):
        return Veto(endpoint.id, "key_right", standing.zone.value)
    if question.clearance is _LOCAL_ONLY and standing.zone is _CLOUD:
        return Veto(endpoint.id, "label", standing.zone.value)
    if not question.floor <= endpoint.quality <= question.cap:
        return Veto(endpoint.id, "plan", f"{endpoint.quality:g}")
    if endpoint.price_source is _UNPRICED:
        return Veto(endpoint.id, "price", "unknown")
    if refused := unsupported(standing):
        return Veto(endpoint.id, "dialect", ",".join(refused))
    if missing := question.needs - endpoint.capabilities:
        return Veto(endpoint.id, "capability", ",".join(sorted(missing)))
    if question.prompt_tokens + question.answer_tokens > endpoint.context:
        return Veto(endpoint.id, "context", str(endpoint.context))
    if standing.state in _OUT:
        return Veto(endpoint.id, "down", standing.state.value)
    if standing.blocked_until > now:
        wait = standing.blocked_until - now
        return Veto(endpoint.id, "blocked", f"{standing.blocked_by} {wait:.1f}s")
    if endpoint.id in room.full:
        return Veto(endpoint.id, "limit", f"{room.full[endpoint.id]:.1f}s")
    return None if endpoint.queueing is None else _queued(standing, left_s, room)


def _queued(standing: Standing, left_s: float, room: Room) -> Veto | None:
    """Why it is no use to wait for an endpoint's turn."""
    endpoint = standing.endpoint
    if (unfit := room.unfit.get(endpoint.id)) is not None:
        return Veto(endpoint.id, "memory", unfit)
    wait = room.waits.get(endpoint.id, 0.0)
    if wait > 0.0 and wait + standing.first_token_s > left_s:
        return Veto(endpoint.id, "queue", f"{wait:.1f}s")
    return None


def _is_meant(target: Target, standing: Standing) -> bool:
    if target.preference is _LOCAL:
        return standing.zone is not _CLOUD
    return target.name is None or target.name in (standing.endpoint.id, standing.endpoint.model)


def _needs(request: Request) -> frozenset[Capability]:
    sampling, needs = request.sampling, set[Capability]()
    if request.stream:
        needs.add(Capability.STREAM)
    if request.tools:
        needs.add(Capability.TOOLS)
    if sampling.n > 1:
        needs.add(Capability.CHOICES)
    if sampling.logprobs:
        needs.add(Capability.LOGPROBS)
    if sampling.response_format is not None:
        wanted = sampling.response_format.reveal()
        needs |= {capability for kind, capability in _FORMATS if kind in wanted}
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, Text):
                continue
            if isinstance(part, Image):
                needs.add(Capability.IMAGES)
            elif part.kind != "refusal":
                needs.add(Capability.AUDIO if "audio" in part.kind else Capability.FILES)
    return frozenset(needs)


_FORMATS: Final = (
    ('"json_object"', Capability.JSON_MODE),
    ('"json_schema"', Capability.JSON_SCHEMA),
)
