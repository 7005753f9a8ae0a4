"""What happens to budgets is told: in the log, in the metrics, and to the operator's address."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from msgspec import Struct

from gilmok.composition.world import World
from gilmok.core.endpoint import Endpoint
from gilmok.core.money import usd
from gilmok.core.ports import Clock
from gilmok.core.receipt import Receipt
from gilmok.ledger import BudgetEvent
from gilmok.ledger.budgets import SOFT, moment
from gilmok.providers import Webhook
from gilmok.telemetry import Metrics

log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


class EventBody(Struct, frozen=True, kw_only=True):
    """A budget event as it is posted: ids, amounts in USD, moments in UTC."""

    id: str
    """The same for the same crossing."""
    type: str
    at: str
    scope: str
    tenant: str
    name: str
    """The tenant, the key's id, or the end user's pseudonym."""
    cycle: str
    cap_usd: str
    spent_usd: str
    held_usd: str
    remaining_usd: str
    starts_at: str
    resets_at: str


class Events:
    def __init__(self, metrics: Metrics, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock
        self._webhook: Webhook | None = None

    @asynccontextmanager
    async def delivered_to(self, receiver: Endpoint | None, world: World) -> AsyncIterator[None]:
        """While it lasts, events are posted to the receiver, where there is one."""
        if receiver is None:
            yield
            return
        tell = self._metrics.webhook
        async with Webhook(receiver, world.clock, world.rng, tell=tell) as webhook:
            self._webhook = webhook
            yield

    def budget(self, event: BudgetEvent) -> None:
        """Never blocks, never raises: a request is being settled."""
        budget = event.budget
        account = budget.account
        fields = {
            "scope": account.scope.value,
            "tenant": account.tenant,
            "account": account.name,
            "cycle": budget.cycle.value,
            "spent": budget.spent,
            "cap": budget.cap,
        }
        if event.kind == SOFT:
            log.warning("budget_soft", extra=fields)
        else:
            log.warning("budget_exhausted", extra=fields)
        self._metrics.budget_event(event.kind, account.scope.value)
        if self._webhook is not None:
            self._webhook.send(event.id, _encode(event_body(event, self._clock.wall())))

    def overrun(self, receipt: Receipt) -> None:
        """An answer cost more than its worst case: an upstream does not keep to its bounds, or its
        price or context is configured wrong."""
        log.warning(
            "hold_overrun",
            extra={
                "decision_id": receipt.decision_id,
                "endpoint": receipt.endpoint_id,
                "cost": receipt.cost,
                "held": receipt.held,
            },
        )


def event_body(event: BudgetEvent, now: int) -> EventBody:
    budget = event.budget
    account = budget.account
    return EventBody(
        id=event.id,
        type=event.kind,
        at=moment(now),
        scope=account.scope.value,
        tenant=account.tenant,
        name=account.name,
        cycle=budget.cycle.value,
        cap_usd=usd(budget.cap),
        spent_usd=usd(budget.spent),
        held_usd=usd(budget.held),
        remaining_usd=usd(budget.remaining),
        starts_at=moment(budget.starts_at),
        resets_at=moment(budget.resets_at),
    )
