"""Questions to the ledger that look at many rows."""

from __future__ import annotations

import asyncio

from gilmok.core.goodput import TWO_SECONDS, Targets
from gilmok.core.money import Price
from gilmok.core.ports import Clock
from gilmok.ledger import Archive, By, Decision, GoodputReport, Statistics, Traffic


class Reading:
    """One sum at a time: a dashboard that many people look at takes one core at most."""

    def __init__(
        self, archive: Archive, clock: Clock, reference: Price, targets: Targets = TWO_SECONDS
    ) -> None:
        self._archive = archive
        self._clock = clock
        self._reference = reference
        self._targets = targets
        self._turn = asyncio.Lock()

    async def statistics(
        self, since: int, tenant: str | None, reference: Price | None = None
    ) -> Statistics:
        """Of what came in from `since` until now; savings against the configured reference where
        none is given."""
        against = reference or self._reference
        async with self._turn:
            return await self._archive.statistics(
                since, self._clock.wall() + 1, reference=against, tenant=tenant
            )

    async def goodput(self, since: int, tenant: str | None, by: By = By.ENDPOINT) -> GoodputReport:
        """Of what came in from `since` until now."""
        async with self._turn:
            return await self._archive.goodput(
                since, self._clock.wall() + 1, self._targets, by, tenant=tenant
            )

    async def traffic(self, since: int, tenant: str | None) -> Traffic:
        """Of what came in from `since` until now."""
        async with self._turn:
            return await self._archive.traffic(since, self._clock.wall() + 1, tenant)

    async def decision(self, decision_id: str, tenant: str) -> Decision:
        """Raises `DecisionNotFound`."""
        return await self._archive.read(decision_id, tenant)

    async def recent(self, tenant: str, limit: int) -> tuple[Decision, ...]:
        """Newest first."""
        return await self._archive.recent(limit, tenant)
