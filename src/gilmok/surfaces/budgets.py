"""`GET /v1/budget`: what a caller's own accounts have left; and the admin's additions to caps."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from gilmok.core.errors import InvalidRequest
from gilmok.core.money import nano, usd
from gilmok.core.ports import Clock
from gilmok.ledger import AccountId, Budget, Cycle, Scope
from gilmok.ledger.budgets import moment
from gilmok.ledger.keyring import Name
from gilmok.pipeline import Pipeline
from gilmok.surfaces import headers
from gilmok.surfaces.admin_wire import read
from gilmok.surfaces.chat import caller_of
from gilmok.surfaces.routes import Turn

log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode

MOST_USD = 1_000_000_000
_AMOUNT = {
    "description": f"US dollars: more than 0, at most {MOST_USD}, up to nine decimals.",
    "pattern": r"^(0\.[0-9]{0,8}[1-9]|[1-9][0-9]{0,8}(\.[0-9]{1,9})?)$",
}

AddTo = Callable[[AccountId, Cycle, int], Awaitable[int]]
"""Adds to an account's cap; returns when the period ends. Raises `JournalUnavailable`."""


class BudgetShown(Struct, frozen=True, kw_only=True):
    """One cap of one account. Amounts in USD, moments in UTC."""

    scope: Scope
    name: str
    """The tenant, the key's id, the end user's pseudonym, or the endpoint's id."""
    cycle: Cycle
    cap_usd: str
    """With what was added for this period."""
    added_usd: str
    spent_usd: str
    held_usd: str
    """For requests under way."""
    remaining_usd: str
    starts_at: str
    resets_at: str


class BudgetList(Struct, frozen=True, kw_only=True):
    """Every cap that applies to the caller, the tenant's first; empty where there is none. Who may
    see sums over all tenants sees those of endpoints too."""

    object: str = "list"
    data: tuple[BudgetShown, ...] = ()


class TopUpBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount to add to a cap until its period ends."""

    tenant: Name
    key: Name | None = None
    """The id of a key whose own account is meant."""
    user: Name | None = None
    """The pseudonym of an end user whose own account is meant."""
    cycle: Cycle = Cycle.MONTHLY
    amount_usd: Annotated[Decimal, Meta(extra_json_schema=_AMOUNT)]

    def account(self) -> AccountId:
        """Raises `InvalidRequest`."""
        if self.key is not None and self.user is not None:
            raise InvalidRequest(
                "user",
                "cannot stand beside a key: an account is one or the other's",
                "키와 함께 쓸 수 없습니다. 계정은 둘 중 하나의 것입니다",
            )
        if self.key is not None:
            return AccountId(Scope.KEY, self.tenant, self.key)
        if self.user is not None:
            return AccountId(Scope.USER, self.tenant, self.user)
        return AccountId(Scope.TENANT, self.tenant, self.tenant)

    def amount(self) -> int:
        """Nano-dollars. Raises `InvalidRequest`."""
        wanted = self.amount_usd
        if not wanted.is_finite() or not 0 < wanted <= MOST_USD:
            raise InvalidRequest(
                "amount_usd",
                f"must be more than 0 and at most {MOST_USD}",
                f"0보다 크고 {MOST_USD} 이하여야 합니다",
            )
        return nano(wanted)


class TopUpShown(Struct, frozen=True, kw_only=True):
    """What was added, and until when it counts."""

    tenant: str
    scope: Scope
    name: str
    cycle: Cycle
    amount_usd: str
    resets_at: str


_top_up = msgspec.json.Decoder(TopUpBody)


class BudgetRoutes:
    def __init__(self, *, pipeline: Pipeline, add_to: AddTo, clock: Clock) -> None:
        self._pipeline = pipeline
        self._add_to = add_to
        self._clock = clock

    async def budget(self, turn: Turn) -> None:
        """The caller's; with `x-gilmok-user` that end user's as well."""
        caller = caller_of(self._pipeline, turn.http)
        user = headers.user(turn.http.headers)
        budgets = self._pipeline.budgets(caller, user, self._clock.wall())
        _send(turn, BudgetList(data=tuple(map(shown, budgets))))

    async def top_up(self, turn: Turn) -> None:
        body = read(turn.http, _top_up)
        account, amount = body.account(), body.amount()
        ends = await self._add_to(account, body.cycle, amount)
        log.info(
            "budget_topped_up",
            extra={"scope": account.scope.value, "tenant": account.tenant, "amount": amount},
        )
        answer = TopUpShown(
            tenant=account.tenant,
            scope=account.scope,
            name=account.name,
            cycle=body.cycle,
            amount_usd=usd(amount),
            resets_at=moment(ends),
        )
        _send(turn, answer)


def shown(budget: Budget) -> BudgetShown:
    return BudgetShown(
        scope=budget.account.scope,
        name=budget.account.name,
        cycle=budget.cycle,
        cap_usd=usd(budget.cap),
        added_usd=usd(budget.added),
        spent_usd=usd(budget.spent),
        held_usd=usd(budget.held),
        remaining_usd=usd(budget.remaining),
        starts_at=moment(budget.starts_at),
        resets_at=moment(budget.resets_at),
    )


def _send(turn: Turn, body: Struct) -> None:
    fields = [headers.JSON, ("cache-control", "no-store"), *headers.named(turn.decision_id)]
    turn.reply.send(200, fields, _encode(body))
