"""The price that savings are measured against: the model one would use without a gateway."""

from __future__ import annotations

from gilmok.build import load_settings
from gilmok.composition import prices
from gilmok.config import RoutingSettings, Settings
from gilmok.core.errors import ReferenceNotFound
from gilmok.core.money import Price


def reference_price(config: str | None, url: str | None) -> Price:
    """The configuration's. A gateway elsewhere does not tell its own: there it is the default,
    unless a configuration is named. Raises `ConfigErrors`.
    """
    elsewhere = url is not None and config is None
    return prices.reference_price(RoutingSettings() if elsewhere else load_settings(config).routing)


def known_prices(settings: Settings) -> prices.KnownPrices:
    """Of the configured endpoints and of listed models."""
    return prices.KnownPrices(lambda: settings.endpoints, settings.routing)


def named_price(settings: Settings, model: str | None) -> Price:
    """The price of the model that is named, else the configuration's reference.

    Raises `ReferenceNotFound` for a model of unknown price.
    """
    known = known_prices(settings)
    price = known.reference if model is None else known.named(model)
    if price is None:
        raise ReferenceNotFound
    return price
