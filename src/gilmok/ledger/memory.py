"""A journal without a file, for simulations, tests and `path = ":memory:"`.

The same rows, the same SQL and the same answers as `Journal`. Nothing survives the process.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

from gilmok.core.receipt import Intent, Receipt
from gilmok.ledger import disk, schema
from gilmok.ledger.archive import Archive
from gilmok.ledger.budgets import TopUp
from gilmok.ledger.durable import AT_ONCE
from gilmok.ledger.rows import Writer
from gilmok.ledger.sums import add_top_up

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

_LINGER_S = 0.02


class MemoryJournal(Archive):
    """Implements `core.ports.Journal`. `fail` plays a full disk until it is set back.

    `threaded`: one thread owns the database, so that no request waits for SQL. Else everything is
    written at once, in the caller, and a seeded run replays exactly.
    """

    def __init__(self, *, threaded: bool = False) -> None:
        self._connection = schema.open_memory()
        self._writer = Writer(self._connection)
        self._thread = ThreadPoolExecutor(1, "gilmok-journal") if threaded else None
        self._lingering = False
        self._kept: deque[Receipt] = deque()
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
        if self._open:
            await self._run(self._write_kept)
            self._open = False
            if self._thread is not None:
                self._thread.shutdown()
                self._write_kept()  # What came meanwhile.

    def intend(self, intent: Intent) -> Awaitable[None]:
        if not self._open or self.fail:
            raise disk.unwritable(disk.BEHIND if self._open else disk.CLOSED)
        self._intents.add(intent.decision_id)
        return AT_ONCE

    def record(self, receipt: Receipt) -> None:
        if not self._open:
            self.dropped += 1
            return
        self._intents.discard(receipt.decision_id)
        self._kept.append(receipt)
        if self._thread is None:
            self._write_kept()
        elif not self._lingering:
            self._lingering = True
            asyncio.get_running_loop().call_later(_LINGER_S, self._stop_lingering)

    async def add_top_up(self, top_up: TopUp) -> None:
        if not self.healthy:
            raise disk.unwritable(disk.BEHIND)
        await self._run(lambda: add_top_up(self._connection, top_up))

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
        await self._run(self._write_kept)

    async def query(self, ask: Callable[[sqlite3.Connection], Answer]) -> Answer:
        def answer() -> Answer:
            self._write_kept()
            return ask(self._connection)

        return await self._run(answer)

    async def _run(self, step: Callable[[], Answer]) -> Answer:
        """In the thread, where there is one and it has not ended."""
        if self._thread is None or not self._open:
            return step()
        return await asyncio.get_running_loop().run_in_executor(self._thread, step)

    def _stop_lingering(self) -> None:
        self._lingering = False
        if self._thread is not None and self._open:
            self._thread.submit(self._write_kept)

    def _write_kept(self) -> None:
        while self._kept and not self.fail:
            receipt = self._kept.popleft()
            try:
                self._writer.write((receipt,))
            except sqlite3.IntegrityError:
                self.dropped += 1  # A second receipt of one decision: the first one counts.
            except Exception:
                log.exception("receipt_unstorable", extra={"decision_id": receipt.decision_id})
                self.dropped += 1
