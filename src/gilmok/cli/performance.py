"""The performance report on the terminal: seven parts, in the order of the document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from gilmok.cli.numbers import bar, duration, moment, money, percent
from gilmok.cli.screen import ZONES, Screen, coloured
from gilmok.cli.words import looking, terms
from gilmok.cli.words import performance as words
from gilmok.core.said import Said
from gilmok.lab import PerformanceReport
from gilmok.lab.codes import amount, outcome
from gilmok.lab.performance import Side, Totals
from gilmok.ledger import ServiceStatistics

_BAR = 10
_TONES = ((0.7, "green"), (0.4, "yellow"), (0.0, "red"))


def show_performance(screen: Screen, report: PerformanceReport) -> None:
    if not report.totals.requests:
        screen.say(looking.NOTHING, since=moment(report.since))
        return
    screen.say(words.SPAN, since=moment(report.since), style="dim")
    _part(screen, words.TOTALS)
    screen.rows(_totals(screen, report.totals))
    _side(screen, words.CLOUD, report.cloud)
    _side(screen, words.LOCAL, report.local)
    if report.services:
        _services(screen, report.services)
    _efficiency(screen, report)
    _fallbacks(screen, report)
    _part(screen, words.RECOMMENDATIONS)
    for number, advice in enumerate(report.recommendations, 1):
        screen.line(f"{number}. {advice.message}")
    _part(screen, words.SUMMARY)
    screen.line(report.summary.text)


def _part(screen: Screen, title: Said) -> None:
    screen.line()
    screen.say(title, style="bold")


def _totals(screen: Screen, of: Totals) -> Iterator[tuple[str, str]]:
    text = screen.text
    yield text(looking.REQUESTS), f"{of.requests:>7,}"
    for said, count in (
        (looking.COMPLETED, of.completed),
        (looking.REFUSED, of.refused),
        (looking.FAILED, of.failed),
        (looking.CANCELLED, of.cancelled),
    ):
        yield text(said), f"{count:>7,}  {bar(count, of.requests, 2 * _BAR)}"
    if of.cache_hits:
        yield text(looking.CACHE_HITS), f"{of.cache_hits:>7,}"
    yield text(looking.SUCCESS), percent(of.success_rate)
    cost = money(of.cost)
    if of.estimated_cost:
        cost = text(looking.ESTIMATED_PART, cost=cost, part=money(of.estimated_cost))
    yield text(terms.COST), cost
    yield text(looking.SAVED), "-" if of.savings is None else money(of.savings)


def _side(screen: Screen, title: Said, of: Side) -> None:
    _part(screen, title)
    if not of.endpoints:
        screen.say(words.NOBODY, style="dim")
        return
    screen.rows(_facts(screen, of))
    screen.line()
    screen.table(
        (
            terms.ENDPOINT, looking.REQUESTS, words.FAILURES, looking.SUCCESS, words.MEAN,
            looking.P50, looking.P95, terms.COST,
        ),
        [
            (
                coloured(each.endpoint_id, {each.endpoint_id: ZONES[each.zone]}),
                f"{each.requests:,}",
                f"{each.failures:,}",
                percent(each.success_rate),
                duration(each.mean_ms),
                duration(each.p50_ms),
                duration(each.p95_ms),
                money(each.cost),
            )
            for each in of.endpoints
        ],
        right=frozenset(range(1, 8)),
    )  # fmt: skip


def _facts(screen: Screen, of: Side) -> Iterator[tuple[str, str]]:
    text = screen.text
    unfinished = sum(each.unfinished for each in of.endpoints)
    side_calls = sum(each.side_calls for each in of.endpoints)
    yield text(looking.REQUESTS), f"{of.requests:,}"
    if unfinished:
        yield text(words.UNFINISHED), f"{unfinished:,}"
    yield text(looking.SUCCESS), percent(of.success_rate)
    yield text(words.MEAN), duration(of.mean_ms)
    cost = money(of.cost)
    if of.unpriced:
        cost = text(looking.UNPRICED, cost=cost, count=of.unpriced)
    yield text(terms.COST), cost
    if side_calls:
        spent = money(sum(each.side_cost for each in of.endpoints))
        yield text(words.SIDE_CALLS), text(words.SIDE_CALLS_VALUE, count=side_calls, cost=spent)
    prompt, completion = f"{of.prompt_tokens:,}", f"{of.completion_tokens:,}"
    yield text(looking.TOKENS), text(looking.IN_OUT, prompt=prompt, completion=completion)
    yield text(words.SHARE), percent(of.share)


def _services(screen: Screen, services: Sequence[ServiceStatistics]) -> None:
    _part(screen, words.SERVICES)
    screen.table(
        (
            words.SERVICE, looking.REQUESTS, looking.COMPLETED, looking.CACHE_HITS, words.UNITS,
            terms.COST,
        ),
        [
            (
                screen.word(terms.DOES, of.does),
                f"{of.requests:,}",
                f"{of.completed:,}",
                f"{of.cache_hits:,}",
                amount(of.does, of.units, of.prompt_tokens, screen.locale),
                money(of.cost),
            )
            for of in services
        ],
        right=frozenset(range(1, 6)),
    )  # fmt: skip


def _efficiency(screen: Screen, report: PerformanceReport) -> None:
    _part(screen, words.EFFICIENCY)
    screen.table(
        (terms.ENDPOINT, words.SCORE, "", terms.COST, words.SPEED, words.RELIABILITY),
        [
            (
                coloured(of.endpoint_id, {of.endpoint_id: ZONES[of.zone]}),
                f"{of.score:.2f}",
                Text(bar(of.score, 1.0, _BAR), style=_tone(of.score)),
                screen.text(terms.UNKNOWN_PRICE)
                if of.cost_efficiency is None
                else f"{of.cost_efficiency:.2f}",
                f"{of.speed_score:.2f}",
                f"{of.reliability:.2f}",
            )
            for of in report.efficiency
        ],
        right=frozenset({1, 3, 4, 5}),
    )


def _tone(score: float) -> str:
    return next(tone for least, tone in _TONES if score >= least)


def _fallbacks(screen: Screen, report: PerformanceReport) -> None:
    of = report.fallbacks
    _part(screen, words.FALLBACKS)
    screen.say(words.COUNT, count=of.count)
    if not of.reasons:
        return
    most = of.reasons[0].count
    screen.table(
        (words.REASON, words.TIMES, ""),
        [
            (outcome(each.code, screen.locale), f"{each.count:,}", bar(each.count, most, 2 * _BAR))
            for each in of.reasons
        ],
        right=frozenset({1}),
    )
