"""What cloud models cost: the price list of `genai-prices`, as the file `prices.json`, and what is
sold by the piece (`service_prices`).

The file is written by `tests/meta/test_prices.py`; see docs/decisions/0010-prices.md. It is read
when the first endpoint needs it: where every endpoint has its own price, never.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct, field

from gilmok.config.service_prices import service_price
from gilmok.core.money import Price, Rates, nano


class _Match(Struct, frozen=True):
    """Which names a model goes by. Exactly one field is set; names are compared in lower case."""

    equals: str | None = None
    starts_with: str | None = None
    ends_with: str | None = None
    contains: str | None = None
    regex: str | None = None
    any_of: tuple[_Match, ...] = field(default=(), name="or")
    all_of: tuple[_Match, ...] = field(default=(), name="and")

    def fits(self, model: str) -> bool:
        if self.equals is not None:
            return model == self.equals
        if self.any_of:
            return any(each.fits(model) for each in self.any_of)
        if self.all_of:
            return all(each.fits(model) for each in self.all_of)
        if self.starts_with is not None:
            return model.startswith(self.starts_with)
        if self.ends_with is not None:
            return model.endswith(self.ends_with)
        if self.contains is not None:
            return self.contains in model
        return self.regex is not None and re.search(self.regex, model) is not None


class _Amounts(Struct, frozen=True):
    """USD per one million tokens; `request` per call."""

    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None
    audio_input: Decimal | None = None
    image_input: Decimal | None = None
    reasoning: Decimal | None = None
    audio_output: Decimal | None = None
    image_output: Decimal | None = None
    request: Decimal = Decimal()
    long_from: int = 0
    long: _Amounts | None = None

    @property
    def price(self) -> Price:
        rates = Rates(
            cached_input=_nano(self.cached_input),
            cache_write=_nano(self.cache_write),
            audio_input=_nano(self.audio_input),
            image_input=_nano(self.image_input),
            reasoning=_nano(self.reasoning),
            audio_output=_nano(self.audio_output),
            image_output=_nano(self.image_output),
            request=nano(self.request),
            long=None if self.long is None else self.long.price,
            long_from=self.long_from,
        )
        return Price(nano(self.input), nano(self.output), None if rates == Rates() else rates)


class _Listed(_Amounts, frozen=True, kw_only=True):
    match: _Match


class PriceList(Struct, frozen=True):
    source: str
    """Library and version."""
    as_of: str
    """The day whose prices these are."""
    providers: dict[str, tuple[_Listed, ...]]

    def find(self, provider: str, model: str) -> Price | None:
        """By the provider's name in the catalogue, and the model's as the provider knows it."""
        if (by_the_piece := service_price(provider, model)) is not None:
            return by_the_piece
        name = model.lower()
        for listed in self.providers.get(provider, ()):
            if listed.match.fits(name):
                return listed.price
        return None

    def anywhere(self, model: str) -> Price | None:
        """The first provider's that has it: makers come before resellers."""
        resellers = ("openrouter", "together", "groq")
        order = sorted(self.providers, key=lambda name: (name in resellers, name))
        found = (self.find(name, model) for name in order)
        return next((price for price in found if price is not None), None)


def _nano(usd: Decimal | None) -> int | None:
    return None if usd is None else nano(usd)


@cache
def price_list() -> PriceList:
    text = resources.files(__package__).joinpath("prices.json").read_bytes()
    return msgspec.json.decode(text, type=PriceList)
