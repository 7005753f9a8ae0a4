"""What reached the wall: the exchanges, and every byte by socket."""

import asyncio
import base64
import json
import re
import time
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from tests.wall.wire import Headers


class Ending(StrEnum):
    """How an exchange ended, as the wall saw it."""

    OPEN = "open"
    ANSWERED = "answered"
    CLIENT_CLOSED = "client_closed"
    RESET = "reset"
    CUT = "cut"
    TRUNCATED = "truncated"
    HUNG_UP = "hung_up"
    ERROR_EVENT = "error_event"
    BROKEN = "broken"
    """The bytes never became a whole request."""
    WALL_CLOSED = "wall_closed"


@dataclass(slots=True)
class Exchange:
    """One request and what became of it. Times are `time.monotonic()` seconds of this machine."""

    number: int
    connection: int
    method: str
    target: str
    headers: Headers
    """As received: order, case and repetition kept."""
    body: bytes
    """Freed of chunked framing; a content coding is still on it (see `decoded`)."""
    began: float
    """When its first byte arrived."""
    received: float
    """When it was whole."""
    first_byte: float | None = None
    """When the first byte of the answer was handed to the kernel."""
    ended: float | None = None
    ending: Ending = Ending.OPEN
    status: int | None = None
    model: str | None = None
    stream: bool = False
    chunks: int = 0
    """Pieces of the answer that were sent."""
    sent: int = 0
    """Bytes of the answer that were written, head and framing included."""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def decoded(self) -> bytes:
        """The body without its gzip or deflate coding; as it is when the coding is broken."""
        if (self.header("content-encoding") or "").lower() not in ("gzip", "deflate"):
            return self.body
        try:
            return zlib.decompressobj(wbits=47).decompress(self.body)
        except zlib.error:
            return self.body

    @property
    def text(self) -> str:
        return self.decoded.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        """The parsed body. Raises ValueError where it is not JSON."""
        return json.loads(self.decoded)

    def header(self, name: str) -> str | None:
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, for users in other processes."""
        plain = ("number", "connection", "method", "target", "path", "headers", "began", "received")
        more = ("first_byte", "ended", "ending", "status", "model", "stream", "chunks", "sent")
        found: dict[str, Any] = {name: getattr(self, name) for name in plain + more}
        found["body"] = self.text
        found["body_base64"] = base64.b64encode(self.body).decode()
        return found


_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def _unescape(text: str) -> str:
    """Undo JSON string escapes wherever they occur; surrogate pairs become one character."""

    def plain(match: re.Match[str]) -> str:
        return chr(int(match[1], 16)) if match[1] else _CONTROL.get(match[2], match[2])

    replaced = _ESCAPE.sub(plain, text)
    return replaced.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def readings(data: bytes) -> Iterator[str]:
    """Every way the bytes may hide a string: plain, percent-encoded, JSON-escaped up to thrice.

    Thrice, because tool arguments are JSON in a JSON string and may quote JSON themselves. All are
    NFC, because decomposed Hangul is the same name to a reader.
    """
    for raw in {data, unquote_to_bytes(data)}:
        text = raw.decode("utf-8", "replace")
        yield unicodedata.normalize("NFC", text)
        for _ in range(3):
            if "\\" not in text:
                break
            text = _unescape(text)
            yield unicodedata.normalize("NFC", text)


@dataclass(slots=True)
class Log:
    """Everything received since the start or the last `clear`. Owned by one event loop.

    Invariant: `streams` holds, for each socket by number, all its bytes in order, whether or not
    they were a request; bytes of the wall's own control requests are taken out again.
    """

    file: Path | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    streams: dict[int, bytearray] = field(default_factory=dict)
    connections: int = 0
    """Sockets accepted since the start."""
    _number: int = 0
    _waiters: list[asyncio.Future[None]] = field(default_factory=list)

    @property
    def received(self) -> bytes:
        return b"".join(self.streams.values())

    def contains(self, needle: bytes | str) -> bool:
        """Whether the needle reached any socket, in whatever framing or escaping it travelled.

        Sockets are searched one by one, so that interleaving cannot hide a needle; bodies again
        without chunking and compression. Bytes are looked for literally.
        """
        places = [bytes(stream) for stream in self.streams.values()]
        places += [exchange.decoded for exchange in self.exchanges]
        literal = needle if isinstance(needle, bytes) else needle.encode()
        if any(literal in place for place in places):
            return True
        if isinstance(needle, bytes):
            return False
        wanted = unicodedata.normalize("NFC", needle)
        return any(wanted in reading for place in places for reading in readings(place))

    def socket_opened(self) -> tuple[int, bytearray]:
        """Number a new socket and give the place for its bytes."""
        self.connections += 1
        stream = self.streams[self.connections] = bytearray()
        return self.connections, stream

    def next_number(self) -> int:
        """Exchanges are numbered from 1 and never again, not even after `clear`."""
        self._number += 1
        return self._number

    def opened(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        self.changed()

    def ended(self, exchange: Exchange, ending: Ending) -> None:
        """Close the exchange's record. The first ending said is the one that stays.

        Number 0 is the wall's own control traffic and leaves no trace.
        """
        if exchange.ending is not Ending.OPEN:
            return
        exchange.ending, exchange.ended = ending, time.monotonic()
        if self.file is not None and exchange.number:
            with self.file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(exchange.as_dict(), ensure_ascii=False) + "\n")
        self.changed()

    def clear(self) -> None:
        self.exchanges.clear()
        for stream in self.streams.values():
            stream.clear()

    def changed(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    async def until(self, happened: Callable[[], bool], within: float, what: str) -> float:
        """Wait for it; the seconds it took. Raises TimeoutError with the state of the log."""
        start = time.monotonic()
        while not happened():
            left = start + within - time.monotonic()
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            if left <= 0 or not (await asyncio.wait([waiter], timeout=left))[0]:
                seen = [f"{e.number} {e.method} {e.path} {e.ending}" for e in self.exchanges]
                raise TimeoutError(f"not within {within} s: {what}; exchanges: {seen}")
        return time.monotonic() - start
