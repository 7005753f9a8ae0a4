"""When a record may be relied on: at once against `kill -9`, after a sync against a power cut."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator

from gilmok.core.errors import JournalUnavailable


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

    def wait(self) -> Awaitable[None]:
        """Done once everything appended before this call is synced.

        Awaiting raises `JournalUnavailable` where the disk refused; unawaited it stays silent.
        """
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="journal-sync")
        return done

    async def _run(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            try:
                await asyncio.to_thread(_sync, self._descriptor())
            except OSError as error:
                settle(waiting, JournalUnavailable(error.strerror or "it cannot be synced"))
            else:
                settle(waiting, None)
        self._running = None


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
