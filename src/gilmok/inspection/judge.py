"""A model as analyser: the question it is asked, how its answer is read, what it may change. Pure.

* The question is a `Request` like any other. Whoever asks it inspects, routes and clears it as one,
  with a label no lower than that of the text it is about.
* Its texts are the conversation's own, whole and apart from the prompt, so that inspection finds in
  the question what it found in the conversation. None is cut: half a number is no number to a
  detector, and still half of it to a reader.
* The answer is codes and numbers in a fixed form, or it counts for nothing.
* A judgement may raise a label and never lower it: whoever wrote the text could have talked the
  model into anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from gilmok.core.inspection import Complexity, Evidence, Inspection, ResponseTime, Sensitivity
from gilmok.core.request import (
    Message,
    Request,
    Role,
    Sampling,
    Target,
    Text,
    conversation,
)
from gilmok.core.text import Private
from gilmok.inspection.clearance import LabelPolicy, clear, stricter
from gilmok.inspection.complexity import typical
from gilmok.inspection.judge_prompts import ANSWER_FORM, INSTRUCTIONS, INTRODUCTION

LONGEST_ANSWER = 512
"""Tokens. The answer itself has about 80."""
_MOST_TOKENS = 100_000


class Reason(StrEnum):
    """Why a text is sensitive. Codes, because receipts hold no text of users or models."""

    PERSONAL = "personal"
    HEALTH = "health"
    FINANCE = "finance"
    HR = "hr"
    COMPANY = "company"
    """What an organisation keeps to itself. Not "confidential": that word is a marking, and would
    make the question itself highly sensitive."""
    CREDENTIALS = "credentials"
    NONE = "none"


class Judgement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a model said about a request, checked in form and in nothing else."""

    complexity: Complexity
    sensitivity: Literal["low", "medium", "high"]
    response_time: ResponseTime
    contains_sensitive_data: bool
    estimated_tokens: Annotated[int, Meta(ge=0, le=_MOST_TOKENS)]
    """Of the answer that the request needs; 0 says nothing."""
    reasons: Annotated[tuple[Reason, ...], Meta(max_length=len(Reason))]

    @property
    def level(self) -> Sensitivity:
        """Its sensitivity. A contradiction counts as the stricter of its halves."""
        said = Sensitivity[self.sensitivity.upper()]
        return max(said, Sensitivity.MEDIUM) if self.contains_sensitive_data else said


_FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*)\n[ \t]*```", re.DOTALL)
_decode = msgspec.json.Decoder(Judgement).decode

_EXPLAINED_BY = {
    Reason.PERSONAL: ("id.", "contact.", "person."),
    Reason.HEALTH: ("topic.health",),
    Reason.FINANCE: ("finance.", "topic.finance"),
    Reason.HR: ("topic.hr",),
    Reason.COMPANY: ("topic.company", "topic.confidential", "term."),
    Reason.CREDENTIALS: ("secret.",),
}
"""The kinds of evidence by which the fast analyser says the same."""


def questions(
    request: Request, inspection: Inspection, *, target: Target, deadline: float, most_chars: int
) -> tuple[Request, ...]:
    """What the model is asked about a request, in the forms that endpoints may support, the surest
    first: held to a schema, then asked nicely. None where no whole text fits `most_chars`."""
    told = tuple(_latest(request, most_chars))
    if not told:
        return ()
    tongue = "ko" if inspection.language == "ko" else "en"
    parts = [Text(Private(INTRODUCTION[tongue]))]
    for role, text in reversed(told):
        parts += Text(Private(f"[{role}]")), Text(text)
    held = Request(
        id=request.id,
        target=target,
        messages=(
            Message(role=Role.SYSTEM, parts=(Text(Private(INSTRUCTIONS[tongue])),)),
            Message(role=Role.USER, parts=tuple(parts)),
        ),
        received_at=request.received_at,
        deadline=deadline,
        sampling=Sampling(
            temperature=0.0, max_tokens=LONGEST_ANSWER, response_format=Private(ANSWER_FORM)
        ),
        locale=request.locale,
    )
    return held, replace(held, sampling=replace(held.sampling, response_format=None))


def _latest(request: Request, most_chars: int) -> Iterator[tuple[Role, Private]]:
    """The latest texts, newest first, as many as fit whole."""
    left = most_chars
    for role, text in reversed(tuple(conversation(request))):
        left -= len(text)
        if left < 0:
            return
        if text:
            yield role, text


def read(answer: str) -> Judgement | None:
    """The judgement in an answer; `None` for anything but one, bare or in a code fence."""
    answer = answer.strip()
    if (fenced := _FENCE.fullmatch(answer)) is not None:
        answer = fenced[1]
    try:
        return _decode(answer)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None


def merge(
    inspection: Inspection, judgement: Judgement, policy: LabelPolicy, limit: int | None = None
) -> Inspection:
    """Both together. `limit`: the longest answer the client allows, in tokens.

    A model points at no place in the text, so what only the model found cannot be masked.
    """
    evidence = inspection.evidence + tuple(_new_evidence(inspection, judgement))
    found = max(inspection.sensitivity, *(e.level for e in evidence), Sensitivity.LOW)
    agreed = judgement.complexity is inspection.complexity
    return replace(
        inspection,
        sensitivity=found,
        clearance=stricter(inspection.clearance, clear(evidence, inspection.failed, policy)),
        evidence=evidence,
        complexity=judgement.complexity,
        complexity_score=inspection.complexity_score if agreed else typical(judgement.complexity),
        response_time=judgement.response_time,
        expected_output=_expected(inspection, judgement, limit),
        analysed_by="llm",
    )


def _new_evidence(inspection: Inspection, judgement: Judgement) -> Iterator[Evidence]:
    """What the judgement adds: a higher level, or at the same level a reason nobody found yet."""
    level = judgement.level
    if level is Sensitivity.LOW or level < inspection.sensitivity:
        return
    reasons = [r for r in dict.fromkeys(judgement.reasons) if r is not Reason.NONE]
    if level > inspection.sensitivity:
        kinds = [r.value for r in reasons] or ["unsaid"]
    else:
        kinds = [r.value for r in reasons if not _explained(r, inspection.evidence)]
    for kind in kinds:
        yield Evidence(f"judge.{kind}", level, -1)


def _explained(reason: Reason, evidence: tuple[Evidence, ...]) -> bool:
    return any(e.kind.startswith(_EXPLAINED_BY[reason]) for e in evidence)


def _expected(inspection: Inspection, judgement: Judgement, limit: int | None) -> int:
    tokens = judgement.estimated_tokens or inspection.expected_output
    return tokens if limit is None else min(tokens, limit)
