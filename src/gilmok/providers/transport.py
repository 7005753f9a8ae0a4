"""The doer: sends what `guard.clearance` let pass to exactly the place it was cleared for.

Nothing here chooses: no retry, no fallback, no redirect, no proxy but the endpoint's own, no
time-out but the connect's.
The zone is proved on the very connection that carries the bytes (law 1), and leaving a conversation
closes that connection at once, so that the upstream stops working (law 3).
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType

from gilmok.core.address import is_unfit
from gilmok.core.beside import beside
from gilmok.core.completion import Batch
from gilmok.core.endpoint import Endpoint, Zone
from gilmok.core.errors import (
    AttemptFailed,
    ConnectFailed,
    MalformedAnswer,
    StreamBroken,
    UpstreamStatus,
    ZoneRefused,
)
from gilmok.core.outbound import Letter, Outbound
from gilmok.providers.dialing import on_the_way, proxy_fields
from gilmok.providers.http1 import Connection, Hangup, Head
from gilmok.providers.origin import IP, origin
from gilmok.providers.pool import Pool
from gilmok.providers.resolver import Lookup, Resolver, system_lookup
from gilmok.providers.wire import Decoder, Wire
from gilmok.providers.zones import is_exposed, prove

MAX_REFUSAL = 64 * 1024
"""Bytes of a refusal's body that are read; its code stands at the beginning."""
MAX_KNOWLEDGE = 8 * 1024 * 1024
"""Bytes of a list of models that are read: the longest known ones have a tenth of that."""
_MOST_HEADS = 64
"""That are kept: a path and headers of few values, of which a form's boundary is one."""
PATIENCE_S = 1.0
"""How long the end of a body may lag behind the end of the answer in it."""
Fields = tuple[tuple[str, str], ...]
_LETTER_HEADERS = frozenset(
    {"accept", "anthropic-beta", "anthropic-version", "content-type"}
    | {"x-amz-target", "x-microsoft-outputformat"}
)
"""What a dialect may add to the request's head. Nothing of a caller's own headers ever does."""
_OWN_HEADERS = frozenset({"x-gilmok-signature"})
"""What we add ourselves, to what we say ourselves."""


class HttpCarrier(ABC):
    """Carries bytes to one endpoint over HTTP/1.1 and back; what they mean is its subclass's.

    Raises `ValueError` for a base URL or a key that cannot be sent.
    """

    def __init__(self, endpoint: Endpoint, *, lookup: Lookup = system_lookup) -> None:
        self.endpoint = endpoint
        self._origin = origin(endpoint.base_url)
        proxy = endpoint.reach.proxy
        # Through a proxy the endpoint's name is the proxy's business, and nobody here asks for it.
        hop = self._origin if proxy is None else origin(f"http://{proxy.host}:{proxy.port}")
        self._resolver = Resolver(hop, lookup)
        self.pool = Pool(self._origin, endpoint.ca_file, endpoint.reach)
        self._authorization = _authorization(endpoint)
        self._proxy = proxy
        self._target = ""
        """What stands before the path in a request line: a proxy without a tunnel wants it all."""
        if proxy is not None and not self._origin.tls:
            self._target = f"http://{self._origin.authority}"
            self._authorization += proxy_fields(proxy)
        self._heads: dict[tuple[str, Fields], bytes] = {}

    @abstractmethod
    def decoder(self, outbound: Outbound, head: Head) -> Decoder:
        """What reads the answer that begins so. Raises `MalformedAnswer` where nothing does."""

    @abstractmethod
    def failure(self, head: Head, body: bytes) -> UpstreamStatus:
        """What a refusal means."""

    def check_outbound(self, outbound: Outbound) -> None:
        """Raises `ValueError` for an outbound that was cleared for another endpoint."""
        if outbound.endpoint is not self.endpoint and outbound.endpoint != self.endpoint:
            raise ValueError("these bytes were cleared for another endpoint")

    def converse(
        self, outbound: Outbound, *, connect_s: float
    ) -> AbstractAsyncContextManager[AsyncIterator[Batch]]:
        """Raises `ValueError` for an outbound that was cleared for another endpoint."""
        self.check_outbound(outbound)
        return Conversation(self, outbound, connect_s)

    async def prove(self) -> Zone:
        """The zone that the endpoint's addresses prove now. Raises `ConnectFailed`."""
        return prove(self.endpoint, await self._addresses())

    async def connection(self, zones: frozenset[Zone], connect_s: float) -> Connection:
        """A connection whose address proved one of `zones`. Raises `ZoneRefused`, `ConnectFailed`.

        A kept one was proved when it was opened, and a socket's peer never changes.
        """
        kept = self.pool.take(zones)
        if kept is not None:
            return kept
        loop = asyncio.get_running_loop()
        deadline = loop.time() + connect_s
        try:
            async with asyncio.timeout_at(deadline):
                addresses = await self._addresses()
        except TimeoutError:
            raise ConnectFailed(on_the_way("dns_timeout", self._proxy)) from None
        # Nothing is awaited between the look at the pool and the opening: the bound is exact.
        if self.pool.is_full and (kept := await self._turn(zones, deadline)) is not None:
            return kept
        zone = prove(self.endpoint, addresses)
        if zone not in zones or is_exposed(self.endpoint, addresses):
            raise ZoneRefused(self.endpoint.id, zone)
        if any(map(is_unfit, addresses)):
            raise ConnectFailed(on_the_way("unfit_address", self._proxy))
        return await self.pool.open(addresses, zone, deadline - loop.time())

    async def _turn(self, zones: frozenset[Zone], deadline: float) -> Connection | None:
        """Waits until a connection is free, or may be opened: `None`."""
        try:
            async with asyncio.timeout_at(deadline):
                while self.pool.is_full:
                    await self.pool.wait()
                    if (kept := self.pool.take(zones)) is not None:
                        return kept
        except TimeoutError:
            raise ConnectFailed("pool_full") from None
        return None

    async def _addresses(self) -> Sequence[IP]:
        """Of the endpoint, or of the proxy that stands for it."""
        try:
            return await self._resolver.addresses()
        except ConnectFailed:
            raise ConnectFailed(on_the_way("dns", self._proxy)) from None

    def message(self, letter: Letter) -> bytes:
        """The request as it goes on the wire."""
        key = (letter.path, letter.headers)
        head = self._heads.get(key)
        if head is None:
            if len(self._heads) >= _MOST_HEADS:
                self._heads.clear()
            head = self._heads[key] = self._head(
                "POST", self._origin.path + letter.path, letter.headers
            )
        return b"%bcontent-length: %d\r\n\r\n%b" % (head, len(letter.body), letter.body)

    async def ask(
        self, path: str, headers: Fields = (), *, connect_s: float, at_root: bool = False
    ) -> tuple[int, bytes]:
        """A GET without a word of any caller: the status and at most `MAX_KNOWLEDGE` bytes.

        `at_root` leaves the `/v1` of the base URL out. Raises `ConnectFailed`, `MalformedAnswer`.
        """
        prefix = self._origin.path
        path = (prefix.removesuffix("/v1") if at_root else prefix) + path
        message = self._head("GET", path, headers) + b"\r\n"
        connection = await self.connection(frozenset(Zone), connect_s)
        body = b""
        try:
            head = await connection.exchange(message)
            while len(body) < MAX_KNOWLEDGE and (data := await connection.read()):
                body += data
        except Hangup as hangup:
            connection.abort()
            raise unanswered(hangup) from None
        except BaseException:
            connection.abort()
            raise
        connection.retire(self.pool.keep, PATIENCE_S)
        self.check_proxy(head)
        return head.status, body

    async def tell(self, body: bytes, headers: Fields = (), *, connect_s: float) -> int:
        """A POST of our own to the base URL itself, without a word of any caller: the status.

        Raises `ConnectFailed`, `ZoneRefused`, `MalformedAnswer`.
        """
        head = self._head("POST", self._origin.path or "/", headers)
        connection = await self.connection(frozenset(Zone), connect_s)
        try:
            answer = await connection.exchange(
                b"%bcontent-length: %d\r\n\r\n%b" % (head, len(body), body)
            )
        except Hangup as hangup:
            raise unanswered(hangup) from None
        finally:
            connection.abort()  # The next word comes much later than a connection lasts.
        self.check_proxy(answer)
        return answer.status

    def check_proxy(self, head: Head) -> None:
        """Raises `ConnectFailed` where it was the proxy that refused, and not the endpoint."""
        if self._proxy is not None and head.status == 407:
            raise ConnectFailed("proxy_auth")

    def _head(
        self, method: str, path: str, headers: Fields, authorization: Sequence[str] = ()
    ) -> bytes:
        lines = [
            f"{method} {self._target}{path} HTTP/1.1",
            f"host: {self._origin.authority}",
            "user-agent: gilmok",
            "accept-encoding: identity",
        ]
        if method == "POST" and not any(name == "content-type" for name, _ in headers):
            lines.append("content-type: application/json")
        for name, value in headers:
            if name not in _LETTER_HEADERS and name not in _OWN_HEADERS:
                raise ValueError(f"a dialect may not send the header {name!r}")
            lines.append(f"{name}: {value}")
        lines += self._authorization
        lines += authorization
        if not all(line.isprintable() and line.isascii() for line in lines):
            raise ValueError("a header line holds a character that cannot be sent")
        return "".join(f"{line}\r\n" for line in lines).encode("ascii")

    async def close(self) -> None:
        """Let idle connections go. Conversations under way end as they would."""
        self.pool.close()


class HttpUpstream(HttpCarrier):
    """Speaks to one chat endpoint. See `core.ports.Upstream`."""

    def __init__(self, endpoint: Endpoint, wire: Wire, *, lookup: Lookup = system_lookup) -> None:
        super().__init__(endpoint, lookup=lookup)
        self.wire = wire

    def decoder(self, outbound: Outbound, head: Head) -> Decoder:
        return self.wire.decoder(_is_stream(outbound, head))

    def failure(self, head: Head, body: bytes) -> UpstreamStatus:
        return self.wire.failure(head.status, head.headers, body)


class Conversation:
    """One request and its answer; an async context manager that is also the iterator of events."""

    __slots__ = (
        "_connect_s",
        "_connection",
        "_decoder",
        "_ended",
        "_outbound",
        "_size",
        "_upstream",
    )

    def __init__(self, upstream: HttpCarrier, outbound: Outbound, connect_s: float) -> None:
        self._upstream = upstream
        self._outbound = outbound
        self._connect_s = connect_s
        self._connection: Connection | None = None
        self._decoder: Decoder | None = None
        self._ended = False
        self._size = 0

    async def __aenter__(self) -> AsyncIterator[Batch]:
        upstream, outbound = self._upstream, self._outbound
        connection = upstream.pool.take(outbound.zones)
        if connection is None:
            connection = await upstream.connection(outbound.zones, self._connect_s)
        self._connection = connection
        try:
            head = await connection.exchange(upstream.message(outbound.letter))
            if not 200 <= head.status < 300:
                upstream.check_proxy(head)
                raise await self._refusal(connection, head)
            self._decoder = upstream.decoder(outbound, head)
        except BaseException as error:
            self._hang_up()
            if isinstance(error, Hangup):
                raise unanswered(error) from None
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hang_up()

    def __aiter__(self) -> AsyncIterator[Batch]:
        return self

    async def __anext__(self) -> Batch:
        if not self._ended and (connection := self._connection) is not None:
            try:
                if batch := await self._more(connection):
                    return batch
            except AttemptFailed:
                self._hang_up()
                raise
        raise StopAsyncIteration

    async def _more(self, connection: Connection) -> Batch:
        """The next events that came together; none only at the end."""
        decoder = self._decoder
        assert decoder is not None, "the head comes first"
        while not decoder.done:
            try:
                data = await connection.read()
            except Hangup as hangup:
                raise broken(hangup) from None
            if not data:
                break
            self._size += len(data)
            if found := decoder.feed(data):
                return found
        self._ended = True
        if self._outbound.letter.work is None:
            rest = decoder.finish()
        else:  # Pictures and vectors are read at their end, all at once.
            rest = await beside(self._size, decoder.finish)
        self._connection = None
        if self._outbound.stream and self._upstream.endpoint.provider.closes_streams:
            connection.abort()  # Whoever took it from the pool would find it closed.
        else:
            connection.retire(self._upstream.pool.keep, PATIENCE_S)
        return rest

    async def _refusal(self, connection: Connection, head: Head) -> UpstreamStatus:
        """What the upstream said instead of an answer. Its body is read for the code in it."""
        body = b""
        try:
            while len(body) < MAX_REFUSAL and (data := await connection.read()):
                body += data
        except Hangup:
            pass  # the status alone says enough
        else:
            self._connection = None
            connection.retire(self._upstream.pool.keep, PATIENCE_S)
        return self._upstream.failure(head, body)

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        self._ended = True
        if connection is not None:
            connection.abort()


def _is_stream(outbound: Outbound, head: Head) -> bool:
    """Whether the answer comes as a stream: asked for, and not one JSON document all the same.

    Raises `MalformedAnswer` for what no decoder reads.
    """
    return outbound.stream and media_type(head) != "application/json"


def media_type(head: Head) -> str:
    """What the answer says it is, in lower case. Raises `MalformedAnswer` for what nobody reads."""
    if head.headers.get("content-encoding", "identity") not in ("identity", ""):
        raise MalformedAnswer("content_encoding")
    kind = head.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/html":
        raise MalformedAnswer("html")
    return kind


def unanswered(hangup: Hangup) -> AttemptFailed:
    if hangup.reason in ("closed", "reset"):
        return ConnectFailed(f"{hangup.reason}_before_answer")
    return MalformedAnswer(hangup.reason)


def broken(hangup: Hangup) -> AttemptFailed:
    if hangup.reason in ("closed", "reset"):
        return StreamBroken()
    return MalformedAnswer(hangup.reason)


def _authorization(endpoint: Endpoint) -> list[str]:
    if endpoint.api_key is None or endpoint.provider.auth == "none":
        return []
    key = endpoint.api_key.reveal()
    if not (key.isascii() and key.isprintable()):
        raise ValueError(f"the key of endpoint {endpoint.id} holds characters that cannot be sent")
    match endpoint.provider.auth:
        case "bearer":
            return [f"authorization: Bearer {key}"]
        case "x-api-key" | "x-goog-api-key" | "ocp-apim-subscription-key" as name:
            return [f"{name}: {key}"]
        case "aws-sigv4":
            return []  # Signs each request: see `services.sigv4`.
        case other:
            raise ValueError(f"unknown auth {other!r} of provider {endpoint.provider.name}")
