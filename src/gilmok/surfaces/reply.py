"""Answers onto the wire: heads, framing, and the wait for a slow client."""

from __future__ import annotations

import socket
import struct
from asyncio import Transport
from http import HTTPStatus
from typing import Protocol

from gilmok.surfaces.http import Headers

_STATUS_LINES = {status.value: f"HTTP/1.1 {status} {status.phrase}\r\n" for status in HTTPStatus}
_SERVERS_OWN = frozenset({"connection", "content-length", "date", "transfer-encoding"})
_BODILESS = frozenset({204, 304})
_PIECE = 32 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER: on, no seconds."""


def render_head(status: int, headers: Headers, framing: str) -> bytes:
    """Status line, fields and the empty line. `framing`: the server's own fields, with CRLFs.

    Raises `ValueError` where a field could end its line early (a header injection), claims the
    framing, or does not fit Latin-1.
    """
    if not _SERVERS_OWN.isdisjoint(dict(headers)):
        raise ValueError(f"the server writes {', '.join(sorted(_SERVERS_OWN))} itself")
    fields = [*map(": ".join, headers)]
    flat = "".join(fields)  # One look at all of them is cheaper than one at each.
    if "\r" in flat or "\n" in flat or "\0" in flat:
        raise ValueError("a header field holds CR, LF or NUL")
    fields.append(framing)
    lines = "\r\n".join(fields)
    try:
        return f"{_STATUS_LINES[status]}{lines}\r\n".encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError("a header field does not fit Latin-1") from None


class House(Protocol):
    """What all connections of a server share."""

    draining: bool
    date_line: str
    """The `date` field with its CRLF; empty without a clock."""


class Client(Protocol):
    """What an answer needs from its connection."""

    transport: Transport
    must_wait: bool
    """True while the client is slow, and when it is gone: await `drained` before the next piece."""

    @property
    def house(self) -> House: ...

    async def drained(self) -> None:
        """Returns when a slow client has taken most of what was sent. Raises
        `ConnectionResetError` where it has left."""
        ...

    def hang_up(self) -> None:
        """Sends what is buffered and closes the connection."""
        ...


class HttpReply:
    """`http.Reply` for one request of one connection."""

    __slots__ = ("_chunked", "_client", "_head_only", "_http10", "ended", "keep_alive", "started")

    def __init__(self, client: Client, *, head_only: bool, keep_alive: bool, http10: bool) -> None:
        self._client = client
        self._head_only = head_only
        self._http10 = http10
        self._chunked = False
        self.keep_alive = keep_alive
        """False once it is certain that the connection ends with this answer."""
        self.started = False
        self.ended = False

    def send(self, status: int, headers: Headers, body: bytes) -> None:
        if self.started:
            raise RuntimeError("the answer has already begun")
        client = self._client
        self.keep_alive = self.keep_alive and not client.house.draining
        if status in _BODILESS:
            framing, body = "", b""
        else:
            framing = f"content-length: {len(body)}\r\n"
        head = render_head(status, headers, framing + self._common())
        self.started = self.ended = True
        if client.transport.is_closing():
            return
        if self._head_only or not body:
            client.transport.write(head)
        elif len(body) <= _PIECE:
            client.transport.write(head + body)
        else:
            client.transport.writelines((head, body))

    def start(self, status: int, headers: Headers) -> None:
        if self.started:
            raise RuntimeError("the answer has already begun")
        self._chunked = not self._http10
        self.keep_alive = self.keep_alive and self._chunked and not self._client.house.draining
        framing = "transfer-encoding: chunked\r\n" if self._chunked else ""
        head = render_head(status, headers, framing + self._common())
        self.started = True
        if not self._client.transport.is_closing():
            self._client.transport.write(head)

    async def write(self, data: bytes) -> None:
        if not self.started or self.ended:
            raise RuntimeError("no stream has begun, or it has ended")
        if len(data) <= _PIECE:
            if self._put(data):
                await self._client.drained()
            return
        for at in range(0, len(data), _PIECE):
            if self._put(data[at : at + _PIECE]):
                await self._client.drained()

    def end(self) -> None:
        if not self.started or self.ended:
            raise RuntimeError("no stream has begun, or it has ended")
        self.ended = True
        transport = self._client.transport
        if self._chunked and not self._head_only and not transport.is_closing():
            transport.write(b"0\r\n\r\n")

    def abort(self) -> None:
        if self.ended:
            return
        self.ended = True
        self.keep_alive = False
        if self._client.transport.is_closing():
            return
        if not self._chunked:
            # Without chunks a plain close would look like the proper end: reset instead.
            sock = self._client.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._client.hang_up()

    def _put(self, data: bytes) -> bool:
        """True where the next piece has to wait."""
        client = self._client
        if client.transport.is_closing():
            return True
        if data and not self._head_only:  # an empty chunk would be the end
            if self._chunked:
                data = b"%x\r\n%b\r\n" % (len(data), data)
            client.transport.write(data)
        return client.must_wait

    def _common(self) -> str:
        if not self.keep_alive:
            return f"{self._client.house.date_line}connection: close\r\n"
        if self._http10:
            return f"{self._client.house.date_line}connection: keep-alive\r\n"
        return self._client.house.date_line
