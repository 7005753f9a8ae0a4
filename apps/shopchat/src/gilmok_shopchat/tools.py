"""What a model may ask the shop, and what it is told: JSON in, JSON out, checked on the way.

The customer comes from the session. Arguments are a model's words and so a stranger's: they are
validated, and nothing in them says who is asking.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from openai.types.chat import ChatCompletionToolParam
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gilmok_shopchat.shop import Offer, Order, Reason, Shop, ShopProblem


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FindOrder(_Arguments):
    """Status, items and tracking number of one order of this customer."""

    order_id: str = Field(max_length=32, description="Such as G-1001.")


class ListOrders(_Arguments):
    """The latest orders of this customer."""


class OfferRefund(_Arguments):
    """Prepares a refund and returns what it would come to. The customer accepts it with a button;
    it is not refunded before."""

    order_id: str = Field(max_length=32, description="Such as G-1001.")
    reason: Reason


_TOOLS: dict[str, type[_Arguments]] = {
    "find_order": FindOrder,
    "list_orders": ListOrders,
    "offer_refund": OfferRefund,
}


def schemas() -> list[ChatCompletionToolParam]:
    """As a chat request takes them."""
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": (kind.__doc__ or "").replace("\n    ", " "),
                "parameters": kind.model_json_schema(),
            },
        }
        for name, kind in _TOOLS.items()
    ]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to."""

    told: str
    """JSON for the model."""
    ok: bool
    order: Order | None = None
    offer: Offer | None = None


def run(shop: Shop, customer: str, name: str, arguments: str) -> Outcome:
    """Never raises for what a model wrote: it is told what was wrong and may try again."""
    kind = _TOOLS.get(name)
    if kind is None:
        return _refused("no_such_tool")
    try:
        asked = kind.model_validate_json(arguments or "{}")
    except ValidationError as error:
        wrong = ", ".join(sorted({".".join(map(str, e["loc"])) or "(all)" for e in error.errors()}))
        return _refused("invalid_arguments", fields=wrong)
    try:
        return _done(shop, customer, asked)
    except ShopProblem as problem:
        return _refused(problem.code)


def _done(shop: Shop, customer: str, asked: _Arguments) -> Outcome:
    match asked:
        case FindOrder():
            order = shop.order(customer, asked.order_id)
            return Outcome(_json(_shown(order)), True, order=order)
        case OfferRefund():
            offer = shop.offer(customer, asked.order_id, asked.reason)
            told = {"order_id": offer.order_id, "refund_won": offer.won, "state": "offered"}
            order = shop.order(customer, asked.order_id)
            return Outcome(_json(told), True, order=order, offer=offer)
    orders = shop.orders(customer)[:5]
    return Outcome(_json({"orders": [_shown(order) for order in orders]}), True)


def _shown(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.id,
        "status": order.status.value,
        "placed": order.placed.isoformat(),
        "delivered": order.delivered.isoformat() if order.delivered else None,
        "tracking": order.tracking,
        "total_won": order.won,
        "items": [f"{item.name} ({item.name_en}) x{item.count}" for item in order.items],
    }


def _refused(code: str, **more: str) -> Outcome:
    return Outcome(_json({"error": code, **more}), False)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
