"""`gilmok budget`: what is left of the caller's budgets, and additions to them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter

from gilmok.build import load_settings
from gilmok.cli import exits
from gilmok.cli.client import Client
from gilmok.cli.numbers import NANO_PER_S, moment, money
from gilmok.cli.options import Config, Json, Key, Output, Url
from gilmok.cli.reaching import gateway_url, shown_key
from gilmok.cli.screen import Screen
from gilmok.cli.words import budget as words
from gilmok.cli.words import help
from gilmok.config.client import admin_key
from gilmok.core.money import nano
from gilmok.core.text import Secret
from gilmok.surfaces.budgets import BudgetList, BudgetShown, TopUpShown


def show(
    *,
    json: Json = False,
    url: Url = None,
    key: Key = None,
    config: Config = None,
    screen: Output,
) -> int:
    where = url or gateway_url(load_settings(config))
    found = Client(where, shown_key(key), screen.locale).get("/v1/budget", BudgetList)
    if json:
        screen.raw(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")
    elif found.data:
        screen.table(
            (
                words.ACCOUNT, words.CYCLE, words.CAP, words.SPENT, words.HELD, words.LEFT,
                words.RENEWED,
            ),
            [_row(screen, budget) for budget in found.data],
            right=frozenset({2, 3, 4, 5}),
        )  # fmt: skip
    else:
        screen.say(words.NONE)
    return exits.OK


def top_up(
    amount: Annotated[str, Parameter(help=help.AMOUNT.en)],
    *,
    tenant: Annotated[str, Parameter(help=help.BUDGET_TENANT.en)] = "default",
    of_key: Annotated[str | None, Parameter(help=help.BUDGET_KEY.en)] = None,
    of_user: Annotated[str | None, Parameter(help=help.BUDGET_USER.en)] = None,
    cycle: Annotated[Literal["daily", "monthly"], Parameter(help=help.CYCLE.en)] = "monthly",
    json: Json = False,
    url: Url = None,
    key: Annotated[str | None, Parameter(name="--key", help=help.ADMIN_KEY.en)] = None,
    config: Config = None,
    screen: Output,
) -> int:
    if of_key is not None and of_user is not None:
        screen.fail(screen.text(words.ONE_ACCOUNT))
        return exits.USAGE
    if not _is_amount(amount):
        screen.fail(screen.text(words.NO_AMOUNT))
        return exits.USAGE
    body = {
        "tenant": tenant,
        "key": of_key,
        "user": of_user,
        "cycle": cycle,
        "amount_usd": amount,
    }
    where = url or gateway_url(load_settings(config))
    client = Client(where, Secret(key) if key else admin_key(), screen.locale)
    added = client.post("/admin/v1/top-ups", body, TopUpShown)
    if json:
        screen.raw(msgspec.json.format(msgspec.json.encode(added)).decode() + "\n")
    else:
        account = _account(screen, added.scope, added.name)
        screen.say(words.ADDED, account=account, amount=added.amount_usd, until=added.resets_at)
    return exits.OK


def _is_amount(text: str) -> bool:
    try:
        return Decimal(text) > 0
    except ArithmeticError:
        return False


def _row(screen: Screen, budget: BudgetShown) -> tuple[str, ...]:
    return (
        _account(screen, budget.scope, budget.name),
        screen.text(words.CYCLES[budget.cycle]),
        money(nano(budget.cap_usd)),
        money(nano(budget.spent_usd)),
        money(nano(budget.held_usd)),
        money(nano(budget.remaining_usd)),
        moment(int(datetime.fromisoformat(budget.resets_at).timestamp()) * NANO_PER_S),
    )


def _account(screen: Screen, scope: str, name: str) -> str:
    return screen.text(words.SCOPES[scope], name=name)
