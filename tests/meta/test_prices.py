"""The price list is what the pinned `genai-prices` says, and nobody typed it.

`python tests/meta/test_prices.py` (with `src` on the path) writes it anew, as of the day of the
library's release; see docs/decisions/0010-prices.md for why it is a file and not a dependency.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("genai_prices", reason="the list's source is a development dependency")

from genai_prices import __version__, types
from genai_prices.data import providers

from gilmok.config.models import known_models
from gilmok.config.price_list import price_list

FILE = Path(__file__).parents[2] / "src" / "gilmok" / "config" / "prices.json"
AS_OF = date(2026, 11, 22)
"""Prices that begin later are left out."""

OURS = {
    "anthropic": "anthropic",
    "deepseek": "deepseek",
    "gemini": "google",
    "groq": "groq",
    "mistral": "mistral",
    "openai": "openai",
    "openrouter": "openrouter",
    "together": "together",
    "xai": "x-ai",
}
FIELDS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cached_input": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "audio_input": "input_audio_mtok",
    "image_input": "input_image_mtok",
    "reasoning": "output_reasoning_mtok",
    "audio_output": "output_audio_mtok",
    "image_output": "output_image_mtok",
    "request": "requests_kcount",
}


def listed() -> dict[str, Any]:
    theirs = {provider.id: provider for provider in providers}
    return {
        "source": f"genai-prices {__version__}",
        "as_of": AS_OF.isoformat(),
        "providers": {ours: list(_models(theirs[name])) for ours, name in OURS.items()},
    }


def _models(provider: types.Provider) -> Iterator[dict[str, Any]]:
    for model in provider.models:
        price = _dearest(model)
        if price is not None:
            yield {"match": _clause(model.match), **price}


def _dearest(model: types.ModelInfo) -> dict[str, Any] | None:
    """What holds on the day, at the hour it is dearest; `None` for what is not sold by tokens."""
    if isinstance(model.prices, types.ModelPrice):
        return _price(model.prices)
    standing = model.prices[0].prices
    by_hour = []
    for conditional in model.prices:
        when = conditional.constraint
        if isinstance(when, types.TimeOfDateConstraint):
            by_hour.append(conditional.prices)
        elif when is None or when.start_date <= AS_OF:
            standing = conditional.prices
    found = [price for each in (standing, *by_hour) if (price := _price(each)) is not None]
    return max(found, key=lambda price: (price["output"], price["input"]), default=None)


def _price(of: types.ModelPrice) -> dict[str, Any] | None:
    said = {ours: getattr(of, theirs) for ours, theirs in FIELDS.items()}
    if said["input"] is None or said["output"] is None:
        return None
    starts = sorted(
        {tier.start for p in said.values() if isinstance(p, types.TieredPrices) for tier in p.tiers}
    )
    level: dict[str, Any] | None = None
    for start, following in reversed(list(zip([-1, *starts], [*starts, None], strict=True))):
        here = _level(said, start)
        level = here if level is None else here | {"long_from": following, "long": level}
    return level


def _level(said: Mapping[str, Any], start: int) -> dict[str, Any]:
    found = {}
    for name, price in said.items():
        if price is not None:
            amount = _at(price, start)
            found[name] = amount / 1000 if name == "request" else amount
    return found


def _at(price: Decimal | types.TieredPrices, start: int) -> Decimal:
    if isinstance(price, Decimal):
        return price
    reached = [tier.price for tier in price.tiers if tier.start <= start]
    return reached[-1] if reached else price.base


def _clause(match: Any) -> dict[str, Any]:
    (name, value), *_ = vars(match).items()
    name = name.removesuffix("_")
    if name in ("or", "and"):
        return {name: [_clause(each) for each in value]}
    return {name: value.lower() if name != "regex" else value}


def text() -> str:
    """One model a line, so that a change can be read."""
    whole = listed()
    parts = [
        f'  "{name}": [\n    ' + ",\n    ".join(_compact(model) for model in models) + "\n  ]"
        for name, models in whole.pop("providers").items()
    ]
    return f'{json.dumps(whole)[:-1]}, "providers": {{\n' + ",\n".join(parts) + "\n}}\n"


def _compact(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f'"{k}":{_compact(v)}' for k, v in value.items()) + "}"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return json.dumps(value)


def test_the_list_is_the_librarys() -> None:
    assert FILE.read_text("utf-8") == text()


@pytest.mark.parametrize(
    ("ours", "model"),
    [
        ("openai", "gpt-4o-mini"),
        ("openai", "gpt-4o-2024-11-20"),
        ("openai", "gpt-5.2"),
        ("anthropic", "claude-sonnet-4-5-20250929"),
        ("gemini", "gemini-2.5-pro"),
        ("openrouter", "openai/gpt-4o-mini"),
    ],
)
def test_it_finds_what_the_library_finds(ours: str, model: str) -> None:
    provider = next(p for p in providers if p.id == OURS[ours])
    theirs = provider.find_model(model)
    assert theirs is not None
    said = _dearest(theirs)
    price = price_list().find(ours, model)
    assert price is not None
    assert said is not None
    assert (price.input, price.output) == (said["input"] * 10**9, said["output"] * 10**9)


def test_every_known_model_has_a_price() -> None:
    assert not [m.model for m in known_models() if price_list().find(m.provider, m.model) is None]


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
