"""What the running days and months have cost so far: read from the receipts when the gateway starts.

Decisions that a dead process left open are receipts by then (`recovery.py`), at their worst case.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import pairwise

from msgspec import Struct

from gilmok.core.calendar import Cycle, span
from gilmok.ledger.budgets import AccountId, Recorded, Scope, TopUp

_LAST = 2**63 - 1

_SPENT = """
SELECT tenant, key_id, user, sum(cost), sum(NOT price_known AND outcome = 'completed')
FROM receipts WHERE at >= ? AND at < ? GROUP BY tenant, key_id, user
"""
_SPENT_AT = """
SELECT endpoint_id, sum(cost) FROM (
  SELECT endpoint_id, cost FROM receipts AS r
  WHERE at >= :since AND at < :until AND NOT EXISTS (SELECT 1 FROM attempts AS a WHERE a.seq = r.seq)
  UNION ALL
  SELECT a.endpoint_id, a.cost FROM receipts AS r JOIN attempts AS a USING (seq)
  WHERE r.at >= :since AND r.at < :until
) WHERE cost > 0 GROUP BY endpoint_id
"""
"""A receipt stands for its only attempt; see `schema` for those that have rows in `attempts`."""
_TOP_UPS = "SELECT at, scope, tenant, name, cycle, amount FROM top_ups WHERE at >= ? ORDER BY seq"
_TOP_UP = "INSERT INTO top_ups (at, scope, tenant, name, cycle, amount) VALUES (?, ?, ?, ?, ?, ?)"


class Sums(Struct, frozen=True):
    """Everything a store of accounts has to know of the past."""

    recorded: tuple[Recorded, ...]
    top_ups: tuple[TopUp, ...]
    unpriced: int
    """Answers among them whose price is not known: their cost is missing."""


def sums(
    connection: sqlite3.Connection,
    zones: Collection[str],
    now: int,
    endpoints: Collection[str] = (),
) -> Sums:
    """The sums of each account since its month began, by the calendars of these time zones.

    `endpoints`: those that have accounts of their own. Receipts of later days, which a clock that
    stepped back leaves, are sums of their own.
    """
    spans = [span(cycle, now, zone) for zone in zones for cycle in Cycle]
    bounds = sorted({bound for s in spans for bound in (s.start, s.end)})
    recorded: list[Recorded] = []
    unpriced = 0
    for since, until in pairwise([*bounds, _LAST]):
        costs: dict[AccountId, int] = defaultdict(int)
        for tenant, key, user, cost, without in connection.execute(_SPENT, (since, until)):
            unpriced += without
            for account in _accounts(tenant, key, user):
                costs[account] += cost
        if endpoints:
            bound = {"since": since, "until": until}
            for endpoint_id, cost in connection.execute(_SPENT_AT, bound):
                if endpoint_id in endpoints:
                    costs[AccountId(Scope.ENDPOINT, "", endpoint_id)] = cost
        recorded += (Recorded(since, account, cost) for account, cost in costs.items())
    return Sums(
        tuple(recorded), tuple(_top_ups(connection, bounds[0] if bounds else now)), unpriced
    )


def add_top_up(connection: sqlite3.Connection, top_up: TopUp) -> None:
    account = top_up.account
    connection.execute(
        _TOP_UP,
        (top_up.at, account.scope, account.tenant, account.name, top_up.cycle, top_up.amount),
    )


def _accounts(tenant: str, key: str, user: str | None) -> Iterator[AccountId]:
    yield AccountId(Scope.TENANT, tenant, tenant)
    yield AccountId(Scope.KEY, tenant, key)
    if user:
        yield AccountId(Scope.USER, tenant, user)


def _top_ups(connection: sqlite3.Connection, since: int) -> Iterator[TopUp]:
    for at, scope, tenant, name, cycle, amount in connection.execute(_TOP_UPS, (since,)):
        account = AccountId(Scope(scope), tenant, name)
        yield TopUp(at=at, account=account, cycle=Cycle(cycle), amount=amount)
