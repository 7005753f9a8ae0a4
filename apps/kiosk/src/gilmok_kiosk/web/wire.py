"""What the page is told, as plain JSON values, and what it may ask for, as strict types.

Names come in both languages, so that changing the language asks the server for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from gilmok_kiosk.events import Changed, Event, Finished, Said, Served, Trouble
from gilmok_kiosk.menu import Choice, Item, Menu, Temperature
from gilmok_kiosk.order import (
    Line,
    Order,
    Wish,
    cup_price,
    describe,
    line_price,
    receipt,
    total,
)
from gilmok_kiosk.texts import Locale, Says

Json = dict[str, Any]

MAX_TEXT = 500
"""Characters of one message: many times the longest order a person says in one breath."""


class Asked(BaseModel):
    """What a request's body may be: these fields, of these types, and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Message(Asked):
    text: str


class Chosen(Asked):
    """A line as touched; what is left out stays as it is. The order itself checks every value."""

    item: str | None = None
    quantity: int | None = None
    size: str | None = None
    temperature: Temperature | None = None
    milk: str | None = None
    shots: int | None = None
    syrups: tuple[str, ...] | None = None

    def wish(self) -> Wish:
        return Wish(
            self.item,
            self.quantity,
            self.size,
            self.temperature,
            self.milk,
            self.shots,
            self.syrups,
        )


class Nothing(Asked):
    """`{}`: a change that needs no more words."""


def menu_json(menu: Menu) -> Json:
    return {
        "categories": list(dict.fromkeys(item.category for item in menu.items)),
        "items": [_item(item, menu) for item in menu.items],
        "temperatures": _choices(menu.temperatures),
        "sizes": _choices(menu.sizes),
        "milks": _choices(menu.milks),
        "syrups": _choices(menu.syrups),
        "shot": {"price": menu.shot.price, "caffeine_mg": menu.shot.caffeine_mg},
        "max_text": MAX_TEXT,
    }


def _item(item: Item, menu: Menu) -> Json:
    return {
        "id": item.id,
        "name": _text(item.name),
        "category": item.category,
        "price": item.price,
        "ice_surcharge": item.ice_surcharge,
        "temperatures": item.temperatures,
        "sizes": item.sizes,
        "milks": item.milks,
        "max_shots": item.max_shots,
        "syrups": item.syrups,
        "caffeine_mg": item.caffeine_mg,
        "allergens": sorted(item.allergens),
    }


def _choices(choices: Mapping[Any, Choice]) -> Json:
    return {
        name: {
            "name": _text(choice.name),
            "price": choice.price,
            "allergens": sorted(choice.allergens),
        }
        for name, choice in choices.items()
    }


def _text(text: Says) -> Json:
    return {"ko": text.ko, "en": text.en}


def order_json(order: Order, menu: Menu) -> Json:
    return {
        "status": order.status,
        "lines": [_line(line, menu) for line in order.lines],
        "count": sum(line.quantity for line in order.lines),
        "total": total(order, menu),
    }


def _line(line: Line, menu: Menu) -> Json:
    return {
        "item": line.item_id,
        "quantity": line.quantity,
        "size": line.size,
        "temperature": line.temperature,
        "milk": line.milk,
        "shots": line.shots,
        "syrups": line.syrups,
        "text": _text(describe(line, menu)),
        "each": cup_price(line, menu),
        "amount": line_price(line, menu),
    }


def receipt_json(order: Order, menu: Menu, locale: Locale) -> Json:
    printed = receipt(order, menu, locale)
    return {
        "title": printed.title,
        "rows": [
            {"text": row.text, "quantity": row.quantity, "each": row.each, "amount": row.amount}
            for row in printed.rows
        ],
        "total": printed.total,
        "status": printed.status,
    }


def event_json(event: Event, menu: Menu) -> Json:
    """One event of a reply; `type` says which."""
    match event:
        case Said(text, by):
            return {"type": "said", "text": text, "by": by}
        case Changed(order, by):
            return {"type": "changed", "order": order_json(order, menu), "by": by}
        case Served():
            return {
                "type": "served",
                "endpoint": event.endpoint,
                "zone": event.zone,
                "sensitivity": event.sensitivity,
                "latency_ms": event.latency_ms,
                "cost_usd": event.cost_usd,
                "decision_id": event.decision_id,
                "tokens": event.tokens,
            }
        case Trouble(code, message):
            return {"type": "trouble", "code": code, "message": message}
        case Finished():
            return {"type": "finished"}


def frame(value: Json) -> bytes:
    """One server-sent event. JSON escapes newlines, so a value is always one `data:` line."""
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()
