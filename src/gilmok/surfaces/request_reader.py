"""Bytes in, requests out: the strict half of HTTP/1.1, without I/O.

llhttp (through httptools) parses; what it lets pass and two parties could read in two ways is
refused here (RFC 9112, 11.2: request smuggling). Nothing is repaired: a message is taken as sent
or refused.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from itertools import chain

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.errors import BodyTooLarge, HeadersTooLarge, HttpError, InvalidRequest
from gilmok.surfaces.http import HttpRequest, Limits

_METHODS = {
    name.encode(): name
    for name in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
}
"""CONNECT asks for a tunnel, and the rest of llhttp's list is WebDAV and RTSP."""

_USUAL_NAMES = {
    spelling.encode(): name
    for name in (
        "accept", "accept-encoding", "accept-language", "authorization", "connection",
        "content-length", "content-type", "host", "transfer-encoding", "user-agent", "x-api-key",
    )
    for spelling in (name, name.title())
}  # fmt: skip
"""Names that need no decoding; the others are decoded, so this is speed and nothing else."""

_ONCE = frozenset(
    {"authorization", "content-length", "content-type", "expect", "host", "x-api-key"}
    | {"transfer-encoding"}
)
"""Fields that mean something else, or nothing certain, when they are repeated."""


_LATIN, _PAD = "latin-1", " \t"

_SMALL_PIECE = 1024
"""Smaller pieces of a body are put together: as objects of their own, millions of one-byte chunks
would take forty times the memory that the cap allows."""


class Phase(Enum):
    """What the reader waits for."""

    IDLE = auto()
    HEAD = auto()
    BODY = auto()


_IDLE, _HEAD, _BODY = Phase.IDLE, Phase.HEAD, Phase.BODY


class Incoming(Struct, frozen=True):
    """A request, and what its connection has to know to answer it."""

    request: HttpRequest
    keep_alive: bool
    http10: bool


class RequestReader:
    """Reads the requests of one connection. After `failure` is set, or a request said
    `Connection: close`, further bytes are ignored.

    Memory is bounded by one body, one head and what a single `feed` holds; so feed small pieces
    and stop when something is `ready`.
    """

    __slots__ = (
        "_body", "_ended", "_fields", "_head", "_http10", "_keep_alive", "_length", "_limits",
        "_longest", "_parser", "_peer", "_unseen", "_url", "body_bytes", "expects_continue",
        "failure", "most", "phase", "ready",
    )  # fmt: skip

    def __init__(self, limits: Limits, peer: str) -> None:
        self._limits = limits
        self._longest = max(limits.max_body_bytes, limits.max_form_bytes)
        self._peer = peer
        self._parser = HttpRequestParser(self)
        self._ended = self._http10 = self._keep_alive = False
        self._unseen = 0
        """Bytes of the message since it last made progress: a head, trailer or chunk extension
        that never ends is seen here and nowhere else."""
        self._forget()
        self.phase = _IDLE
        self.ready: deque[Incoming] = deque()
        self.failure: HttpError | None = None
        self.expects_continue = False
        """The client waits for `100 Continue` before it sends the body."""

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Takes the next bytes; never raises. See `ready`, `failure`, `phase`."""
        if self._ended:
            return
        self._unseen += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self._fail(_bad("upgrade", "Protocol upgrades are not offered.", "지원하지 않습니다."))
        except HttpParserError as error:
            cause = error.__context__
            self._fail(cause if isinstance(cause, HttpError) else _NOT_HTTP)
        else:
            if self._unseen > self._limits.head_bytes and self.phase is not _IDLE:
                self._fail(self._head_too_large())

    def close(self) -> None:
        """Ignores what still comes, and lets go of the parser (which holds this reader)."""
        self._ended = True
        self._parser = None  # type: ignore[assignment]
        self._forget()

    def _fail(self, error: HttpError) -> None:
        if not self._ended:
            self.failure = error
            self.close()

    def _forget(self) -> None:
        self._url = b""
        self._fields: list[tuple[bytes, bytes]] = []
        self._body: list[bytes | bytearray] = []
        self.body_bytes = 0
        """What has come of the body that is still arriving."""
        self.most = self._limits.max_body_bytes
        """What may come of it; whoever looks at the head may say otherwise meanwhile."""
        self._length = 0
        self._head: HttpRequest | None = None
        """The request, as long as its body arrives."""

    def _head_too_large(self) -> HeadersTooLarge:
        return HeadersTooLarge(self._limits.head_fields, self._limits.head_bytes)

    # What follows is called by the parser, in this order. An error raised here reaches `feed`.

    def on_message_begin(self) -> None:
        self._unseen = 0
        self.phase = _HEAD

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields.append((name, value))  # trailers too; nobody reads those

    def on_headers_complete(self) -> None:
        parser = self._parser
        self._unseen = 0
        self.phase = _BODY
        version = parser.get_http_version()
        self._http10 = http10 = version == "1.0"
        if not http10 and version != "1.1":
            raise _bad("version", "Only HTTP/1.1 and 1.0 are spoken.", "HTTP/1.1과 1.0만 됩니다.")
        method = _METHODS.get(parser.get_method())
        if method is None:
            raise _bad("method", "This method is not served.", "지원하지 않는 메서드입니다.")
        if parser.should_upgrade():
            raise _bad("upgrade", "Protocol upgrades are not offered.", "지원하지 않습니다.")
        path, query = _target(self._url)
        headers = self._headers()
        self._check_framing(headers, http10)
        # Asked here and not at the end, when llhttp has forgotten "keep-alive, close".
        self._keep_alive = parser.should_keep_alive()
        self._head = HttpRequest(method, path, query, headers, b"", self._peer)

    def on_body(self, piece: bytes | bytearray) -> None:
        self._unseen = 0
        self.body_bytes += len(piece)
        if self.body_bytes > self.most:
            raise BodyTooLarge(self.most)
        if len(piece) < _SMALL_PIECE and self._body:
            last = self._body[-1]
            if isinstance(last, bytearray):
                last += piece
                return
            piece = bytearray(piece)
        self._body.append(piece)

    def on_message_complete(self) -> None:
        head = self._head
        if self._ended or head is None:
            return
        pieces = self._body
        body = bytes(pieces[0]) if len(pieces) == 1 else b"".join(pieces)
        keep_alive = self._keep_alive
        self.ready.append(Incoming(replace(head, body=body), keep_alive, self._http10))
        self._ended = not keep_alive
        self.expects_continue = False
        self.phase = _IDLE
        self._forget()

    @property
    def is_long(self) -> bool:
        """True of a body that may come only where a gate lets it."""
        return self.phase is _BODY and self._length > self._limits.max_body_bytes

    @property
    def head(self) -> HttpRequest:
        """The request whose body is arriving, without it. Only in the phase `BODY`."""
        assert self._head is not None, "no head has come"
        return self._head

    def _headers(self) -> dict[str, str]:
        fields = self._fields
        if len(fields) > self._limits.head_fields:
            raise self._head_too_large()
        headers = {
            _USUAL_NAMES.get(name) or name.decode("ascii").lower(): str(value, _LATIN).rstrip(_PAD)
            for name, value in fields
        }
        if len(headers) < len(fields):
            headers = _joined(fields)
        size = len(self._url) + sum(map(len, chain.from_iterable(fields))) + 4 * len(fields)
        if size > self._limits.head_bytes:
            raise self._head_too_large()
        return headers

    def _check_framing(self, headers: dict[str, str], http10: bool) -> None:
        """Refuses every head that leaves room for two opinions on where the body ends."""
        length = headers.get("content-length")
        coding = headers.get("transfer-encoding")
        if coding is not None and (length is not None or http10 or coding.lower() != "chunked"):
            raise _bad(
                "transfer-encoding",
                "Only 'chunked' alone, without content-length, is understood.",
                "content-length 없이 'chunked'만 쓸 수 있습니다.",
            )
        self._length = 0 if length is None else int(length)
        if self._length > self._longest:
            raise BodyTooLarge(self._limits.max_body_bytes)
        if not http10 and "host" not in headers:
            raise _bad("host", "HTTP/1.1 needs this field.", "HTTP/1.1에는 꼭 필요합니다.")
        expectation = headers.get("expect")
        if expectation is not None and not http10:
            if expectation.lower() != "100-continue":
                raise _bad("expect", "Only 100-continue is met.", "100-continue만 지원합니다.")
            self.expects_continue = True


def _joined(fields: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Of fields of which at least one is repeated."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name = raw_name.decode("ascii").lower()
        value = str(raw_value, _LATIN).rstrip(_PAD)
        if name not in headers:
            headers[name] = value
        elif name in _ONCE:
            raise _bad(name, "This field may be sent once.", "한 번만 보낼 수 있습니다.")
        else:
            joint = "; " if name == "cookie" else ", "
            headers[name] = f"{headers[name]}{joint}{value}"
    return headers


def _bad(field: str, reason: str, reason_ko: str) -> InvalidRequest:
    return InvalidRequest(field, reason, reason_ko)


_NOT_HTTP = _bad("request", "This is not valid HTTP/1.1.", "올바른 HTTP/1.1 요청이 아닙니다.")


def _target(url: bytes) -> tuple[str, str]:
    """Path and query of a request target (RFC 9112, 3.2); a proxy's absolute form is cut to it."""
    target = url.decode("latin-1")
    if not target.isascii() or "#" in target:
        raise _bad("target", "It holds characters no target may.", "쓸 수 없는 문자가 있습니다.")
    path, _, query = target.partition("?")
    if path[:1] != "/" and path != "*":
        scheme, found, rest = path.partition("://")
        if not found or scheme.lower() not in ("http", "https"):
            raise _bad("target", "It has to begin with '/'.", "'/'로 시작해야 합니다.")
        path = "/" + rest.partition("/")[2]
    return path, query
