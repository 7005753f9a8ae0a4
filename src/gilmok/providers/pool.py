"""Connections to one origin, kept open between requests."""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections import deque
from collections.abc import Sequence
from functools import partial

from gilmok.core.endpoint import Reach, Zone
from gilmok.core.errors import ConnectFailed
from gilmok.providers.dialing import Dialer, on_the_way
from gilmok.providers.eyeballs import DELAY_S, alternating, race
from gilmok.providers.http1 import Connection
from gilmok.providers.origin import IP, Origin

MAX_IDLE = 64
"""Idle connections kept; more are closed."""
IDLE_PLAIN_S = 4.0
"""Servers commonly close after 5 s, and a new connection without TLS costs next to nothing."""
IDLE_TLS_S = 50.0
"""A handshake is dear; the large providers keep connections for a minute and longer."""


class Pool:
    """Opens connections to addresses it is given and keeps those that can be used again."""

    def __init__(self, origin: Origin, ca_file: str | None, reach: Reach) -> None:
        self._proxy = reach.proxy
        self._dialer = Dialer(origin, ca_file, reach.proxy)
        self._idle: list[Connection] = []
        usual_s = IDLE_TLS_S if origin.tls else IDLE_PLAIN_S
        self._idle_s = usual_s if reach.idle_s is None else reach.idle_s
        self._closed = False
        self._max = reach.max_connections
        self._open = 0
        """Connections that exist or are being made; counted only where there is a bound."""
        self._waiting: deque[Future[None]] = deque()

    def take(self, zones: frozenset[Zone]) -> Connection | None:
        """The connection used last whose proved zone is among `zones`, if any."""
        for at in range(len(self._idle) - 1, -1, -1):
            connection = self._idle[at]
            if not connection.reusable or connection.idle_s > self._idle_s:
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
        connection.rest()
        self._idle.append(connection)
        if self._waiting:
            self._call_next()

    @property
    def is_full(self) -> bool:
        """True where a connection must end, or become idle, before another can be opened."""
        return self._max is not None and self._open >= self._max

    async def wait(self) -> None:
        """Waits for its turn to `take` or to `open`. Raises nothing but `CancelledError`."""
        turn: Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._call_next()  # the turn goes to somebody who still wants it
            raise
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)

    async def open(self, addresses: Sequence[IP], zone: Zone, connect_s: float) -> Connection:
        """Connects to the first of the addresses that answers, all of them within `connect_s`.

        Raises `ConnectFailed` with the last failure's reason.
        """
        self._open += 1
        try:
            async with asyncio.timeout(connect_s):
                connection = await self._first(addresses, zone)
        except TimeoutError:
            self._ended()
            raise ConnectFailed(on_the_way("timeout", self._proxy)) from None
        except BaseException:
            self._ended()
            raise
        if connection.closed:
            self._ended()
        else:
            connection.on_lost = self._ended
        return connection

    async def _first(self, addresses: Sequence[IP], zone: Zone) -> Connection:
        if len(addresses) == 1:
            return await self._dialer.dial(addresses[0], zone)
        if not addresses:
            raise ConnectFailed("no_address")
        starts = [partial(self._dialer.dial, address, zone) for address in alternating(addresses)]
        return await race(starts, Connection.abort, DELAY_S)

    def _ended(self) -> None:
        self._open -= 1
        self._call_next()

    def _call_next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def close(self) -> None:
        """Let the idle connections go, and every other one when its answer has ended."""
        self._closed = True
        for connection in self._idle:
            connection.abort()
        self._idle.clear()
