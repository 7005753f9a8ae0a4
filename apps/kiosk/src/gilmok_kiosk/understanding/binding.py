"""Words that belong together, bound: a number to its shots, 빼고 to its syrup, 대신 to its milk.

Pure, from marks to fewer marks; each step does one thing. What cannot be bound surely is a `Doubt`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from gilmok_kiosk import words
from gilmok_kiosk.understanding.marks import CHOICES, POINTING, Kind, Mark
from gilmok_kiosk.understanding.meaning import Ask, Doubt

Marks = Sequence[Mark]
NONE = ("none",)
"""The value of a shot or syrup that is not wanted."""
FEWER = ("fewer",)
"""The value of shots that are to be taken away."""
MORE = ("more",)
"""The value of shots that come on top of those that are there."""
_ADDED = (Kind.ADD, Kind.MORE)


def bound(marks: Marks) -> tuple[Mark, ...]:
    """Marks with fillers gone and every number, removal and swap bound to its choice."""
    row = [mark for mark in marks if mark.kind not in (Kind.FILLER, Kind.REQUEST)]
    for step in _STEPS:
        row = list(step(row))
    return tuple(row)


def _clauses(marks: list[Mark]) -> Iterator[Mark]:
    """English says the verb first: in `a latte and make it iced` the verb begins a new clause."""
    named = False
    for at, mark in enumerate(marks):
        if mark.kind is Kind.END:
            named = False
        if named and mark.kind in (Kind.CHANGE, Kind.REMOVE, Kind.CANCEL):
            rest = list(takewhile(lambda one: one.kind is not Kind.END, marks[at + 1 :]))
            if any(one.kind in (Kind.ITEM, Kind.IT) for one in rest):
                if marks[at - 1].kind is not Kind.JOIN:
                    raise Doubt  # 라떼 취소 모카 추가: which verb is whose?
                yield Mark(Kind.END)
                named = False
        named = named or mark.kind is Kind.ITEM
        yield mark


def _taken_back(marks: list[Mark]) -> list[Mark]:
    """`라떼 하나 아니 두 개`, `a latte, no, a mocha`: the second replaces the first."""
    found: list[Mark] = []
    for at, mark in enumerate(marks):
        later = (m.kind for m in marks[at + 1 :] if m.kind is not Kind.JOIN and m.value != ("a",))
        follows = next(later, None)
        if mark.kind is Kind.NO and follows in {Kind.QUANTITY, Kind.ITEM, *CHOICES}:
            clause = len(found) - next(
                (n for n, one in enumerate(reversed(found)) if one.kind is Kind.END), len(found)
            )
            same = [n for n in range(clause, len(found)) if found[n].kind is follows]
            if same:
                del found[same[-1]]
                continue
        found.append(mark)
    return found


def _no(marks: list[Mark]) -> Iterator[Mark]:
    """`no` before a choice is without; before anything else it is a no."""
    for at, mark in enumerate(marks):
        if mark.kind is Kind.NO_OR_WITHOUT:
            follows = marks[at + 1].kind if at + 1 < len(marks) else None
            yield Mark(Kind.WITHOUT if follows in {*CHOICES, Kind.ITEM} else Kind.NO)
        else:
            yield mark


def _without(row: list[Mark]) -> list[Mark]:
    """`시럽 빼고`, `no syrup`, `샷 하나 빼줘`, `remove the shots` as marks of their own."""
    found: list[Mark] = []
    at = 0
    while at < len(row):
        mark = row[at]
        if mark.kind in (Kind.SHOT, Kind.SYRUP):
            after = at + 1 + _skipped(row[at + 1 :], *POINTING, Kind.QUANTITY)
            before = len(found) - _skipped(found[::-1], *POINTING, Kind.QUANTITY)
            if after < len(row) and row[after].kind is Kind.REMOVE:
                found.append(_unwanted(mark, row[at + 1 : after]))
                ends = row[after + 1 : after + 2]
                at = after + 1 + bool(ends and ends[0].kind is Kind.END)
                continue
            if before and found[before - 1].kind in (Kind.REMOVE, Kind.WITHOUT):
                mark = _unwanted(mark, found[before:])
                del found[before - 1 :]
        found.append(mark)
        at += 1
    if any(mark.kind is Kind.WITHOUT for mark in found):
        raise Doubt
    return found


def _unwanted(mark: Mark, around: Marks) -> Mark:
    """None of it, or so many fewer."""
    numbers = [one.number for one in around if one.kind is Kind.QUANTITY and one.one != "a"]
    if mark.kind is Kind.SHOT and numbers:
        return Mark(Kind.SHOT, FEWER, numbers[0])
    return replace(mark, value=NONE)


def _skipped(marks: Marks, *kinds: Kind) -> int:
    count = 0
    while count < len(marks) and marks[count].kind in kinds:
        count += 1
    return count


def _counted_shots(row: list[Mark]) -> Iterator[Mark]:
    """`샷 2개`, `two extra shots`: the number goes into the shot; MORE where it is on top."""
    at = 0
    while at < len(row):
        mark, rest = row[at], row[at + 1 :]
        more = _skipped(rest, Kind.MORE)
        ahead = rest[more] if more < len(rest) else mark
        if mark.kind is Kind.QUANTITY and mark.value in ((), ("a",)) and _wanted_shot(ahead):
            yield replace(ahead, number=mark.number, value=MORE if more else ahead.value)
            at += more + 2
        elif _wanted_shot(mark):
            shot, taken = _shot(mark, rest)
            yield shot
            at += 1 + taken
        else:
            yield mark
            at += 1


def _wanted_shot(mark: Mark) -> bool:
    return mark.kind is Kind.SHOT and mark.value not in (NONE, FEWER)


def _shot(mark: Mark, rest: list[Mark]) -> tuple[Mark, int]:
    """A shot with the number and the verb that follow it, and how many marks those are."""
    taken = _skipped(rest, *POINTING)
    number = mark.number
    if not number and rest[taken:] and rest[taken].kind is Kind.QUANTITY:
        number = rest[taken].number
        taken += 1
    more = bool(rest[taken:]) and rest[taken].kind in _ADDED
    if more and not number and rest[taken + 1 :] and rest[taken + 1].kind is Kind.QUANTITY:
        unit = rest[taken + 1].one
        if unit == "time":
            return Mark(Kind.SHOT, MORE, rest[taken + 1].number), taken + 2
        if unit != "cup":
            # 샷 추가 두 개: two shots, or two cups with one?
            raise Doubt(Ask(words.SHOTS_OR_CUPS))
    if more:
        return Mark(Kind.SHOT, MORE, number or 1), taken + 1
    return replace(mark, number=number or 1), taken


def _swapped(row: list[Mark]) -> Iterator[Mark]:
    """`우유 대신 두유` as 두유, `soy instead of milk` as soy. Items swapped are left as they are."""
    for at, mark in enumerate(row):
        follows = row[at + 1] if at + 1 < len(row) else None
        before = row[at - 1] if at else None
        if mark.kind in CHOICES:
            if follows and follows.kind is Kind.INSTEAD:
                later = next((m for m in row[at + 2 :] if m.kind not in POINTING), None)
                if later is None or later.kind is not mark.kind:
                    raise Doubt
                continue
            if (before and before.kind is Kind.INSTEAD_OF) or _becomes_another(row[at:]):
                continue
        if mark.kind is Kind.INSTEAD and before and before.kind in CHOICES:
            continue
        if mark.kind is Kind.INSTEAD:
            named = next((m for m in reversed(row[:at]) if m.kind not in POINTING), None)
            if named is None or named.kind is not Kind.ITEM:
                raise Doubt
        if mark.kind is Kind.INSTEAD_OF and follows and follows.kind in CHOICES:
            continue
        yield mark


def _becomes_another(row: list[Mark]) -> bool:
    """우유를 두유로, the milk to oat: the first of two is what was."""
    between = 1 + _skipped(row[1:], *POINTING, Kind.TO)
    if between == 1 or between >= len(row):
        return False
    then = row[between]
    return then.kind is row[0].kind and then.kind not in (Kind.SHOT, Kind.SYRUP)


_STEPS: tuple[Callable[[list[Mark]], Iterable[Mark]], ...] = (
    _clauses,
    _no,
    _taken_back,
    _without,
    _counted_shots,
    _swapped,
)
