"""`gilmok forecast`: what a month will cost, by the ledger's file or a gateway's own word."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from cyclopts import Parameter

from gilmok.build import load_settings
from gilmok.cli import exits
from gilmok.cli.client import Client
from gilmok.cli.explain import MEMORY
from gilmok.cli.numbers import moment, money
from gilmok.cli.numbers import since as moment_of
from gilmok.cli.options import Config, Json, Key, Output, Url
from gilmok.cli.reaching import default_url, shown_key
from gilmok.cli.reference import known_prices, named_price
from gilmok.cli.screen import Screen
from gilmok.cli.words import books as words
from gilmok.cli.words import help, looking, terms
from gilmok.config import EMBEDDED_ID, Settings
from gilmok.core.money import Price
from gilmok.lab import Forecast
from gilmok.lab import forecast as month_of
from gilmok.ledger.archive import FileArchive
from gilmok.surfaces.reports import CONFIGURED
from gilmok.system import SystemClock


def forecast(
    *,
    since: Annotated[str, Parameter(help=help.SINCE.en)] = "30d",
    reference: Annotated[str | None, Parameter(help=help.REFERENCE.en)] = None,
    json: Json = False,
    url: Url = None,
    key: Key = None,
    config: Config = None,
    screen: Output,
) -> int:
    now = SystemClock().wall()
    try:
        start = moment_of(since, now)
    except (ValueError, OverflowError):
        screen.fail(screen.text(looking.BAD_SINCE))
        return exits.USAGE
    if url is not None:
        found = _asked(Client(url, shown_key(key), screen.locale), since, reference)
    else:
        settings = load_settings(config)
        if str(settings.ledger.path) == MEMORY:
            client = Client(default_url(settings), shown_key(key), screen.locale)
            found = _asked(client, since, reference)
        else:
            found = _read(settings, start, now, reference)
    if json:
        screen.raw(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")
    else:
        _show(screen, found)
    return exits.OK


def _asked(client: Client, since: str, reference: str | None) -> Forecast:
    asked = {"since": since} | ({} if reference is None else {"reference": reference})
    return client.get(f"/v1/forecast?{urlencode(asked)}", Forecast)


def _read(settings: Settings, start: int, now: int, reference: str | None) -> Forecast:
    """The same as a gateway with this ledger would tell."""
    against = named_price(settings, reference)
    seen = asyncio.run(FileArchive(Path(str(settings.ledger.path))).traffic(start, now + 1))
    prices = {EMBEDDED_ID: Price()} | dict(known_prices(settings).by_endpoint())
    return month_of(seen, prices, against, reference or CONFIGURED)


def _show(screen: Screen, found: Forecast) -> None:
    if not found.endpoints:
        screen.say(words.NOTHING_YET)
        return
    screen.say(
        words.SPAN,
        days=found.days,
        since=moment(found.since),
        requests=found.requests_per_day,
        input=found.input_tokens,
        output=found.output_tokens,
    )
    if found.is_thin:
        screen.say(words.THIN, "yellow")
    screen.line()
    screen.table(
        (
            terms.ENDPOINT, words.PER_DAY, words.INPUT, words.OUTPUT, words.MONTHLY, words.CHARGED,
        ),
        [
            (
                e.endpoint_id,
                f"{e.requests_per_day:,.1f}",
                f"{e.input_tokens:,.0f}",
                f"{e.output_tokens:,.0f}",
                _amount(screen, e.monthly),
                money(e.charged),
            )
            for e in found.endpoints
        ],
        right=frozenset(range(1, 6)),
    )  # fmt: skip
    screen.line()
    screen.rows(_sums(screen, found))


def _sums(screen: Screen, found: Forecast) -> Iterator[tuple[str, str]]:
    text = screen.text
    yield text(words.IN_ALL), _amount(screen, found.monthly)
    yield text(words.AS_CHARGED), money(found.charged)
    if found.reference_monthly is not None and found.savings is not None:
        named = found.reference not in (None, CONFIGURED)
        model = found.reference if named else text(words.THE_CONFIGURED)
        yield text(words.REFERENCE, model=model), money(found.reference_monthly)
        yield text(words.SAVED), money(found.savings)


def _amount(screen: Screen, amount: int | None) -> str:
    return screen.text(terms.UNKNOWN_PRICE) if amount is None else money(amount)
