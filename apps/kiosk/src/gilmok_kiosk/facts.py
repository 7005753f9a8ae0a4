"""Questions answered from the menu and the order: prices, contents, choices, recommendations.

Pure, and right by construction: no model is asked for a fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from gilmok_kiosk import words
from gilmok_kiosk.announcing import LITTLE_CAFFEINE
from gilmok_kiosk.menu import Choice, Item, Menu
from gilmok_kiosk.order import EMPTY, Order, OrderProblem, Wish, add, describe, line_price, total
from gilmok_kiosk.texts import LOCALES, Locale, Says, won
from gilmok_kiosk.understanding.meaning import (
    About,
    Cheapest,
    Health,
    Price,
    Recommend,
    ShowChoices,
    ShowMenu,
    ShowOrder,
    WhatFits,
)

Question = Price | ShowOrder | ShowMenu | Cheapest | ShowChoices | About | WhatFits
_SUGGESTIONS = 3
_LIGHT = frozenset({"none", "low"})


def fact(question: Question, menu: Menu, order: Order, health: Health, locale: Locale) -> str:
    """The answer, in one or a few sentences."""
    match question:
        case Price(wishes=()):
            return _total(menu, order, locale)
        case Price(wishes=wishes):
            return " ".join(_price(wish, menu, locale) for wish in wishes)
        case ShowOrder():
            return _order(menu, order, locale)
        case ShowMenu(categories=categories, tags=tags):
            listed = "\n".join(_menu(menu, categories, tags, locale))
            return listed or words.NOTHING_FITS.of(locale)
        case Cheapest(categories=categories):
            return _cheapest(menu, categories, locale)
        case ShowChoices():
            return _choices(menu, locale)
        case About(items=items):
            return " ".join(_about(menu.item(one), menu, locale) for one in items)
        case WhatFits(health=asked, items=items):
            return _what_fits(asked, [menu.item(one) for one in items], menu, locale)


# --- prices ---------------------------------------------------------------------------------------


def _price(wish: Wish, menu: Menu, locale: Locale) -> str:
    """Of exactly what was asked; of a plain item also what can make it dearer."""
    try:
        line = add(EMPTY, menu, wish).lines[0]
    except OrderProblem as problem:
        return problem.message(locale)
    item = menu.item(line.item_id)
    price = won(line_price(line, menu), locale)
    if wish != Wish(item.id):
        asked = describe(line, menu, quantity=True)
        return words.PRICE_OF_MANY.of(locale, line=asked, price=price)
    said = [words.PRICE_OF.of(locale, item=item.name, price=price)]
    for size in item.sizes[1:]:
        choice = menu.sizes[size]
        name = Says(choice.name.ko, choice.name.en.capitalize())
        said.append(words.AND_LARGE.of(locale, size=name, more=won(choice.price, locale)))
    if item.ice_surcharge and "ice" in item.temperatures:
        said.append(words.ICED_MORE.of(locale, more=won(item.ice_surcharge, locale)))
    return " ".join(said)


def _total(menu: Menu, order: Order, locale: Locale) -> str:
    if not order.lines:
        return words.EMPTY_ORDER.of(locale)
    return words.TOTAL.of(locale, total=won(total(order, menu), locale))


def _order(menu: Menu, order: Order, locale: Locale) -> str:
    if not order.lines:
        return words.EMPTY_ORDER.of(locale)
    lines = ", ".join(describe(line, menu, quantity=True).of(locale) for line in order.lines)
    return f"{words.ORDER_NOW.of(locale, lines=lines)} {_total(menu, order, locale)}"


# --- the menu -------------------------------------------------------------------------------------


def _menu(
    menu: Menu, categories: Iterable[str], tags: frozenset[str], locale: Locale
) -> Iterator[str]:
    wanted = tuple(categories) or tuple(words.CATEGORIES)
    for category in wanted:
        items = [item for item in menu.items if item.category == category and tags <= item.tags]
        if items:
            yield f"{words.CATEGORIES[category].of(locale)}: {_with_prices(items, locale)}"


def _cheapest(menu: Menu, categories: tuple[str, ...], locale: Locale) -> str:
    asked = [i for i in menu.items if (i.category in categories if categories else i.is_drink)]
    items = sorted(asked, key=lambda item: item.price)[:_SUGGESTIONS]
    return words.CHEAPEST.of(locale, items=_with_prices(items, locale))


def _with_prices(items: Iterable[Item], locale: Locale) -> str:
    return ", ".join(f"{item.name.of(locale)} {won(item.price, locale)}" for item in items)


def _choices(menu: Menu, locale: Locale) -> str:
    def listed(choices: Mapping[str, Choice]) -> str:
        return ", ".join(
            choice.name.of(locale) + (f" (+{won(choice.price, locale)})" if choice.price else "")
            for choice in choices.values()
        )

    return words.CHOICES.of(
        locale,
        sizes=listed(menu.sizes),
        milks=listed(menu.milks),
        syrups=listed(menu.syrups),
        shot=won(menu.shot.price, locale),
    )


def _about(item: Item, menu: Menu, locale: Locale) -> str:
    said = [words.PRICE_OF.of(locale, item=item.name, price=won(item.price, locale))]
    offered = [menu.temperatures[one].name for one in item.temperatures]
    offered += [menu.sizes[one].name for one in item.sizes]
    offered += [menu.milks[one].name for one in item.milks]
    if len(offered) > 1:
        said.append(words.CAN_CHOOSE.of(locale, choices=_listed(offered)))
    if item.is_drink:
        said.append(_caffeine(item, locale))
    if contents := sorted(menu.allergens(item)):
        said.append(words.CONTAINS.of(locale, allergens=_allergens(contents)))
    return " ".join([*said, words.SUGAR[item.sugar].of(locale)])


def _caffeine(item: Item, locale: Locale) -> str:
    if not item.caffeine_mg:
        return words.NO_CAFFEINE.of(locale)
    return words.CAFFEINE_OF.of(locale, mg=item.caffeine_mg)


# --- what one can have ----------------------------------------------------------------------------


def _what_fits(asked: Health, items: list[Item], menu: Menu, locale: Locale) -> str:
    if items:
        return " ".join(_contents(asked, item, menu, locale) for item in items)
    fitting = [item for item in menu.items if fits(item, menu, asked) is not None]
    if asked.no_caffeine or asked.less_sugar:
        fitting = [item for item in fitting if item.is_drink]
    if not fitting:
        return words.NOTHING_FITS.of(locale)
    return words.FITTING.of(locale, items=_with_prices(fitting, locale))


def _contents(asked: Health, item: Item, menu: Menu, locale: Locale) -> str:
    """Whether that is in this item, and what could be done about it."""
    said = []
    if asked.no_caffeine:
        said.append(f"{item.name.of(locale)}: {_caffeine(item, locale)}")
    if asked.less_sugar:
        said.append(f"{item.name.of(locale)}: {words.SUGAR[item.sugar].of(locale)}")
    if bad := sorted(menu.allergens(item) & asked.allergens):
        said.append(words.HAS_ALLERGEN.of(locale, item=item.name, allergens=_allergens(bad)))
        better = [m for m in item.milks if not menu.allergens(item, m) & asked.allergens]
        if better:
            milks = _listed([menu.milks[one].name for one in better])
            said.append(words.MILK_INSTEAD.of(locale, milks=milks))
    elif asked.allergens:
        without = _allergens(sorted(asked.allergens))
        said.append(words.FITS.of(locale, item=item.name, allergens=without))
    return " ".join(said)


def fits(item: Item, menu: Menu, health: Health) -> Wish | None:
    """The item as somebody with these needs can have it, perhaps with another milk; or None."""
    if health.no_caffeine and item.caffeine_mg > LITTLE_CAFFEINE:
        return None
    if health.less_sugar and item.sugar not in _LIGHT:
        return None
    for milk in item.milks or (None,):
        if not menu.allergens(item, milk) & health.allergens:
            usual = item.milks[0] if item.milks else None
            return Wish(item.id, milk=milk if milk != usual else None)
    return None


# --- recommendations ------------------------------------------------------------------------------


def recommended(wanted: Recommend, menu: Menu, health: Health) -> tuple[Wish, ...]:
    """What fits best: of what this customer can have, what has most of the wanted tags.

    Who wants something for the evening or for a child wants no caffeine.
    """
    if wanted.tags & {"evening", "kids"}:
        health = replace(health, no_caffeine=True)
    drinks = [wish for wish in _ranked(wanted, menu, health) if _item(wish, menu).is_drink]
    food = [wish for wish in _ranked(wanted, menu, health) if not _item(wish, menu).is_drink]
    if wanted.pair and drinks and food:
        return (drinks[0], food[0])
    chosen = food if "bakery" in wanted.categories else drinks
    return tuple(chosen[:_SUGGESTIONS])


def _ranked(wanted: Recommend, menu: Menu, health: Health) -> list[Wish]:
    found: list[tuple[int, Wish]] = []
    for item in menu.items:
        wish = fits(item, menu, health)
        if wish is None or (item.is_drink and wanted.temperature not in (None, *item.temperatures)):
            continue
        asked_for = not wanted.categories or item.category in wanted.categories
        if not asked_for and not wanted.pair:
            continue
        if item.is_drink:
            wish = replace(wish, temperature=wanted.temperature)
        found.append((len(wanted.tags & item.tags) + asked_for, wish))
    avoided = health.no_caffeine
    found.sort(key=lambda one: (-one[0], avoided and _item(one[1], menu).caffeine_mg > 0))
    return [wish for _, wish in found]


def suggestion(wishes: tuple[Wish, ...], wanted: Recommend, menu: Menu, health: Health) -> Says:
    """The recommendation in words, with prices and with what makes it fit."""
    if not wishes:
        return words.NOTHING_FITS
    named = Says(*(", ".join(_named(wish, menu, to) for wish in wishes) for to in LOCALES))
    says = words.SUGGEST if len(wishes) > 1 else words.SUGGEST_ONE
    if wanted.pair and len(wishes) == 2:
        says = words.SUGGEST_PAIR
    said = [says.filled(items=named)]
    if health.no_caffeine or wanted.tags & {"evening", "kids"}:
        said.append(words.WITHOUT_CAFFEINE)
    if health.less_sugar:
        said.append(words.WITHOUT_SUGAR)
    if health.allergens:
        without = _allergens(sorted(health.allergens))
        said.append(words.WITHOUT_ALLERGENS.filled(allergens=without))
    return Says(" ".join(one.ko for one in said), " ".join(one.en for one in said))


def _named(wish: Wish, menu: Menu, locale: Locale) -> str:
    line = add(EMPTY, menu, wish).lines[0]
    name = _item(wish, menu).name.of(locale)
    if wish.milk is not None:
        name = f"{name} ({menu.milks[wish.milk].name.of(locale)})"
    return f"{name} {won(line_price(line, menu), locale)}"


def _item(wish: Wish, menu: Menu) -> Item:
    assert wish.item_id is not None, "what is recommended is on the menu"
    return menu.item(wish.item_id)


def _allergens(found: Iterable[str]) -> Says:
    return _listed([words.ALLERGENS[one] for one in found])


def _listed(parts: list[Says]) -> Says:
    return Says(", ".join(part.ko for part in parts), ", ".join(part.en for part in parts))
