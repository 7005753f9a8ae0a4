"""The order tool: its schema comes from the menu, and a call is checked whatever it follows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gilmok_kiosk.menu import load_menu
from gilmok_kiosk.order import EMPTY, Add, Cancel, Change, Confirm, Remove, Repeat, Wish, add
from gilmok_kiosk.tool import NAME, ToolProblem, order_tool, read_call

MENU = load_menu()
ONE_LATTE = add(EMPTY, MENU, Wish("latte"))


def call(*steps: dict[str, Any]) -> str:
    return json.dumps({"operations": steps})


def test_the_schema_names_exactly_what_the_menu_has() -> None:
    parameters: Any = order_tool(MENU)["function"]["parameters"]
    step = parameters["properties"]["operations"]["items"]["properties"]

    assert step["item"]["enum"] == [item.id for item in MENU.items]
    assert step["milk"]["enum"] == list(MENU.milks)
    assert step["size"]["enum"] == list(MENU.sizes)
    assert step["syrups"]["items"]["enum"] == list(MENU.syrups)


def test_a_call_becomes_operations() -> None:
    arguments = call(
        {"action": "add", "item": "mocha", "quantity": 2, "size": "large", "syrups": []},
        {"action": "change", "line": 1, "temperature": "ice"},
        {"action": "repeat", "line": 1},
        {"action": "remove", "line": 2, "quantity": 1},
        {"action": "confirm"},
    )

    assert read_call(NAME, arguments, MENU, ONE_LATTE) == (
        Add(Wish("mocha", 2, "large", syrups=())),
        Change(0, Wish(temperature="ice")),
        Repeat(0),
        Remove(1, 1),
        Confirm(),
    )
    assert read_call(NAME, call({"action": "cancel"}), MENU, ONE_LATTE) == (Cancel(),)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("not json", "not JSON"),
        ("{", "not JSON"),
        ("[]", "valid dictionary"),
        ('{"operations": []}', "operations: "),
        ('{"orders": 1}', "orders: "),
        (call({"action": "fly"}), "operations.0.action: "),
        (call({"action": "add", "item": "unicorn"}), "item of the menu"),
        (call({"action": "add"}), "item of the menu"),
        (call({"action": "add", "item": "latte", "quantity": "two"}), "quantity: "),
        (call({"action": "add", "item": "latte", "quantity": 5000}), "from 1 to 50"),
        (call({"action": "add", "item": "latte", "quantity": -1}), "from 1 to 50"),
        (call({"action": "add", "item": "latte", "price": 1}), "price: "),
        (call({"action": "add", "item": "bagel", "milk": "oat"}), "bagel"),
        (call({"action": "add", "item": "cold_brew", "temperature": "hot"}), "iced"),
        (call({"action": "change", "temperature": "ice"}), "needs the number of a line"),
        (call({"action": "remove", "line": 3}), "no such thing in your order"),
        (call({"action": "remove", "line": 0}), "line: "),
    ],
)
def test_nonsense_is_told_with_a_precise_reason(arguments: str, reason: str) -> None:
    with pytest.raises(ToolProblem) as wrong:
        read_call(NAME, arguments, MENU, ONE_LATTE)

    assert reason in wrong.value.reason


def test_another_tool_is_nonsense() -> None:
    with pytest.raises(ToolProblem, match="nonsense") as wrong:
        read_call("rm_rf", "{}", MENU, EMPTY)

    assert "rm_rf" not in wrong.value.reason


def test_what_the_menu_lacks_can_be_told_to_the_customer_too() -> None:
    with pytest.raises(ToolProblem) as wrong:
        read_call(NAME, call({"action": "add", "item": "bagel", "milk": "oat"}), MENU, EMPTY)

    assert "베이글" in wrong.value.message("ko")
    assert "bagel" in wrong.value.message("en")
