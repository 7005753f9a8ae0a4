"""A client of a gateway, over TCP or a Unix socket: the one place where the command line connects.

It is the standard library's `http.client`, which blocks, follows no redirect and uses no proxy.
Blocking is right here: one person waits for one answer, and Ctrl-C interrupts a blocked read.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    HTTPSConnection,
    RemoteDisconnected,
)
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from gilmok.cli.failures import BadUrl, Broken, NoGateway, Refused, Unreachable
from gilmok.cli.replies import Chunk, ErrorBody, Health, Planned
from gilmok.core.errors import DecisionNotFound, MalformedAnswer
from gilmok.core.text import Secret
from gilmok.ledger.records import Decision
from gilmok.providers.sse import EventStream

CONNECT_S = 5.0
READ_S = 3600.0
"""Longest silence; the gateway's own deadline comes long before it."""
HEALTH_S = 5.0
"""Longest silence before a health answer: whoever takes longer is no gateway that works."""
_PIECE = 64 * 1024

Shape = TypeVar("Shape")
HangUp = Callable[[], None]
"""Ends a question now, from any thread: a blocked read returns."""
OnOpen = Callable[[HangUp], None]


class _UnixConnection(HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=CONNECT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(CONNECT_S)
        self.sock.connect(self._path)


class Client:
    """Asks the gateway at `url`: `http://…`, `https://…` or `unix:/path`; a trailing `/v1` is
    ignored. Every question has a connection of its own. Raises `BadUrl` for any other address.
    """

    def __init__(self, url: str, key: Secret | None = None, locale: str = "en") -> None:
        self.url = _plain(url)
        self._headers = {"user-agent": "gilmok-cli", "accept-language": locale}
        if key is not None:
            self._headers["authorization"] = f"Bearer {key.reveal()}"

    def health(self) -> Health:
        """Raises `Unreachable`, `NoGateway`."""
        reply = self.exchange("GET", "/health", read_s=HEALTH_S)
        if reply.status != 200 or "x-gilmok-decision" not in reply.headers:
            raise NoGateway(self.url)
        return self._decoded(reply, Health)

    def get(self, path: str, shape: type[Shape]) -> Shape:
        """Raises `Unreachable`, `NoGateway`, `Refused`."""
        return self._decoded(self._accepted(self.exchange("GET", path)), shape)

    def post(self, path: str, body: Mapping[str, object], shape: type[Shape]) -> Shape:
        """Raises like `get`."""
        reply = self.exchange("POST", path, msgspec.json.encode(body))
        return self._decoded(self._accepted(reply), shape)

    def made(self, path: str, body: Mapping[str, object]) -> Reply:
        """What a service made, as it came. Raises like `get`."""
        return self._accepted(self.exchange("POST", path, msgspec.json.encode(body)))

    def plan(self, body: Mapping[str, object]) -> Planned:
        """What would happen to a request. Raises like `get`."""
        reply = self.exchange("POST", "/v1/route", msgspec.json.encode(body))
        return self._decoded(self._accepted(reply), Planned)

    def decision(self, decision_id: str) -> Decision | None:
        """`None` where it is not recorded. Raises like `get`."""
        try:
            return self.get(f"/v1/decisions/{quote(decision_id, safe='')}", Decision)
        except Refused as refused:
            if refused.code == DecisionNotFound.code:
                return None
            raise

    def chat(self, body: Mapping[str, object], on_open: OnOpen = lambda hang_up: None) -> Answer:
        """Sends and waits for the answer's beginning. Raises like `get`.

        `on_open` is given a way to end it before anything is sent. Leave the answer's context to
        hang up.
        """
        connection = self._connection()
        try:
            self._open(connection, READ_S)
            on_open(partial(_hang_up, connection))
            raw = msgspec.json.encode(body)
            response = self._send(connection, "POST", "/v1/chat/completions", raw)
            if response.status != 200:
                with self._failures():
                    reply = Reply(response, response.read())
                self._accepted(reply)
        except BaseException:
            connection.close()
            raise
        return Answer(connection, response)

    def exchange(
        self, method: str, path: str, body: bytes = b"", *, read_s: float = READ_S
    ) -> Reply:
        """One request and its whole answer, whatever it is. Raises `Unreachable`, `NoGateway`."""
        connection = self._connection()
        try:
            self._open(connection, read_s)
            response = self._send(connection, method, path, body)
            with self._failures():
                return Reply(response, response.read())
        finally:
            connection.close()

    def _open(self, connection: HTTPConnection, read_s: float) -> None:
        with self._failures():
            connection.connect()
            connection.sock.settimeout(read_s)

    def _send(
        self, connection: HTTPConnection, method: str, path: str, body: bytes
    ) -> HTTPResponse:
        headers = dict(self._headers)
        if body:
            headers["content-type"] = "application/json"
        with self._failures():
            connection.request(method, path, body or None, headers)
            return connection.getresponse()

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """The transport's errors as this module's."""
        try:
            yield
        except RemoteDisconnected as error:  # An HTTP error too: whoever was there has left.
            raise Unreachable(self.url) from error
        except HTTPException as error:
            raise NoGateway(self.url) from error
        except OSError as error:
            raise Unreachable(self.url) from error

    def _accepted(self, reply: Reply) -> Reply:
        if reply.status == 200:
            return reply
        error = self._decoded(reply, ErrorBody).error
        decision_id = reply.headers.get("x-gilmok-decision", "")
        raise Refused(reply.status, error.code or "", error.message, decision_id)

    def _decoded(self, reply: Reply, shape: type[Shape]) -> Shape:
        try:
            return msgspec.json.decode(reply.body, type=shape)
        except (ValueError, RecursionError):
            raise NoGateway(self.url) from None

    def _connection(self) -> HTTPConnection:
        if self.url.startswith("unix:"):
            return _UnixConnection(self.url.removeprefix("unix:"))
        url = urlsplit(self.url)
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        return kind(url.hostname or "", url.port, timeout=CONNECT_S)


class Reply:
    """A whole answer: status, headers by lower-case name, body."""

    def __init__(self, response: HTTPResponse, body: bytes) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = body


class Answer:
    """A streamed answer: its headers, then the pieces of its text, once."""

    def __init__(self, connection: HTTPConnection, response: HTTPResponse) -> None:
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self._connection = connection
        self._response = response

    @property
    def decision_id(self) -> str:
        return self.headers.get("x-gilmok-decision", "")

    def pieces(self) -> Iterator[str]:
        """Raises `Broken` where the answer does not end with `[DONE]`."""
        stream = EventStream()
        try:
            while data := self._response.read1(_PIECE):
                for event in stream.feed(data):
                    if event == b"[DONE]":
                        return
                    yield _text(event)
        except (OSError, HTTPException, MalformedAnswer, ValueError) as error:
            raise Broken("stream_broken") from error
        raise Broken("stream_broken")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _hang_up(self._connection)
        self._response.close()
        self._connection.close()


def _hang_up(connection: HTTPConnection) -> None:
    with suppress(OSError):
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)


def _text(event: bytes) -> str:
    chunk = msgspec.json.decode(event, type=Chunk)
    if chunk.error is not None:
        raise Broken(chunk.error.code or "stream_broken", chunk.error.message)
    return chunk.text


def _plain(url: str) -> str:
    if url.startswith("unix:"):
        if url == "unix:":
            raise BadUrl(url)
        return url
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise BadUrl(url) from None
    more = parts.username is not None or parts.query or parts.fragment
    if not usable or more or parts.path.rstrip("/") not in ("", "/v1"):
        raise BadUrl(url)
    return f"{parts.scheme}://{parts.netloc}"
