"""What a turn means as the answer to what the kiosk asked or offered just before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gilmok_kiosk import words
from gilmok_kiosk.menu import Menu
from gilmok_kiosk.order import NO_WISH, Add, Change, Operation, Order, Remove, overlaid
from gilmok_kiosk.understanding.binding import bound
from gilmok_kiosk.understanding.lines import Lines
from gilmok_kiosk.understanding.marks import POINTING, VERBS, Kind, Mark
from gilmok_kiosk.understanding.meaning import (
    Ask,
    Do,
    Doubt,
    Offer,
    Pending,
    Suggested,
    Unfinished,
    WhichLine,
)
from gilmok_kiosk.understanding.wishes import Group, groups

_POLITE = frozenset({Kind.REQUEST, Kind.FILLER, Kind.JOIN, *POINTING, Kind.AS, Kind.ONLY, Kind.END})
_MEANT = VERBS - {Kind.ADD} | {Kind.NO, Kind.INSTEAD, Kind.INSTEAD_OF}


def answer(pending: Pending, marks: Sequence[Mark], menu: Menu, order: Order) -> Do | Ask | None:
    """None where the turn is no answer but something new."""
    kinds = {mark.kind for mark in marks} - _POLITE
    if Kind.UNKNOWN in kinds or not kinds:
        return None
    if kinds == {Kind.NO}:
        return Ask(words.DECLINED)
    if isinstance(pending, Offer):
        return Do(pending.operations) if kinds <= {Kind.YES, Kind.ADD} else None
    if kinds & _MEANT:
        return None
    silent = (Kind.YES, Kind.IT, Kind.ADD, Kind.ALL, Kind.END)
    said = [mark for mark in marks if mark.kind not in silent]
    chosen = [mark.number for mark in said if _is_ordinal(mark) and mark.number > 0]
    try:
        parts = groups(bound([mark for mark in said if not _is_ordinal(mark)]), menu)
    except Doubt:
        return None
    if len(parts) > 1:
        return None
    part = parts[0] if parts else Group()
    match pending:
        case Unfinished():
            return _finished(pending, part, chosen)
        case WhichLine():
            return _line(pending, part, chosen, Lines(order, menu), every=Kind.ALL in kinds)
        case Suggested():
            return _suggested(pending, part, chosen, every=Kind.ALL in kinds)


def _is_ordinal(mark: Mark) -> bool:
    return mark.kind is Kind.ORDINAL or (mark.kind is Kind.QUANTITY and mark.one == "time")


def _finished(pending: Unfinished, part: Group, chosen: list[int]) -> Do | Ask | None:
    items = pending.items
    if chosen:
        items = tuple(items[n - 1] for n in chosen[:1] if n <= len(items))
    elif part.items:
        both = tuple(one for one in part.items if one in items)
        items = both or part.items
    wish = overlaid(pending.wish, part.wish)
    if len(items) == 1:
        return Do((Add(replace(wish, item_id=items[0])),))
    if not part.items and part.wish != NO_WISH:
        return Ask(words.WHICH_DRINK, replace(pending, wish=wish))
    return None


def _line(
    pending: WhichLine, part: Group, chosen: list[int], lines: Lines, *, every: bool
) -> Do | Ask | None:
    at = [number - 1 for number in chosen]
    if every:
        at = list(range(len(lines.order.lines)))
    elif part.items:
        at = lines.of(part)
    if not at or (len(at) > 1 and not every):
        return Ask(words.WHICH_LINE, pending) if part.items else None
    found: list[Operation] = []
    for one in sorted(at, reverse=True):
        if pending.wish is None:
            found.append(Remove(one, pending.quantity))
        else:
            found.append(Change(one, pending.wish))
    return Do(tuple(found))


def _suggested(
    pending: Suggested, part: Group, chosen: list[int], *, every: bool
) -> Do | Ask | None:
    wishes = pending.wishes
    if part.items:
        wishes = tuple(wish for wish in wishes if wish.item_id in part.items)
        if not wishes:
            return None
    elif chosen:
        wishes = tuple(wishes[n - 1] for n in chosen if n <= len(wishes))
    elif len(wishes) > 1 and not every:
        return Ask(words.WHICH_SUGGESTION, pending)
    if not wishes:
        return None
    return Do(tuple(Add(overlaid(wish, part.wish)) for wish in wishes))
