"""From bound marks to wishes: which choice and which number belong to which item.

Pure. Where two readings are possible `Doubt` is raised: asking costs a moment, a wrong cup more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from gilmok_kiosk import words
from gilmok_kiosk.menu import Menu
from gilmok_kiosk.order import NO_WISH, Wish
from gilmok_kiosk.understanding.binding import FEWER, MORE, NONE, Marks
from gilmok_kiosk.understanding.marks import CHOICES, POINTING, Kind, Mark
from gilmok_kiosk.understanding.meaning import Ask, Doubt


@dataclass(frozen=True, slots=True)
class Group:
    """One item with what was said of it; or, without items, only something that was said."""

    items: tuple[str, ...] = ()
    """Several where the word fits several."""
    wish: Wish = NO_WISH
    """Everything that was said, the item left out."""
    before: Wish = NO_WISH
    """Of it what stood before the item: in `the iced latte`, what it is rather than becomes."""
    topic: bool = False
    """What is said is about something that may be in the order already: 라떼는 …, 한 잔은 …."""
    target: bool = False
    """What something else becomes: 라떼로, to a latte."""
    replaced: bool = False
    """What something else takes the place of: 라떼 대신."""
    counted: bool = False
    """라떼 두 잔을: the number says which, not how many."""
    more_shots: bool = False
    """The shots come on top of those that are there."""
    fewer_shots: bool = False
    """The shots are taken away from those that are there."""
    decaf: bool = False


def groups(marks: Marks, menu: Menu) -> tuple[Group, ...]:
    """The groups of a clause. Raises `Doubt`."""
    row = list(marks)
    shared: list[Mark] = []
    for at, mark in enumerate(row):
        said = [m for m in row[at:] if m.kind in CHOICES]
        if mark.kind is Kind.ALL and said and any(m.kind is Kind.ITEM for m in row[:at]):
            shared, row = said, row[:at]  # … 전부 아이스로
            break
    parts = _gathered(_chunks(row))
    if any(mark.kind is Kind.EACH for mark in row):
        parts = _each(parts)
    parts = [[*piece, *shared] for part in parts for piece in _two_ways(part)]
    return tuple(_group(part, menu) for part in parts)


def _chunks(row: Marks) -> list[list[Mark]]:
    """Cut at every join, and between items that have no join between them."""
    first = next((n for n, m in enumerate(row) if m.kind is Kind.ITEM), len(row))
    number_first = any(m.kind is Kind.QUANTITY for m in row[:first])
    chunks: list[list[Mark]] = [[]]
    for mark in row:
        if mark.kind is Kind.JOIN:
            chunks.append([])
        elif mark.kind is Kind.ITEM and any(m.kind is Kind.ITEM for m in chunks[-1]):
            kept, moved = _cut(chunks.pop(), number_first=number_first)
            chunks += [kept, [*moved, mark]]
        else:
            chunks[-1].append(mark)
    return [chunk for chunk in chunks if chunk]


def _cut(chunk: list[Mark], *, number_first: bool) -> tuple[list[Mark], list[Mark]]:
    """What of a chunk belongs to its item, and what to the item that comes next."""
    item = max(n for n, mark in enumerate(chunk) if mark.kind is Kind.ITEM)
    between = chunk[item + 1 :]
    numbers = [item + 1 + n for n, mark in enumerate(between) if mark.kind is Kind.QUANTITY]
    instead = [item + 1 + n for n, mark in enumerate(between) if mark.kind is Kind.INSTEAD_OF]
    if instead:
        return chunk[: instead[0]], chunk[instead[0] :]
    if numbers:
        cut = numbers[0] if number_first else numbers[-1] + 1
        return chunk[:cut], chunk[cut:]
    if any(mark.kind in CHOICES for mark in between):
        if between[-1].kind is Kind.AS:  # 라떼는 아이스로 모카는 라지로
            return chunk, []
        if between[0].kind in (Kind.OBJECT, Kind.INSTEAD):  # 라떼를 아이스 아메리카노로
            return chunk[: item + 2], chunk[item + 2 :]
        raise Doubt  # 라떼 아이스 아메리카노: whose ice?
    if between and between[-1].kind is Kind.TO:
        return chunk[: item + 1], between
    return chunk, []


def _gathered(chunks: list[list[Mark]]) -> list[list[Mark]]:
    """Chunks without an item go to the item before them, or to the first where there is none."""
    parts: list[list[Mark]] = []
    for chunk in chunks:
        has_item = any(mark.kind is Kind.ITEM for mark in chunk)
        if parts and not (has_item and any(mark.kind is Kind.ITEM for mark in parts[-1])):
            parts[-1] += chunk
        else:
            parts.append(list(chunk))
    return parts


def _two_ways(part: list[Mark]) -> list[list[Mark]]:
    """`라떼 핫 하나 아이스 둘`, `two lattes, one hot and one iced` as two parts."""
    kinds = (Kind.TEMPERATURE, Kind.SIZE, Kind.MILK)
    differing = [kind for kind in kinds if len(_values(part, kind)) > 1]
    if not differing:
        return [part]
    ways = [mark for mark in part if mark.kind is differing[0]]
    pairs = [mark for mark in part if mark.kind in (differing[0], Kind.QUANTITY)]
    numbers = [mark.number for mark in pairs if mark.kind is Kind.QUANTITY]
    if len(numbers) == len(ways) + 1 and numbers[0] == sum(numbers[1:]):
        numbers, pairs = numbers[1:], [mark for mark in pairs if mark is not pairs[0]]
    order = [mark.kind for mark in pairs]
    number_first = order[0] is Kind.QUANTITY
    regular = len(ways) == 2 == len(numbers) and order[:2] == order[2:] and order[0] is not order[1]
    if len(differing) > 1 or not regular or (number_first and numbers[0] > numbers[1]):
        raise Doubt  # 라떼 두 잔 아이스 하나 따뜻한 거: two in all, or two iced?
    rest = [mark for mark in part if mark.kind not in (differing[0], Kind.QUANTITY)]
    if any(mark.kind in CHOICES and mark in rest for mark in part[part.index(pairs[0]) :]):
        raise Doubt  # … 아이스 하나 라지로: both large?
    return [[*rest, *pairs[:2]], [*rest, *pairs[2:]]]


def _each(parts: list[list[Mark]]) -> list[list[Mark]]:
    """`라떼랑 아메리카노 두 잔씩`: the number is for every one."""
    number = [m for m in parts[-1] if m.kind is Kind.QUANTITY]
    rest = [m for part in parts[:-1] for m in part if m.kind is Kind.QUANTITY]
    if len(number) != 1 or rest:
        return parts
    return [*([*part, *number] for part in parts[:-1]), parts[-1]]


def _group(marks: list[Mark], menu: Menu) -> Group:
    place = next((n for n, mark in enumerate(marks) if mark.kind is Kind.ITEM), None)
    wish = _wish(marks)
    shots = [mark for mark in marks if mark.kind is Kind.SHOT]
    group = Group(
        wish=wish,
        more_shots=any(mark.value == MORE for mark in shots),
        fewer_shots=any(mark.value == FEWER for mark in shots),
        decaf=any(mark.kind is Kind.DECAF for mark in marks),
        counted=any(mark.kind is Kind.SOME_OF for mark in marks)
        or any(
            mark.kind is Kind.QUANTITY and following.kind in POINTING
            for mark, following in pairwise(marks)
        ),
    )
    if place is None:
        return group
    before, after = marks[:place], marks[place + 1 :]
    items = marks[place].value
    if group.decaf:
        items = tuple(_decaf(menu, item_id) for item_id in items)
    return replace(
        group,
        items=items,
        before=_wish(before),
        topic=_is_topic(after, wish),
        target=bool(after and after[0].kind is Kind.AS) or _after_to(before),
        replaced=_first_said(after) is Kind.INSTEAD
        or any(mark.kind is Kind.INSTEAD_OF for mark in before),
    )


def _first_said(after: list[Mark]) -> Kind | None:
    return next((mark.kind for mark in after if mark.kind not in POINTING), None)


def _is_topic(after: list[Mark], wish: Wish) -> bool:
    """Without a number, 라떼에 샷 추가 and 라떼 샷 빼줘 are about a latte that is there."""
    if any(mark.kind is Kind.TOPIC for mark in after):
        return True
    onto = any(mark.kind is Kind.ONTO or mark.value in (NONE, FEWER) for mark in after)
    return onto and wish.quantity is None


def _after_to(before: list[Mark]) -> bool:
    """`to a large latte`."""
    return any(mark.kind is Kind.TO for mark in before)


def _decaf(menu: Menu, item_id: str) -> str:
    item = menu.item(item_id)
    if item.category == "decaf":
        return item_id
    decaf = menu.decaf(item)
    if decaf is None:
        raise Doubt
    return decaf.id


def _wish(marks: Marks) -> Wish:
    """What the marks say, the item left out. Two different values for one thing are a `Doubt`."""
    sizes = _values(marks, Kind.SIZE)
    temperatures = _values(marks, Kind.TEMPERATURE)
    milks = _values(marks, Kind.MILK)
    shots = {0 if m.value == NONE else m.number for m in marks if m.kind is Kind.SHOT}
    exact = {m.number for m in marks if m.kind is Kind.QUANTITY and m.value != ("a",)}
    if any(len(values) > 1 for values in (sizes, temperatures, milks, shots, exact)):
        raise Doubt
    return Wish(
        quantity=next(iter(exact), None),
        size=next(iter(sizes), None),
        temperature="ice" if "ice" in temperatures else "hot" if temperatures else None,
        milk=next(iter(milks), None),
        shots=next(iter(shots), None),
        syrups=_syrups(marks),
    )


def _values(marks: Marks, kind: Kind) -> set[str]:
    return {mark.one for mark in marks if mark.kind is kind}


def _syrups(marks: Marks) -> tuple[str, ...] | None:
    said = [mark for mark in marks if mark.kind is Kind.SYRUP]
    if not said:
        return None
    named = tuple(sorted({mark.one for mark in said if mark.value and mark.value != NONE}))
    unwanted = any(mark.value == NONE for mark in said)
    if unwanted == bool(named):
        raise Doubt(None if named else Ask(words.WHICH_SYRUP))  # Some wanted and some not: no.
    return named
