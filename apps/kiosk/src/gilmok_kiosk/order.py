"""The order: frozen lines, and the pure operations that make one order from another.

An `Order` only ever holds lines that the menu can make: every operation checks, and raises
`OrderProblem` with a reason for the customer instead of guessing. Money is whole won.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal, TypeVar

from gilmok_kiosk import words
from gilmok_kiosk.menu import Choice, Item, Menu, Temperature
from gilmok_kiosk.texts import LOCALES, Locale, Says

MAX_QUANTITY = 50
"""Of one line. More is a mistake, or a matter for the staff."""
MAX_LINES = 30

Id = TypeVar("Id", bound=str)
Status = Literal["open", "confirmed", "cancelled"]


class OrderProblem(Exception):
    """A wish that cannot be met. `code` is stable English; the message says what is possible.

    `field` is the choice of the `Wish` that is the matter, where one is.
    """

    def __init__(
        self, code: str, says: Says, field: str | None = None, **parts: Says | int
    ) -> None:
        super().__init__(code)
        self.code, self.field = code, field
        self._says, self._parts = says, parts

    def message(self, locale: Locale) -> str:
        return self._says.of(locale, **self._parts)


@dataclass(frozen=True, slots=True)
class Line:
    """So many of the same thing. None means that there is nothing to choose."""

    item_id: str
    quantity: int = 1
    size: str | None = None
    temperature: Temperature | None = None
    milk: str | None = None
    shots: int = 0
    """Extra shots in each cup."""
    syrups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    lines: tuple[Line, ...] = ()
    status: Status = "open"
    touched: tuple[int, ...] = ()
    """Which lines the latest operations were about: what "make it large" means."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer said about a line; None where they said nothing."""

    item_id: str | None = None
    quantity: int | None = None
    size: str | None = None
    temperature: Temperature | None = None
    milk: str | None = None
    shots: int | None = None
    syrups: tuple[str, ...] | None = None


NO_WISH = Wish()


def as_wish(line: Line) -> Wish:
    return Wish(*(getattr(line, field.name) for field in fields(Wish)))


def overlaid(below: Wish, above: Wish) -> Wish:
    """`above` where it says something, else `below`."""
    said = {field.name: getattr(above, field.name) for field in fields(Wish)}
    return replace(below, **{name: value for name, value in said.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Add:
    wish: Wish


@dataclass(frozen=True, slots=True)
class Change:
    at: int
    wish: Wish


@dataclass(frozen=True, slots=True)
class Remove:
    at: int
    quantity: int | None = None
    """How many; None is all."""


@dataclass(frozen=True, slots=True)
class Repeat:
    at: int
    quantity: int | None = None
    """How many more; None is as many as there are."""


@dataclass(frozen=True, slots=True)
class Cancel:
    pass


@dataclass(frozen=True, slots=True)
class Confirm:
    pass


Operation = Add | Change | Remove | Repeat | Cancel | Confirm
EMPTY = Order()


def apply(order: Order, menu: Menu, operation: Operation) -> Order:
    """The order after one operation. Raises `OrderProblem`."""
    match operation:
        case Add(wish):
            return add(order, menu, wish)
        case Change(at, wish):
            return change(order, menu, at, wish)
        case Remove(at, quantity):
            return remove(order, at, quantity)
        case Repeat(at, quantity):
            return repeat(order, menu, at, quantity)
        case Cancel():
            return cancel(order)
        case Confirm():
            return confirm(order)


def apply_all(order: Order, menu: Menu, operations: Iterable[Operation]) -> Order:
    """The order after all of them, or `OrderProblem` and none of them.

    `touched` are then all the lines that they were about.
    """
    touched: tuple[int, ...] = ()
    for operation in operations:
        order = apply(order, menu, operation)
        touched = tuple(dict.fromkeys((*touched, *order.touched))) if order.touched else ()
    return replace(order, touched=touched)


def add(order: Order, menu: Menu, wish: Wish) -> Order:
    """One more line. After a confirmed or cancelled order this begins a new one."""
    begun = order if order.status == "open" else EMPTY
    if len(begun.lines) >= MAX_LINES:
        raise OrderProblem("too_many_lines", words.TOO_MANY_LINES, most=MAX_LINES)
    line = _line(menu, wish)
    return Order((*begun.lines, line), touched=(len(begun.lines),))


def change(order: Order, menu: Menu, at: int, wish: Wish) -> Order:
    """Line `at` as wished. A new item keeps of the old choices what it can have."""
    old = _at(order, at)
    kept = _kept(menu.item(wish.item_id or old.item_id), old)
    line = _line(menu, overlaid(kept, wish))
    if line == old:
        raise OrderProblem("unchanged", words.UNCHANGED, line=describe(line, menu))
    return _with(order, at, line)


def remove(order: Order, at: int, quantity: int | None = None) -> Order:
    """Without line `at`, or with `quantity` fewer of it."""
    line = _at(order, at)
    if quantity is not None and quantity < line.quantity:
        return _with(order, at, replace(line, quantity=line.quantity - quantity))
    return Order(order.lines[:at] + order.lines[at + 1 :])


def repeat(order: Order, menu: Menu, at: int, quantity: int | None = None) -> Order:
    """Line `at` again: `quantity` more of it, or as many more as there are."""
    line = _at(order, at)
    more = line.quantity if quantity is None else quantity
    return change(order, menu, at, Wish(quantity=line.quantity + more))


def cancel(order: Order) -> Order:
    if order.status != "open" or not order.lines:
        raise OrderProblem("nothing_to_cancel", words.NOTHING_TO_CANCEL)
    return Order(status="cancelled")


def confirm(order: Order) -> Order:
    if order.status != "open" or not order.lines:
        raise OrderProblem("empty_order", words.EMPTY_ORDER)
    return Order(order.lines, status="confirmed")


# --- money ----------------------------------------------------------------------------------------


def cup_price(line: Line, menu: Menu) -> int:
    """One of the line, with everything that was chosen."""
    item = menu.item(line.item_id)
    price = item.price + line.shots * menu.shot.price
    price += sum(menu.syrups[syrup].price for syrup in line.syrups)
    if line.size is not None:
        price += menu.sizes[line.size].price
    if line.milk is not None:
        price += menu.milks[line.milk].price
    return price + (item.ice_surcharge if line.temperature == "ice" else 0)


def line_price(line: Line, menu: Menu) -> int:
    return cup_price(line, menu) * line.quantity


def total(order: Order, menu: Menu) -> int:
    return sum(line_price(line, menu) for line in order.lines)


# --- words ----------------------------------------------------------------------------------------


def describe(line: Line, menu: Menu, *, quantity: bool = False) -> Says:
    """`카페라떼(따뜻한, 라지, 두유, 샷 2개 추가)`; with `quantity` also how many."""
    item = menu.item(line.item_id)
    chosen = tuple(_choices(line, item, menu))
    ko, en = (
        item.name.of(locale) + (f" ({', '.join(c.of(locale) for c in chosen)})" if chosen else "")
        for locale in LOCALES
    )
    if not quantity:
        return Says(ko, en)
    unit = "잔" if item.is_drink else "개"
    return Says(f"{ko} {line.quantity}{unit}", f"{line.quantity} × {en}")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the receipt; `amount` is `each` times `quantity`."""

    text: str
    quantity: int
    each: int
    amount: int


@dataclass(frozen=True, slots=True)
class Receipt:
    title: str
    rows: tuple[Row, ...]
    total: int
    status: Status


def receipt(order: Order, menu: Menu, locale: Locale) -> Receipt:
    """What was ordered and what it costs, for a surface to print."""
    rows = (
        Row(
            describe(line, menu).of(locale),
            line.quantity,
            cup_price(line, menu),
            line_price(line, menu),
        )
        for line in order.lines
    )
    return Receipt(menu.shop.name.of(locale), tuple(rows), total(order, menu), order.status)


def _choices(line: Line, item: Item, menu: Menu) -> Iterator[Says]:
    """What is worth saying: everything but what goes without saying."""
    if line.temperature is not None and len(item.temperatures) > 1:
        yield menu.temperatures[line.temperature].name
    if line.size is not None and line.size != item.sizes[0]:
        yield menu.sizes[line.size].name
    if line.milk is not None and line.milk != item.milks[0]:
        yield menu.milks[line.milk].name
    if line.shots:
        yield words.EXTRA_SHOTS.filled(n=line.shots, s="" if line.shots == 1 else "s")
    yield from (menu.syrups[syrup].name for syrup in line.syrups)


# --- checks ---------------------------------------------------------------------------------------


def _at(order: Order, at: int) -> Line:
    if order.status != "open":
        raise OrderProblem("order_closed", words.ORDER_CLOSED)
    if not 0 <= at < len(order.lines):
        raise OrderProblem("no_such_line", words.NO_SUCH_LINE)
    return order.lines[at]


def _with(order: Order, at: int, line: Line) -> Order:
    return Order((*order.lines[:at], line, *order.lines[at + 1 :]), touched=(at,))


def _kept(item: Item, old: Line) -> Wish:
    """The old line as a wish, without what `item` cannot have."""
    return Wish(
        item.id,
        old.quantity,
        old.size if old.size in item.sizes else None,
        old.temperature if old.temperature in item.temperatures else None,
        old.milk if old.milk in item.milks else None,
        min(old.shots, item.max_shots),
        tuple(syrup for syrup in old.syrups if syrup in item.syrups),
    )


def _line(menu: Menu, wish: Wish) -> Line:
    """The line that was wished for. Raises `OrderProblem` where the menu does not have it."""
    if wish.item_id is None or wish.item_id not in menu:
        raise OrderProblem("no_such_item", words.NO_SUCH_ITEM)
    item = menu.item(wish.item_id)
    quantity = 1 if wish.quantity is None else wish.quantity
    if not 1 <= quantity <= MAX_QUANTITY:
        raise OrderProblem("bad_quantity", words.BAD_QUANTITY, "quantity", most=MAX_QUANTITY)
    shots, syrups = wish.shots or 0, wish.syrups or ()
    if not 0 <= shots <= item.max_shots:
        says = words.TOO_MANY_SHOTS if item.max_shots else words.NO_SHOTS
        raise OrderProblem("bad_shots", says, "shots", item=item.name, most=item.max_shots)
    for syrup in syrups:
        _chosen(item, "syrups", syrup, item.syrups, menu.syrups)
    return Line(
        item.id,
        quantity,
        _chosen(item, "size", wish.size, item.sizes, menu.sizes),
        _chosen(item, "temperature", wish.temperature, item.temperatures, menu.temperatures),
        _chosen(item, "milk", wish.milk, item.milks, menu.milks),
        shots,
        tuple(dict.fromkeys(syrups)),
    )


def _chosen(
    item: Item, field: str, wished: Id | None, offered: tuple[Id, ...], known: Mapping[Id, Choice]
) -> Id | None:
    """What was wished for, or the first of what is offered. Raises `OrderProblem`."""
    if wished is None:
        return offered[0] if offered else None
    if wished in offered:
        return wished
    if wished not in known:
        raise OrderProblem("no_such_choice", words.NO_SUCH_CHOICE, field)
    code, says = ("not_offered", words.NOT_OFFERED) if offered else ("no_choice", words.NO_CHOICE)
    listed = Says(*(", ".join(known[one].name.of(to) for one in offered) or "-" for to in LOCALES))
    raise OrderProblem(code, says, field, item=item.name, chosen=known[wished].name, offered=listed)
