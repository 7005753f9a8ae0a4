"""A server with a given app, and clients that send raw bytes."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Self

from gilmok.core.errors import HttpError
from gilmok.surfaces.http import App, Headers, HttpRequest, Limits, Reply
from gilmok.surfaces.server import Server

PATIENCE_S = 20.0
"""How long a test waits for what must happen; far more than it takes."""


def refuse(error: HttpError) -> tuple[int, Headers, bytes]:
    return error.status, (("content-type", "text/plain"),), error.code.encode()


async def echo(request: HttpRequest, reply: Reply) -> None:
    """Answers with what it saw."""
    seen = f"{request.method} {request.path}?{request.query} {len(request.body)} ".encode()
    reply.send(200, (("content-type", "text/plain"),), seen + request.body[:64])


@asynccontextmanager
async def serving(app: App = echo, limits: Limits | None = None) -> AsyncIterator[Server]:
    async with Server(app, limits or Limits(), refuse=refuse) as server:
        await server.listen("127.0.0.1", 0)
        yield server


def get(path: str = "/", *fields: str, version: str = "1.1", method: str = "GET") -> bytes:
    head = "\r\n".join((f"{method} {path} HTTP/{version}", "Host: test", *fields))
    return f"{head}\r\n\r\n".encode("latin-1")


def post(body: bytes, *fields: str, path: str = "/") -> bytes:
    return get(path, f"Content-Length: {len(body)}", *fields, method="POST") + body


async def until(holds: Callable[[], bool]) -> None:
    """Waits for a state of the server that no event announces."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0)


class Answer:
    """One parsed answer: enough of HTTP for a test, and strict about it."""

    def __init__(self, status: int, fields: dict[str, str], body: bytes) -> None:
        self.status = status
        self.fields = fields
        self.body = body


class Client:
    """A raw connection. `recv_bytes` bounds the kernel's receive buffer (a slow reader)."""

    def __init__(self, port: int, *, recv_bytes: int | None = None) -> None:
        self._port = port
        self._recv_bytes = recv_bytes

    async def __aenter__(self) -> Self:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock.setblocking(False)
        if self._recv_bytes is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._recv_bytes)
        self._loop = asyncio.get_running_loop()
        await self._loop.sock_connect(self.sock, ("127.0.0.1", self._port))
        self._buffer = bytearray()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.sock.close()

    async def send(self, data: bytes) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self._loop.sock_sendall(self.sock, data)

    async def fill(self) -> bool:
        """Reads once; False at the end of the connection."""
        async with asyncio.timeout(PATIENCE_S):
            piece = await self._loop.sock_recv(self.sock, 256 * 1024)
        self._buffer += piece
        return bool(piece)

    async def rest(self) -> bytes:
        """Everything up to the server's close."""
        while await self.fill():
            pass
        rest, self._buffer = bytes(self._buffer), bytearray()
        return rest

    async def until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            assert await self.fill(), f"closed before {mark!r}: {bytes(self._buffer)!r}"
        at = self._buffer.index(mark) + len(mark)
        return self._take(at)

    async def answer(self, *, to_head: bool = False) -> Answer:
        head = (await self.until(b"\r\n\r\n")).decode("latin-1")
        status_line, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines)
        assert len(fields) == len(lines), "a field came twice"
        body = b"" if to_head else await self._body(fields)
        return Answer(int(status_line.split(" ")[1]), fields, body)

    async def _body(self, fields: dict[str, str]) -> bytes:
        if fields.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(await self.until(b"\r\n"), 16):
                body += await self._exactly(size)
                assert await self._exactly(2) == b"\r\n"
            assert await self._exactly(2) == b"\r\n"
            return body
        return await self._exactly(int(fields.get("content-length", "0")))

    async def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            assert await self.fill(), "closed inside the body"
        return self._take(size)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def half_close(self) -> None:
        self.sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.sock.close()

    def reset(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
