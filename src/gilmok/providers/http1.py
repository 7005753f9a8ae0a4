"""HTTP/1.1 as a client, on a socket that is already connected. llhttp parses.

One exchange at a time; nothing is followed, retried, cached or decoded here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import httptools
from msgspec import Struct

from gilmok.core.endpoint import Zone

MAX_HEAD = 64 * 1024
"""Bytes of an answer's head, interim answers included."""
_HIGH_WATER = 32 * 1024
"""Unread bytes of a body at which the socket is read no further."""
_AT_ONCE = 16 * 1024
"""Bytes of a body that one `read` aims at: what is made of them is held while a client is slow, and
is several times as much."""
_INTO = memoryview(bytearray(32 * 1024))
"""Where sockets are read into, one after the other: whoever reads has copied it before the next
one does. Without it the event loop takes a quarter of a megabyte at a time."""


class Hangup(Exception):
    """The exchange ended early. `reason` is a code: `closed`, `reset`, `not_http`,
    `head_too_large`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Head(Struct, frozen=True):
    status: int
    headers: dict[str, str]
    """Names in lower case; of repeated fields the last."""


class Connection(asyncio.BufferedProtocol):
    """A connection to a proved address.

    Invariant: `reusable` only while no exchange runs, the last one ended as HTTP says it must, and
    the peer has sent nothing since.
    """

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        """What its address proved."""
        self._idle_since = 0.0
        self.reusable = False
        self.closed = False
        self.on_lost: Callable[[], None] | None = None
        """Called once, when the socket is gone."""
        # Asking for it costs a system call each time.
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[None] | None = None
        self._pieces: list[bytes] = []
        self._unread = 0
        self._paused = False
        self._busy = False
        self._hangup: Hangup | None = None
        self._on_complete: Callable[[Connection], None] | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._begin()

    def _begin(self) -> None:
        self._headers: dict[str, str] = {}
        self._head: Head | None = None
        self._head_bytes = 0
        self._complete = False

    # The exchange

    async def exchange(self, message: bytes) -> Head:
        """Send a request and wait for the head of its answer. Raises `Hangup`."""
        self._begin()
        self._busy, self.reusable = True, False
        if self._transport is None or self.closed:
            raise self._hangup or Hangup("closed")
        self._transport.write(message)
        while self._head is None:
            if self._hangup is not None:
                raise self._hangup
            await self._news()
        return self._head

    async def read(self) -> bytes:
        """The next bytes of the body; nothing at its proper end. Raises `Hangup`."""
        while not self._pieces:
            if self._complete:
                return b""
            if self._hangup is not None:
                raise self._hangup
            await self._news()
        data = self._take()
        self._unread -= len(data)
        if self._paused and self._unread <= _HIGH_WATER and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    def _take(self) -> bytes:
        pieces = self._pieces
        if self._unread <= _AT_ONCE:
            data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            pieces.clear()
            return data
        size = count = 0
        for piece in pieces:
            size += len(piece)
            count += 1
            if size >= _AT_ONCE:
                break
        data = b"".join(pieces[:count])
        del pieces[:count]
        return data

    def _news(self) -> asyncio.Future[None]:
        """Done as soon as anything has come."""
        self._waiter = waiter = self._loop.create_future()
        return waiter

    def retire(self, keep: Callable[[Connection], None], patience_s: float) -> None:
        """Be done with the answer: `keep` the connection once the body's end has come.

        The words of an answer end before its body does; whoever waits for them should not wait for
        the rest. A body that does not end within `patience_s` costs the connection.
        """
        if self._complete:
            self._finish(keep)
        elif not self.closed:
            self._on_complete = keep
            self._patience = self._loop.call_later(patience_s, self.abort)

    def rest(self) -> None:
        """Idle from now on."""
        self._idle_since = self._loop.time()

    @property
    def idle_s(self) -> float:
        """Seconds since it came to rest."""
        return self._loop.time() - self._idle_since

    def _finish(self, keep: Callable[[Connection], None]) -> None:
        self._stop_waiting()
        self._busy = False
        self._pieces.clear()
        self._unread = 0
        if self.reusable and not self.closed:
            keep(self)
        else:
            self.abort()

    def abort(self) -> None:
        """Close the socket now, whatever is in flight."""
        self.closed, self.reusable = True, False
        self._stop_waiting()
        if self._transport is not None:
            self._transport.abort()

    def _stop_waiting(self) -> None:
        self._on_complete = None
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, because uvloop's transports are no subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        return _INTO

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(_INTO[:nbytes])

    def data_received(self, data: bytes | memoryview) -> None:
        if not self._busy:
            self.abort()  # nobody asked: an answer to nothing must not become the next one's
            return
        if self._head is None:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail("not_http")
            return
        if self._head is None and self._head_bytes > MAX_HEAD:
            self._fail("head_too_large")
            return
        self._react()

    def _react(self) -> None:
        if self._complete and self._on_complete is not None:
            self._finish(self._on_complete)
        elif self._on_complete is not None:
            self._pieces.clear()
            self._unread = 0
        elif self._unread > _HIGH_WATER and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed, self.reusable = True, False
        if self._head is not None and not self._complete and exc is None and self._ends_at_close():
            self._complete = True
        elif not self._complete and self._hangup is None:
            self._hangup = Hangup("closed" if exc is None else "reset")
        self._stop_waiting()
        self._wake()
        if self.on_lost is not None:
            self.on_lost()

    def _ends_at_close(self) -> bool:
        return not self._headers.keys() & {"content-length", "transfer-encoding"}

    def _fail(self, reason: str) -> None:
        self._hangup = Hangup(reason)
        self.abort()
        self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    # httptools

    def on_message_begin(self) -> None:
        if self._complete:
            raise ValueError("bytes after the end of an answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200:
            self._head = Head(status, self._headers)

    def on_body(self, body: bytes) -> None:
        self._pieces.append(body)
        self._unread += len(body)

    def on_message_complete(self) -> None:
        if self._head is None:
            self._headers = {}  # an interim answer (1xx): the real one follows
            return
        self._complete = True
        self.reusable = self._parser.should_keep_alive()
