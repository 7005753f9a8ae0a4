"""What is written down about a decision, and read back: law 6.

Everything here is names, numbers and codes. A `Receipt` carries whole endpoints with their API
keys and an inspection with spans; `explain` copies what may be kept field by field, so that a new
field of those nouns is left out until somebody decides otherwise.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator

import msgspec
from msgspec import Struct

from gilmok.core.errors import DecisionNotFound
from gilmok.core.inspection import Sensitivity
from gilmok.core.plan import Candidate, Veto
from gilmok.core.receipt import Attempt, Receipt


class CandidateRecord(Struct, frozen=True, kw_only=True):
    """A `Candidate` without its endpoint's address and key. Costs are nano-dollars."""

    endpoint_id: str
    model: str
    zone: str
    masked: bool
    expected_quality: float
    expected_cost: int
    worst_cost: int
    expected_s: float
    score: float


class EvidenceRecord(Struct, frozen=True):
    """Reasons for the label of one kind; where in the text they stood is not kept."""

    kind: str
    level: str
    count: int


class InjectionRecord(Struct, frozen=True):
    """An attempt to take over the model; where in the text it stood is not kept."""

    source: str
    verdict: str
    kind: str
    score: float


class InspectionRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    sensitivity: str
    clearance: str
    evidence: tuple[EvidenceRecord, ...] = ()
    complexity: str = ""
    complexity_score: float = 0.0
    response_time: str = ""
    language: str = ""
    expected_tokens: int = 0
    upper_tokens: int = 0
    expected_output: int = 0
    failed: tuple[str, ...] = ()
    injection: tuple[InjectionRecord, ...] = ()
    injection_action: str = "off"
    analysed_by: str = "fast"
    analyser_fell_back: str = ""


class Explanation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request went where it went, and what happened there."""

    candidates: tuple[CandidateRecord, ...] = ()
    """In the order they were to be tried: the best `LISTED` and every other that was asked."""
    unlisted_candidates: int = 0
    vetoes: tuple[Veto, ...] = ()
    """The first `LISTED`."""
    unlisted_vetoes: dict[str, int] = {}
    """How many more there were, by code."""
    weights: tuple[float, float, float] | None = None
    """Of quality, price and time."""
    selected_by: str = "objective"
    selection_reason: str = ""
    confidence: float | None = None
    selector_fell_back: str = ""
    validation: str | None = None
    """What is wrong with the answer that was given: a `Flaw`."""
    inspection: InspectionRecord | None = None
    attempts: tuple[Attempt, ...] = ()
    cache_score: float | None = None
    cached_decision: str | None = None
    saved: int = 0
    """Nano-dollars that a kept answer would have cost. See `Receipt`, as for the two above."""
    queued_in_vain_ms: float = 0.0
    """In queues that led to no attempt; the other waits stand in `attempts`."""


class Decision(Struct, frozen=True, kw_only=True):
    """A receipt as it is read back: what `GET /v1/decisions/{id}` and `gilmok explain` show.

    Times are milliseconds, `at` is wall clock in nanoseconds, money is nano-dollars.
    """

    decision_id: str
    at: int
    tenant: str
    key_id: str
    user: str
    """The end user's pseudonym; empty where the caller named nobody."""
    plan: str
    """The caller's plan."""
    does: str = "chat"
    """What was wanted: `chat`, `embeddings`, `images`, `speech`, `transcription`, `video`."""
    asked: str
    """The model asked for; `other` where it is no name the gateway knows, which may be any text."""
    stream: bool
    outcome: str
    error: str | None
    endpoint_id: str | None
    model: str | None
    zone: str | None
    sensitivity: str | None
    cache: str
    fallback: bool
    fallback_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    usage_reported: bool | None
    units: int = 0
    """Of what is paid by the piece: pictures made, characters said, milliseconds of a recording."""
    cost: int
    cost_estimated: bool
    """True where a part of the cost rests on an estimate: no usage reported, or a crash."""
    price_known: bool
    """False where the endpoint that answered has no configured price: `cost` is not "free"."""
    held: int
    first_token_ms: float | None
    total_ms: float
    explanation: Explanation = Explanation()


LISTED = 24
"""Endpoints of one decision that are written down one by one, because there may be a thousand."""

_COLUMNS = tuple(f for f in Decision.__struct_fields__ if f != "explanation")
_BOOLEANS = ("stream", "fallback", "usage_reported", "cost_estimated", "price_known")
_SELECT = (
    f"SELECT {', '.join(f'r.{c}' for c in _COLUMNS)}, e.body "
    "FROM receipts AS r LEFT JOIN explanations AS e USING (seq)"
)
_decode = msgspec.json.Decoder(Explanation).decode
_AT_ONCE = 500
"""Parameters of one statement: SQLite takes at least 999."""


def explain(receipt: Receipt) -> Explanation:
    plan = receipt.plan
    if plan is None:
        return Explanation(inspection=_inspection(receipt), attempts=receipt.attempts)
    candidates = _listed(plan.candidates, receipt.attempts)
    return Explanation(
        candidates=tuple(map(_candidate, candidates)),
        unlisted_candidates=len(plan.candidates) - len(candidates),
        vetoes=plan.vetoes[:LISTED],
        unlisted_vetoes=_counted(plan.vetoes[LISTED:]),
        weights=plan.weights,
        selected_by=plan.selected_by,
        selection_reason=plan.selection_reason,
        confidence=plan.confidence,
        selector_fell_back=plan.selector_fell_back,
        validation=receipt.validation,
        inspection=_inspection(receipt),
        attempts=receipt.attempts,
        cache_score=receipt.cache_score,
        cached_decision=receipt.cached_decision,
        saved=receipt.saved,
        queued_in_vain_ms=receipt.queued_in_vain_ms,
    )


def _counted(vetoes: tuple[Veto, ...]) -> dict[str, int]:
    return dict(Counter(veto.code for veto in vetoes)) if vetoes else {}


def _listed(
    candidates: tuple[Candidate, ...], attempts: tuple[Attempt, ...]
) -> tuple[Candidate, ...]:
    if len(candidates) <= LISTED:
        return candidates
    asked = {attempt.endpoint_id for attempt in attempts}
    return (
        *candidates[:LISTED],
        *(c for c in candidates[LISTED:] if c.endpoint.id in asked),
    )


def _candidate(of: Candidate) -> CandidateRecord:
    return CandidateRecord(
        endpoint_id=of.endpoint.id,
        model=of.endpoint.model,
        zone=of.zone,
        masked=of.masked,
        expected_quality=of.expected_quality,
        expected_cost=of.expected_cost,
        worst_cost=of.worst_cost,
        expected_s=of.expected_s,
        score=of.score,
    )


def _inspection(receipt: Receipt) -> InspectionRecord | None:
    seen = receipt.inspection
    if seen is None:
        return None
    # A hostile text can carry thousands of findings: kept are kinds and counts.
    kinds: dict[tuple[str, Sensitivity], int] = {}
    for found in seen.evidence:
        kind = found.kind, found.level
        kinds[kind] = kinds.get(kind, 0) + 1
    return InspectionRecord(
        sensitivity=seen.sensitivity.label,
        clearance=seen.clearance,
        evidence=tuple(EvidenceRecord(k, level.label, n) for (k, level), n in kinds.items()),
        complexity=seen.complexity,
        complexity_score=seen.complexity_score,
        response_time=seen.response_time,
        language=seen.language,
        expected_tokens=seen.tokens.expected,
        upper_tokens=seen.tokens.upper,
        expected_output=seen.expected_output,
        failed=seen.failed,
        injection=tuple(
            InjectionRecord(i.source, i.verdict, i.kind, i.score) for i in seen.injection
        ),
        injection_action=seen.injection_action,
        analysed_by=seen.analysed_by,
        analyser_fell_back=seen.analyser_fell_back,
    )


def read(connection: sqlite3.Connection, decision_id: str, tenant: str | None = None) -> Decision:
    """One decision; with `tenant`, only where it is that tenant's. Raises `DecisionNotFound`."""
    row = connection.execute(
        f"{_SELECT} WHERE r.decision_id = ? AND (? IS NULL OR r.tenant = ?)",
        (decision_id, tenant, tenant),
    ).fetchone()
    if row is None:
        raise DecisionNotFound
    return _decision(row)


def recent(
    connection: sqlite3.Connection, limit: int = 20, tenant: str | None = None
) -> tuple[Decision, ...]:
    """The latest decisions, newest first."""
    rows = connection.execute(
        f"{_SELECT} WHERE (? IS NULL OR r.tenant = ?) ORDER BY r.at DESC, r.seq DESC LIMIT ?",
        (tenant, tenant, max(limit, 0)),
    )
    return tuple(map(_decision, rows))


def decisions(connection: sqlite3.Connection, ids: Collection[str]) -> Iterator[Decision]:
    """Those of the ids that there are, a few hundred at a time."""
    wanted = sorted(ids)
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        for row in connection.execute(f"{_SELECT} WHERE r.decision_id IN ({marks})", some):
            yield _decision(row)


def _decision(row: tuple[object, ...]) -> Decision:
    *values, body = row
    fields = dict(zip(_COLUMNS, values, strict=True))
    for name in _BOOLEANS:
        if fields[name] is not None:
            fields[name] = bool(fields[name])
    return Decision(**fields, explanation=_explanation(body))  # type: ignore[arg-type]  # columns = fields


def _explanation(body: object) -> Explanation:
    """Nothing where it cannot be read: the audit says so, and other decisions are shown."""
    if not isinstance(body, bytes):
        return Explanation()
    try:
        return _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Explanation()
