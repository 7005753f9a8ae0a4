"""From marks to operations on the order.

Pure and all or nothing: the marks of a sentence become operations only if every one of them has a
place. Otherwise `Doubt` is raised, with a question where one would settle it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from gilmok_kiosk import words
from gilmok_kiosk.menu import Menu
from gilmok_kiosk.order import (
    NO_WISH,
    Add,
    Cancel,
    Change,
    Confirm,
    Line,
    Operation,
    Order,
    OrderProblem,
    Remove,
    Repeat,
    Wish,
    apply_all,
    as_wish,
    describe,
    overlaid,
)
from gilmok_kiosk.texts import LOCALES, Says
from gilmok_kiosk.understanding.binding import bound
from gilmok_kiosk.understanding.lines import Lines
from gilmok_kiosk.understanding.marks import LAST, VERBS, Kind, Mark
from gilmok_kiosk.understanding.meaning import Ask, Doubt, Offer, Unfinished
from gilmok_kiosk.understanding.wishes import Group, groups

_SAID_APART = VERBS | {Kind.NO, Kind.YES, Kind.IT, Kind.ONLY, Kind.TO_GO, Kind.ORDINAL}
"""What a clause says besides its items and choices."""


@dataclass(frozen=True, slots=True)
class Clause:
    """What is to be done with what."""

    kinds: frozenset[Kind]
    groups: tuple[Group, ...]
    both: bool = False
    """둘 다: just two lines are meant."""
    goes_on: bool = False
    """And …: it adds to what was said before."""
    after_comma: bool = False
    ordinal: int | None = None

    @property
    def named(self) -> bool:
        """Whether it names an item."""
        return any(group.items for group in self.groups)

    @property
    def is_opening(self) -> bool:
        """주문할게요: what is ordered is said elsewhere."""
        return not self.named and self.kinds <= {Kind.ADD, Kind.YES, Kind.JOIN}


def operations(marks: Sequence[Mark], menu: Menu, order: Order) -> tuple[Operation, ...]:
    """What a sentence does to an order. Raises `Doubt`; the menu's limits are checked by `apply`.

    Later clauses see the order as earlier ones leave it.
    """
    if any(mark.kind is Kind.UNKNOWN for mark in marks):
        raise Doubt
    _only(marks, order)
    clauses = list(_clauses(bound(marks), menu))
    if len(clauses) > 1:
        clauses = [clause for clause in clauses if not clause.is_opening]
    done: list[Operation] = []
    for clause in clauses:
        try:
            now = apply_all(order, menu, done) if done else order
        except OrderProblem:
            break  # Whoever applies them meets the same problem and explains it.
        done += _clause(clause, Lines(_pointed_at(clause, now), menu))
    return tuple(done)


def _pointed_at(clause: Clause, order: Order) -> Order:
    """첫 번째 거, the last one: the line that `it` means in this clause."""
    if clause.ordinal is None:
        return order
    at = len(order.lines) - 1 if clause.ordinal == LAST else clause.ordinal - 1
    if clause.named or not 0 <= at < len(order.lines):
        raise Doubt(Ask(words.NOT_IN_ORDER))
    return replace(order, touched=(at,))


def _only(marks: Sequence[Mark], order: Order) -> None:
    """라떼만 주세요: and what of the rest of the order?"""
    for mark, following in pairwise(marks):
        if mark.kind is Kind.ITEM and following.kind is Kind.ONLY and order.lines:
            raise Doubt


def _clauses(marks: tuple[Mark, ...], menu: Menu) -> Iterator[Clause]:
    for ends, row in groupby(marks, key=lambda mark: mark.kind is Kind.END):
        clause = tuple(row)
        if ends or all(mark.kind is Kind.JOIN for mark in clause):
            continue
        yield Clause(
            frozenset(mark.kind for mark in clause),
            groups([mark for mark in clause if mark.kind not in _SAID_APART], menu),
            ordinal=next((m.number for m in clause if m.kind is Kind.ORDINAL), None),
            both=any(mark.kind is Kind.ALL and mark.one == "both" for mark in clause),
            after_comma=clause[0].kind is Kind.JOIN and clause[0].one == "sign",
            goes_on=clause[0].kind is Kind.JOIN and clause[0].one != "sign",
        )


def _clause(clause: Clause, lines: Lines) -> tuple[Operation, ...]:
    kinds = clause.kinds
    end = (Confirm(),) if Kind.CONFIRM in kinds else ()
    if clause.named:
        return (*_about_items(clause, lines), *end)
    wishes = [group for group in clause.groups if group.wish != NO_WISH or group.decaf]
    if len(wishes) > 1 or (end and kinds & {Kind.CANCEL, Kind.REMOVE, Kind.NO}):
        raise Doubt
    if kinds & {Kind.CANCEL, Kind.REMOVE}:
        return _removal(clause, wishes, lines)
    if Kind.AGAIN in kinds:
        return tuple(Repeat(at) for at in lines.touched(every=Kind.ALL in kinds))
    if Kind.MORE in kinds and not (wishes and _chooses(wishes[0])):
        more = wishes[0].wish.quantity if wishes else None
        return (Repeat(lines.single(NO_WISH), more or 1),)
    if wishes:
        return (*_changes(clause, wishes[0], lines), *end)
    return end or _nothing_said(kinds, lines)


def _nothing_said(kinds: frozenset[Kind], lines: Lines) -> tuple[Operation, ...]:
    """주문할게요: with an empty order it begins, with a full one it may be the end."""
    if not lines.any:
        raise Doubt(Ask(words.WHAT_WOULD_YOU_LIKE))
    if Kind.ADD in kinds:
        raise Doubt(Ask(words.CONFIRM_NOW, Offer((Confirm(),))))
    raise Doubt(Ask(words.WHAT_TO_CHANGE if kinds & {Kind.CHANGE, Kind.NO} else words.WHAT_ELSE))


# --- clauses that name items ----------------------------------------------------------------------


def _about_items(clause: Clause, lines: Lines) -> tuple[Operation, ...]:
    kinds, first = clause.kinds, clause.groups[0]
    if (
        len(clause.groups) > 1
        and len(kinds & {Kind.ADD, Kind.REMOVE, Kind.CHANGE, Kind.CANCEL}) > 1
    ):
        raise Doubt  # Which verb is whose?
    if kinds & {Kind.REMOVE, Kind.CANCEL}:
        if any(_chooses_after(group) for group in clause.groups):
            raise Doubt  # 라떼 우유 빼줘: the milk, and not the latte.
        found = {_removed(group, lines): group for group in clause.groups}
        return tuple(Remove(at, found[at].wish.quantity) for at in sorted(found, reverse=True))
    if kinds & {Kind.INSTEAD, Kind.INSTEAD_OF}:
        return _replacement(clause, lines)
    if kinds & {Kind.CHANGE, Kind.NO} or (Kind.IT in kinds and first.target):
        return _correction(clause, lines)
    if Kind.ADD not in kinds and all(_of_the_order(group, lines) for group in clause.groups):
        return _each_changed(clause.groups, lines)
    if Kind.IT in kinds and Kind.ADD not in kinds:
        raise Doubt
    if len(clause.groups) == 1 and Kind.MORE in kinds and not _chooses(first):
        at = lines.of(first)
        if len(at) == 1:
            return (Repeat(at[0], first.wish.quantity or 1),)
    _shared_number(clause.groups, lines.menu)
    return tuple(Add(_item_wish(group, lines.menu)) for group in clause.groups)


def _removed(group: Group, lines: Lines) -> int:
    return lines.one_of(lines.of(group, exactly=True), None, group.wish.quantity)


def _shared_number(parts: tuple[Group, ...], menu: Menu) -> None:
    """라떼랑 아메리카노 두 잔: two of the last, or two in all?"""
    *others, last = [part.wish.quantity for part in parts]
    described = any(part.before != NO_WISH for part in parts)
    if others and not any(others) and last == len(parts) and not described:
        each = [replace(_item_wish(part, menu), quantity=1) for part in parts]
        names = _names(tuple(wish.item_id or "" for wish in each), menu)
        offer = Offer(tuple(Add(wish) for wish in each))
        raise Doubt(Ask(words.ONE_OF_EACH.filled(items=names, n=last), offer))


def _item_wish(group: Group, menu: Menu) -> Wish:
    if group.fewer_shots:
        raise Doubt
    if len(group.items) == 1:
        return replace(group.wish, item_id=group.items[0])
    asked = words.WHICH_ITEM.filled(items=_names(group.items, menu))
    raise Doubt(Ask(asked, Unfinished(group.wish, group.items)))


def _names(items: tuple[str, ...], menu: Menu) -> Says:
    return Says(*(", ".join(menu.item(one).name.of(to) for one in items) for to in LOCALES))


def _replacement(clause: Clause, lines: Lines) -> tuple[Operation, ...]:
    """A 대신 B: B takes the place of A in the order, or is ordered where A is not in it."""
    old = [group for group in clause.groups if group.replaced]
    new = [group for group in clause.groups if not group.replaced]
    if len(old) != 1 or len(new) != 1 or not new[0].items:
        raise Doubt
    if Kind.INSTEAD in clause.kinds and not clause.groups[0].replaced:
        raise Doubt
    wish = _item_wish(new[0], lines.menu)
    found = lines.of(old[0])
    if not found and old[0].wish != NO_WISH:
        raise Doubt
    if not found and Kind.CHANGE not in clause.kinds:
        return (Add(wish),)
    return (Change(lines.one_of(found, wish), wish),)


def _correction(clause: Clause, lines: Lines) -> tuple[Operation, ...]:
    """라떼는 라지로 바꿔줘; 라떼를 아메리카노로; change it to a latte; 아니 라떼 두 잔."""
    *olds, last = clause.groups
    if olds and not last.target:
        return _each_changed(clause.groups, lines)
    if len(olds) > 1 or (olds and _chooses(olds[0]) and olds[0].wish != olds[0].before):
        raise Doubt
    if olds:
        wish = _item_wish(last, lines.menu)
        return (Change(lines.one_of(lines.of(olds[0]), wish), wish),)
    if last.target or {Kind.IT, Kind.CHANGE} <= clause.kinds:
        wish = _item_wish(last, lines.menu)
        return (Change(lines.single(wish), wish),)
    found = lines.of(last)
    if not found and len(lines.order.touched) == 1 and Kind.NO in clause.kinds:
        change = Change(lines.order.touched[0], _item_wish(last, lines.menu))
        told = describe(lines.at(change.at), lines.menu)
        into = _names(last.items, lines.menu)
        raise Doubt(Ask(words.REPLACE_IT.filled(old=told, new=into), Offer((change,))))
    return _changed(last, lines.one_of(found, last.wish, last.wish.quantity), lines)


def _of_the_order(group: Group, lines: Lines) -> bool:
    """라떼는 아이스로: the latte that is in the order, not another one."""
    return group.topic and _chooses(group) and bool(lines.of(group))


def _each_changed(parts: tuple[Group, ...], lines: Lines) -> tuple[Operation, ...]:
    """라떼는 아이스로, 모카는 라지로. The lines stay where they are, so all are found at once."""
    found: list[Operation] = []
    for part in parts:
        if not part.items or not _chooses(part):
            raise Doubt
        found += _changed(part, lines.one_of(lines.of(part), part.wish), lines)
    return tuple(found)


# --- clauses that name none -----------------------------------------------------------------------


def _removal(clause: Clause, wishes: list[Group], lines: Lines) -> tuple[Operation, ...]:
    if Kind.ALL in clause.kinds or (
        Kind.CANCEL in clause.kinds and not clause.kinds & {Kind.IT, Kind.ORDINAL}
    ):
        if wishes or clause.both:
            raise Doubt
        return (Cancel(),)
    quantity = wishes[0].wish.quantity if wishes else None
    if wishes and wishes[0].wish != Wish(quantity=quantity):
        found = [n for n in range(len(lines.order.lines)) if lines.has(n, wishes[0].wish)]
        return (Remove(lines.one_of(found, None)),)  # 아이스로 된 거 빼줘
    if quantity is None:
        return tuple(Remove(at) for at in sorted(lines.touched(), reverse=True))
    return (Remove(lines.single(None, quantity), quantity),)


def _changes(clause: Clause, group: Group, lines: Lines) -> tuple[Operation, ...]:
    """Only choices were said: they are about what was ordered last."""
    if group.decaf:
        return (_to_decaf(group, lines),)
    if not lines.any:
        raise Doubt(Ask(words.WHICH_DRINK, Unfinished(group.wish)))
    if Kind.ALL in clause.kinds:
        meant = lines.touched(every=not clause.both, both=clause.both)
        changes = [Change(at, _on_top(group, lines.at(at))) for at in meant]
        needed = [change for change in changes if not lines.has(change.at, change.wish)]
        return tuple(needed or changes[:1])  # Which says that it already is so.
    if Kind.EACH in clause.kinds:
        return _for_each(group, lines)
    at = lines.single(group.wish)
    if clause.after_comma and group.wish.quantity is not None and _chooses(group):
        raise Doubt  # 라떼 한 잔이요, 두 잔 아이스로요: two more?
    if clause.goes_on and group.wish.quantity is not None:
        if not _chooses(group):
            raise Doubt
        return (Add(overlaid(Wish(lines.at(at).item_id), group.wish)),)  # And one with soy milk.
    return _changed(group, at, lines)


def _for_each(group: Group, lines: Lines) -> tuple[Operation, ...]:
    """두 잔씩으로 바꿔줘: of all that were just ordered."""
    if len(lines.order.touched) < 2:
        raise Doubt
    return tuple(Change(at, group.wish) for at in lines.order.touched)


def _changed(group: Group, at: int, lines: Lines) -> tuple[Operation, ...]:
    """The line becomes as said; where 하나는 아이스로 says so, only that many of it."""
    line, some = lines.at(at), group.wish.quantity
    if group.counted and some is not None and some != line.quantity:
        if some > line.quantity or not _chooses(group):
            raise Doubt  # Two of those: two in all, or two more?
        return (Remove(at, some), Add(overlaid(as_wish(line), group.wish)))
    return (Change(at, _on_top(group, line)),)


def _to_decaf(group: Group, lines: Lines) -> Operation:
    at = lines.single(group.wish)
    item = lines.menu.item(lines.at(at).item_id)
    decaf = lines.menu.decaf(item)
    if decaf is None:
        raise Doubt(Ask(words.NO_DECAF.filled(item=item.name)))
    return Change(at, replace(group.wish, item_id=decaf.id))


def _on_top(group: Group, line: Line) -> Wish:
    """샷 추가 is one more than there are."""
    if group.more_shots and group.wish.shots is not None:
        return replace(group.wish, shots=line.shots + group.wish.shots)
    if group.fewer_shots and group.wish.shots is not None:
        return replace(group.wish, shots=max(line.shots - group.wish.shots, 0))
    return group.wish


def _chooses_after(group: Group) -> bool:
    return replace(group.wish, quantity=None) != replace(group.before, quantity=None)


def _chooses(group: Group) -> bool:
    return replace(group.wish, quantity=None, item_id=None) != NO_WISH or group.decaf
