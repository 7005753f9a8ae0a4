"""Endpoints as `serve`, `models` and `config check` show them."""

from __future__ import annotations

from collections.abc import Iterable

from gilmok.cli.numbers import money, price
from gilmok.cli.screen import Screen
from gilmok.cli.words import terms
from gilmok.config.price_list import price_list
from gilmok.core.endpoint import Endpoint, PriceSource
from gilmok.core.money import Price

_MARKS = {
    PriceSource.LISTED: terms.LISTED,
    PriceSource.ASSUMED: terms.ASSUMED,
    PriceSource.UNKNOWN: terms.UNKNOWN_PRICE,
}


def price_of(screen: Screen, endpoint: Endpoint) -> str:
    """USD per 1M tokens and who says so; an unknown price is never shown as free."""
    of = endpoint.price
    shown = screen.text(terms.FREE) if of == Price() else price(of)
    if of.rates is not None and of.rates.second:
        by_time = screen.text(terms.PER_SECOND, price=money(of.rates.second))
        shown = f"{shown} + {by_time}" if of.input or of.output else by_time
    mark = _MARKS.get(endpoint.price_source)
    return shown if mark is None else screen.text(mark, price=shown)


def name_the_list(screen: Screen, endpoints: Iterable[Endpoint]) -> None:
    """Where listed prices come from, if any are shown."""
    if any(e.price_source is PriceSource.LISTED for e in endpoints):
        known = price_list()
        screen.say(terms.THE_LIST, "dim", source=known.source, day=known.as_of)
