"""`gilmok explain`: why a request went where it went, as tables."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.text import Text

from gilmok.build import load_settings
from gilmok.cli import exits
from gilmok.cli.client import Client
from gilmok.cli.consulted import consulted, purposely
from gilmok.cli.conversing import cost
from gilmok.cli.numbers import duration, moment, money, per_token
from gilmok.cli.options import Config, Json, Key, Output, Url
from gilmok.cli.reaching import default_url, shown_key
from gilmok.cli.screen import LEVELS, ZONES, Screen, coloured
from gilmok.cli.words import help, terms
from gilmok.cli.words import looking as words
from gilmok.core.errors import DecisionNotFound
from gilmok.core.work import Does
from gilmok.lab import codes
from gilmok.ledger.archive import FileArchive
from gilmok.ledger.records import Decision, Explanation, InspectionRecord

LAST = "last"
MEMORY = ":memory:"


def explain(
    decision: Annotated[str, Parameter(help=help.DECISION.en)] = LAST,
    *,
    json: Json = False,
    url: Url = None,
    key: Key = None,
    config: Config = None,
    screen: Output,
) -> int:
    if url is not None:
        found = _ask(screen, Client(url, shown_key(key), screen.locale), decision)
    else:
        settings = load_settings(config)
        path = str(settings.ledger.path)
        if path == MEMORY:
            found = _ask(
                screen, Client(default_url(settings), shown_key(key), screen.locale), decision
            )
        else:
            found = _look_up(screen, Path(path), decision)
    if found is None:
        return exits.FAILED
    if json:
        screen.raw(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")
    else:
        show(screen, found)
    return exits.OK


def _ask(screen: Screen, client: Client, decision_id: str) -> Decision | None:
    if decision_id == LAST:
        screen.fail(screen.text(words.LAST_NEEDS_FILE))
        return None
    found = client.decision(decision_id)
    if found is None:
        screen.fail(screen.text(words.UNKNOWN_DECISION, id=decision_id))
    return found


def _look_up(screen: Screen, path: Path, decision_id: str) -> Decision | None:
    archive = FileArchive(path)
    if decision_id == LAST:
        recent = asyncio.run(archive.recent(1))
        if not recent:
            screen.fail(screen.text(words.NO_DECISIONS))
        return recent[0] if recent else None
    try:
        return asyncio.run(archive.read(decision_id))
    except DecisionNotFound:
        screen.fail(screen.text(words.UNKNOWN_DECISION, id=decision_id))
        return None


def show(screen: Screen, decision: Decision) -> None:
    """Everything that is known about a decision."""
    screen.rows(_facts(screen, decision))
    told = decision.explanation
    if told.inspection is not None and told.inspection.evidence:
        screen.line()
        _evidence(screen, told.inspection)
    if told.candidates:
        screen.line()
        _candidates(screen, told)
    if told.vetoes:
        screen.line()
        _vetoes(screen, told)
    if told.attempts:
        screen.line()
        _attempts(screen, told)


def _facts(screen: Screen, decision: Decision) -> Iterator[tuple[str, str | Text]]:
    text = screen.text
    yield text(words.DECISION), decision.decision_id
    yield text(words.WHEN), moment(decision.at)
    yield text(words.BY), f"{decision.tenant} / {decision.key_id}"
    if decision.user:
        yield text(words.USER), decision.user
    yield text(words.PLAN), decision.plan
    yield text(words.ASKED), codes.asked(decision.asked, screen.locale)
    if decision.does != Does.CHAT:
        yield text(words.DOES), _done(screen, decision)
    yield text(words.OUTCOME), _ended(screen, decision)
    if decision.endpoint_id is not None:
        zone = decision.zone or "cloud"
        where = f"{decision.endpoint_id} ({decision.model or '-'}), {text(terms.ZONES[zone])}"
        by = words.ASKED_LAST if decision.outcome == "failed" else words.ANSWERED_BY
        yield text(by), coloured(zone, ZONES, where)
    if decision.fallback:
        yield text(words.FALLBACK), reason(screen, decision.fallback_reason or "-")
    if (flaw := decision.explanation.validation) is not None:
        yield text(words.VALIDATION), f"{reason(screen, f'rejected_{flaw}')} ({flaw})"
    if decision.sensitivity is not None:
        level = text(terms.LEVELS[decision.sensitivity])
        yield text(words.SENSITIVITY), coloured(decision.sensitivity, LEVELS, level)
    if decision.explanation.inspection is not None:
        yield from _inspected(screen, decision.explanation.inspection)
    yield from _attempted(screen, decision.explanation.inspection)
    yield from consulted(screen, decision.explanation)
    if decision.prompt_tokens is not None:
        said = words.IN_OUT if decision.usage_reported else words.IN_OUT_ESTIMATED
        yield (
            text(words.TOKENS),
            text(said, prompt=decision.prompt_tokens, completion=decision.completion_tokens),
        )
    charged = text(words.CHARGED, cost=cost(screen, decision), held=money(decision.held))
    yield text(words.COST), charged
    yield text(words.TIME), _took(screen, decision)
    yield from _phases(screen, decision)
    yield text(words.CACHE), screen.word(terms.CACHES, decision.cache)
    if (kept := decision.explanation.cached_decision) is not None:
        score = decision.explanation.cache_score
        yield text(words.KEPT_FROM), kept if score is None else f"{kept} ({score:.3f})"


def _ended(screen: Screen, decision: Decision) -> str:
    """The outcome, and where there is a code, what it means."""
    ended = reason(screen, decision.outcome)
    if not decision.error:
        return ended
    why = reason(screen, decision.error)
    return f"{ended} ({decision.error})" + ("" if why == decision.error else f": {why}")


def _took(screen: Screen, decision: Decision) -> str:
    total = duration(decision.total_ms)
    if decision.first_token_ms is None:
        return screen.text(words.IN_ALL, total=total)
    first = duration(decision.first_token_ms)
    return screen.text(words.FIRST_AND_TOTAL, first=first, total=total)


def _done(screen: Screen, decision: Decision) -> str:
    done = screen.word(terms.DOES, decision.does)
    if decision.prompt_tokens is None:
        return done
    much = codes.amount(decision.does, decision.units, decision.prompt_tokens, screen.locale)
    return f"{done}, {much}"


def _phases(screen: Screen, decision: Decision) -> Iterator[tuple[str, str]]:
    """Of the attempt that ended it, where they are known, and what was waited for in vain."""
    if in_vain_ms := decision.explanation.queued_in_vain_ms:
        yield screen.text(words.IN_VAIN), duration(in_vain_ms)
    for last in decision.explanation.attempts[-1:]:
        if last.prefill_ms is not None:
            yield (
                screen.text(words.PHASES),
                screen.text(
                    words.PHASES_VALUE,
                    queued=duration(last.queued_ms),
                    prefill=duration(last.prefill_ms),
                    token=per_token(last.token_ms),
                ),
            )


def _inspected(screen: Screen, seen: InspectionRecord) -> Iterator[tuple[str, str]]:
    text = screen.text
    yield (
        text(words.FOUND),
        text(
            words.FOUND_VALUE,
            complexity=screen.word(terms.COMPLEXITIES, seen.complexity),
            score=seen.complexity_score,
            time=screen.word(terms.RESPONSE_TIMES, seen.response_time),
            language=screen.word(terms.LANGUAGES, seen.language),
        ),
    )
    expected = text(words.IN_OUT, prompt=seen.expected_tokens, completion=seen.expected_output)
    yield text(words.EXPECTED), expected
    if seen.failed:
        yield text(words.DETECTORS_FAILED), ", ".join(seen.failed)


def _attempted(screen: Screen, seen: InspectionRecord | None) -> Iterator[tuple[str, str]]:
    """Who tried to take over the model, and what was done about it."""
    if seen is None or not seen.injection:
        return
    said = "; ".join(f"{i.source}: {i.verdict} ({i.kind}, {i.score:.2f})" for i in seen.injection)
    yield screen.text(words.INJECTION), f"{said} → {seen.injection_action}"


def _evidence(screen: Screen, seen: InspectionRecord) -> None:
    screen.table(
        (words.KIND, words.MEANING, words.LEVEL, words.COUNT),
        [
            (
                e.kind,
                meaning(screen, e.kind),
                coloured(e.level, LEVELS, screen.text(terms.LEVELS[e.level])),
                str(e.count),
            )
            for e in seen.evidence
        ],
        right=frozenset({3}),
        title=screen.text(words.EVIDENCE),
    )


def _candidates(screen: Screen, told: Explanation) -> None:
    quality, price, time = told.weights or (0.0, 0.0, 0.0)
    screen.table(
        (
            "#", terms.ENDPOINT, terms.ZONE, words.SCORE, words.QUALITY, terms.COST,
            terms.TIME, words.MASKED,
        ),
        [*_listed(screen, told), *_more(screen, told.unlisted_candidates, 8)],
        right=frozenset({0, 3, 4, 5, 6}),
        title=screen.text(words.CANDIDATES, quality=quality, price=price, time=time),
    )  # fmt: skip


def _listed(screen: Screen, told: Explanation) -> Iterator[tuple[str | Text, ...]]:
    for number, c in enumerate(told.candidates, 1):
        yield (
            str(number),
            c.endpoint_id,
            coloured(c.zone, ZONES, screen.text(terms.ZONES[c.zone])),
            f"{c.score:.3f}",
            f"{c.expected_quality:.2f}",
            money(c.expected_cost),
            duration(1000 * c.expected_s),
            screen.text(terms.YES if c.masked else terms.NO),
        )


def _more(screen: Screen, count: int, cells: int) -> list[tuple[str | Text, ...]]:
    """A row that stands for those that were not written down one by one."""
    return [("", screen.text(words.MORE, count=count), *[""] * (cells - 2))] if count else []


def _vetoes(screen: Screen, told: Explanation) -> None:
    rows = []
    for veto in told.vetoes:
        said = words.VETO.get(veto.code)
        why = screen.text(said, detail=veto.detail) if said else f"{veto.code} {veto.detail}"
        rows.append((veto.endpoint_id, why))
    for code, count in told.unlisted_vetoes.items():
        rows.append((screen.text(words.MORE, count=count), code))
    screen.table((terms.ENDPOINT, words.WHY), rows, title=screen.text(words.VETOES))


def _attempts(screen: Screen, told: Explanation) -> None:
    screen.table(
        (
            "#", terms.ENDPOINT, words.STARTED, words.FIRST_TOKEN, words.ENDED, terms.COST,
            words.OUTCOME,
        ),
        [
            (
                str(a.number),
                purposely(screen, a.endpoint_id, a.purpose),
                duration(a.started_ms),
                duration(a.first_token_ms),
                duration(a.ended_ms),
                money(a.cost),
                reason(screen, a.outcome),
            )
            for a in told.attempts
        ],
        right=frozenset({0, 2, 3, 4, 5}),
        title=screen.text(words.ATTEMPTS),
    )  # fmt: skip


def reason(screen: Screen, code: str) -> str:
    """An outcome or a failure's code in words; the code itself where there are none."""
    return codes.outcome(code, screen.locale)


def meaning(screen: Screen, kind: str) -> str:
    return codes.meaning(kind, screen.locale)
