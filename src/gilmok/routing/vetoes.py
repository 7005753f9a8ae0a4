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
from gilmok.core.request import Attachment, Image, Preference, Request, Target

STAGES: Final = (
    "key_label",
    "name",
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
    "budget",
)

Full = Mapping[str, float]
"""Seconds until an endpoint has room again, by its id, where it has none now."""
NONE_FULL: Final[Full] = {}

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


_LEAST_ANSWER = 16


def question(request: Request, inspection: Inspection, caller: Caller) -> Question:
    return Question(
        target=request.target,
        caller=caller,
        floor=caller.terms.quality_floor,
        cap=caller.terms.quality_cap,
        above=caller.highest.label if inspection.sensitivity > caller.highest else "",
        clearance=inspection.clearance,
        needs=_needs(request),
        prompt_tokens=inspection.tokens.expected,
        answer_tokens=min(request.sampling.max_tokens or _LEAST_ANSWER, _LEAST_ANSWER),
    )


def veto(
    question: Question,
    standing: Standing,
    unsupported: Unsupported,
    now: float,
    full: Full = NONE_FULL,
) -> Veto | None:
    """The first reason against this endpoint, or `None`."""
    endpoint = standing.endpoint
    if question.above:
        return Veto(endpoint.id, "key_label", question.above)
    if not _is_meant(question.target, standing):
        return Veto(endpoint.id, "name", question.target.preference.value)
    if not question.caller.may_use(endpoint, standing.zone):
        return Veto(endpoint.id, "key_right", standing.zone.value)
    if question.clearance is Clearance.LOCAL_ONLY and standing.zone is Zone.CLOUD:
        return Veto(endpoint.id, "label", standing.zone.value)
    if not question.floor <= endpoint.quality <= question.cap:
        return Veto(endpoint.id, "plan", f"{endpoint.quality:g}")
    if endpoint.price_source is PriceSource.UNKNOWN:
        return Veto(endpoint.id, "price", "unknown")
    if refused := unsupported(standing):
        return Veto(endpoint.id, "dialect", ",".join(refused))
    if missing := question.needs - endpoint.capabilities:
        return Veto(endpoint.id, "capability", ",".join(sorted(missing)))
    if question.prompt_tokens + question.answer_tokens > endpoint.context:
        return Veto(endpoint.id, "context", str(endpoint.context))
    if standing.state in (EndpointState.DOWN, EndpointState.LOADING):
        return Veto(endpoint.id, "down", standing.state.value)
    if standing.blocked_until > now:
        wait = standing.blocked_until - now
        return Veto(endpoint.id, "blocked", f"{standing.blocked_by} {wait:.1f}s")
    if endpoint.id in full:
        return Veto(endpoint.id, "limit", f"{full[endpoint.id]:.1f}s")
    return None


def _is_meant(target: Target, standing: Standing) -> bool:
    if target.preference is Preference.LOCAL:
        return standing.zone is not Zone.CLOUD
    return target.name is None or target.name in (standing.endpoint.id, standing.endpoint.model)


def _needs(request: Request) -> frozenset[Capability]:
    needs = {capability for asked, capability in _FEATURES if asked(request)}
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, Image):
                needs.add(Capability.IMAGES)
            elif isinstance(part, Attachment) and part.kind != "refusal":
                needs.add(Capability.AUDIO if "audio" in part.kind else Capability.FILES)
    return frozenset(needs)


def _format_is(request: Request, kind: str) -> bool:
    wanted = request.sampling.response_format
    return wanted is not None and f'"{kind}"' in wanted.reveal()


_FEATURES: Final[tuple[tuple[Callable[[Request], bool], Capability], ...]] = (
    (lambda r: r.stream, Capability.STREAM),
    (lambda r: bool(r.tools), Capability.TOOLS),
    (lambda r: r.sampling.n > 1, Capability.CHOICES),
    (lambda r: bool(r.sampling.logprobs), Capability.LOGPROBS),
    (lambda r: _format_is(r, "json_object"), Capability.JSON_MODE),
    (lambda r: _format_is(r, "json_schema"), Capability.JSON_SCHEMA),
)
