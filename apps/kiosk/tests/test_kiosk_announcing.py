"""Announcements are true: they say what was done, what it costs, and what to be careful about."""

from __future__ import annotations

import pytest

from gilmok_kiosk.announcing import announcement
from gilmok_kiosk.menu import load_menu
from gilmok_kiosk.order import (
    EMPTY,
    Add,
    Change,
    Confirm,
    Operation,
    Order,
    Remove,
    Repeat,
    Wish,
    add,
    apply_all,
)
from gilmok_kiosk.texts import Locale
from gilmok_kiosk.understanding.meaning import Health

MENU = load_menu()
LATTE, MOCHA = Wish("latte", 2, temperature="ice"), Wish("mocha", 1, temperature="hot")
BOTH = add(add(EMPTY, MENU, LATTE), MENU, MOCHA)


def told(
    before: Order, *operations: Operation, locale: Locale = "en", health: Health | None = None
) -> str:
    after = apply_all(before, MENU, operations)
    return announcement(before, after, operations, MENU, locale, health or Health())


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        ([Add(LATTE)], "Added 2 × latte (iced). The total is ₩25,500."),
        ([Add(LATTE), Add(MOCHA)], "Added 2 × latte (iced), 1 × mocha (hot). The total is ₩31,000."),
        ([Change(1, Wish(size="large"))], "Changed to 1 × mocha (hot, large). The total is ₩16,200."),
        ([Repeat(1)], "That makes 2 × mocha (hot). The total is ₩21,000."),
        ([Remove(0, 1)], "Removed 1 × latte (iced). The total is ₩10,500."),
        ([Remove(1), Remove(0)], "Removed 1 × mocha (hot), 2 × latte (iced). The order is empty now."),
        ([Remove(0), Remove(0)], "Removed 2 × latte (iced), 1 × mocha (hot). The order is empty now."),
        (
            [Remove(0, 1), Add(Wish("latte", 1, temperature="hot"))],
            "Your order so far: 1 × latte (iced), 1 × mocha (hot), 1 × latte (hot). The total is ₩15,500.",
        ),
        (
            [Add(LATTE), Remove(2)],
            "Your order so far: 2 × latte (iced), 1 × mocha (hot). The total is ₩15,500.",
        ),
    ],
)  # fmt: skip
def test_what_was_done_is_said(operations: list[Operation], said: str) -> None:
    assert told(BOTH, *operations) == said


def test_the_end_is_announced_with_what_changed_before_it() -> None:
    said = told(BOTH, Change(1, Wish(size="large")), Confirm(), locale="ko")

    assert said.startswith("카페모카 (따뜻한, 라지) 1잔으로 바꿨습니다. 주문이 확정되었습니다.")
    assert "합계는 16,200원입니다." in said


def test_who_did_not_say_hot_or_iced_is_told_that_there_is_a_choice() -> None:
    assert "make it iced" in told(EMPTY, Add(Wish("latte")))
    assert "make it iced" not in told(EMPTY, Add(LATTE))
    assert "make it iced" not in told(EMPTY, Add(Wish("cold_brew")))


def test_an_allergen_is_told_with_the_milk_that_avoids_it() -> None:
    said = told(EMPTY, Add(LATTE), health=Health(allergens=frozenset({"milk"})))

    assert "Careful: the latte contains milk." in said
    assert "With oat milk, soy milk, almond milk instead it would be fine." in said
    syrup = told(
        EMPTY,
        Add(Wish("americano", temperature="hot", syrups=("hazelnut",))),
        health=Health(allergens=frozenset({"nuts"})),
    )
    assert "Careful: the americano contains nuts." in syrup


def test_caffeine_is_told_only_to_who_avoids_it() -> None:
    careful = Health(no_caffeine=True)

    assert "about 150 mg of caffeine" in told(EMPTY, Add(LATTE), health=careful)
    assert "caffeine" not in told(EMPTY, Add(LATTE))
    assert "caffeine" not in told(EMPTY, Add(Wish("decaf_latte")), health=careful)
