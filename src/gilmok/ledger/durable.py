"""When a record may be relied on: at once against `kill -9`, after a sync against a power cut."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterator

from gilmok.core.errors import JournalUnavailable
from gilmok.ledger.disk import CLOSED, unwritable

log = logging.getLogger(__name__)

_RETRY_S = 0.5


class _AtOnce:
    """An awaitable that is done already, and costs nothing to make or to drop."""

    def __await__(self) -> Iterator[None]:
        return iter(())


AT_ONCE: Awaitable[None] = _AtOnce()  # type: ignore[assignment]  # no generator needed


class Synced:
    """Shares syncs among everyone who waits: one runs, in a thread, and the next takes the rest.

    `descriptor` duplicates that of the file as it is now; the copy is closed here.
    """

    def __init__(self, descriptor: Callable[[], int]) -> None:
        self._descriptor = descriptor
        self._waiting: list[asyncio.Future[None]] = []
        self._running: asyncio.Task[None] | None = None
        self.healthy = True
        """False from a failed sync until the next one that succeeds."""

    def wait(self) -> Awaitable[None]:
        """Done once everything appended before this call is synced.

        Awaiting raises `JournalUnavailable` where the disk refused; unawaited it stays silent.
        """
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="journal-sync")
        return done

    async def close(self) -> None:
        """Nobody is left waiting."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
            settle(self._waiting, unwritable(CLOSED))

    async def _run(self) -> None:
        try:
            # Goes on while the disk refuses: whoever asks `healthy` first would wait for ever.
            while self._waiting or not self.healthy:
                if not self.healthy:
                    await asyncio.sleep(_RETRY_S)
                await self._sync_once()
        finally:
            self._running = None

    async def _sync_once(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            await asyncio.to_thread(_sync, self._descriptor())
        except OSError as error:
            if self.healthy:
                self.healthy = False
                log.error("journal_unwritable", extra={"reason": error.errno})
            settle(waiting, unwritable(error))
        except asyncio.CancelledError:
            settle(waiting, unwritable(CLOSED))
            raise
        else:
            if not self.healthy:
                self.healthy = True
                log.warning("journal_writable_again")
            settle(waiting, None)


def _sync(descriptor: int) -> None:
    try:
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def settle(waiting: list[asyncio.Future[None]], error: JournalUnavailable | None) -> None:
    """Tells everyone who still waits."""
    for done in waiting:
        if done.done():
            continue  # Its task was cancelled.
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
            done.exception()  # An attempt that failed first never awaits it: stay silent.
