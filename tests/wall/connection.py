"""One socket: requests in, answers out, and the truth about how each exchange ended."""

import asyncio
import socket
import struct
import time
import zlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import cycle
from typing import cast

from tests.wall.leaks import Leak
from tests.wall.log import Ending, Exchange, Log
from tests.wall.wire import CONTINUE, LAST_CHUNK, BrokenRequest, Reader, Request, chunk, head

CONTROL = "/_wall/"
ODD_SIZES = (1, 2, 3, 5, 7, 11, 13)

Respond = Callable[[Exchange, "Reply"], Awaitable[None]]


class Connection(asyncio.Protocol):
    """A client's socket. Requests on it are answered one after the other, in order.

    Invariants: every byte received is in the log before anything else happens to it; every
    exchange gets exactly one ending; a client that leaves cancels the answer it no longer wants.
    """

    def __init__(self, log: Log, respond: Respond, open_connections: set["Connection"]) -> None:
        self._log = log
        self._respond = respond
        self._open = open_connections
        self._reader = Reader()
        self._raw = bytearray()
        self._began = 0.0
        self._exchange: Exchange | None = None
        self._drained: asyncio.Future[None] | None = None
        self.number = 0
        self.transport: asyncio.Transport
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        # No buffer of our own: "written" then means "in the kernel", which is what `sent` counts.
        # TLS transports compare with >= instead of >, and would pause for ever at 0.
        encrypted = transport.get_extra_info("ssl_object") is not None
        self.transport.set_write_buffer_limits(high=1 if encrypted else 0)
        self.number, self._raw = self._log.socket_opened()
        self._open.add(self)
        self._log.changed()

    def data_received(self, data: bytes) -> None:
        self._raw += data
        if not self._reader.pending:
            self._began = time.monotonic()
        self._reader.feed(data)
        if self.task is None:
            self._next()

    def eof_received(self) -> bool:
        self.transport.abort()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self)
        if self._exchange is not None:
            self._log.ended(self._exchange, Ending.CLIENT_CLOSED)
        if self.task is not None:
            self.task.cancel()
        elif self._reader.pending:
            self._record_broken()
        self._log.changed()

    def pause_writing(self) -> None:
        self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    async def write(self, data: bytes) -> None:
        """Hand the bytes to the kernel. A client that has left ends the calling task here."""
        if self.transport.is_closing():
            await asyncio.get_running_loop().create_future()
        self.transport.write(data)
        if self._drained is not None:
            await self._drained

    def reset(self) -> None:
        """Close with RST instead of FIN: zero linger makes the kernel drop the connection."""
        raw = self.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def shut(self) -> None:
        """The wall goes away, and with it whatever was still open."""
        if self._exchange is not None:
            self._log.ended(self._exchange, Ending.WALL_CLOSED)
        self.transport.abort()

    def _next(self) -> None:
        try:
            request = self._reader.take()
        except BrokenRequest as error:
            self._refuse(str(error))
            return
        if request is not None:
            self.task = asyncio.get_running_loop().create_task(self._serve(request))
        elif self._reader.awaits_continue():
            self.transport.write(CONTINUE)

    async def _serve(self, request: Request) -> None:
        try:
            exchange = self._exchange_of(request)
            if request.target.startswith(CONTROL):
                left = len(self._raw) - self._reader.pending
                del self._raw[max(0, left - request.size) : left]
            else:
                exchange.number = self._log.next_number()
                self._log.opened(exchange)
            self._exchange = exchange
            await self._respond(exchange, Reply(self, self._log, exchange, request.keep_alive))
        finally:
            self._exchange = self.task = None
        if not request.keep_alive:
            self.transport.close()
        elif not self.transport.is_closing():
            self._began = time.monotonic()
            self._next()

    def _exchange_of(self, request: Request) -> Exchange:
        return Exchange(
            number=0,
            connection=self.number,
            method=request.method,
            target=request.target,
            headers=request.headers,
            body=request.body,
            began=self._began,
            received=time.monotonic(),
        )

    def _record_broken(self) -> None:
        request = self._reader.partial or Request("", "", [], keep_alive=False)
        exchange = self._exchange_of(request)
        exchange.number = self._log.next_number()
        self._log.opened(exchange)
        self._log.ended(exchange, Ending.BROKEN)
        self._reader = Reader()

    def _refuse(self, why: str) -> None:
        self._record_broken()
        said = f"{why}\n".encode()
        headers = [("content-length", str(len(said))), ("connection", "close")]
        self.transport.write(head(400, headers) + said)
        self.transport.close()


def odd_cuts(data: bytes) -> Iterator[bytes]:
    """Cut bytes where no text would be cut: every few bytes, also inside characters."""
    at = 0
    for size in cycle(ODD_SIZES):
        if at >= len(data):
            return
        yield data[at : at + size]
        at += size


class Reply:
    """The answer to one exchange, as far as HTTP is concerned.

    Exactly one of the endings (`end`, `truncate`, `reset`, `hang_up`, `forever`) closes it.
    """

    def __init__(
        self, connection: Connection, log: Log, exchange: Exchange, keep_alive: bool
    ) -> None:
        self._connection = connection
        self._log = log
        self._exchange = exchange
        self._keep_alive = keep_alive
        self._chunked = False
        self._gzip: zlib._Compress | None = None
        self.split = False
        self.leak: Leak | None = None

    @property
    def begun(self) -> bool:
        return self._exchange.status is not None

    async def open(
        self,
        status: int,
        headers: Iterable[tuple[str, str]],
        length: int | None = None,
        body: bytes = b"",
        gzip: bool = False,
    ) -> None:
        """Send the head, with `body` in the same packet. No length means chunked."""
        framing = "transfer-encoding" if length is None else "content-length"
        lines = [*headers, (framing, "chunked" if length is None else str(length))]
        if gzip:
            lines.append(("content-encoding", "gzip"))
            self._gzip = zlib.compressobj(wbits=31)
        if not self._keep_alive:
            lines.append(("connection", "close"))
        self._chunked = length is None
        self._exchange.status = status
        if self.leak is not None:
            lines += self.leak.head()
        reason = None if self.leak is None else self.leak.reason
        await self._write(head(status, lines, reason) + body)

    async def body(self, data: bytes) -> None:
        """Send some of the body: one chunk, flushed through gzip where that is on."""
        if not data:
            return
        if self._gzip is not None:
            data = self._gzip.compress(data) + self._gzip.flush(zlib.Z_SYNC_FLUSH)
        for part in odd_cuts(data) if self.split else (data,):
            await self._write(chunk(part) if self._chunked else part)
            if self.split:
                await asyncio.sleep(0)

    async def end(self, ending: Ending = Ending.ANSWERED) -> None:
        """End the body properly; the socket stays open for the next request."""
        if self._gzip is not None:
            await self._write(chunk(self._gzip.flush()))
        if self._chunked:
            trailer = b"" if self.leak is None else self.leak.trailer
            await self._write(LAST_CHUNK[:3] + trailer + LAST_CHUNK[3:])
        self._log.ended(self._exchange, ending)

    async def truncate(self) -> None:
        """Close the socket politely in the middle of the body."""
        self._log.ended(self._exchange, Ending.TRUNCATED)
        self._connection.transport.close()

    async def reset(self) -> None:
        self._log.ended(self._exchange, Ending.RESET)
        self._connection.reset()

    async def hang_up(self) -> None:
        self._log.ended(self._exchange, Ending.HUNG_UP)
        self._connection.transport.close()

    async def forever(self) -> None:
        """Send nothing more until the client leaves."""
        await asyncio.get_running_loop().create_future()

    async def _write(self, data: bytes) -> None:
        if self._exchange.first_byte is None:
            self._exchange.first_byte = time.monotonic()
        self._exchange.sent += len(data)
        await self._connection.write(data)
