"""Long texts are inspected beside the event loop, few at a time, tenants in turn.

Work is linear in the text, and still seconds for megabytes that were made to be slow (figures:
docs/privacy-labels.md). A thread keeps the loop free but not the processor: with many of them
everybody's requests crawl. So there are two lanes, and what nobody could wait for goes through the
narrow one. A client that leaves does not stop a thread; its place is taken until it ends.
"""

from __future__ import annotations

import asyncio
from collections import deque

from gilmok.core.errors import DeadlineExceeded
from gilmok.core.inspection import Inspection
from gilmok.core.ports import Inspector
from gilmok.core.request import Request, size

AT_ONCE = 4_096
"""Characters that are inspected on the loop: half a millisecond, and up to 100 where they were made
to be slow."""
_LONG = 262_144
_PLACES = 2
_PLACES_OF_THE_LONGEST = 1


class Aside:
    """Implements the waiting of `core.ports.Inspector` for all requests of a process.

    Single-threaded but for `inspect` of the inspector, which runs in threads.
    """

    def __init__(self) -> None:
        self._lane = _Lane(_PLACES)
        self._narrow = _Lane(_PLACES_OF_THE_LONGEST)

    async def inspect(self, inspector: Inspector, request: Request, tenant: str) -> Inspection:
        """Raises `DeadlineExceeded` where the request's deadline passes first."""
        length = size(request)
        if length <= AT_ONCE:
            return inspector.inspect(request)
        lane = self._lane if length <= _LONG else self._narrow
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout_at(request.deadline):
                await lane.enter(tenant)
                work = loop.run_in_executor(None, inspector.inspect, request)
                work.add_done_callback(lane.leave)
                return await asyncio.shield(work)
        except TimeoutError:
            raise DeadlineExceeded(loop.time() - began, "inspection") from None


class _Lane:
    """So many places, and tenants who wait for one, each in a queue of its own."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    async def enter(self, tenant: str) -> None:
        """Returns with a place taken. Raises nothing but `CancelledError`."""
        if self._places:
            self._places -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(tenant, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()  # The place goes to somebody who still wants it.
            raise

    def leave(self, _: object = None) -> None:
        while self._waiting:
            tenant = next(iter(self._waiting))
            queue = self._waiting.pop(tenant)
            turn = queue.popleft()
            if queue:
                self._waiting[tenant] = queue  # Behind the others.
            if not turn.done():
                turn.set_result(None)
                return
        self._places += 1
