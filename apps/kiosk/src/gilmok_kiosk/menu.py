"""The menu: what there is, what can be chosen, what it costs. Read from `menu.toml`.

Money is whole won. Everything is frozen and was checked as a whole when it was loaded: an item
names only choices that exist, ids are unique, no two items share a name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gilmok_kiosk.texts import Says

Temperature = Literal["hot", "ice"]
Category = Literal["coffee", "decaf", "latte", "tea", "ade", "smoothie", "bakery"]
Allergen = Literal["milk", "soy", "nuts", "wheat", "egg"]
Sugar = Literal["none", "low", "medium", "high"]
Won = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Word = Annotated[str, Field(min_length=1, max_length=60)]


class MenuError(ValueError):
    """A menu that cannot be used: one line for each fault, with item, field and reason."""


class Noun(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Choice(Noun):
    """A size, milk, syrup or temperature. `price` is added for each cup."""

    name: Says
    price: Won = 0
    aliases: tuple[Word, ...] = ()
    allergens: frozenset[Allergen] = frozenset()


class Shot(Noun):
    """An extra shot of espresso; `price` and `caffeine_mg` are for each."""

    price: Won
    caffeine_mg: int = Field(ge=0)


class Item(Noun):
    """Something that can be ordered. An empty tuple means that there is nothing to choose.

    The first of `temperatures`, `sizes` and `milks` is what a customer gets who does not say.
    `allergens` does not count the milk: that depends on which milk is chosen.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    name: Says
    aliases: tuple[Word, ...] = ()
    nicknames: Mapping[Temperature, tuple[Word, ...]] = Field(default_factory=dict)
    """Names that also say the temperature: 아아 is an iced americano."""
    category: Category
    price: Won
    temperatures: tuple[Temperature, ...] = ()
    ice_surcharge: Won = 0
    sizes: tuple[str, ...] = ()
    milks: tuple[str, ...] = ()
    max_shots: int = Field(default=0, ge=0, le=10)
    syrups: tuple[str, ...] = ()
    caffeine_mg: int = Field(default=0, ge=0)
    allergens: frozenset[Allergen] = frozenset()
    sugar: Sugar = "none"
    decaf_of: str | None = None
    tags: frozenset[str] = frozenset()

    @property
    def is_drink(self) -> bool:
        return bool(self.temperatures)


class Shop(Noun):
    name: Says


class Menu(Noun):
    """The whole menu."""

    shop: Shop
    shot: Shot
    temperatures: Mapping[Temperature, Choice]
    sizes: Mapping[str, Choice]
    milks: Mapping[str, Choice]
    syrups: Mapping[str, Choice]
    items: tuple[Item, ...] = Field(min_length=1)

    @cached_property
    def _by_id(self) -> dict[str, Item]:
        return {item.id: item for item in self.items}

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._by_id

    def item(self, item_id: str) -> Item:
        """Raises KeyError where there is no such item."""
        return self._by_id[item_id]

    def decaf(self, item: Item) -> Item | None:
        """The same without caffeine, where the menu has it."""
        return next((other for other in self.items if other.decaf_of == item.id), None)

    def allergens(self, item: Item, milk: str | None = None) -> frozenset[Allergen]:
        """What is in it, made with `milk`, or with the milk it comes with."""
        chosen = milk or next(iter(item.milks), None)
        return item.allergens | (self.milks[chosen].allergens if chosen else frozenset())

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        faults = [*self._unknown_choices(), *self._repeated()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _unknown_choices(self) -> Iterator[str]:
        for item in self.items:
            for field, given, known in (
                ("sizes", item.sizes, self.sizes),
                ("milks", item.milks, self.milks),
                ("syrups", item.syrups, self.syrups),
                ("temperatures", item.temperatures, self.temperatures),
                ("nicknames", item.nicknames, item.temperatures),
                ("decaf_of", [item.decaf_of] if item.decaf_of else [], self._by_id),
            ):
                for name in given:
                    if name not in known:
                        yield f"item {item.id}: {field}: there is no {name!r}"

    def _repeated(self) -> Iterator[str]:
        ids: set[str] = set()
        names: dict[str, str] = {}
        for item in self.items:
            if item.id in ids:
                yield f"item {item.id}: id: stands twice"
            ids.add(item.id)
            nicknames = (n for several in item.nicknames.values() for n in several)
            for name in {*item.aliases, *nicknames, item.name.ko, item.name.en}:
                other = names.setdefault(name.casefold().replace(" ", ""), item.id)
                if other != item.id:
                    yield f"item {item.id}: aliases: {name!r} is also {other}"


def load_menu(path: Path | None = None) -> Menu:
    """The menu in `path`, or the one that comes with the app. Raises `MenuError`."""
    source = path or resources.files("gilmok_kiosk") / "menu.toml"
    try:
        raw = tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # TOML and UTF-8 errors are ValueErrors.
        raise MenuError(f"{source}: {error}") from error
    try:
        return Menu.model_validate(raw)
    except ValidationError as error:
        faults = (f"{_place(fault['loc'], raw)}{fault['msg']}" for fault in error.errors())
        raise MenuError("\n".join(faults)) from error


def _place(location: tuple[int | str, ...], raw: Mapping[str, object]) -> str:
    """`item latte: price: `, rather than `items.2.price`."""
    parts = list(location)
    items = raw.get("items")
    if parts[:1] == ["items"] and len(parts) > 1 and isinstance(items, list):
        entry = items[int(parts[1])]
        named = entry.get("id", f"number {int(parts[1]) + 1}") if isinstance(entry, dict) else "?"
        parts[:2] = [f"item {named}"]
    return "".join(f"{part}: " for part in parts)
