"""Listening, and what all connections share: the app, the limits, one coarse timer, the drain."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl as tls
import stat
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

from gilmok.core.errors import HttpError, ServerStopping, TooManyRequests
from gilmok.core.ports import Clock
from gilmok.surfaces.connection import Connection
from gilmok.surfaces.http import App, Gate, HttpRequest, Limits, Refuse

_BACKLOG = 1024
_SWEEP_S = 1.0
_LAST_WORD_S = 1.0
"""How long a client may take to read why its answer was stopped."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _open(head: HttpRequest, most: int) -> int:
    """Looks at nothing."""
    return most


class Server:
    """Serves an `App` over HTTP/1.1 until its context is left; then every handler has ended.

    `refuse` renders what the server itself has to say (400, 408, 413, 429, 431, 500), `gate`
    is asked before a body is waited for. With a `clock`, answers carry `date`.
    """

    def __init__(
        self,
        app: App,
        limits: Limits,
        *,
        refuse: Refuse,
        gate: Gate = _open,
        clock: Clock | None = None,
    ) -> None:
        self.app = app
        self.limits = limits
        self.refuse = refuse
        self.gate = gate
        self.arriving = 0
        """Bytes of bodies that have not come whole."""
        self.draining = False
        self.date_line = ""
        self._clock = clock
        self._connections: set[Connection] = set()
        self._listeners: list[asyncio.Server] = []
        self._paths: list[tuple[str, int]] = []
        self._sweeper: asyncio.TimerHandle | None = None
        self._empty = asyncio.Event()
        self._empty.set()

    async def __aenter__(self) -> Self:
        self.loop = asyncio.get_running_loop()
        self._sweep()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.drain(0)

    async def listen(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        path: str | None = None,
        sock: socket.socket | None = None,
        ssl: tls.SSLContext | None = None,
    ) -> None:
        """Accepts connections at an address (port 0: any free one), a Unix socket's path, or a
        bound socket. May be called several times. Raises `OSError` where the place is taken."""
        handshake_s = self.limits.head_s if ssl is not None else None
        if path is not None:
            await self._refuse_taken(path)
            listener = await self.loop.create_unix_server(
                self._connect, path, backlog=_BACKLOG, ssl=ssl, ssl_handshake_timeout=handshake_s
            )
            self._paths.append((path, os.stat(path).st_ino))
        elif sock is not None:
            listener = await self.loop.create_server(
                self._connect, sock=sock, backlog=_BACKLOG, ssl=ssl,
                ssl_handshake_timeout=handshake_s,
            )  # fmt: skip
        else:
            listener = await self.loop.create_server(
                self._connect, host, port, backlog=_BACKLOG, ssl=ssl,
                ssl_handshake_timeout=handshake_s, reuse_address=os.name == "posix",
            )  # fmt: skip
        self._listeners.append(listener)

    @property
    def port(self) -> int:
        """The first TCP port listened at; 0 where there is none."""
        for listener in self._listeners:
            for sock in listener.sockets:
                if sock.family != socket.AF_UNIX:
                    return int(sock.getsockname()[1])
        return 0

    @property
    def connections(self) -> int:
        return len(self._connections)

    async def drain(self, timeout_s: float) -> None:
        """Stops accepting; idle connections close; requests that have begun get `timeout_s` to
        finish and are stopped then: their clients are told so. Returns when every handler and
        connection has ended."""
        self.draining = True
        for listener in self._listeners:
            listener.close()
        self._unlink()
        for connection in tuple(self._connections):
            if connection.idle:
                connection.hang_up()
        await self._emptied(timeout_s)
        for connection in tuple(self._connections):
            connection.stop(ServerStopping())
        await self._emptied(_LAST_WORD_S)
        for connection in tuple(self._connections):
            connection.cancel()
        await self._empty.wait()
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None

    async def _emptied(self, timeout_s: float) -> None:
        """Returns when there is no connection any more, or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._empty.wait()

    # What connections call.

    def admit(self, connection: Connection) -> HttpError | None:
        full = len(self._connections) >= self.limits.max_connections
        self._connections.add(connection)
        self._empty.clear()
        return TooManyRequests("connections", self.limits.max_connections, 1.0) if full else None

    def forget(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()

    def _connect(self) -> Connection:
        return Connection(self)

    def _sweep(self) -> None:
        """One timer for all deadlines: cheaper than one for each request, and exact enough."""
        if self._clock is not None:
            self.date_line = f"date: {_http_date(self._clock.wall() // 1_000_000_000)}\r\n"
        limits = self.limits
        shortest = min(limits.head_s, limits.body_s, limits.idle_s, limits.write_s)
        self._sweeper = self.loop.call_later(min(_SWEEP_S, shortest / 4), self._sweep)
        now = self.loop.time()
        for connection in tuple(self._connections):
            connection.check(now)

    async def _refuse_taken(self, path: str) -> None:
        """asyncio would take a living server's socket away: only a dead one may be replaced."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.setblocking(False)
            try:
                await self.loop.sock_connect(probe, path)
            except (ConnectionRefusedError, FileNotFoundError):
                return
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE), path)

    def _unlink(self) -> None:
        for path, inode in self._paths:
            with suppress(FileNotFoundError):
                found = os.stat(path)
                if stat.S_ISSOCK(found.st_mode) and found.st_ino == inode:
                    os.unlink(path)
        self._paths.clear()


def _http_date(seconds: int) -> str:
    """RFC 9110, 5.6.7; without `strftime`, whose names follow the locale."""
    at = time.gmtime(seconds)
    return (
        f"{_DAYS[at.tm_wday]}, {at.tm_mday:02} {_MONTHS[at.tm_mon - 1]} {at.tm_year} "
        f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} GMT"
    )
