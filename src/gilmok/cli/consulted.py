"""What `explain` says about models that were asked to judge a request or to choose its endpoint."""

from __future__ import annotations

from collections.abc import Iterator

from gilmok.cli.numbers import money
from gilmok.cli.screen import Screen
from gilmok.cli.words import consulting as words
from gilmok.core.receipt import Purpose
from gilmok.lab.codes import PURPOSES, outcome
from gilmok.ledger.records import Explanation


def consulted(screen: Screen, told: Explanation) -> Iterator[tuple[str, str]]:
    """Rows for a decision; none where only the built-in strategies were wanted."""
    text = screen.text
    seen = told.inspection
    if seen is not None and seen.analyser_fell_back:
        yield text(words.ANALYSER), _instead(screen, text(words.FAST), seen.analyser_fell_back)
    elif seen is not None and seen.analysed_by == "llm":
        yield text(words.ANALYSER), text(words.MODEL_JUDGED)
    if told.selector_fell_back:
        who = text(words.OBJECTIVE)
        yield text(words.SELECTOR), _instead(screen, who, told.selector_fell_back)
    elif told.selected_by == "llm":
        why = words.REASONS.get(told.selection_reason)
        reason = text(why) if why else told.selection_reason
        said = text(words.MODEL_CHOSE, reason=reason, confidence=told.confidence or 0.0)
        yield text(words.SELECTOR), said
    if any(attempt.purpose is not Purpose.ANSWER for attempt in told.attempts):
        yield text(words.COSTS), _costs(screen, told)


def purposely(screen: Screen, endpoint_id: str, purpose: Purpose) -> str:
    """An attempt's endpoint, and what it was asked for where that is not the answer."""
    if purpose is Purpose.ANSWER:
        return endpoint_id
    return f"{endpoint_id} ({screen.text(PURPOSES[purpose])})"


def _instead(screen: Screen, who: str, code: str) -> str:
    said = words.FELL_BACK.get(code)
    why = screen.text(said) if said else outcome(code, screen.locale)
    return screen.text(words.INSTEAD, who=who, why=why)


def _costs(screen: Screen, told: Explanation) -> str:
    sums: dict[Purpose, int] = {}
    for attempt in told.attempts:
        sums[attempt.purpose] = sums.get(attempt.purpose, 0) + attempt.cost
    return ", ".join(f"{screen.text(PURPOSES[p])} {money(cost)}" for p, cost in sums.items())
