"""The journal on disk: one thread writes, in groups, and nobody waits for more than a commit.

* An intent wakes the writer. Intents that arrive while a commit runs form the next group, so a
  busier gateway writes larger groups; the loop is woken once per commit.
* A receipt waits for company, up to `linger_s`: nobody waits for it, and one commit of many rows
  costs a fraction of many commits.
* Checkpoints, the only part that syncs at `synchronous="normal"`, run after the waiters were told.

What survives: at `normal` every commit has reached the operating system, so `kill -9` of the
process loses nothing acknowledged; a power cut may lose the last groups but does not damage the
file. `full` syncs every group.

A receipt that was not written when the process died is lost, its intents are not: the next start
settles them at their worst case (`rows.Writer.sweep`). The same holds for receipts dropped because
the file stayed unwritable for longer than `max_receipts` of them.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Self, TypeVar

from gilmok.core.errors import ConfigError, JournalUnavailable
from gilmok.core.receipt import Intent, Receipt
from gilmok.ledger import schema
from gilmok.ledger.archive import FileArchive
from gilmok.ledger.rows import Writer

log = logging.getLogger(__name__)

_ROWS_PER_CHECKPOINT = 2_000
_RETRY_S = 0.5
_GATHER_S = 0.002
"""How long a busy writer lets a group grow. A model answers in no less, so nobody waits for it;
a single request at a time is written at once."""

Done = asyncio.Future[None]
Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Journal(FileArchive):
    """Implements `core.ports.Journal`. Use it as `async with Journal(path) as journal`.

    Entering opens, migrates and sweeps the file; it raises `ConfigError` for a file that is no
    journal, is damaged or newer, cannot be written, or has another writer. Leaving writes
    everything that waits. The methods belong to the loop that entered it.
    """

    def __init__(
        self,
        path: Path,
        *,
        synchronous: schema.Synchronous = "normal",
        linger_s: float = 0.02,
        max_intents: int = 4_096,
        max_receipts: int = 16_384,
    ) -> None:
        super().__init__(path)
        self._synchronous: schema.Synchronous = synchronous
        self._linger_s = linger_s
        self._max_intents = max_intents
        self._max_receipts = max_receipts
        self._intents: deque[tuple[Intent, Done]] = deque()
        self._receipts: deque[Receipt] = deque()
        self._flushes: deque[Done] = deque()
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._rung = False  # A bell is on its way: ring once per group.
        self._lingering = False  # The timer that ends the receipts' wait is set.
        self._due = False  # The receipts have waited long enough.
        self._open = False
        self._closing = threading.Event()
        self._healthy = True
        self.dropped = 0
        """Receipts given up since the start; the next start settles them at worst case."""
        self.swept = 0
        """Decisions of a dead process that this one settled when it opened."""

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._open_file)
        self._open = True
        self._thread = threading.Thread(target=self._run, name="gilmok-journal", daemon=True)
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Writes what waits and closes. Receipts that cannot be written then count as dropped."""
        if self._open:
            self._open = False
            self._closing.set()
            self._ring()
            await asyncio.to_thread(self._thread.join)

    def intend(self, intent: Intent) -> Done:
        """Queues the intent at once; see `core.ports.Journal.intend`."""
        done = self._loop.create_future()
        if not self._open or len(self._intents) >= self._max_intents:
            reason = "too many rows wait" if self._open else "it is closed"
            _settle([done], JournalUnavailable(reason))
        else:
            self._intents.append((intent, done))
            self._ring()
        return done

    def record(self, receipt: Receipt) -> None:
        """Takes the receipt for a later group; never blocks, never raises."""
        if not self._open or len(self._receipts) >= self._max_receipts:
            self._drop(1)
            return
        self._receipts.append(receipt)
        if not self._lingering:
            self._lingering = True
            self._loop.call_later(self._linger_s, self._stop_lingering)

    @property
    def healthy(self) -> bool:
        """False from a failed write until the next one that succeeds."""
        return self._open and self._healthy

    @property
    def queued(self) -> int:
        """Rows that wait to be written."""
        return len(self._intents) + len(self._receipts)

    async def flush(self) -> None:
        """Ends when the receipts taken so far are written, or one try to write them failed."""
        if self._open:
            # Also where none is queued: the writer may be busy with them.
            done = self._loop.create_future()
            self._flushes.append(done)
            self._due = True
            self._ring()
            await done

    async def query(self, ask: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Reads what is written, this process's latest receipts included."""
        await self.flush()
        return await super().query(ask)

    def _ring(self) -> None:
        if not self._rung:
            self._rung = True
            self._bell.put(None)

    def _stop_lingering(self) -> None:
        self._lingering = False
        self._due = True
        self._ring()

    # Below here everything runs in the writer's thread.

    def _open_file(self) -> None:
        self._lock = schema.lock(self.path)
        try:
            self._connection = schema.open_writer(self.path, self._synchronous)
        except ConfigError:
            self._lock.close()
            raise
        try:
            self._writer = Writer(self._connection)
            self.swept = self._writer.sweep()
        except sqlite3.Error as error:
            self._connection.close()
            self._lock.close()
            raise schema.refusal(self.path, error) from None
        if self.swept:
            log.warning("intents_swept", extra={"decisions": self.swept})

    def _run(self) -> None:
        since_checkpoint = 0
        busy = False
        while True:
            try:
                self._bell.get(timeout=None if self._healthy else _RETRY_S)
            except Empty:
                self._due = True
            # In this order: whatever is queued after the next line rings again.
            if busy:
                self._closing.wait(_GATHER_S)
            self._rung = False
            closing = not self._open
            rows = self._write_group(with_receipts=self._due or closing)
            busy = rows > 1
            since_checkpoint += rows
            if closing:
                break
            if since_checkpoint >= _ROWS_PER_CHECKPOINT:
                since_checkpoint = 0
                self._checkpoint()
        self._close_file()

    def _write_group(self, with_receipts: bool) -> int:
        """Writes and acknowledges what waits; returns how many rows were written."""
        flushes: list[Done] = []
        receipts: list[Receipt] = []
        if with_receipts:
            self._due = False
            flushes = _take(self._flushes)
            receipts = _take(self._receipts)
        # After the receipts: an intent taken later than its receipt would never be closed, and the
        # next start would charge it once more.
        waiting = _take(self._intents)
        intents = [intent for intent, _ in waiting]
        error = self._try_to_write(intents, receipts)
        if error is not None and receipts:
            self._receipts.extendleft(reversed(receipts))
        self._tell([done for _, done in waiting], error)
        self._tell(flushes, None)
        return 0 if error else len(intents) + len(receipts)

    def _try_to_write(
        self, intents: Sequence[Intent], receipts: Sequence[Receipt]
    ) -> JournalUnavailable | None:
        try:
            if intents or receipts:
                self._writer.write(intents, receipts)
            elif self._healthy:
                return None
            else:
                # Whoever asks `healthy` before sending anything would wait for a write for ever.
                self._writer.probe()
        except Exception as error:
            if not schema.is_storage_failure(error):
                return self._write_singly(intents, receipts)
            if self._healthy:
                self._healthy = False
                log.error("journal_unwritable", extra={"reason": schema.reason_code(error)})
            return JournalUnavailable(str(error))
        if not self._healthy:
            self._healthy = True
            log.warning("journal_writable_again")
        return None

    def _write_singly(
        self, intents: Sequence[Intent], receipts: Sequence[Receipt]
    ) -> JournalUnavailable | None:
        """One row of the group cannot be stored, a defect: keep the others, block nobody.

        A receipt that fails here is dropped, so its intents are swept; an intent that fails
        here fails its whole group, because none of them may be answered without one.
        """
        refused: JournalUnavailable | None = None
        for intent in intents:
            try:
                self._writer.write((intent,), ())
            except Exception:
                log.exception("intent_unstorable", extra={"decision_id": intent.decision_id})
                refused = JournalUnavailable("a row cannot be stored")
        for receipt in receipts:
            try:
                self._writer.write((), (receipt,))
            except Exception:
                log.exception("receipt_unstorable", extra={"decision_id": receipt.decision_id})
                self._drop(1)
        return refused

    def _checkpoint(self) -> None:
        try:
            self._writer.checkpoint()
        except sqlite3.Error as error:
            # The log keeps every row; the next group tells whether the disk is at fault.
            log.warning("checkpoint_failed", extra={"reason": schema.reason_code(error)})

    def _close_file(self) -> None:
        self._drop(len(self._receipts))
        self._receipts.clear()
        try:
            self._connection.close()
        finally:
            self._lock.close()

    def _drop(self, receipts: int) -> None:
        if receipts and not self.dropped:
            log.error("receipts_dropped", extra={"receipts": receipts})
        self.dropped += receipts

    def _tell(self, waiters: list[Done], error: JournalUnavailable | None) -> None:
        if waiters:
            # The loop is gone where it ended without `close`: then nobody waits any more.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(_settle, waiters, error)


def _settle(waiters: list[Done], error: JournalUnavailable | None) -> None:
    for done in waiters:
        if done.done():
            continue  # Its task was cancelled.
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
            done.exception()  # An attempt that failed first never awaits it: stay silent.


def _take(queue: deque[Item]) -> list[Item]:
    """Everything in the queue now. The other thread may append meanwhile, and then rings."""
    return [queue.popleft() for _ in range(len(queue))]
