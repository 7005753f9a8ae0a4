"""Reading the journal, in this process or beside a gateway that writes it in another."""

from __future__ import annotations

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeVar

from gilmok.core.money import Price
from gilmok.ledger import records, reports, schema

Answer = TypeVar("Answer")


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


class FileArchive(Archive):
    """Reads a journal's file, each question on a read-only connection in a worker thread.

    Raises `ConfigError` where there is no journal or it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    async def query(self, ask: Callable[[sqlite3.Connection], Answer]) -> Answer:
        return await asyncio.to_thread(self._query, ask)

    def _query(self, ask: Callable[[sqlite3.Connection], Answer]) -> Answer:
        with closing(schema.open_reader(self.path)) as connection:
            try:
                return ask(connection)
            except sqlite3.DatabaseError as error:
                raise schema.refusal(self.path, error) from None
