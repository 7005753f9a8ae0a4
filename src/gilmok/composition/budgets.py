"""The budgets of a running gateway: kept where the configuration has caps, and nowhere else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator

from gilmok.config import Settings
from gilmok.core.calendar import span
from gilmok.core.cap_view import CapView
from gilmok.core.errors import ConfigError
from gilmok.core.ports import Clock
from gilmok.ledger import (
    AccountId,
    Cycle,
    EndpointCaps,
    Journal,
    Ledger,
    MemoryAccounts,
    MemoryJournal,
    Scope,
    TopUp,
)
from gilmok.ledger.budgets import Tell

log = logging.getLogger(__name__)


class Budgets:
    """Owns the ledger's accounts. Close it: a recount may be under way."""

    def __init__(
        self, ledger: Ledger, journal: Journal | MemoryJournal, clock: Clock, tell: Tell
    ) -> None:
        self._ledger = ledger
        self._journal = journal
        self._clock = clock
        self._accounts = MemoryAccounts(tell)
        self._zone_of: Callable[[AccountId], str] = lambda account: "UTC"
        self._zones: frozenset[str] = frozenset()
        self._caps: object = None
        self._recounting: asyncio.Task[None] | None = None

    def configure(self, settings: Settings) -> bool:
        """Takes the configured caps. True where the sums have to be counted anew.

        Without caps nothing is kept. The accounts of before stay while there are any: what they
        know is never less than what the journal says.
        """
        caps = _caps(settings)
        zone = settings.limits.time_zone
        ceilings = EndpointCaps(self._accounts, settings.endpoints, zone)
        capped = ceilings.capped
        changed = (caps, capped, zone) != self._caps
        self._caps = caps, capped, zone
        self._zone_of = lambda account: (
            zone if account.scope is Scope.ENDPOINT else settings.terms.of(account.tenant).time_zone
        )
        self._zones = frozenset(("UTC", zone, *(tenant.time_zone for tenant in settings.tenants)))
        self._ledger.accounts = self._accounts if caps else None
        self._ledger.endpoint_caps = ceilings if capped else None
        return bool(caps or capped) and changed

    def recount_soon(self) -> None:
        """After a reload: requests are answered meanwhile, by the sums that are known."""
        if self._recounting is not None:
            self._recounting.cancel()
        self._recounting = asyncio.create_task(self._recount_again(), name="recount")

    async def recount(self) -> None:
        """Takes the sums of the running days and months from the journal. Raises `ConfigError`."""
        caps = self._ledger.endpoint_caps
        if self._ledger.accounts is None and caps is None:
            return
        capped = () if caps is None else tuple(caps.capped)
        sums = await self._journal.sums(self._zones, self._clock.wall(), capped)
        self._accounts.restore(sums.recorded, sums.top_ups)
        if sums.unpriced:
            log.warning("budgets_without_prices", extra={"answers": sums.unpriced})

    def caps(self) -> Iterator[CapView]:
        """Of endpoints, as they stand."""
        known = self._ledger.endpoint_caps
        for b in () if known is None else known.budgets(self._clock.wall()):
            yield CapView(b.account.name, b.cycle.value, b.cap, b.spent, b.held)

    async def add_to(self, account: AccountId, cycle: Cycle, amount: int) -> int:
        """Adds to a cap; it survives a restart when this returns: when the period ends.

        Raises `JournalUnavailable`.
        """
        at = self._clock.wall()
        top_up = TopUp(at=at, account=account, cycle=cycle, amount=amount)
        await self._journal.add_top_up(top_up)
        self._accounts.top_up(top_up)
        return span(cycle, at, self._zone_of(account)).end

    async def close(self) -> None:
        if self._recounting is not None:
            self._recounting.cancel()
            await asyncio.wait([self._recounting])

    async def _recount_again(self) -> None:
        try:
            await self.recount()
        except ConfigError as error:
            log.error("budgets_not_recounted", extra={"code": error.code})


def _caps(settings: Settings) -> tuple[object, ...]:
    """Every cap that is configured; empty where there is none."""
    written: Iterable[object] = (
        *(c for p in settings.plans for c in (p.tenant_caps, p.key_caps, p.user_caps)),
        *((t.id, t.time_zone, t.caps) for t in settings.tenants if t.caps is not None),
    )
    return tuple(caps for caps in written if caps is not None)
