"""Operations on an order are pure, checked, and right to the won."""

from __future__ import annotations

import pytest

from gilmok_kiosk.menu import load_menu
from gilmok_kiosk.order import (
    EMPTY,
    MAX_LINES,
    MAX_QUANTITY,
    Add,
    Cancel,
    Confirm,
    Line,
    Order,
    OrderProblem,
    Remove,
    Wish,
    add,
    apply,
    apply_all,
    cancel,
    change,
    confirm,
    cup_price,
    receipt,
    remove,
    repeat,
    total,
)

MENU = load_menu()
THE_EXAMPLE = Wish("latte", 3, "large", milk="soy", shots=2)


def two_lines() -> Order:
    return add(add(EMPTY, MENU, Wish("latte", 2)), MENU, Wish("americano", temperature="ice"))


def test_the_example_costs_what_its_parts_cost() -> None:
    order = add(EMPTY, MENU, THE_EXAMPLE)

    assert order.lines == (Line("latte", 3, "large", "hot", "soy", 2),)
    assert cup_price(order.lines[0], MENU) == 5000 + 700 + 500 + 2 * 500
    assert total(order, MENU) == 21_600


def test_an_ice_surcharge_is_part_of_the_price() -> None:
    hot, iced = Wish("cappuccino", temperature="hot"), Wish("cappuccino", temperature="ice")

    difference = total(add(EMPTY, MENU, iced), MENU) - total(add(EMPTY, MENU, hot), MENU)
    assert difference == MENU.item("cappuccino").ice_surcharge == 500


def test_a_wish_that_says_nothing_gets_the_first_of_everything() -> None:
    assert add(EMPTY, MENU, Wish("latte")).lines == (Line("latte", 1, "regular", "hot", "whole"),)
    assert add(EMPTY, MENU, Wish("cold_brew")).lines[0].temperature == "ice"
    assert add(EMPTY, MENU, Wish("bagel")).lines == (Line("bagel"),)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish("unicorn"), "no_such_item"),
        (Wish(), "no_such_item"),
        (Wish("latte", 0), "bad_quantity"),
        (Wish("latte", MAX_QUANTITY + 1), "bad_quantity"),
        (Wish("latte", -3), "bad_quantity"),
        (Wish("latte", shots=5), "bad_shots"),
        (Wish("latte", shots=-1), "bad_shots"),
        (Wish("bagel", shots=1), "bad_shots"),
        (Wish("cold_brew", temperature="hot"), "not_offered"),
        (Wish("bagel", temperature="hot"), "no_choice"),
        (Wish("americano", milk="oat"), "no_choice"),
        (Wish("latte", milk="yak"), "no_such_choice"),
        (Wish("latte", syrups=("yak",)), "no_such_choice"),
        (Wish("espresso", size="large"), "no_choice"),
    ],
)
def test_what_the_menu_cannot_make_is_no_order(wish: Wish, expected: str) -> None:
    with pytest.raises(OrderProblem) as wrong:
        add(EMPTY, MENU, wish)

    assert wrong.value.code == expected
    assert all(wrong.value.message(to).strip(" .") for to in ("ko", "en"))


def test_a_change_changes_what_was_said_and_nothing_else() -> None:
    order = change(two_lines(), MENU, 0, Wish(size="large", milk="oat"))

    assert order.lines[0] == Line("latte", 2, "large", "hot", "oat")
    assert order.lines[1] == two_lines().lines[1]
    assert order.touched == (0,)


def test_another_item_keeps_what_it_can_have() -> None:
    order = add(EMPTY, MENU, Wish("latte", 2, "large", "ice", "soy", 1, ("vanilla",)))

    assert change(order, MENU, 0, Wish("americano")).lines == (
        Line("americano", 2, "large", "ice", None, 1, ("vanilla",)),
    )
    assert change(order, MENU, 0, Wish("earl_grey")).lines == (Line("earl_grey", 2, None, "ice"),)


def test_a_change_to_the_same_is_told_and_not_done() -> None:
    with pytest.raises(OrderProblem) as wrong:
        change(two_lines(), MENU, 1, Wish(temperature="ice"))

    assert wrong.value.code == "unchanged"


def test_some_or_all_of_a_line_can_be_removed() -> None:
    assert remove(two_lines(), 0, 1).lines[0].quantity == 1
    assert remove(two_lines(), 0).lines == two_lines().lines[1:]
    assert remove(two_lines(), 0, 5).lines == two_lines().lines[1:]


def test_a_repeat_is_as_many_again_or_so_many_more() -> None:
    assert repeat(two_lines(), MENU, 0).lines[0].quantity == 4
    assert repeat(two_lines(), MENU, 0, 1).lines[0].quantity == 3


@pytest.mark.parametrize("at", [-1, 2, 99])
def test_a_line_that_is_not_there_is_a_problem(at: int) -> None:
    with pytest.raises(OrderProblem) as wrong:
        remove(two_lines(), at)

    assert wrong.value.code == "no_such_line"


def test_an_empty_order_can_be_neither_confirmed_nor_cancelled() -> None:
    with pytest.raises(OrderProblem) as wrong:
        confirm(EMPTY)
    assert wrong.value.code == "empty_order"
    with pytest.raises(OrderProblem) as wrong:
        cancel(EMPTY)
    assert wrong.value.code == "nothing_to_cancel"


def test_what_is_confirmed_stays_as_it_is_and_the_next_wish_begins_anew() -> None:
    done = confirm(two_lines())

    assert (done.lines, done.status) == (two_lines().lines, "confirmed")
    with pytest.raises(OrderProblem) as wrong:
        remove(done, 0)
    assert wrong.value.code == "order_closed"
    assert add(done, MENU, Wish("bagel")).lines == (Line("bagel"),)


def test_a_cancelled_order_is_empty() -> None:
    assert (cancel(two_lines()).lines, cancel(two_lines()).status) == ((), "cancelled")


def test_operations_together_are_all_or_none() -> None:
    order = two_lines()
    with pytest.raises(OrderProblem):
        apply_all(order, MENU, (Remove(0), Add(Wish("unicorn"))))

    assert order == two_lines()
    both = apply_all(EMPTY, MENU, (Add(Wish("latte")), Add(Wish("bagel"))))
    assert both.touched == (0, 1)


def test_operations_are_the_functions() -> None:
    order = two_lines()

    assert apply(order, MENU, Cancel()) == cancel(order)
    assert apply(order, MENU, Confirm()) == confirm(order)


def test_an_order_has_an_end() -> None:
    order = EMPTY
    for _ in range(MAX_LINES):
        order = add(order, MENU, Wish("bagel"))
    with pytest.raises(OrderProblem) as wrong:
        add(order, MENU, Wish("bagel"))

    assert wrong.value.code == "too_many_lines"


def test_the_receipt_adds_up_in_both_languages() -> None:
    order = confirm(add(two_lines(), MENU, THE_EXAMPLE))
    korean, english = receipt(order, MENU, "ko"), receipt(order, MENU, "en")

    assert korean.rows[2].text == "카페라떼 (따뜻한, 라지, 두유, 샷 2개 추가)"
    assert english.rows[2].text == "latte (hot, large, soy milk, 2 extra shots)"
    for bill in (korean, english):
        assert [row.amount for row in bill.rows] == [10_000, 4_500, 21_600]
        assert bill.total == sum(row.each * row.quantity for row in bill.rows) == 36_100
