"""What the overview shows: the seven parts of the report, each as figures with their tables."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup
from msgspec import Struct

from gilmok.core.said import Locale
from gilmok.dashboard.charts import Bar, Heading, Series, bars, columns
from gilmok.dashboard.periods import filled, short
from gilmok.dashboard.words import words
from gilmok.lab import PerformanceReport
from gilmok.lab.codes import DOES, amount, outcome, word
from gilmok.lab.efficiency import Efficiency
from gilmok.lab.figures import duration, money, percent
from gilmok.lab.performance import Side, Totals
from gilmok.ledger import EndpointStatistics, Grain, Period, ServiceStatistics, Statistics

Pair = tuple[str, str]
DRAWN = 12
"""Endpoints with a picture, the busiest; the tables hold more, and the report all of them."""
LISTED = 200
_ZONES = ("local", "private", "cloud", "unanswered")


class Table(Struct, frozen=True):
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1
    """How many columns from the left hold words; the others hold numbers."""


class Figure(Struct, frozen=True):
    title: str
    svg: Markup
    table: Table | None
    """The same numbers; `None` where a table beside holds them."""


class SideView(Struct, frozen=True):
    facts: tuple[Pair, ...]
    latency: Figure | None
    endpoints: Table


class Overview(Struct, frozen=True):
    is_empty: bool
    totals: tuple[tuple[str, str, str], ...]
    """Name, value, and a remark or nothing."""
    over_time: tuple[Figure, ...]
    services: Table
    """Without rows where there was nothing but chat."""
    cloud: SideView
    local: SideView
    efficiency: tuple[Figure, ...]
    scores: Table
    fallbacks: tuple[str, ...]
    reasons: Figure | None
    recommendations: tuple[str, ...]
    summary: str


def overview(found: Statistics, report: PerformanceReport, locale: Locale) -> Overview:
    t = words(locale)
    periods = filled(found)
    return Overview(
        is_empty=not found.requests,
        totals=_totals(report.totals, t),
        over_time=(_requests(periods, found.grain, t), _costs(periods, found.grain, t)),
        services=_services(report.services, t, locale),
        cloud=_side("cloud", report.cloud, t),
        local=_side("local", report.local, t),
        efficiency=tuple(
            _score(at, score, t) for at, score in enumerate(report.efficiency[:DRAWN])
        ),
        scores=_scores(report.efficiency[:LISTED], t),
        fallbacks=_fallbacks(report, t, locale),
        reasons=_reasons(report, t, locale),
        recommendations=tuple(r.message for r in report.recommendations),
        summary=report.summary.text,
    )


def _totals(of: Totals, t: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    counts = ", ".join(
        f"{t[name]} {count:,}"
        for name, count in (
            ("refused", of.refused), ("failed", of.failed), ("cancelled", of.cancelled),
            ("cache_hits", of.cache_hits),
        ) if count
    )  # fmt: skip
    part = t["cost_of_which"].format(part=money(of.estimated_cost)) if of.estimated_cost else ""
    return (
        (t["requests"], f"{of.requests:,}", counts),
        (t["success"], percent(of.success_rate), ""),
        (t["cost"], money(of.cost), part),
        (t["savings"], "-" if of.savings is None else money(of.savings), ""),
    )


def _requests(periods: Sequence[Period], grain: Grain, t: dict[str, str]) -> Figure:
    title = t["by_hour" if grain is Grain.HOUR else "by_day"]
    series = [
        Series(t[name], name, tuple(float(getattr(p, name)) for p in periods)) for name in _ZONES
    ]
    sums = [sum(values) for values in zip(*(of.values for of in series), strict=True)]
    heading = _over_time("requests", title, periods, f"{max(sums, default=0):,.0f}", t)
    svg = columns(heading, short(_starts(periods), grain), series, lambda value: f"{value:,.0f}")
    rows = (
        (p.start, *(f"{getattr(p, name):,}" for name in _ZONES))
        for p in periods
        if p.local + p.private + p.cloud + p.unanswered
    )
    return Figure(title, svg, Table((t["period"], *(t[name] for name in _ZONES)), tuple(rows)))


def _costs(periods: Sequence[Period], grain: Grain, t: dict[str, str]) -> Figure:
    title = t["cost_by_hour" if grain is Grain.HOUR else "cost_by_day"]
    costs = tuple(float(p.cost) for p in periods)
    heading = _over_time("costs", title, periods, money(round(max(costs, default=0))), t)
    series = Series(t["cost"], "money", costs)
    svg = columns(
        heading, short(_starts(periods), grain), (series,), lambda value: money(round(value))
    )
    rows = tuple((p.start, money(p.cost)) for p in periods if p.cost)
    return Figure(title, svg, Table((t["period"], t["cost"]), rows))


def _starts(periods: Sequence[Period]) -> list[str]:
    return [period.start for period in periods]


def _over_time(
    id: str, title: str, periods: Sequence[Period], largest: str, t: dict[str, str]
) -> Heading:
    if not periods:
        return Heading(id, title, t["nothing"])
    first, last = periods[0].start, periods[-1].start
    said = t["columns_said"].format(count=len(periods), first=first, last=last, largest=largest)
    return Heading(id, title, said)


def _side(name: str, of: Side, t: dict[str, str]) -> SideView:
    tokens = t["in_out"].format(
        prompt=f"{of.prompt_tokens:,}", completion=f"{of.completion_tokens:,}"
    )
    cost = money(of.cost)
    if of.unpriced:
        cost += f" ({t['unpriced'].format(count=of.unpriced)})"
    return SideView(
        facts=(
            (t["requests"], f"{of.requests:,}"),
            (t["success"], percent(of.success_rate)),
            (t["mean"], duration(of.mean_ms)),
            (t["cost"], cost),
            (t["tokens"], tokens),
            (t["share"], percent(of.share)),
        ),
        latency=_latency(name, of.endpoints, t),
        endpoints=_endpoints(of.endpoints, t),
    )


def _services(services: Sequence[ServiceStatistics], t: dict[str, str], locale: Locale) -> Table:
    return Table(
        tuple(
            t[head] for head in ("does", "requests", "completed", "cache_hits", "amount", "cost")
        ),
        tuple(
            (
                word(DOES, of.does, locale),
                f"{of.requests:,}",
                f"{of.completed:,}",
                f"{of.cache_hits:,}",
                amount(of.does, of.units, of.prompt_tokens, locale),
                money(of.cost),
            )
            for of in services
        ),
    )


def _latency(
    name: str, endpoints: Sequence[EndpointStatistics], t: dict[str, str]
) -> Figure | None:
    answered = [of for of in endpoints if of.p50_ms is not None and of.p95_ms is not None]
    if not answered:
        return None
    heading = Heading(f"latency-{name}", t["latency"], t["latency_said"])
    rows = [
        Bar(
            name=of.endpoint_id,
            tone=of.zone,
            value=of.p50_ms or 0.0,
            shown=f"{duration(of.p50_ms)} · {duration(of.p95_ms)}",
            mark=of.p95_ms,
        )
        for of in answered[:DRAWN]
    ]
    table = Table(
        (t["endpoint"], t["mean"], t["p50"], t["p95"]),
        tuple(
            (of.endpoint_id, duration(of.mean_ms), duration(of.p50_ms), duration(of.p95_ms))
            for of in answered[:LISTED]
        ),
    )
    return Figure(heading.title, bars(heading, rows), table)


def _endpoints(endpoints: Sequence[EndpointStatistics], t: dict[str, str]) -> Table:
    heads = ("endpoint", "zone", "requests", "successes", "failures", "unfinished", "success",
             "tokens", "cost", "side_calls")  # fmt: skip
    return Table(
        tuple(t[head] for head in heads),
        tuple(
            (
                of.endpoint_id,
                t[of.zone],
                f"{of.requests:,}",
                f"{of.successes:,}",
                f"{of.failures:,}",
                f"{of.unfinished:,}",
                percent(of.success_rate),
                f"{of.prompt_tokens + of.completion_tokens:,}",
                money(of.cost),
                f"{of.side_calls:,}",
            )
            for of in endpoints[:LISTED]
        ),
        words=2,
    )


def _score(at: int, of: Efficiency, t: dict[str, str]) -> Figure:
    parts = (
        ("score", of.score), ("cost", of.cost_efficiency), ("speed", of.speed_score),
        ("reliability", of.reliability),
    )  # fmt: skip
    said = {name: _share(value, t) for name, value in parts}
    title = t["efficiency_of"].format(endpoint=of.endpoint_id)
    heading = Heading(f"efficiency-{at}", title, t["efficiency_said"].format(**said))
    rows = [
        Bar(t[name], "score" if name == "score" else "part", value or 0.0, said[name])
        for name, value in parts
    ]
    return Figure(of.endpoint_id, bars(heading, rows, largest=1.0, width=280), None)


def _scores(every: Sequence[Efficiency], t: dict[str, str]) -> Table:
    return Table(
        tuple(t[head] for head in ("endpoint", "zone", "score", "cost", "speed", "reliability")),
        tuple(
            (
                of.endpoint_id,
                t[of.zone],
                _share(of.score, t),
                _share(of.cost_efficiency, t),
                _share(of.speed_score, t),
                _share(of.reliability, t),
            )
            for of in every
        ),
        words=2,
    )


def _share(value: float | None, t: dict[str, str]) -> str:
    return t["unknown"] if value is None else f"{value:.2f}"


def _fallbacks(report: PerformanceReport, t: dict[str, str], locale: Locale) -> tuple[str, ...]:
    of = report.fallbacks
    said = (t["fallbacks_count"].format(count=f"{of.count:,}"),)
    if of.most_common_reason is None:
        return said
    reason = outcome(of.most_common_reason, locale)
    return (*said, t["most_common"].format(reason=reason))


def _reasons(report: PerformanceReport, t: dict[str, str], locale: Locale) -> Figure | None:
    reasons = report.fallbacks.reasons
    if not reasons:
        return None
    heading = Heading("reasons", t["reasons"], t["reasons_said"])
    named = [(outcome(of.code, locale), of.count) for of in reasons]
    rows = [Bar(name, "failure", float(count), f"{count:,}") for name, count in named]
    table = Table((t["reason"], t["count"]), tuple((n, f"{count:,}") for n, count in named))
    return Figure(heading.title, bars(heading, rows), table)
