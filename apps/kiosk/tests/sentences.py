"""Orders made up from the menu, and sentences that say them, in both languages.

What a sentence must mean is known before it is written, so the rules have nothing to agree with
but the truth.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from gilmok_kiosk.menu import Item, Menu
from gilmok_kiosk.order import EMPTY, Line, Wish, add
from gilmok_kiosk.understanding import vocabulary

ALONE: list[str] = [word for _, word in vocabulary.ALONE]
BEFORE_COUNTER: list[str] = [word for _, word in vocabulary.BEFORE_COUNTER]


@dataclass(frozen=True)
class Said:
    text: str
    lines: tuple[Line, ...]


def wished(menu: Menu, pick: random.Random) -> Wish:
    """Something that the menu can make, with as many choices as somebody would name."""
    item = pick.choice(menu.items)

    def maybe(offered: tuple[str, ...], chance: float) -> str | None:
        return pick.choice(offered) if offered and pick.random() < chance else None

    temperature = maybe(item.temperatures, 0.6) if len(item.temperatures) > 1 else None
    return Wish(
        item_id=item.id,
        quantity=pick.randint(1, 9) if pick.random() < 0.8 else None,
        size=maybe(item.sizes, 0.4),
        temperature="ice" if temperature == "ice" else "hot" if temperature else None,
        milk=maybe(item.milks, 0.4),
        shots=pick.randint(1, item.max_shots) if item.max_shots and pick.random() < 0.3 else None,
        syrups=(syrup,) if (syrup := maybe(item.syrups, 0.2)) else None,
    )


def sentence(menu: Menu, pick: random.Random, write: Callable[..., str], most: int) -> Said:
    wishes = [wished(menu, pick) for _ in range(pick.randint(1, most))]
    if len(wishes) > 1:
        # 라떼랑 아메리카노 두 잔 is rightly asked about; whoever orders several says how many.
        wishes = [replace(wish, quantity=wish.quantity or 1) for wish in wishes]
    order = EMPTY
    for wish in wishes:
        order = add(order, menu, wish)
    return Said(write(menu, wishes, pick), order.lines)


# --- Korean ---------------------------------------------------------------------------------------


def korean(menu: Menu, wishes: list[Wish], pick: random.Random) -> str:
    form = pick.choice((_korean_before, _korean_after, _korean_list))
    parts = [form(menu, wish, pick) for wish in wishes]
    joined = parts[0]
    for part in parts[1:]:
        joined += pick.choice(("이랑 ", "하고 ", ", ", " 그리고 ")) + part
    end = pick.choice(
        (
            " 주세요",
            " 주문할게요",
            "요",
            " 부탁드려요",
            " 추가해줘",
            " 주시겠어요?",
            " 주문하고 싶어요",
            "",
        )
    )
    return joined + end


def _name(item: Item, pick: random.Random) -> str:
    names = [item.name.ko, *(alias for alias in item.aliases if not alias.isascii())]
    return pick.choice([name for name in names if "é" not in name])


def _count(number: int, item: Item, pick: random.Random) -> str:
    unit = "잔" if item.is_drink else "개"
    if pick.random() < 0.4:
        return f"{number}{unit}"
    if pick.random() < 0.2:
        return ALONE[number - 1]
    return BEFORE_COUNTER[number - 1] + pick.choice((" ", "")) + unit


def _korean_before(menu: Menu, wish: Wish, pick: random.Random) -> str:
    """아이스 두유 라떼 라지 샷 2개 추가 세 잔"""
    item = menu.item(wish.item_id or "")
    words = []
    if wish.temperature:
        words.append(_korean_temperature(wish, pick))
    if wish.milk:
        words.append(menu.milks[wish.milk].name.ko)
    if wish.size:
        words.append(menu.sizes[wish.size].name.ko)
    words.append(_name(item, pick))
    if wish.syrups:
        words.append(f"{menu.syrups[wish.syrups[0]].name.ko} 추가")
    if wish.shots:
        # 에스프레소 샷 추가 might mean any drink's shot.
        words[-1] += "에" if item.id == "espresso" else ""
        words.append(_shots(wish.shots, pick))
    if wish.quantity:
        words.append(_count(wish.quantity, item, pick))
    return " ".join(words)


def _korean_after(menu: Menu, wish: Wish, pick: random.Random) -> str:
    """라떼 세 잔 아이스로, 우유 대신 두유, 라지 사이즈로, 샷2개 추가"""
    item = menu.item(wish.item_id or "")
    head = _name(item, pick)
    if wish.quantity:
        head += " " + _count(wish.quantity, item, pick)
    parts = []
    if wish.temperature:
        parts.append(_adverb(wish))
    if wish.milk:
        name = menu.milks[wish.milk].name.ko
        parts.append(f"우유 대신 {name}" if wish.milk != "whole" else f"{name}로")
    if wish.size:
        parts.append(menu.sizes[wish.size].name.ko + pick.choice(("로", " 사이즈로", "")))
    if wish.syrups:
        parts.append(f"{menu.syrups[wish.syrups[0]].name.ko} 넣어서")
    if wish.shots:
        parts.append(_shots(wish.shots, pick))
    pick.shuffle(parts)
    return ", ".join([head, *parts])


def _korean_list(menu: Menu, wish: Wish, pick: random.Random) -> str:
    """라떼에 샷2잔, 우유 대신 두유, 라지 사이즈로 3잔"""
    item = menu.item(wish.item_id or "")
    words = [_name(item, pick) + ("에" if wish.shots else "")]
    if wish.shots:
        words.append(f"샷{wish.shots}{pick.choice(('잔', '개', ' 개'))},")
    if wish.milk:
        words.append(
            f"우유 대신 {menu.milks[wish.milk].name.ko}," if wish.milk != "whole" else "일반 우유,"
        )
    if wish.syrups:
        words.append(f"{menu.syrups[wish.syrups[0]].name.ko},")
    if wish.temperature:
        words.append(_adverb(wish))
    if wish.size:
        words.append(f"{menu.sizes[wish.size].name.ko} 사이즈로")
    if wish.quantity:
        words.append(_count(wish.quantity, item, pick))
    return " ".join(words).rstrip(",")


def _korean_temperature(wish: Wish, pick: random.Random) -> str:
    return pick.choice(
        ("아이스", "차가운", "시원한") if wish.temperature == "ice" else ("따뜻한", "뜨거운", "핫")
    )


def _adverb(wish: Wish) -> str:
    return "아이스로" if wish.temperature == "ice" else "따뜻하게"


def _shots(number: int, pick: random.Random) -> str:
    if number == 1 and pick.random() < 0.5:
        return "샷 추가"
    return pick.choice(
        (f"샷 {number}개 추가", f"샷{number}개", f"샷 {BEFORE_COUNTER[number - 1]} 번 추가")
    )


# --- English --------------------------------------------------------------------------------------

_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def english(menu: Menu, wishes: list[Wish], pick: random.Random) -> str:
    parts = [_english(menu, wish, pick) for wish in wishes]
    joined = ", ".join(parts[:-1]) + pick.choice((" and ", ", and ", ", ")) + parts[-1]
    joined = joined.removeprefix(" and ").removeprefix(", and ").removeprefix(", ")
    start = pick.choice(
        ("", "I'd like ", "Can I get ", "I'll have ", "Could I have ", "Give me ", "Hi, I want ")
    )
    end = pick.choice(
        ("", " please", ", please", " to go") if not start.startswith("C") else ("?", " please?")
    )
    return f"{start}{joined}{end}"


def _english(menu: Menu, wish: Wish, pick: random.Random) -> str:
    """two large iced lattes with oat milk and 2 extra shots"""
    item = menu.item(wish.item_id or "")
    number = wish.quantity
    words = []
    if number is None:
        words.append(pick.choice(("a", "")))
    else:
        words.append(pick.choice((str(number), _NUMBERS[number - 1])))
    adjectives = []
    if wish.size:
        adjectives.append(menu.sizes[wish.size].name.en)
    if wish.temperature:
        adjectives.append("iced" if wish.temperature == "ice" else "hot")
    pick.shuffle(adjectives)
    names = [item.name.en, *(alias for alias in item.aliases if alias.isascii())]
    name = pick.choice(names)
    if number is not None and number > 1:
        name = name[:-1] + "ies" if name.endswith("y") else name + "s"
    milk_first = wish.milk is not None and pick.random() < 0.3
    if milk_first and wish.milk:
        adjectives.append(menu.milks[wish.milk].name.en)
    extras = []
    if wish.milk and not milk_first:
        extras.append(menu.milks[wish.milk].name.en)
    if wish.syrups:
        extras.append(menu.syrups[wish.syrups[0]].name.en)
    if wish.shots:
        extra = pick.choice(("extra shot", "shot"))
        extras.append(
            f"an {extra}" if wish.shots == 1 and extra[0] == "e" else f"{wish.shots} {extra}s"
        )
    said = " ".join([*words, *adjectives, name]).strip()
    return f"{said} with {' and '.join(extras)}" if extras else said
