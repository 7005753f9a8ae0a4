"""What services besides chat cost, by the piece: `service_prices.toml`, typed by hand.

The library behind `prices.json` knows tokens only; see docs/decisions/0010-prices.md.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Literal

from msgspec import Struct, convert

from gilmok.core.money import TOKENS_PER_PRICE, Price, Rates, nano

Unit = Literal["picture", "million_characters", "minute"]
"""What is paid for."""
_PER_MINUTE = 60_000
"""A recording is counted in milliseconds."""


class ServicePrice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    provider: str
    models: tuple[str, ...]
    source: str
    unit: Unit | None = None
    usd: Decimal = Decimal()
    input: Decimal = Decimal()
    output: Decimal = Decimal()
    note: str = ""

    def fits(self, model: str) -> bool:
        return any(
            model.startswith(name[:-1]) if name.endswith("*") else model == name
            for name in self.models
        )

    @property
    def price(self) -> Price:
        rates = None if self.unit is None else Rates(unit=per_million(self.unit, self.usd))
        return Price(nano(self.input), nano(self.output), rates)


class _File(Struct, frozen=True):
    as_of: str
    prices: tuple[ServicePrice, ...]


def per_million(unit: Unit, usd: Decimal) -> int:
    """Nano-dollars for a million pictures, characters or milliseconds; rounded up once."""
    match unit:
        case "picture":
            return nano(usd) * TOKENS_PER_PRICE
        case "million_characters":
            return nano(usd)
        case "minute":
            return -(-nano(usd) * TOKENS_PER_PRICE // _PER_MINUTE)


@cache
def service_prices() -> _File:
    text = resources.files(__package__).joinpath("service_prices.toml").read_text("utf-8")
    return convert(tomllib.loads(text, parse_float=Decimal), _File)


def service_price(provider: str, model: str) -> Price | None:
    """By the provider's name in the catalogue; the first row that fits."""
    name = model.lower()
    for listed in service_prices().prices:
        if listed.provider == provider and listed.fits(name):
            return listed.price
    return None
