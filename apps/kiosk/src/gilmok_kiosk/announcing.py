"""What was done to the order, said by code: an announcement is always true, whoever understood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from gilmok_kiosk import words
from gilmok_kiosk.menu import Menu
from gilmok_kiosk.order import (
    Add,
    Cancel,
    Change,
    Confirm,
    Line,
    Operation,
    Order,
    Remove,
    Repeat,
    apply,
    describe,
    total,
)
from gilmok_kiosk.texts import Locale, Says, won
from gilmok_kiosk.understanding.meaning import Health

LITTLE_CAFFEINE = 10
"""Milligrams in a cup that is called decaf."""


def announcement(
    before: Order,
    after: Order,
    operations: Sequence[Operation],
    menu: Menu,
    locale: Locale,
    health: Health,
    name: str | None = None,
) -> str:
    """One or a few sentences: what changed, what it costs now, and what to be careful about."""
    said = [says.of(locale) for says in _done(before, after, operations, menu)]
    match after.status:
        case "cancelled":
            return words.CANCELLED.of(locale)
        case "confirmed":
            said.append(
                words.CONFIRMED_FOR.of(locale, name=name) if name else words.CONFIRMED.of(locale)
            )
    if after.lines:
        said.append(words.TOTAL.of(locale, total=won(total(after, menu), locale)))
    else:
        said.append(words.EMPTY_NOW.of(locale))
    if after.status == "confirmed":
        return " ".join([*said, words.SOON.of(locale)])
    return " ".join([*said, *(s.of(locale) for s in _hints(after, operations, menu, health))])


def _done(
    before: Order, after: Order, operations: Sequence[Operation], menu: Menu
) -> Iterator[Says]:
    """What changed; where several kinds of things did, what the order is now."""
    kinds = {type(operation) for operation in operations} - {Confirm, Cancel}
    if len(kinds) > 1 and after.lines:
        yield words.ORDER_NOW.filled(lines=_described(after.lines, menu))
    elif kinds == {Remove}:
        yield words.REMOVED.filled(lines=_described(_gone(before, operations, menu), menu))
    elif kinds == {Add}:
        count = sum(isinstance(operation, Add) for operation in operations)
        yield words.ADDED.filled(lines=_described(after.lines[-count:], menu))
    elif kinds:
        says = words.NOW if kinds == {Repeat} else words.CHANGED
        yield says.filled(line=_described(_about(operations, after), menu))


def _gone(order: Order, operations: Sequence[Operation], menu: Menu) -> Iterator[Line]:
    """The lines that were removed, as they were when they were."""
    for operation in operations:
        if isinstance(operation, Remove):
            line = order.lines[operation.at]
            yield replace(line, quantity=min(operation.quantity or line.quantity, line.quantity))
        order = apply(order, menu, operation)


def _about(operations: Sequence[Operation], after: Order) -> Iterator[Line]:
    """The lines that were changed; changes leave every line in its place."""
    places = [one.at for one in operations if isinstance(one, Change | Repeat)]
    yield from (after.lines[at] for at in dict.fromkeys(places))


def _described(lines: Iterable[Line], menu: Menu) -> Says:
    return _listed(describe(line, menu, quantity=True) for line in lines)


def _hints(
    after: Order, operations: Sequence[Operation], menu: Menu, health: Health
) -> Iterator[Says]:
    if any(_adds_something(operation) for operation in operations):
        for at in after.touched:
            yield from warnings(after.lines[at], menu, health)
    unsaid = [op.wish for op in operations if isinstance(op, Add) and op.wish.temperature is None]
    if any(wish.item_id and len(menu.item(wish.item_id).temperatures) > 1 for wish in unsaid):
        yield words.WARM_BY_DEFAULT


def _adds_something(operation: Operation) -> bool:
    """Something to be careful about may have come into the cup."""
    match operation:
        case Add():
            return True
        case Change(_, wish):
            return bool(wish.item_id or wish.milk or wish.syrups)
    return False


def warnings(line: Line, menu: Menu, health: Health) -> Iterator[Says]:
    """What a customer who must avoid something should know of a line."""
    item = menu.item(line.item_id)
    found = menu.allergens(item, line.milk)
    for syrup in line.syrups:
        found |= menu.syrups[syrup].allergens
    if bad := sorted(found & health.allergens):
        yield words.HAS_ALLERGEN.filled(
            item=item.name, allergens=_listed(words.ALLERGENS[one] for one in bad)
        )
        better = [one for one in item.milks if not menu.allergens(item, one) & health.allergens]
        if better and menu.allergens(item, line.milk) & health.allergens:
            yield words.MILK_INSTEAD.filled(milks=_listed(menu.milks[m].name for m in better))
    caffeine = item.caffeine_mg + line.shots * menu.shot.caffeine_mg
    if health.no_caffeine and caffeine > LITTLE_CAFFEINE:
        yield words.HAS_CAFFEINE.filled(item=item.name, mg=caffeine)
        if menu.decaf(item) is not None:
            yield words.DECAF_INSTEAD


def _listed(parts: Iterator[Says]) -> Says:
    both = list(parts)
    return Says(", ".join(part.ko for part in both), ", ".join(part.en for part in both))
