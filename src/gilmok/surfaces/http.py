"""HTTP as the surfaces see it: a request that has come completely, and the way to answer it.

The server (`server.py`) makes both; an `App` answers. Nothing here does I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from msgspec import Struct

from gilmok.core.errors import HttpError

Headers = Sequence[tuple[str, str]]
"""Lower-case names and values, Latin-1. Framing (`content-length`, `transfer-encoding`,
`connection`, `date`) belongs to the server and is not given here."""


class HttpRequest(Struct, frozen=True):
    """One request with its whole body. `repr` shows its shape, never what the client wrote."""

    method: str
    path: str
    """As sent, up to `?`: ASCII, not percent-decoded; begins with `/` (or is `*`)."""
    query: str
    """After the first `?`, as sent; empty where there is none."""
    headers: dict[str, str]
    """Lower-case names. Repeated fields are joined by ", "; where that would change the meaning
    (`host`, `authorization`, …) the server has refused the request."""
    body: bytes
    peer: str
    """The client's address without the port; empty for a Unix socket."""

    def header(self, name: str) -> str | None:
        """The value of a field by its lower-case name."""
        return self.headers.get(name)

    def __repr__(self) -> str:
        return (
            f"<{self.method} path of {len(self.path)} chars, {len(self.headers)} fields, "
            f"body of {len(self.body)} bytes>"
        )


class Reply(Protocol):
    """Answers one request: either `send`, or `start`, any number of `write`, and `end` or `abort`.

    Calls in another order raise `RuntimeError`. Where the client has left, `send`, `start`, `end`
    and `abort` do nothing and `write` raises `ConnectionResetError` (the handler's task has been
    cancelled by then). One task writes at a time.
    """

    @property
    def started(self) -> bool:
        """True once a status has been sent: the answer can no longer be exchanged for another."""
        ...

    def send(self, status: int, headers: Headers, body: bytes) -> None:
        """A whole answer. Raises `ValueError` for a header that would break the framing."""
        ...

    def start(self, status: int, headers: Headers) -> None:
        """Begins a stream of unknown length. Raises `ValueError` like `send`."""
        ...

    async def write(self, data: bytes) -> None:
        """Sends a piece; waits while more than about 64 KiB lie unsent for a slow client."""
        ...

    def end(self) -> None:
        """The stream is complete."""
        ...

    def abort(self) -> None:
        """Ends the connection so that the client can tell that the answer is incomplete.

        After the end it does nothing.
        """
        ...


App = Callable[[HttpRequest, Reply], Coroutine[Any, Any, None]]
"""Answers a request. Cancelled as soon as the client leaves. Converts its own errors; what it
raises all the same becomes a 500, or a broken connection where the answer had begun."""

Refuse = Callable[[HttpError], tuple[int, Headers, bytes]]
"""Renders an error: status, headers, body."""


Gate = Callable[[HttpRequest, int], int | tuple[int, Headers, bytes]]
"""Looks at the head of a request whose body has not come yet, and at the longest body there may be:
how long this one may be, or what it is refused with."""


class Limits(Struct, frozen=True, kw_only=True):
    """What one client may take. Times in seconds, kept to within a second; sizes in bytes."""

    max_body_bytes: int = 8 * 1024 * 1024
    max_form_bytes: int = 0
    """The same where a gate lets a longer one come: a recording."""
    head_bytes: int = 64 * 1024
    """Request line and header fields together; trailers too."""
    head_fields: int = 100
    head_s: float = 10.0
    """From a request's first byte to the end of its head; also for a new connection to speak."""
    body_s: float = 30.0
    """From the end of the head to the end of the body."""
    idle_s: float = 75.0
    """Between two requests."""
    write_s: float = 60.0
    """A client that takes not one byte of a waiting answer for this long has left."""
    max_connections: int = 10_000
    arriving_bytes: int = 256 * 1024 * 1024
    """Of all bodies together that have not come whole."""
