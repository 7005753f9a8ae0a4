"""What the pages of decisions show. A decision holds names, numbers and codes, and no user text."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from gilmok.core.said import Locale
from gilmok.core.work import Does
from gilmok.dashboard.overview import Pair, Table
from gilmok.dashboard.words import words
from gilmok.lab.codes import (
    CACHES,
    COMPLEXITIES,
    DOES,
    LANGUAGES,
    PURPOSES,
    RESPONSE_TIMES,
    amount,
    asked,
    meaning,
    outcome,
    why_not,
    word,
)
from gilmok.lab.figures import duration, moment, money, per_token
from gilmok.ledger import Decision
from gilmok.ledger.records import Explanation, InspectionRecord


class Row(Struct, frozen=True):
    """One decision of the list."""

    decision_id: str
    when: str
    outcome: str
    is_good: bool
    sensitivity: str
    level: str
    """`low`, `medium`, `high`, or nothing: a class of the style sheet."""
    endpoint: str
    zone: str
    time: str
    cost: str


class DecisionView(Struct, frozen=True):
    decision_id: str
    facts: tuple[Pair, ...]
    tables: tuple[tuple[str, str, Table], ...]
    """Title, remark, rows; those without rows are left out."""


def row(of: Decision, locale: Locale) -> Row:
    t = words(locale)
    return Row(
        decision_id=of.decision_id,
        when=moment(of.at),
        outcome=_ended(of, locale),
        is_good=of.outcome == "completed",
        sensitivity=t.get(of.sensitivity or "", "-"),
        level=of.sensitivity or "",
        endpoint=of.endpoint_id or "-",
        zone=of.zone or "",
        time=duration(of.total_ms),
        cost=_cost(of, t),
    )


def view(of: Decision, locale: Locale) -> DecisionView:
    t, told = words(locale), of.explanation
    tables = (
        (t["evidence"], "", _evidence(told.inspection, t, locale)),
        (t["candidates"], _weights(told, t), _candidates(told, t)),
        (t["vetoes"], "", _vetoes(told, t, locale)),
        (t["attempts"], "", _attempts(told, t, locale)),
    )
    return DecisionView(
        decision_id=of.decision_id,
        facts=(
            *_facts(of, t, locale),
            *_inspected(told.inspection, t, locale),
            *_consulted(told, t, locale),
        ),
        tables=tuple(entry for entry in tables if entry[2].rows),
    )


def _facts(of: Decision, t: dict[str, str], locale: Locale) -> Iterator[Pair]:
    yield t["when"], moment(of.at)
    yield t["tenant"], of.tenant
    yield t["by"], of.key_id
    yield t["asked"], asked(of.asked, locale)
    if of.does != Does.CHAT:
        much = amount(of.does, of.units, of.prompt_tokens or 0, locale)
        yield t["does"], f"{word(DOES, of.does, locale)}, {much}"
    yield t["outcome"], _ended(of, locale)
    if of.endpoint_id is not None:
        zone = t.get(of.zone or "", of.zone or "-")
        yield t["endpoint"], f"{of.endpoint_id} ({of.model or '-'}), {zone}"
    if of.fallback:
        yield t["fallback"], outcome(of.fallback_reason or "-", locale)
    if of.sensitivity is not None:
        yield t["sensitivity"], t.get(of.sensitivity, of.sensitivity)
    if of.prompt_tokens is not None:
        tokens = t["in_out"].format(prompt=of.prompt_tokens, completion=of.completion_tokens)
        yield t["tokens"], tokens if of.usage_reported else t["estimated"].format(value=tokens)
    yield t["cost"], _cost(of, t)
    yield t["held"], money(of.held)
    if of.first_token_ms is not None:
        yield t["first_token"], duration(of.first_token_ms)
    yield t["time"], duration(of.total_ms)
    yield t["stream"], t["yes"] if of.stream else t["no"]
    yield t["cache"], word(CACHES, of.cache, locale)


def _inspected(seen: InspectionRecord | None, t: dict[str, str], locale: Locale) -> Iterator[Pair]:
    if seen is None:
        return
    yield t["clearance"], seen.clearance
    complexity = word(COMPLEXITIES, seen.complexity, locale)
    yield t["complexity"], f"{complexity} ({seen.complexity_score:.2f})"
    yield t["response_time"], word(RESPONSE_TIMES, seen.response_time, locale)
    yield t["language"], word(LANGUAGES, seen.language, locale)
    if seen.failed:
        yield t["detectors_failed"], ", ".join(seen.failed)


def _consulted(told: Explanation, t: dict[str, str], locale: Locale) -> Iterator[Pair]:
    """Who judged the request, who chose, and what was wrong with the answer, if anything."""

    def by(name: str, fell_back: str) -> str:
        reason = outcome(fell_back, locale)
        return t["instead"].format(name=name, reason=reason) if fell_back else name

    if told.inspection is not None:
        yield t["analyser"], by(told.inspection.analysed_by, told.inspection.analyser_fell_back)
        yield t["selector"], by(told.selected_by, told.selector_fell_back)
    if told.validation is not None:
        yield t["validation"], outcome(f"rejected_{told.validation}", locale)


def _evidence(seen: InspectionRecord | None, t: dict[str, str], locale: Locale) -> Table:
    return Table(
        (t["kind"], t["meaning"], t["level"], t["count"]),
        tuple(
            (e.kind, meaning(e.kind, locale), t.get(e.level, e.level), f"{e.count:,}")
            for e in (seen.evidence if seen else ())
        ),
        words=3,
    )


def _weights(told: Explanation, t: dict[str, str]) -> str:
    if told.weights is None:
        return ""
    quality, price, time = (f"{weight:.2f}" for weight in told.weights)
    return t["weights"].format(quality=quality, price=price, time=time)


def _candidates(told: Explanation, t: dict[str, str]) -> Table:
    heads = ("endpoint", "model", "zone", "masked", "score", "quality", "expected_cost",
             "expected_time")  # fmt: skip
    return Table(
        tuple(t[head] for head in heads),
        tuple(
            (
                c.endpoint_id,
                c.model,
                t.get(c.zone, c.zone),
                t["yes"] if c.masked else t["no"],
                f"{c.score:.3f}",
                f"{c.expected_quality:.2f}",
                money(c.expected_cost),
                duration(1000 * c.expected_s),
            )
            for c in told.candidates
        )
        + _more(told.unlisted_candidates, len(heads), t),
        words=4,
    )


def _vetoes(told: Explanation, t: dict[str, str], locale: Locale) -> Table:
    return Table(
        (t["endpoint"], t["why"]),
        tuple((v.endpoint_id, why_not(v.code, v.detail, locale)) for v in told.vetoes)
        + tuple((t["more"].format(count=n), code) for code, n in told.unlisted_vetoes.items()),
        words=2,
    )


def _more(count: int, cells: int, t: dict[str, str]) -> tuple[tuple[str, ...], ...]:
    """A row that stands for those that were not written down one by one."""
    return ((t["more"].format(count=count), *[""] * (cells - 1)),) if count else ()


def _attempts(told: Explanation, t: dict[str, str], locale: Locale) -> Table:
    heads = ("endpoint", "zone", "purpose", "outcome", "started", "queued", "prefill",
             "first_token", "per_token", "ended", "cost")  # fmt: skip
    return Table(
        tuple(t[head] for head in heads),
        tuple(
            (
                a.endpoint_id,
                t.get(a.zone, a.zone),
                word(PURPOSES, a.purpose, locale),
                outcome(a.outcome, locale),
                duration(a.started_ms),
                duration(a.queued_ms),
                duration(a.prefill_ms),
                duration(a.first_token_ms),
                per_token(a.token_ms),
                duration(a.ended_ms),
                money(a.cost),
            )
            for a in told.attempts
        ),
        words=4,
    )


def _ended(of: Decision, locale: Locale) -> str:
    ended = outcome(of.outcome, locale)
    return f"{ended} ({of.error})" if of.error else ended


def _cost(of: Decision, t: dict[str, str]) -> str:
    if not of.price_known:
        return t["unknown"]
    cost = money(of.cost)
    return t["estimated"].format(value=cost) if of.cost_estimated else cost
