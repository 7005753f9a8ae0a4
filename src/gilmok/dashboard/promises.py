"""Whether promises were kept, as the overview shows it: figures, and compliance over time."""

from __future__ import annotations

from msgspec import Struct

from gilmok.core.said import Locale
from gilmok.dashboard.charts import Bar, Heading, Series, bars, columns
from gilmok.dashboard.overview import DRAWN, LISTED, Figure, Table
from gilmok.dashboard.periods import short, starts
from gilmok.dashboard.words import words
from gilmok.lab.figures import duration, per_token, rate, share
from gilmok.ledger import GoodputPeriod, GoodputReport, Grain


class Promises(Struct, frozen=True):
    meaning: str
    tiles: tuple[tuple[str, str, str], ...]
    """Name, value, and a remark or nothing."""
    figures: tuple[Figure, ...]
    """Over time, and by endpoint."""


def promises(found: GoodputReport, locale: Locale) -> Promises | None:
    """`None` where no request counts."""
    if not found.total.requests:
        return None
    t = words(locale)
    target = duration(1000 * found.first_token_target_s)
    own = (f"{plan} {duration(1000 * s)}" for plan, s in found.plan_targets_s.items())
    return Promises(
        meaning=t["promise_means"].format(target=", ".join((target, *own))),
        tiles=_tiles(found, t),
        figures=(_over_time(found, t), _endpoints(found, t)),
    )


def _tiles(found: GoodputReport, t: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    of = found.total
    late = f"p95 {duration(of.p95_first_token_ms)}, p99 {duration(of.p99_first_token_ms)}"
    tokens = t["tokens_per_s"].format(count=rate(of.goodput_tokens_per_s))
    met = t["met_of"].format(met=f"{of.met:,}", requests=f"{of.requests:,}")
    return (
        (t["compliance"], share(of.compliance), met),
        (t["goodput"], f"{rate(of.goodput_per_s)}/s", tokens),
        (t["first_token"], duration(of.p50_first_token_ms), late),
        (t["per_token"], per_token(of.p50_token_ms), f"p95 {per_token(of.p95_token_ms)}"),
        (t["queued"], duration(of.p95_queued_ms), "p95"),
    )


def _over_time(found: GoodputReport, t: dict[str, str]) -> Figure:
    """A column is as tall as the share that was met, and the rest of it is what was missed."""
    known = {period.start: period for period in found.periods}
    every = starts(found.since, found.until, found.grain)
    kept = [known[start].met / known[start].requests if start in known else 0.0 for start in every]
    missed = [1.0 - of if start in known else 0.0 for start, of in zip(every, kept, strict=True)]
    title = t["compliance_by_hour" if found.grain is Grain.HOUR else "compliance_by_day"]
    lowest = min((period.met / period.requests for period in found.periods), default=0.0)
    said = t["compliance_said"].format(
        count=len(every), first=every[0], last=every[-1], lowest=share(lowest)
    )
    series = (Series(t["met"], "met", tuple(kept)), Series(t["missed"], "failure", tuple(missed)))
    svg = columns(
        Heading("compliance", title, said), short(every, found.grain), series, lambda of: share(of)
    )
    rows = tuple(_row(known[start]) for start in every if start in known)
    heads = (t["period"], t["requests"], t["met"], t["compliance"])
    return Figure(title, svg, Table(heads, rows))


def _endpoints(found: GoodputReport, t: dict[str, str]) -> Figure:
    lines = [line for line in found.lines if line.requests]
    heading = Heading("compliance-endpoints", t["by_endpoint"], t["by_endpoint_said"])
    drawn = [
        Bar(
            line.key, "met", line.compliance or 0.0, f"{share(line.compliance)} · {line.requests:,}"
        )
        for line in lines[:DRAWN]
    ]
    heads = ("endpoint", "requests", "compliance", "first_token", "p95", "per_token", "queued")
    rows = tuple(
        (
            line.key,
            f"{line.requests:,}",
            share(line.compliance),
            duration(line.p50_first_token_ms),
            duration(line.p95_first_token_ms),
            per_token(line.p50_token_ms),
            duration(line.p95_queued_ms),
        )
        for line in lines[:LISTED]
    )
    table = Table(tuple(t[head] for head in heads), rows)
    return Figure(heading.title, bars(heading, drawn, largest=1.0), table)


def _row(of: GoodputPeriod) -> tuple[str, ...]:
    return of.start, f"{of.requests:,}", f"{of.met:,}", share(of.met / of.requests)
