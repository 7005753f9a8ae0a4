"""The figures as one table, and what becomes of the design document's claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.readme import table
from bench.reviews.context import Classified, Quality
from bench.reviews.intervals import Held, Intervals
from bench.reviews.summaries import Summarised
from bench.reviews.timing import Timing

from gilmok_reviews.sentiment.evaluation import Figure

Row = tuple[str, str, str, str]
"""What, target, measured, verdict."""

COLUMNS = ("what", "target or claim", "measured", "")
ALL, PLAIN, BALANCED, RANDOM = "all", "nearest", "balanced", "random"
NO_LOSS = 0.01
"""Shares that differ by less are the same."""


def classifier_rows(found: Sequence[Figure]) -> list[Row]:
    rows: list[Row] = []
    for figure in found:
        least, verdict = "", ""
        if figure.target is not None:
            least = f"≥ {figure.target:.2%}"
            short = (figure.target - figure.value) * 100
            verdict = "met" if short <= 0 else f"**missed** by {short:.1f} points"
        rows.append((f"{figure.what}, n={figure.n:,}", least, f"{figure.value:.2%}", verdict))
    return rows


def context_rows(found: Mapping[str, Quality]) -> list[Row]:
    saved = 1 - found[BALANCED].tokens / found[ALL].tokens
    return [
        (
            "tokens of 20 reviews, fewer than of all",
            "60 to 80 % fewer",
            f"{saved:.0%} fewer ({found[ALL].tokens:,.0f} to {found[BALANCED].tokens:,.0f})",
            _between(saved, 0.6, 0.8),
        ),
        _compared(
            "a reader of 20: aspects whose prevailing mood is right",
            {name: quality.verdicts for name, quality in found.items()},
        ),
        _compared(
            "a reader of 20: aspects' share of praise, 100 less the error",
            {name: 1 - quality.share_error for name, quality in found.items()},
        ),
        _compared(
            "a reader of 20: opinions of one in twenty that are there",
            {name: quality.seen for name, quality in found.items()},
        ),
        _compared(
            "… of these, against the prevailing mood",
            {name: quality.minority for name, quality in found.items()},
        ),
    ]


def classified_rows(found: Classified) -> list[Row]:
    return [
        (
            "the judge, all reviews, no tokens: prevailing mood right",
            "",
            f"{found.verdicts:.1%}",
            "",
        ),
        (
            "the judge, all reviews, no tokens: share of praise, 100 less the error",
            "",
            f"{1 - found.share_error:.1%}",
            "",
        ),
    ]


def summary_rows(found: Mapping[str, Summarised]) -> list[Row]:
    return [
        _compared(
            "the summary (sentences of 60): sentences of the mood that is labelled",
            {name: summed.right for name, summed in found.items()},
        ),
        _compared(
            "the summary (sentences of 60): the five most frequent opinions named",
            {name: summed.named for name, summed in found.items()},
        ),
        _compared(
            "the summary (sentences of 60): praise and blame, where there are both",
            {name: summed.both for name, summed in found.items()},
        ),
    ]


def _compared(name: str, shares: Mapping[str, float]) -> Row:
    others = ", ".join(f"{n} {s:.1%}" for n, s in shares.items() if n != BALANCED)
    loss = shares[ALL] - shares[BALANCED]
    verdict = "no loss" if loss <= NO_LOSS else f"**{loss * 100:.1f} points lost**"
    return name, "as from all", f"{shares[BALANCED]:.1%} ({others})", verdict


def interval_rows(found: Mapping[str, Intervals]) -> list[Row]:
    rows: list[Row] = []
    for name, both in found.items():
        for title, held in (("counted", both.counted), ("estimated (used)", both.estimated)):
            rows += _held(f"{name}, share of praise {title}", held)
    return rows


def _held(name: str, held: Held) -> list[Row]:
    least = "≥ 95 %" if "used" in name else ""
    short = "met" if held.held >= 0.95 else f"**missed** by {(0.95 - held.held) * 100:.1f} points"
    return [
        (f"{name}: error", "", f"{held.error * 100:.1f} points", ""),
        (
            f"{name}: 95 % interval holds the truth",
            least,
            f"{held.held:.1%}",
            short if least else "",
        ),
    ]


def timing_rows(found: Timing | None) -> list[Row]:
    if found is None:
        return [
            ("time of a summary with the embedded model", "50 to 70 % shorter", "not measured", "")
        ]
    shorter = 1 - found.few.seconds / found.all.seconds
    return [
        (
            f"time of a summary with the embedded model ({found.places} places)",
            "50 to 70 % shorter",
            f"{shorter:.0%} shorter",
            _between(shorter, 0.5, 0.7),
        ),
        ("… 20 reviews", "", _took(found.few.tokens, found.few.seconds, found.few.calls), ""),
        ("… all reviews", "", _took(found.all.tokens, found.all.seconds, found.all.calls), ""),
    ]


def _took(tokens: int, seconds: float, calls: float) -> str:
    return f"{seconds:.0f} s, {tokens:,} tokens, {calls:g} calls"


def whole(rows: Sequence[Row]) -> str:
    return table(COLUMNS, rows)


def _between(value: float, low: float, high: float) -> str:
    if value < low:
        return f"**missed** by {(low - value) * 100:.0f} points"
    return "holds" if value <= high else "holds, and more"
