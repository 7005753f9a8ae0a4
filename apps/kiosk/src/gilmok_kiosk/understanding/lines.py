"""Which lines of the order a customer means."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gilmok_kiosk import words
from gilmok_kiosk.menu import Menu
from gilmok_kiosk.order import Line, Order, Wish, as_wish, overlaid
from gilmok_kiosk.understanding.meaning import Ask, Doubt, WhichLine
from gilmok_kiosk.understanding.wishes import Group


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of an open order. Where one is meant and it is not clear which, `Doubt` asks."""

    order: Order
    menu: Menu

    @property
    def any(self) -> bool:
        return self.order.status == "open" and bool(self.order.lines)

    def at(self, number: int) -> Line:
        return self.order.lines[number]

    def touched(self, *, every: bool = False, both: bool = False) -> tuple[int, ...]:
        """What `it` and `them` mean: what the latest turn was about, or the only line."""
        self._needed()
        count = len(self.order.lines)
        if both:
            if len(self.order.touched) == 2:
                return self.order.touched
            if count != 2:
                raise Doubt(Ask(words.WHICH_LINE))
        if every or both:
            return tuple(range(count))
        if self.order.touched:
            return self.order.touched
        return (self.single(None),)

    def single(self, wish: Wish | None, quantity: int | None = None) -> int:
        """The one line that is meant. `wish` is what it is asked for, None to remove it."""
        self._needed()
        if len(self.order.touched) == 1:
            return self.order.touched[0]
        if len(self.order.lines) == 1:
            return 0
        raise Doubt(Ask(words.WHICH_LINE, WhichLine(wish, quantity)))

    def of(self, group: Group, *, exactly: bool = False) -> list[int]:
        """Lines of that item; of several, those that are as it was described.

        `exactly`: every choice that was said describes the line, so it has to be so. Otherwise
        what was said after the item is what it is to become.
        """
        if self.order.status != "open":
            return []
        same = [n for n, line in enumerate(self.order.lines) if line.item_id in group.items]
        same = same or [n for n, line in enumerate(self.order.lines) if self._like(line, group)]
        as_said = [n for n in same if self.has(n, replace(group.wish, quantity=None))]
        if exactly:
            return as_said
        as_before = [n for n in same if self.has(n, replace(group.before, quantity=None))]
        if len(same) > 1 and len(as_said) == 1:
            return as_said
        return as_before or same

    def one_of(self, found: list[int], wish: Wish | None, quantity: int | None = None) -> int:
        if not found:
            raise Doubt(Ask(words.NOT_IN_ORDER))
        if len(found) > 1:
            raise Doubt(Ask(words.WHICH_LINE, WhichLine(wish, quantity)))
        return found[0]

    def has(self, number: int, wish: Wish) -> bool:
        """Whether the line already is as wished."""
        line = as_wish(self.order.lines[number])
        return overlaid(line, wish) == line

    def _needed(self) -> None:
        if not self.any:
            raise Doubt(Ask(words.NOTHING_ORDERED))

    def _like(self, line: Line, group: Group) -> bool:
        """Who ordered a vanilla latte may call it the latte."""
        name = self.menu.item(line.item_id).name
        short = {
            alias.casefold()
            for item in (self.menu.item(one) for one in group.items)
            for alias in (item.name.ko, item.name.en, *item.aliases)
        }
        return any(name.ko.endswith(one) or name.en.endswith(f" {one}") for one in short)
