"""Connections to one origin, kept open between requests."""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import Sequence
from functools import cache

from gilmok.core.endpoint import Zone
from gilmok.core.errors import ConnectFailed
from gilmok.providers.http1 import Connection
from gilmok.providers.origin import IP, Origin

MAX_IDLE = 64
"""Idle connections kept; more are closed."""
IDLE_PLAIN_S = 4.0
"""Servers commonly close after 5 s, and a new connection without TLS costs next to nothing."""
IDLE_TLS_S = 50.0
"""A handshake is dear; the large providers keep connections for a minute and longer."""

_CODES = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.ENOENT: "ca_file",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ETIMEDOUT: "timeout",
}


class Pool:
    """Opens connections to addresses it is given and keeps those that can be used again."""

    def __init__(self, origin: Origin, ca_file: str | None) -> None:
        self._origin = origin
        self._ca_file = ca_file
        self._context: ssl.SSLContext | None = None
        self._idle: list[Connection] = []
        self._idle_s = IDLE_TLS_S if origin.tls else IDLE_PLAIN_S
        self._closed = False

    def take(self, zones: frozenset[Zone]) -> Connection | None:
        """The connection used last whose proved zone is among `zones`, if any."""
        oldest = asyncio.get_running_loop().time() - self._idle_s
        for at in range(len(self._idle) - 1, -1, -1):
            connection = self._idle[at]
            if not connection.reusable or connection.idle_since < oldest:
                del self._idle[at]
                connection.abort()
            elif connection.zone in zones:
                del self._idle[at]
                return connection
        return None

    def keep(self, connection: Connection) -> None:
        if self._closed or len(self._idle) >= MAX_IDLE:
            connection.abort()
            return
        connection.idle_since = asyncio.get_running_loop().time()
        self._idle.append(connection)

    async def open(self, addresses: Sequence[IP], zone: Zone, connect_s: float) -> Connection:
        """Connect to the first of the addresses that answers, all of them within `connect_s`.

        Raises `ConnectFailed` with the last address's reason.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + connect_s
        failure = ConnectFailed("no_address")
        for at, address in enumerate(addresses):
            # The time left is shared by the addresses left, so that a dead one cannot take it all.
            share = (deadline - loop.time()) / (len(addresses) - at)
            try:
                async with asyncio.timeout(share):
                    return await self._connect(address, zone)
            except (OSError, TimeoutError) as error:
                failure = ConnectFailed(_code(error))
        raise failure

    async def _connect(self, address: IP, zone: Zone) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(zone),
            str(address),
            self._origin.port,
            ssl=self._tls(),
            server_hostname=self._origin.host.removesuffix(".") if self._origin.tls else None,
        )
        return connection

    def _tls(self) -> ssl.SSLContext | None:
        """With a `ca_file`, that authority alone is believed; without, the system's."""
        if self._context is None and self._origin.tls:
            # The system's authorities take some 10 ms to load: once is enough for all.
            make = _system_context if self._ca_file is None else _context
            self._context = make(self._ca_file)
        return self._context

    def close(self) -> None:
        """Let the idle connections go, and every other one when its answer has ended."""
        self._closed = True
        for connection in self._idle:
            connection.abort()
        self._idle.clear()


def _context(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context


_system_context = cache(_context)


def _code(error: OSError | TimeoutError) -> str:
    """A short word for a failure to connect; never the address or the URL."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "tls_certificate"
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, TimeoutError):
        return "timeout"
    return _CODES.get(error.errno or 0, "os_error")
