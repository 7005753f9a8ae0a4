"""The order tool: what a capable model may do to an order, and the check of what it did.

The schema is made from the menu, so that a model that follows it cannot invent a drink. Whether it
followed is checked here all the same. `confirm` and `cancel` are never done on a model's word.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args

from openai.types.chat import ChatCompletionToolParam
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gilmok_kiosk.menu import Menu, Temperature
from gilmok_kiosk.order import (
    Add,
    Cancel,
    Change,
    Confirm,
    Operation,
    Order,
    OrderProblem,
    Remove,
    Repeat,
    Wish,
    apply_all,
)
from gilmok_kiosk.texts import Locale

NAME = "update_order"
Action = Literal["add", "change", "remove", "repeat", "cancel", "confirm"]


class ToolProblem(Exception):
    """A call that is nonsense; `reason` is precise and in English, for the model to read."""

    def __init__(self, reason: str, problem: OrderProblem | None = None) -> None:
        super().__init__("nonsense in a tool call")
        self.reason = reason
        self._problem = problem

    def message(self, locale: Locale) -> str:
        """For the customer, where the menu is the reason; else empty."""
        return self._problem.message(locale) if self._problem is not None else ""


class _Step(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    action: Action
    line: Annotated[int, Field(ge=1)] | None = None
    item: str | None = None
    quantity: int | None = None
    size: str | None = None
    temperature: Temperature | None = None
    milk: str | None = None
    shots: int | None = None
    syrups: list[str] | None = None


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    operations: Annotated[list[_Step], Field(min_length=1, max_length=20)]


def order_tool(menu: Menu) -> ChatCompletionToolParam:
    """The tool as the API wants it."""
    step = {
        "type": "object",
        "properties": {
            "action": {"type": "string", "enum": list(get_args(Action))},
            "line": {
                "type": "integer",
                "minimum": 1,
                "description": "Line of the running order, from 1. Not for add, cancel, confirm.",
            },
            "item": _one_of((item.id for item in menu.items), "Needed to add."),
            "quantity": {"type": "integer", "minimum": 1},
            "size": _one_of(menu.sizes),
            "temperature": _one_of(menu.temperatures),
            "milk": _one_of(menu.milks),
            "shots": {"type": "integer", "minimum": 0, "description": "Extra shots in each cup."},
            "syrups": {"type": "array", "items": _one_of(menu.syrups)},
        },
        "required": ["action"],
        "additionalProperties": False,
    }
    return {
        "type": "function",
        "function": {
            "name": NAME,
            "description": "Change the customer's order. Call it only for what they asked for; "
            "leave out what they did not say.",
            "parameters": {
                "type": "object",
                "properties": {"operations": {"type": "array", "items": step}},
                "required": ["operations"],
                "additionalProperties": False,
            },
        },
    }


def _one_of(names: Iterable[str], description: str = "") -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "enum": list(names)}
    return schema | ({"description": description} if description else {})


def read_call(name: str, arguments: str, menu: Menu, order: Order) -> tuple[Operation, ...]:
    """The operations of a call, tried on the order. Raises `ToolProblem`."""
    if name != NAME:
        raise ToolProblem(f"There is no tool of that name; the only one is {NAME}.")
    try:
        steps = _Arguments.model_validate(json.loads(arguments)).operations
    except ValidationError as error:
        raise ToolProblem("; ".join(_faults(error))) from error
    except ValueError as error:
        raise ToolProblem("The arguments are not JSON.") from error
    operations = tuple(_operation(step, menu) for step in steps)
    try:
        apply_all(order, menu, operations)
    except OrderProblem as problem:
        raise ToolProblem(problem.message("en"), problem) from problem
    return operations


def _faults(error: ValidationError) -> Iterable[str]:
    for fault in error.errors(include_url=False, include_input=False):
        yield f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"


def _operation(step: _Step, menu: Menu) -> Operation:
    wish = Wish(
        step.item,
        step.quantity,
        step.size,
        step.temperature,
        step.milk,
        step.shots,
        None if step.syrups is None else tuple(step.syrups),
    )
    match step.action:
        case "cancel":
            return Cancel()
        case "confirm":
            return Confirm()
        case "add":
            if step.item not in menu:
                raise ToolProblem("add needs an item of the menu.")
            return Add(wish)
    if step.line is None:
        raise ToolProblem(f"{step.action} needs the number of a line.")
    match step.action:
        case "change":
            return Change(step.line - 1, wish)
        case "remove":
            return Remove(step.line - 1, step.quantity)
        case "repeat":
            return Repeat(step.line - 1, step.quantity)
