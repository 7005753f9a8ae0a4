"""A journal without a file or a thread, for simulations, tests and `path = ":memory:"`.

The same rows, the same SQL and the same answers as `Journal`; every write happens at once, in the
caller, so that a seeded run replays exactly. Nothing survives the process.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Self, TypeVar

from gilmok.core.errors import JournalUnavailable
from gilmok.core.receipt import Intent, Receipt
from gilmok.ledger import schema
from gilmok.ledger.archive import Archive
from gilmok.ledger.budgets import TopUp
from gilmok.ledger.durable import AT_ONCE
from gilmok.ledger.rows import Writer
from gilmok.ledger.sums import add_top_up

Answer = TypeVar("Answer")


class MemoryJournal(Archive):
    """Implements `core.ports.Journal`. `fail` plays a full disk until it is set back."""

    def __init__(self) -> None:
        self._connection = schema.open_memory()
        self._writer = Writer(self._connection)
        self._kept: list[Receipt] = []
        self._intents: set[str] = set()
        self._open = False
        self.fail = False
        self.dropped = 0
        self.swept = 0

    async def __aenter__(self) -> Self:
        self._open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        self._write_kept()
        self._open = False

    def intend(self, intent: Intent) -> Awaitable[None]:
        if not self._open or self.fail:
            raise JournalUnavailable("it is closed" if not self._open else "full")
        self._intents.add(intent.decision_id)
        return AT_ONCE

    def record(self, receipt: Receipt) -> None:
        if not self._open:
            self.dropped += 1
            return
        self._kept.append(receipt)
        self._write_kept()

    async def add_top_up(self, top_up: TopUp) -> None:
        if not self.healthy:
            raise JournalUnavailable("full")
        add_top_up(self._connection, top_up)

    @property
    def healthy(self) -> bool:
        return self._open and not self.fail

    @property
    def queued(self) -> int:
        return len(self._kept)

    @property
    def open_decisions(self) -> int:
        """Decisions with an intent and no receipt."""
        return len(self._intents)

    async def flush(self) -> None:
        self._write_kept()

    async def query(self, ask: Callable[[sqlite3.Connection], Answer]) -> Answer:
        self._write_kept()
        return ask(self._connection)

    def _write_kept(self) -> None:
        if self.fail:
            return
        kept, self._kept = self._kept, []
        for receipt in kept:
            self._intents.discard(receipt.decision_id)
            try:
                self._writer.write((receipt,))
            except sqlite3.IntegrityError:
                self.dropped += 1  # A second receipt of one decision: the first one counts.
