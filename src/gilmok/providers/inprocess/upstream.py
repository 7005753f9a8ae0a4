"""An upstream whose far end is a thread of this process.

The work is an iterator, and each of its steps is short: between two steps others get their turn,
and somebody who left costs no step more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from typing import Any

from gilmok.core.completion import Batch, Opened
from gilmok.core.endpoint import Endpoint, EndpointState, Zone
from gilmok.core.errors import AttemptFailed, EngineBusy, MalformedAnswer, ZoneRefused
from gilmok.core.outbound import Outbound
from gilmok.providers.inprocess.letters import Order, read
from gilmok.providers.inprocess.options import Options

log = logging.getLogger(__name__)

MOST_AT_ONCE = 256
"""Conversations that take turns on the one thread; whoever comes then is sent elsewhere at once."""
_BUSY_S = 1.0
_PACKAGE = "gilmok.providers.inprocess"

Work = Callable[[Order], Iterator[Batch]]
"""The steps of one order. A step with nothing to tell gives an empty batch."""


class InProcess:
    """See `core.ports.Upstream`."""

    def __init__(self, endpoint: Endpoint, options: Options, module: str) -> None:
        """`module`: has `begin(endpoint, options) -> Work`, called once, on the thread."""
        self.endpoint = endpoint
        self._options = options
        self._module = f"{_PACKAGE}.{module}"
        self._work: Work | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._conversations = 0
        self._retired = False

    def converse(
        self, outbound: Outbound, *, connect_s: float
    ) -> AbstractAsyncContextManager[AsyncIterator[Batch]]:
        """Raises `ValueError` for an outbound that was cleared for another endpoint."""
        if outbound.endpoint is not self.endpoint and outbound.endpoint != self.endpoint:
            raise ValueError("these bytes were cleared for another endpoint")
        return self._converse(outbound)

    @asynccontextmanager
    async def _converse(self, outbound: Outbound) -> AsyncGenerator[AsyncIterator[Batch], None]:
        zone = await self.prove()
        if zone not in outbound.zones:
            raise ZoneRefused(self.endpoint.id, zone)
        if self._conversations >= MOST_AT_ONCE:
            raise EngineBusy(self.endpoint.id, "queue_full", _BUSY_S)
        self._conversations += 1
        events = self._events(read(outbound.letter.body))
        try:
            yield events
        finally:
            try:
                await events.aclose()
            finally:
                self._conversations -= 1
                self._let_go()

    async def _events(self, order: Order) -> AsyncGenerator[Batch, None]:
        steps = await self._on_thread(self._begin, order)
        try:
            yield (Opened(model=self.endpoint.model),)
            while (batch := await self._on_thread(next, steps, None)) is not None:
                if batch:
                    yield batch
        finally:
            # Behind the step that may still be running there; nobody waits for it.
            self._pool().submit(_end, steps)

    def _begin(self, order: Order) -> Iterator[Batch]:
        if self._work is None:
            work: Work = import_module(self._module).begin(self.endpoint, self._options)
            self._work = work
        return self._work(order)

    async def _on_thread(self, function: Callable[..., Any], *arguments: object) -> Any:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._pool(), function, *arguments)
        except AttemptFailed:
            raise
        except Exception as error:
            extra = {"endpoint": self.endpoint.id, "error": type(error).__name__}
            log.error("inprocess_failed", extra=extra)
            raise MalformedAnswer("inprocess") from None

    def _pool(self) -> ThreadPoolExecutor:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"gilmok-{self.endpoint.id}")
        return self._thread

    def _let_go(self) -> None:
        """The thread, once nobody needs it and nobody will."""
        if self._retired and not self._conversations and self._thread is not None:
            self._thread.shutdown(wait=False)
            self._thread = None

    async def prove(self) -> Zone:
        """Nothing leaves the process: what is declared is what is true."""
        return self.endpoint.zone

    async def check(self) -> EndpointState:
        """It was installed when this was made, and nothing else is needed."""
        return EndpointState.UP

    async def close(self) -> None:
        """Conversations under way end as they would."""
        self._retired = True
        self._let_go()


def _end(steps: Any) -> None:
    """A generator puts away what it opened."""
    close = getattr(steps, "close", None)
    if close is not None:
        close()
