"""`gilmok report --sla`: whether promises were kept, by the ledger's file or a gateway's own word."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import msgspec
from rich.text import Text

from gilmok.cli.client import Client
from gilmok.cli.explain import MEMORY
from gilmok.cli.numbers import duration, moment, per_token, rate, share
from gilmok.cli.reaching import default_url
from gilmok.cli.screen import LEVELS, ZONES, Screen, coloured
from gilmok.cli.sheets import lines
from gilmok.cli.words import looking
from gilmok.cli.words import sla as words
from gilmok.composition import parts
from gilmok.config import Settings
from gilmok.core.text import Secret
from gilmok.ledger import By, GoodputLine, GoodputReport
from gilmok.ledger.archive import FileArchive
from gilmok.system import SystemClock

_NAMES = ("p50", "p95", "p99")
_TONES = ((0.95, "green"), (0.85, "yellow"), (0.0, "red"))


def asked(client: Client, since: str, by: By = By.ENDPOINT) -> GoodputReport:
    """What a gateway tells. Raises like `Client.get`."""
    return client.get(f"/v1/sla?{urlencode({'since': since, 'by': by})}", GoodputReport)


def found(
    screen: Screen, settings: Settings, key: Secret | None, *, since: str, start: int, by: By
) -> GoodputReport:
    """The same of the ledger these settings name: by its file, or by the gateway that has it in
    memory."""
    if str(settings.ledger.path) == MEMORY:
        return asked(Client(default_url(settings), key, screen.locale), since, by)
    archive = FileArchive(Path(str(settings.ledger.path)))
    until = SystemClock().wall() + 1
    return asyncio.run(archive.goodput(start, until, parts.targets(settings), by))


def as_csv(report: GoodputReport) -> str:
    """One row for each group. Money in nano-dollars, times in milliseconds."""
    rows = map(msgspec.structs.astuple, report.lines)
    return lines([GoodputLine.__struct_fields__, *rows])


def show(screen: Screen, report: GoodputReport) -> None:
    if not report.total.requests:
        screen.say(words.NOTHING, since=moment(report.since))
        return
    group = screen.text(looking.GROUPS[report.by])
    target = duration(report.first_token_target_s * 1000)
    screen.table(
        (
            looking.GROUPS[report.by], looking.REQUESTS, words.COMPLIANCE, words.TTFT, "p95",
            "p99", words.TPOT, words.QUEUE,
        ),
        [_row(line) for line in report.lines],
        right=frozenset(range(1, 8)),
        title=screen.text(words.TITLE, since=moment(report.since), by=group, target=target),
    )  # fmt: skip
    screen.line()
    screen.line(screen.text(looking.SUMMARY), "bold")
    screen.rows(_summary(screen, report))
    screen.say(words.EXACT, "dim")


def _row(line: GoodputLine) -> tuple[str | Text, ...]:
    return (
        coloured(line.key, {**ZONES, **LEVELS}),
        f"{line.requests:,}",
        Text(share(line.compliance), style=tone(line.compliance)),
        duration(line.p50_first_token_ms),
        duration(line.p95_first_token_ms),
        duration(line.p99_first_token_ms),
        per_token(line.p50_token_ms),
        duration(line.p95_queued_ms),
    )


def _summary(screen: Screen, report: GoodputReport) -> Iterator[tuple[str, str]]:
    of, text = report.total, screen.text
    met = text(words.MET_VALUE, met=of.met, requests=of.requests, share=share(of.compliance))
    yield text(words.MET), met
    yield (
        text(words.GOODPUT),
        text(
            words.GOODPUT_VALUE,
            requests=rate(of.goodput_per_s),
            all_requests=rate(of.requests_per_s),
            tokens=rate(of.goodput_tokens_per_s),
            all_tokens=rate(of.tokens_per_s),
        ),
    )
    first = (of.p50_first_token_ms, of.p95_first_token_ms, of.p99_first_token_ms)
    yield text(words.FIRST_TOKEN), _percentiles(map(duration, first))
    yield text(words.PER_TOKEN), _percentiles(map(per_token, (of.p50_token_ms, of.p95_token_ms)))
    if report.plan_targets_s:
        own = (f"{plan} {duration(s * 1000)}" for plan, s in report.plan_targets_s.items())
        yield "", text(words.OWN_TARGETS, targets=", ".join(own))


def _percentiles(shown: Iterable[str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(_NAMES, shown, strict=False))


def tone(compliance: float | None) -> str:
    """Good, middling or bad, as a colour."""
    if compliance is None:
        return ""
    return next(name for least, name in _TONES if compliance >= least)
