"""The journal on disk: law 2 against `kill -9`.

Two places. An attempt's intent is appended to the write-ahead log in the loop, before its request
goes out (`write_ahead.py`: microseconds). One thread writes receipts into the SQLite file, in
groups; nobody waits for it, and everything that is read is read from there.

An intent in the log without a receipt in the file belongs to a process that died: the next start
settles it at its worst case. The same holds for receipts that were still waiting. While
`max_receipts` of them wait, because the file stays unwritable, no further intent is taken.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Self, TypeVar

import msgspec

from gilmok.core.errors import ConfigError, JournalUnavailable
from gilmok.core.receipt import Intent, Receipt
from gilmok.ledger import disk, opening, schema
from gilmok.ledger.archive import FileArchive
from gilmok.ledger.budgets import TopUp
from gilmok.ledger.durable import AT_ONCE, Synced, settle
from gilmok.ledger.recovery import Sweep, sweep
from gilmok.ledger.rows import Writer
from gilmok.ledger.sums import add_top_up
from gilmok.ledger.write_ahead import Rolled, WriteAheadLog, line

log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode

_ROWS_PER_CHECKPOINT = 2_000
_RETRY_S = 0.5

Done = asyncio.Future[None]
Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Journal(FileArchive):
    """Implements `core.ports.Journal`. Use it as `async with Journal(path) as journal`.

    Entering opens, migrates and recovers; it raises `ConfigError` for a file that is no journal,
    is damaged or newer, cannot be written, or has another writer. Leaving writes everything that
    waits. The methods belong to the loop that entered it.
    """

    def __init__(
        self,
        path: Path,
        *,
        synchronous: schema.Synchronous = "normal",
        linger_s: float = 0.02,
        max_receipts: int = 16_384,
        segment_bytes: int = 8 * 2**20,
    ) -> None:
        super().__init__(path)
        self._synchronous: schema.Synchronous = synchronous
        self._linger_s = linger_s
        self._max_receipts = max_receipts
        self._segment_bytes = segment_bytes
        self._log = WriteAheadLog(path)
        self._intents: dict[str, bytes] = {}  # The lines of what is open, to carry over.
        self._waiting: deque[Receipt | Rolled] = deque()  # A segment is not needed by then.
        self._finished: list[Path] = []  # Segments to delete after a checkpoint.
        self._flushes: deque[Done] = deque()
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._rung = False  # A bell is on its way: ring once per group.
        self._lingering = False  # The timer that ends the receipts' wait is set.
        self._open = False
        self._wants_segment = False
        self._log_healthy = True
        self._healthy = True
        self._since_checkpoint = 0
        self._log_is_needed = False
        """A receipt was lost whose intents only the log has: the next start settles them."""
        self.dropped = 0
        """Receipts given up since the start: refusals that nobody could write down, second receipts
        of one decision, and, where the file stays unwritable until the end, what waits by then."""
        self.swept = 0
        """Decisions of a dead process that this one settled when it opened."""

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._open_files)
        self._synced = Synced(self._log.descriptor) if self._synchronous == "full" else None
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
            if self._synced is not None:
                await self._synced.close()
            self._ring()
            await asyncio.to_thread(self._thread.join)

    def intend(self, intent: Intent) -> Awaitable[None]:
        """The intent is in the log when this returns; see `core.ports.Journal.intend`."""
        if not self._open:
            raise disk.unwritable(disk.CLOSED)
        if len(self._waiting) >= self._max_receipts:
            raise disk.unwritable(disk.BEHIND)
        record = line(_encode(intent))
        self._append(record)
        earlier = self._intents.get(intent.decision_id)
        self._intents[intent.decision_id] = record if earlier is None else earlier + record
        return AT_ONCE if self._synced is None else self._synced.wait()

    def record(self, receipt: Receipt) -> None:
        """Takes the receipt for a later group; never blocks, never raises."""
        self._intents.pop(receipt.decision_id, None)
        is_refusal = not receipt.attempts
        if not self._open or (is_refusal and len(self._waiting) >= self._max_receipts):
            self._log_is_needed |= not is_refusal
            self._drop(1)
            return
        self._waiting.append(receipt)
        if not self._lingering:
            self._lingering = True
            self._loop.call_later(self._linger_s, self._stop_lingering)

    async def add_top_up(self, top_up: TopUp) -> None:
        """Writes it down: it is in the file when this returns. Raises `JournalUnavailable`."""
        try:
            await asyncio.to_thread(self._add_top_up, top_up)
        except (ConfigError, sqlite3.Error) as error:
            raise JournalUnavailable(schema.reason_code(error)) from None

    @property
    def healthy(self) -> bool:
        """False from a failed write until the next one that succeeds."""
        synced = self._synced is None or self._synced.healthy
        return self._open and self._healthy and self._log_healthy and synced

    @property
    def queued(self) -> int:
        """Receipts that wait to be written."""
        return len(self._waiting)

    @property
    def open_decisions(self) -> int:
        """Decisions with an intent and no receipt."""
        return len(self._intents)

    async def flush(self) -> None:
        """Ends when the receipts taken so far are written, or one try to write them failed."""
        if self._open:
            # Also where none is queued: the thread may be busy with them.
            done = self._loop.create_future()
            self._flushes.append(done)
            self._ring()
            await done

    async def query(self, ask: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Reads what is written, this process's latest receipts included."""
        await self.flush()
        return await super().query(ask)

    def _append(self, lines: bytes) -> None:
        try:
            self._log.append(lines)
        except OSError as error:
            if self._log_healthy:
                self._log_healthy = False
                log.error("journal_unwritable", extra={"reason": error.errno})
                self._loop.call_later(_RETRY_S, self._probe)
            raise disk.unwritable(error) from None

    def _probe(self) -> None:
        """Whoever asks `healthy` before sending anything would wait for a write for ever."""
        try:
            self._log.append(b"\n")
        except OSError:
            if self._open:
                self._loop.call_later(_RETRY_S, self._probe)
            return
        self._log_healthy = True
        log.warning("journal_writable_again")

    def _stop_lingering(self) -> None:
        self._lingering = False
        if self._log.size > self._segment_bytes:
            self._roll()
        self._ring()

    def _roll(self) -> None:
        """Goes on in a new segment, which the thread makes first: opening a file may take long. A
        full disk has none to spare: then this one grows longer."""
        if not self._log.is_prepared:
            self._wants_segment = True
        elif not self._log_is_needed:
            with suppress(OSError):
                self._waiting.append(self._log.roll(self._intents.values()))

    def _ring(self) -> None:
        if not self._rung:
            self._rung = True
            self._bell.put(None)

    # Below here everything runs in a thread: the journal's own, but for the next.

    def _add_top_up(self, top_up: TopUp) -> None:
        # By a connection of its own: it is rare, and waits for the writer as long as is needed.
        with closing(schema.open_writer(self.path, self._synchronous)) as connection:
            add_top_up(connection, top_up)

    def _open_files(self) -> None:
        self._lock = schema.lock(self.path)
        try:
            self._look()
            self._connection = schema.open_writer(self.path, self._synchronous)
        except ConfigError:
            self._lock.close()
            raise
        try:
            self._writer = Writer(self._connection)
            swept = self._start_log()
        except (sqlite3.Error, OSError) as error:
            self._connection.close()
            self._lock.close()
            raise schema.refusal(self.path, error) from None
        self.swept = swept.decisions
        self._finished += swept.left
        if self.swept:
            log.warning("intents_swept", extra={"decisions": self.swept})

    def _look(self) -> None:
        """Before SQLite touches anything. Raises `ConfigError`."""
        opening.keep_orphaned_log(self.path)
        if not opening.look(self.path) and self._log.segments():
            # Whatever was in it is gone; what the log still has is settled at its worst case.
            log.error("database_missing", extra={"file": self.path.name})

    def _start_log(self) -> Sweep:
        swept = sweep(self._log, self._writer)
        self._log.start()
        self._sync_names()
        return swept

    def _prepare_segment(self) -> None:
        if self._wants_segment and self._open:
            self._wants_segment = False
            with suppress(OSError):  # The next group asks again.
                self._log.prepare()
                self._sync_names()

    def _sync_names(self) -> None:
        """Else a power cut forgets the new segment's."""
        if self._synchronous == "full":
            disk.sync(self.path.parent)

    def _run(self) -> None:
        while True:
            with suppress(Empty):
                self._bell.get(timeout=None if self._healthy else _RETRY_S)
            # In this order: whatever is queued after the next line rings again.
            self._rung = False
            closing = not self._open
            flushes = _take(self._flushes)
            self._prepare_segment()
            self._write(_take(self._waiting))
            self._tell(flushes)
            if closing:
                break
        self._close_files()

    def _write(self, waiting: list[Receipt | Rolled]) -> None:
        receipts = [item for item in waiting if isinstance(item, Receipt)]
        try:
            if receipts:
                self._writer.write(receipts)
            elif not self._healthy:
                self._writer.probe()
        except Exception as error:
            if schema.is_storage_failure(error):
                self._put_back(waiting, error)
                return
            if not self._write_singly(waiting):
                return
        if not self._healthy:
            self._healthy = True
            log.warning("journal_writable_again")
        self._since_checkpoint += len(receipts)
        self._tidy([item for item in waiting if isinstance(item, Rolled)])

    def _write_singly(self, waiting: Sequence[Receipt | Rolled]) -> bool:
        """One row of the group cannot be stored, a defect: keep the others. False where the file
        failed meanwhile: then what is left waits again."""
        for number, receipt in enumerate(waiting):
            if isinstance(receipt, Rolled):
                continue
            try:
                self._writer.write((receipt,))
            except Exception as error:
                if schema.is_storage_failure(error):
                    rolled = [item for item in waiting[:number] if isinstance(item, Rolled)]
                    self._put_back([*rolled, *waiting[number:]], error)
                    return False
                log.exception("receipt_unstorable", extra={"decision_id": receipt.decision_id})
                # Of two receipts of one decision the first counts: nothing is lost.
                self._log_is_needed |= not isinstance(error, sqlite3.IntegrityError)
                self._drop(1)
        return True

    def _put_back(self, waiting: Sequence[Receipt | Rolled], error: Exception) -> None:
        self._waiting.extendleft(reversed(waiting))
        if self._healthy:
            self._healthy = False
            log.error("journal_unwritable", extra={"reason": schema.reason_code(error)})

    def _tidy(self, rolled: list[Rolled]) -> None:
        """A segment goes after a checkpoint: from then on a power cut cannot undo its receipts. The
        one that has its open intents is synced before."""
        if not rolled and self._since_checkpoint < _ROWS_PER_CHECKPOINT:
            return
        self._since_checkpoint = 0
        for segments in rolled:
            self._retire(segments)
        try:
            if rolled:
                disk.sync(rolled[-1].new)
                disk.sync(self.path.parent)
            if self._writer.checkpoint():
                self._delete_finished()
        except (sqlite3.Error, OSError) as error:
            # Both logs keep every row; the next group tells whether the disk is at fault.
            log.warning("checkpoint_failed", extra={"reason": schema.reason_code(error)})

    def _retire(self, rolled: Rolled) -> None:
        self._finished.append(rolled.old)
        with suppress(OSError):
            os.close(rolled.file)

    def _delete_finished(self) -> None:
        """After a whole checkpoint only."""
        if not self._log_is_needed:
            for segment in self._finished:
                segment.unlink(missing_ok=True)
            self._finished.clear()

    def _close_files(self) -> None:
        lost = [item for item in self._waiting if isinstance(item, Receipt)]
        self._log_is_needed |= any(receipt.attempts for receipt in lost)
        self._drop(len(lost))
        for item in self._waiting:
            if isinstance(item, Rolled):
                self._retire(item)
        self._waiting.clear()
        try:
            with suppress(OSError, sqlite3.Error):
                is_complete = self._checkpointed()
                if is_complete:
                    self._delete_finished()
                self._log.close(delete=is_complete and not (self._log_is_needed or self._intents))
            self._connection.close()
        finally:
            self._lock.close()

    def _checkpointed(self) -> bool:
        try:
            return self._writer.checkpoint()
        except sqlite3.Error:
            return False

    def _drop(self, receipts: int) -> None:
        if receipts and not self.dropped:
            log.error("receipts_dropped", extra={"receipts": receipts})
        self.dropped += receipts

    def _tell(self, waiters: list[Done]) -> None:
        if waiters:
            # The loop is gone where it ended without `close`: then nobody waits any more.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(settle, waiters, None)


def _take(queue: deque[Item]) -> list[Item]:
    """Everything in the queue now. The other thread may append meanwhile, and then rings."""
    return [queue.popleft() for _ in range(len(queue))]
