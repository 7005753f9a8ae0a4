"""The shop itself: orders, and which of them can be refunded. No I/O but reading the example's file.

Whoever asks is a customer the chat's host has identified; nothing that a model writes changes who
that is. An order of somebody else does not exist. Money moves only when the customer accepts an
offer, by its code: a model can make an offer and nothing more.
"""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from importlib import resources

REFUND_DAYS = 7
RETURN_FEE = 6_000
"""Won, both ways, where the customer has changed their mind."""


class Status(StrEnum):
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    REFUNDED = "refunded"


class Reason(StrEnum):
    CHANGED_MIND = "changed_mind"
    DEFECTIVE = "defective"


class ShopProblem(Exception):
    """Why the shop does not do it: a stable code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    name: str
    name_en: str
    count: int
    won: int
    """For one."""
    custom: bool = False
    """Made to order, so never refunded unless it is defective."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    id: str
    customer: str
    placed: date
    status: Status
    items: tuple[Item, ...]
    delivered: date | None = None
    tracking: str | None = None

    @property
    def won(self) -> int:
        return sum(item.count * item.won for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A refund the customer may accept."""

    code: str
    order_id: str
    won: int


class Shop:
    """`today` is asked again and again: a chat may last past midnight."""

    def __init__(
        self,
        orders: Iterable[Order],
        today: Callable[[], date],
        new_code: Callable[[], str] = lambda: secrets.token_urlsafe(9),
    ) -> None:
        self._orders = {order.id: order for order in orders}
        self._today = today
        self._new_code = new_code
        self._offers: dict[str, tuple[str, Reason, Offer]] = {}

    def orders(self, customer: str) -> list[Order]:
        """The latest first."""
        own = [order for order in self._orders.values() if order.customer == customer]
        return sorted(own, key=lambda order: order.placed, reverse=True)

    def order(self, customer: str, order_id: str) -> Order:
        """Raises `ShopProblem`: `no_such_order`, also of somebody else's."""
        order = self._orders.get(order_id.strip().upper())
        if order is None or order.customer != customer:
            raise ShopProblem("no_such_order")
        return order

    def offer(self, customer: str, order_id: str, reason: Reason) -> Offer:
        """What a refund would come to. Changes nothing.

        Raises `ShopProblem`: `no_such_order`, `not_delivered` (it can be cancelled instead),
        `too_late`, `made_to_order`, `already_refunded`.
        """
        order = self.order(customer, order_id)
        self._refundable(order, reason)
        won = order.won - (RETURN_FEE if reason is Reason.CHANGED_MIND else 0)
        for _, why, known in self._offers.values():
            if (why, known.order_id) == (reason, order.id):  # An order is one customer's only.
                return known
        offer = Offer(code=self._new_code(), order_id=order.id, won=max(0, won))
        self._offers[offer.code] = (customer, reason, offer)
        return offer

    def accept(self, customer: str, code: str) -> Order:
        """Refunds. Accepting twice refunds once. Raises `ShopProblem`: `no_such_offer`, and what `offer`
        raises: an offer stands no longer than the right to it."""
        found = self._offers.get(code)
        if found is None or found[0] != customer:
            raise ShopProblem("no_such_offer")
        _, reason, offer = found
        order = self._orders[offer.order_id]
        if order.status is not Status.REFUNDED:
            self._refundable(order, reason)
            order = self._orders[order.id] = replace(order, status=Status.REFUNDED)
        return order

    def _refundable(self, order: Order, reason: Reason) -> None:
        if order.status is Status.REFUNDED:
            raise ShopProblem("already_refunded")
        if order.delivered is None:
            raise ShopProblem("not_delivered")
        if self._today() > order.delivered + timedelta(days=REFUND_DAYS):
            raise ShopProblem("too_late")
        if reason is Reason.CHANGED_MIND and any(item.custom for item in order.items):
            raise ShopProblem("made_to_order")


def example_orders(today: date) -> list[Order]:
    """The orders that come with the example."""
    text = (resources.files(__package__) / "orders.toml").read_text("utf-8")
    return [
        Order(
            id=table["id"],
            customer=table["customer"],
            placed=today - timedelta(days=table["placed"]),
            delivered=today - timedelta(days=table["delivered"]) if "delivered" in table else None,
            status=Status(table["status"]),
            tracking=table.get("tracking"),
            items=tuple(Item(**item) for item in table["items"]),
        )
        for table in tomllib.loads(text)["orders"]
    ]
