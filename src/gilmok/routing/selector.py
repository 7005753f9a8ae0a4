"""A model as selector: one tool for each permitted candidate, and the call it answers with. Pure.

The model can only reorder what the plan permits: a name that was not offered is nobody's, and an
answer that does not name exactly one counts for nothing. A model that knows no tools is asked for
the same as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from gilmok.core.completion import Reply
from gilmok.core.inspection import Inspection
from gilmok.core.money import usd
from gilmok.core.plan import Candidate, RoutePlan
from gilmok.core.request import (
    Message,
    Request,
    Role,
    Sampling,
    Target,
    Text,
    Tool,
    conversation,
)
from gilmok.core.text import Private
from gilmok.routing.selector_prompts import ENGLISH, KOREAN, Words

MOST_TOOLS = 16
"""Candidates offered, the objective's best first: small models lose their way in longer lists."""
LONGEST_ANSWER = 512
"""Tokens. The answer itself has about 40."""

SuccessOf = Callable[[str], float | None]
"""The share of an endpoint's attempts that succeeded, 0..1; `None` before the first."""


class Reason(StrEnum):
    """Why an endpoint was chosen. Codes, because receipts hold no text of models."""

    QUALITY = "quality"
    PRICE = "price"
    SPEED = "speed"
    PRIVACY = "privacy"
    CONTEXT = "context"
    RELIABILITY = "reliability"


class _Arguments(Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason
    confidence: Annotated[float, Meta(ge=0.0, le=1.0)]


class _Named(_Arguments, frozen=True, forbid_unknown_fields=True):
    """The same as JSON, without tools."""

    model: str


class Selection(Struct, frozen=True, kw_only=True):
    """What a model chose."""

    endpoint_id: str
    reason: Reason
    confidence: float


_decode_arguments = msgspec.json.Decoder(_Arguments).decode
_decode_named = msgspec.json.Decoder(_Named).decode
_WHY = {
    "reason": {"type": "string", "enum": [reason.value for reason in Reason]},
    "confidence": {"type": "number", "minimum": 0, "maximum": 1},
}
_UNSAFE = re.compile("[^A-Za-z0-9_-]+")
_NAME_CHARS = 64
"""The longest tool name that every provider takes."""


def questions(
    request: Request,
    inspection: Inspection,
    plan: RoutePlan,
    success_of: SuccessOf,
    *,
    target: Target,
    deadline: float,
    most_chars: int,
) -> tuple[Request, ...]:
    """What the model is asked, in the forms that endpoints may support, the surest first: told to
    call a tool, offered tools, asked for JSON.

    The client's last text is part of it where it fits `most_chars`.
    """
    words = KOREAN if inspection.language == "ko" else ENGLISH
    about: tuple[Text, ...] = (_text(_characteristics(words, inspection)),)
    if (last := _last_text(request, most_chars)) is not None:
        about += _text(words.last_text), Text(last)
    offers = {n: _description(words, c, success_of) for n, c in _menu(plan).items()}
    with_tools = Request(
        id=request.id,
        target=target,
        messages=(
            Message(role=Role.SYSTEM, parts=(_text(words.call_a_tool),)),
            Message(role=Role.USER, parts=about),
        ),
        received_at=request.received_at,
        deadline=deadline,
        tools=tuple(_tool(name, description) for name, description in offers.items()),
        sampling=Sampling(
            temperature=0.0, max_tokens=LONGEST_ANSWER, tool_choice=Private('"required"')
        ),
        locale=request.locale,
    )
    offered = replace(with_tools, sampling=replace(with_tools.sampling, tool_choice=None))
    return with_tools, offered, _as_json(offered, words, about, offers)


def _as_json(
    question: Request, words: Words, about: tuple[Text, ...], offers: dict[str, str]
) -> Request:
    listed = "\n".join(f"{name}: {description}" for name, description in offers.items())
    schema = _schema(model={"type": "string", "enum": list(offers)}, **_WHY)
    form = {"name": "selection", "strict": True, "schema": schema}
    return replace(
        question,
        messages=(
            Message(role=Role.SYSTEM, parts=(_text(words.write_json), _text(listed))),
            Message(role=Role.USER, parts=about),
        ),
        tools=(),
        sampling=replace(
            question.sampling, response_format=_json({"type": "json_schema", "json_schema": form})
        ),
    )


def _tool(name: str, description: str) -> Tool:
    return Tool(
        name=Private(name), description=Private(description), parameters=_json(_schema(**_WHY))
    )


def _schema(**properties: object) -> dict[str, object]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": list(properties),
    }


def _json(value: object) -> Private:
    return Private(msgspec.json.encode(value).decode())


def _text(text: str) -> Text:
    return Text(Private(text))


def read(reply: Reply, plan: RoutePlan) -> Selection | None:
    """The choice in an answer to a question about this plan; `None` for anything but one."""
    try:
        said = _said(reply)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    if said is None:
        return None
    name, why = said
    chosen = _menu(plan).get(name)
    if chosen is None:
        return None
    return Selection(endpoint_id=chosen.endpoint.id, reason=why.reason, confidence=why.confidence)


def _said(reply: Reply) -> tuple[str, _Arguments] | None:
    """A name and why. Raises `MsgspecError`."""
    if not reply.calls:
        named = _decode_named(reply.content)
        return named.model, named
    if len(reply.calls) > 1:
        return None
    (call,) = reply.calls
    return call.name or "", _decode_arguments(call.arguments)


def reorder(plan: RoutePlan, selection: Selection) -> RoutePlan:
    """The chosen candidate first, the others in the order they had."""
    chosen = tuple(c for c in plan.candidates if c.endpoint.id == selection.endpoint_id)
    if not chosen:
        return plan
    others = tuple(c for c in plan.candidates if c.endpoint.id != selection.endpoint_id)
    return replace(
        plan,
        candidates=chosen + others,
        selected_by="llm",
        selection_reason=selection.reason.value,
        confidence=selection.confidence,
    )


def _menu(plan: RoutePlan) -> dict[str, Candidate]:
    """By tool name. The number keeps apart what looks alike once it is safe."""
    return {
        f"use_{number}_{_UNSAFE.sub('_', candidate.endpoint.id)}"[:_NAME_CHARS]: candidate
        for number, candidate in enumerate(plan.candidates[:MOST_TOOLS], 1)
    }


def _last_text(request: Request, most_chars: int) -> Private | None:
    """Whole or not at all: half a number is no number to a detector."""
    texts = [text for role, text in conversation(request) if role is Role.USER and text]
    return texts[-1] if texts and len(texts[-1]) <= most_chars else None


def _characteristics(words: Words, inspection: Inspection) -> str:
    return words.characteristics.format(
        complexity=inspection.complexity,
        sensitivity=inspection.sensitivity.label,
        time=inspection.response_time,
        prompt=inspection.tokens.expected,
        answer=inspection.expected_output,
    )


def _description(words: Words, candidate: Candidate, success_of: SuccessOf) -> str:
    endpoint = candidate.endpoint
    success = success_of(endpoint.id)
    known = endpoint.prices_known
    return words.candidate.format(
        model=endpoint.model,
        zone=candidate.zone,
        price_in=_dollars(endpoint.price.input) if known else words.unknown,
        price_out=_dollars(endpoint.price.output) if known else words.unknown,
        cost=usd(candidate.expected_cost) if known else words.unknown,
        context=endpoint.context,
        quality=candidate.expected_quality,
        seconds=candidate.expected_s,
        success=words.unknown if success is None else f"{success:.2f}",
    )


def _dollars(price: int) -> str:
    """Nano-dollars per million tokens as dollars, without the zeros that say nothing."""
    return usd(price).rstrip("0").rstrip(".")
