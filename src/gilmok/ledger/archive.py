"""Reading the journal, in this process or beside a gateway that writes it in another."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeVar

from gilmok.core.goodput import Targets
from gilmok.core.money import Price
from gilmok.ledger import day_counts, records, reports, schema, sums
from gilmok.ledger.goodput import GoodputReport, goodput
from gilmok.ledger.statistics import Statistics, statistics
from gilmok.ledger.traffic import Traffic, traffic

Answer = TypeVar("Answer")

_STEPS_BETWEEN_LOOKS = 1_000_000
"""Of SQLite's machine, some 20 ms: each look waits for the interpreter."""


class Archive(ABC):
    """Everything that can be asked of a journal; a subclass says how to reach its rows."""

    @abstractmethod
    async def query(self, ask: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Runs `ask` on a connection and returns what it returns."""

    async def read(self, decision_id: str, tenant: str | None = None) -> records.Decision:
        """One decision; with `tenant`, only where it is that tenant's.

        Raises `DecisionNotFound`.
        """
        return await self.query(partial(records.read, decision_id=decision_id, tenant=tenant))

    async def recent(
        self, limit: int = 20, tenant: str | None = None
    ) -> tuple[records.Decision, ...]:
        """The latest decisions, newest first."""
        return await self.query(partial(records.recent, limit=limit, tenant=tenant))

    async def usage(
        self,
        since: int,
        until: int,
        by: reports.By = reports.By.ENDPOINT,
        *,
        reference: Price | None = None,
        tenant: str | None = None,
    ) -> reports.Report:
        """What was asked, answered and spent; see `reports.usage`."""
        return await self.query(
            partial(
                reports.usage,
                since=since,
                until=until,
                by=by,
                reference=reference,
                tenant=tenant,
            )
        )

    async def sums(
        self, zones: Collection[str], now: int, endpoints: Collection[str] = ()
    ) -> sums.Sums:
        """What the days and months that run have cost; see `sums.sums`."""
        return await self.query(partial(sums.sums, zones=zones, now=now, endpoints=endpoints))

    async def statistics(
        self,
        since: int,
        until: int,
        *,
        reference: Price | None = None,
        tenant: str | None = None,
    ) -> Statistics:
        """How every endpoint served; see `statistics.statistics`."""
        return await self.query(
            partial(statistics, since=since, until=until, reference=reference, tenant=tenant)
        )

    async def goodput(
        self,
        since: int,
        until: int,
        targets: Targets,
        by: reports.By = reports.By.ENDPOINT,
        *,
        tenant: str | None = None,
    ) -> GoodputReport:
        """How well promises were kept; see `goodput.goodput`."""
        return await self.query(
            partial(goodput, since=since, until=until, targets=targets, by=by, tenant=tenant)
        )

    async def traffic(self, since: int, until: int, tenant: str | None = None) -> Traffic:
        """What a forecast is made from; see `traffic.traffic`."""
        return await self.query(partial(traffic, since=since, until=until, tenant=tenant))

    async def day_counts(self, since: int) -> tuple[day_counts.DayCount, ...]:
        """Requests and tokens since a moment; see `day_counts.day_counts`."""
        return await self.query(partial(day_counts.day_counts, since=since))


class FileArchive(Archive):
    """Reads a journal's file, each question on a read-only connection in a worker thread.

    Raises `ConfigError` where there is no journal or it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    async def query(self, ask: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Cancelled, it stops looking before it returns: whoever leaves keeps no thread busy."""
        unwanted = threading.Event()
        reading = asyncio.ensure_future(asyncio.to_thread(self._query, ask, unwanted))
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            unwanted.set()
            await asyncio.wait([reading])
            if not reading.cancelled():
                reading.exception()  # Nobody waits for it any more.
            raise

    def _query(
        self, ask: Callable[[sqlite3.Connection], Answer], unwanted: threading.Event
    ) -> Answer:
        with closing(schema.open_reader(self.path)) as connection:
            connection.set_progress_handler(unwanted.is_set, _STEPS_BETWEEN_LOOKS)
            try:
                return ask(connection)
            except sqlite3.DatabaseError as error:
                raise schema.refusal(self.path, error) from None
