"""A journal without a file or a thread, for simulations, tests and `path = ":memory:"`.

The same rows, the same SQL and the same answers as `Journal`; every write happens at once, in the
caller, so that a seeded run replays exactly. Nothing survives the process.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Self, TypeVar

from gilmok.core.errors import JournalUnavailable
from gilmok.core.receipt import Intent, Receipt
from gilmok.ledger import schema
from gilmok.ledger.archive import Archive
from gilmok.ledger.rows import Writer

Answer = TypeVar("Answer")


class MemoryJournal(Archive):
    """Implements `core.ports.Journal`. `fail` plays a full disk until it is set back."""

    def __init__(self) -> None:
        self._connection = schema.open_memory()
        self._writer = Writer(self._connection)
        self._kept: list[Receipt] = []
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

    def intend(self, intent: Intent) -> asyncio.Future[None]:
        done = asyncio.get_running_loop().create_future()
        if self._open and not self.fail:
            self._writer.write((intent,), ())
            done.set_result(None)
        else:
            done.set_exception(JournalUnavailable("it is closed" if not self._open else "full"))
            done.exception()  # It may stay unawaited: see the port.
        return done

    def record(self, receipt: Receipt) -> None:
        if not self._open:
            self.dropped += 1
            return
        self._kept.append(receipt)
        self._write_kept()

    @property
    def healthy(self) -> bool:
        return self._open and not self.fail

    @property
    def queued(self) -> int:
        return len(self._kept)

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
            try:
                self._writer.write((), (receipt,))
            except sqlite3.IntegrityError:
                self.dropped += 1  # A second receipt of one decision: the first one counts.
