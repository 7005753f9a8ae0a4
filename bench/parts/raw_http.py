"""The smallest HTTP/1.1 server and client that can carry the workload: asyncio.Protocol + httptools.

They exist to show the floor in Python. They are not complete (no flow control, no TLS options, no limits).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import httptools

Handler = Callable[["Exchange"], Coroutine[Any, Any, None]]


class Exchange:
    """One request on a server connection, and the way to answer it."""

    __slots__ = ("body", "transport")

    def __init__(self, body: bytes, transport: asyncio.Transport) -> None:
        self.body = body
        self.transport = transport

    def reply(self, body: bytes) -> None:
        self.transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
            % (len(body), body)
        )

    def begin(self) -> None:
        self.transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        )

    def send(self, event: bytes) -> None:
        self.transport.write(b"%x\r\n%s\r\n" % (len(event), event))

    def end(self) -> None:
        self.transport.write(b"0\r\n\r\n")


class RawServer(asyncio.Protocol):
    """Server side of one connection. One request at a time (a pipelined one would need a queue)."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.parser = httptools.HttpRequestParser(self)
        self.loop = asyncio.get_running_loop()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.task is not None:
            self.task.cancel()

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.parts: list[bytes] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self.parts.append(body)

    def on_message_complete(self) -> None:
        self.task = self.loop.create_task(
            self.handler(Exchange(b"".join(self.parts), self.transport))
        )


class RawConnection(asyncio.Protocol):
    """Client side of one connection: a waiter for the head or the next piece of body."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.loop = asyncio.get_running_loop()
        self.parser = httptools.HttpResponseParser(self)
        self.waiter: asyncio.Future[None] | None = None
        self.reset()

    def reset(self) -> None:
        self.parts: list[bytes] = []
        self.complete = False

    def connection_lost(self, exc: Exception | None) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_exception(exc or ConnectionResetError("upstream closed"))

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)
        if self.waiter is not None and not self.waiter.done() and (self.parts or self.complete):
            self.waiter.set_result(None)

    def on_body(self, body: bytes) -> None:
        self.parts.append(body)

    def on_message_complete(self) -> None:
        self.complete = True

    async def more(self) -> bytes:
        """The body bytes that have come since the last call; waits for at least one event."""
        if not self.parts and not self.complete:
            self.waiter = self.loop.create_future()
            await self.waiter
            self.waiter = None
        data = b"".join(self.parts)
        self.parts.clear()
        return data


class RawClient:
    """A pool of keep-alive connections to one address."""

    def __init__(self, host: str, port: int, path: str) -> None:
        self.host, self.port = host, port
        self.head = f"POST {path} HTTP/1.1\r\nhost: {host}:{port}\r\ncontent-type: application/json\r\n".encode()
        self.idle: list[RawConnection] = []

    async def send(self, body: bytes) -> RawConnection:
        while self.idle:
            connection = self.idle.pop()
            if not connection.transport.is_closing():
                break
        else:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(RawConnection, self.host, self.port)
        connection.reset()
        connection.transport.write(self.head + b"content-length: %d\r\n\r\n%s" % (len(body), body))
        return connection

    async def post(self, body: bytes) -> bytes:
        connection = await self.send(body)
        parts = []
        while True:
            parts.append(await connection.more())
            if connection.complete and not connection.parts:
                break
        self.idle.append(connection)
        return b"".join(parts)

    async def stream(self, body: bytes) -> AsyncIterator[bytes]:
        connection = await self.send(body)
        while not connection.complete:
            yield await connection.more()
        self.idle.append(connection)
