"""HTTP/1.1 as bytes: a reader for requests, writers for answers. Sans I/O."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

MAX_HEAD = 1 << 20
LAST_CHUNK = b"0\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

Headers = list[tuple[str, str]]


class BrokenRequest(ValueError):
    """The bytes are no HTTP/1.1 request; nothing after them on this socket can be trusted."""


@dataclass(slots=True)
class Request:
    """One request as received: header names and values untouched, body freed of its chunking."""

    method: str
    target: str
    headers: Headers
    keep_alive: bool
    body: bytes = b""
    size: int = 0
    """Bytes that the request took on the wire."""

    def header(self, name: str) -> str | None:
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


def _read_head(head: bytes) -> Request:
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BrokenRequest(f"not a request line: {first[:80]!r}")
    headers: Headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BrokenRequest(f"not a header: {line[:80]!r}")
        headers.append((name, value.strip()))
    request = Request(words[0], words[1], headers, keep_alive=True)
    connection = (request.header("connection") or "").lower()
    request.keep_alive = "close" not in connection and (
        words[2] == "HTTP/1.1" or "keep-alive" in connection
    )
    return request


class Reader:
    """Turns the bytes of one socket into requests, in order, whatever way they are cut.

    Invariant: bytes are consumed only as part of a whole request, so what is left in the buffer
    when the socket closes is exactly the request that never became whole.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._head: Request | None = None
        self._at = 0
        self._length: int | None = None
        self._body = bytearray()
        self._continued = False

    def feed(self, data: bytes) -> None:
        self._buffer += data

    @property
    def pending(self) -> int:
        return len(self._buffer)

    @property
    def partial(self) -> Request | None:
        """The head of the request being received, with as much of the body as is known."""
        if self._head is not None:
            self._head.body = bytes(
                self._body if self._length is None else self._buffer[self._at :]
            )
        return self._head

    def awaits_continue(self) -> bool:
        """True once per request that waits for `100 Continue` before it sends its body."""
        if self._head is None or self._continued or self._at < len(self._buffer):
            return False
        self._continued = (self._head.header("expect") or "").lower() == "100-continue"
        return self._continued

    def take(self) -> Request | None:
        """The next whole request, or None while it is incomplete. Raises `BrokenRequest`."""
        if self._head is None and not self._take_head():
            return None
        whole = self._take_chunks() if self._length is None else self._take_length(self._length)
        if not whole or self._head is None:
            return None
        request = self._head
        request.body, request.size = bytes(self._body), self._at
        del self._buffer[: self._at]
        self._head, self._at, self._length, self._body = None, 0, None, bytearray()
        self._continued = False
        return request

    def _take_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MAX_HEAD:
                raise BrokenRequest("the head has no end")
            return False
        request = _read_head(bytes(self._buffer[:end]))
        coding = (request.header("transfer-encoding") or "").lower()
        length = request.header("content-length") or "0"
        if coding not in ("", "chunked") or not length.isdigit():
            raise BrokenRequest(f"no such framing: {coding!r} {length!r}")
        self._head, self._at = request, end + 4
        self._length = None if coding else int(length)
        return True

    def _take_length(self, length: int) -> bool:
        if len(self._buffer) < self._at + length:
            return False
        self._body += self._buffer[self._at : self._at + length]
        self._at += length
        return True

    def _take_chunks(self) -> bool:
        while True:
            end = self._buffer.find(b"\r\n", self._at)
            if end < 0:
                return False
            try:
                size = int(bytes(self._buffer[self._at : end]).split(b";")[0], 16)
            except ValueError:
                raise BrokenRequest("not a chunk size") from None
            if len(self._buffer) < end + 2 + size + 2:
                return False
            self._body += self._buffer[end + 2 : end + 2 + size]
            self._at = end + 2 + size + 2
            if size == 0:
                return True


def head(status: int, headers: Iterable[tuple[str, str]], phrase: str | None = None) -> bytes:
    """The status line and headers of an answer, with the blank line that ends them."""
    try:
        phrase = phrase or HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unassigned"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {status} {phrase}\r\n{lines}\r\n".encode("latin-1", "replace")


def chunk(data: bytes) -> bytes:
    """One HTTP chunk. Never call it with nothing: an empty chunk ends the body."""
    return b"%x\r\n%b\r\n" % (len(data), data)
