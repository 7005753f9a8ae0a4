"""Endpoints as `serve`, `models` and `config check` show them."""

from __future__ import annotations

from gilmok.cli.numbers import price
from gilmok.cli.screen import Screen
from gilmok.cli.words import terms
from gilmok.core.endpoint import Endpoint
from gilmok.core.money import Price


def price_of(screen: Screen, endpoint: Endpoint) -> str:
    """USD per 1M tokens; an unknown price is never shown as free."""
    if not endpoint.prices_known:
        return screen.text(terms.UNKNOWN_PRICE)
    if endpoint.price == Price():
        return screen.text(terms.FREE)
    return price(endpoint.price)
