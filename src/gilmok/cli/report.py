"""`gilmok report`: the performance report, a table of usage, success and cost, or with `--sla` of
promises that were kept.

All are read from the ledger's file; a gateway whose ledger is in memory tells the first and the last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlencode

import msgspec
from cyclopts import Parameter

from gilmok.build import load_settings
from gilmok.cli import caps, exits
from gilmok.cli import sla as sla_report
from gilmok.cli.client import Client
from gilmok.cli.explain import MEMORY, reason
from gilmok.cli.numbers import bar, duration, moment, money, percent, price, since
from gilmok.cli.options import Config, Json, Key, Output, Url
from gilmok.cli.performance import show_performance
from gilmok.cli.reaching import default_url, shown_key
from gilmok.cli.reference import named_price
from gilmok.cli.screen import LEVELS, ZONES, Screen, coloured
from gilmok.cli.sheets import lines
from gilmok.cli.words import help, terms
from gilmok.cli.words import looking as words
from gilmok.cli.words import performance as seven
from gilmok.composition import parts
from gilmok.config import Settings
from gilmok.core.money import Price
from gilmok.lab import PerformanceReport, performance
from gilmok.ledger.archive import FileArchive
from gilmok.ledger.reports import By, Line, Report
from gilmok.system import SystemClock

_BAR = 10

Grouping = Literal[
    "endpoint",
    "zone",
    "tenant",
    "key",
    "user",
    "plan",
    "day",
    "model",
    "label",
    "sensitivity",
    "does",
]
"""`label` is `sensitivity` by its short name."""


def report(
    *,
    since: Annotated[str, Parameter(help=help.SINCE.en)] = "7d",
    by: Annotated[Grouping | None, Parameter(help=help.BY.en)] = None,
    sla: Annotated[bool, Parameter(negative="", help=help.SLA.en)] = False,
    json: Json = False,
    csv: Annotated[bool, Parameter(negative="", help=help.CSV.en)] = False,
    reference: Annotated[str | None, Parameter(help=help.REFERENCE.en)] = None,
    url: Url = None,
    key: Key = None,
    config: Config = None,
    screen: Output,
) -> int:
    if json and csv:
        screen.fail(screen.text(words.JSON_OR_CSV))
        return exits.USAGE
    start = _start(since)
    if start is None:
        screen.fail(screen.text(words.BAD_SINCE))
        return exits.USAGE
    if sla:
        return _promises(screen, since, start, _grouped(by), json, csv, url, key, config)
    as_table = by is not None or csv
    if url is not None:
        if as_table:
            screen.fail(screen.text(seven.TABLE_NEEDS_FILE))
            return exits.USAGE
        return _report(
            screen, _asked(Client(url, shown_key(key), screen.locale), since, reference), json
        )
    settings = load_settings(config)
    if str(settings.ledger.path) != MEMORY:
        archive = FileArchive(Path(str(settings.ledger.path)))
        if as_table:
            against = named_price(settings, reference)
            found = asyncio.run(archive.usage(start, _now(), _grouped(by), reference=against))
            return _table(screen, found, against, json, csv)
        done = _report(screen, _summed(screen, settings, archive, start, reference), json)
        if not json:
            caps.show(screen, caps.caps(settings, _now()))
        return done
    if as_table:
        screen.fail(screen.text(seven.TABLE_NEEDS_FILE))
        return exits.FAILED
    client = Client(default_url(settings), shown_key(key), screen.locale)
    return _report(screen, _asked(client, since, reference), json)


def _promises(
    screen: Screen,
    since: str,
    start: int,
    by: By,
    json: bool,
    csv: bool,
    url: str | None,
    key: str | None,
    config: str | None,
) -> int:
    if url is not None:
        found = sla_report.asked(Client(url, shown_key(key), screen.locale), since, by)
    else:
        settings = load_settings(config)
        found = sla_report.found(screen, settings, shown_key(key), since=since, start=start, by=by)
    if json:
        _json(screen, found)
    elif csv:
        screen.raw(sla_report.as_csv(found))
    else:
        sla_report.show(screen, found)
    return exits.OK


def _now() -> int:
    """What came in by now is part of the report."""
    return SystemClock().wall() + 1


def _grouped(by: Grouping | None) -> By:
    return By.SENSITIVITY if by == "label" else By(by or "endpoint")


def _asked(client: Client, since: str, reference: str | None) -> PerformanceReport:
    asked = {"since": since} | ({} if reference is None else {"reference": reference})
    return client.get(f"/v1/report?{urlencode(asked)}", PerformanceReport)


def _summed(
    screen: Screen, settings: Settings, archive: FileArchive, start: int, reference: str | None
) -> PerformanceReport:
    """The same as a gateway with this ledger would tell."""
    against = named_price(settings, reference)
    found = asyncio.run(archive.statistics(start, _now(), reference=against))
    return performance(found, parts.feedback(settings), screen.locale)


def _report(screen: Screen, found: PerformanceReport, json: bool) -> int:
    if json:
        _json(screen, found)
    else:
        show_performance(screen, found)
    return exits.OK


def _table(screen: Screen, found: Report, reference: Price, json: bool, csv: bool) -> int:
    if json:
        _json(screen, found)
    elif csv:
        screen.raw(_csv(found))
    else:
        show(screen, found, reference)
    return exits.OK


def _json(screen: Screen, found: object) -> None:
    screen.raw(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")


def _start(text: str) -> int | None:
    try:
        return since(text, SystemClock().wall())
    except (ValueError, OverflowError):
        return None


def _csv(found: Report) -> str:
    """One row for each group. Money in nano-dollars, times in milliseconds."""
    return lines([Line.__struct_fields__, *map(msgspec.structs.astuple, found.lines)])


def show(screen: Screen, found: Report, reference: Price) -> None:
    if not found.total.requests:
        screen.say(words.NOTHING, since=moment(found.since))
        return
    largest = max(line.requests for line in found.lines)
    screen.table(
        (
            words.GROUPS[found.by], words.REQUESTS, "", words.SUCCESS, words.P50, words.P95,
            terms.COST,
        ),
        [
            (
                coloured(line.key, {**ZONES, **LEVELS}),
                str(line.requests),
                bar(line.requests, largest, _BAR),
                percent(line.success_rate),
                duration(line.p50_ms),
                duration(line.p95_ms),
                money(line.cost),
            )
            for line in found.lines
        ],
        right=frozenset({1, 3, 4, 5, 6}),
        title=screen.text(
            words.REPORT_TITLE, since=moment(found.since), by=screen.text(words.GROUPS[found.by])
        ),
    )  # fmt: skip
    screen.line()
    screen.line(screen.text(words.SUMMARY), "bold")
    screen.rows(_summary(screen, found.total, reference))


def _summary(screen: Screen, total: Line, reference: Price) -> Iterator[tuple[str, str]]:
    text = screen.text
    yield text(words.REQUESTS), f"{total.requests:,}"
    for said, count in (
        (words.COMPLETED, total.completed),
        (words.REFUSED, total.refused),
        (words.FAILED, total.failed),
        (words.CANCELLED, total.cancelled),
    ):
        share = bar(count, total.requests, 2 * _BAR)
        yield text(said), f"{count:>7,}  {share}"
    yield text(words.SUCCESS), percent(total.success_rate)
    tokens = text(
        words.IN_OUT, prompt=f"{total.prompt_tokens:,}", completion=f"{total.completion_tokens:,}"
    )
    yield text(words.TOKENS), tokens
    first, whole = duration(total.p50_first_token_ms), duration(total.p50_ms)
    yield text(words.TIME), text(words.MEDIANS, first=first, total=whole)
    yield text(terms.COST), _cost(screen, total)
    if total.savings is not None:
        saved = text(words.SAVED_VALUE, savings=money(total.savings), price=price(reference))
        yield text(words.SAVED), saved
    if total.fallbacks:
        most = reason(screen, total.fallback_reason or "-")
        yield text(words.FALLBACKS), text(words.MOST_COMMON, count=total.fallbacks, reason=most)
    if total.cache_hits:
        yield text(words.CACHE_HITS), f"{total.cache_hits:,}"
        yield text(words.CACHE_SAVED), money(total.cache_savings)


def _cost(screen: Screen, total: Line) -> str:
    if total.unpriced:
        return screen.text(words.UNPRICED, cost=money(total.cost), count=total.unpriced)
    if total.estimated_cost:
        part = money(total.estimated_cost)
        return screen.text(words.ESTIMATED_PART, cost=money(total.cost), part=part)
    return money(total.cost)
