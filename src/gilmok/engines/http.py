"""Asks engines, and the services that run them: one exchange on a connection of its own.

Not for requests: what a caller wrote goes through `guard.clearance` and `providers`. What is said
here is the gateway's own (load, unload, how are you), and rare; so nothing is kept, followed, retried
or decoded. The endpoints' rules hold: nothing is sent to addresses where no model answers, and
nothing crosses a public network unencrypted. The name is resolved once, and the connection goes to
an address that was looked at.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

import httptools
from msgspec import Struct

from gilmok.core.address import is_unfit, zone_of
from gilmok.core.endpoint import Zone

_LARGEST_ANSWER = 4 * 2**20
Fields = Sequence[tuple[str, str]]
_IP = IPv4Address | IPv6Address


class Unreachable(Exception):
    """No answer. `reason` is a code: `refused`, `timeout`, `dns`, `unfit_address`, `exposed`, `tls`,
    `not_http`, `too_large`, `bad_url`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Reply(Struct, frozen=True):
    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


async def ask(
    method: str, url: str, *, fields: Fields = (), body: bytes | None = None, timeout_s: float
) -> Reply:
    """One request and its whole answer, at most 4 MiB of it. Raises `Unreachable`."""
    try:
        async with asyncio.timeout(timeout_s):
            place = _place(url)
            reader, writer = await _connect(place)
            try:
                writer.write(_message(method, place, fields, body))
                return await _answer(reader)
            finally:
                writer.close()
    except TimeoutError:
        raise Unreachable("timeout") from None
    except ssl.SSLError:
        raise Unreachable("tls") from None
    except OSError:
        raise Unreachable("refused") from None


def _place(url: str) -> SplitResult:
    if not (url.isascii() and url.isprintable()) or " " in url:
        raise Unreachable("bad_url")
    place = urlsplit(url)
    if place.scheme not in ("http", "https") or not place.hostname or "@" in place.netloc:
        raise Unreachable("bad_url")
    return place


def _port(place: SplitResult) -> int:
    return place.port or (443 if place.scheme == "https" else 80)


async def _connect(place: SplitResult) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    encrypted = place.scheme == "https"
    addresses = await _addresses(place)
    if any(map(is_unfit, addresses)):
        raise Unreachable("unfit_address")
    if not encrypted and any(zone_of(address) is Zone.CLOUD for address in addresses):
        raise Unreachable("exposed")
    context = _tls() if encrypted else None
    name = place.hostname if encrypted else None
    for address in addresses[:-1]:
        try:
            return await asyncio.open_connection(
                str(address), _port(place), ssl=context, server_hostname=name
            )
        except OSError:
            continue  # The last one says why.
    return await asyncio.open_connection(
        str(addresses[-1]), _port(place), ssl=context, server_hostname=name
    )


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Reading the system's authorities takes milliseconds: once, and only where it is needed."""
    return ssl.create_default_context()


async def _addresses(place: SplitResult) -> list[_IP]:
    """At least one."""
    host = place.hostname or ""
    if host == "localhost":
        return [IPv4Address("127.0.0.1")]
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, _port(place), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable("dns") from None
    return list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))


def _message(method: str, place: SplitResult, fields: Fields, body: bytes | None) -> bytes:
    path = place.path or "/"
    lines = [
        f"{method} {path}?{place.query} HTTP/1.1" if place.query else f"{method} {path} HTTP/1.1",
        f"host: {place.netloc}",
        "user-agent: gilmok",
        "accept-encoding: identity",
        "connection: close",
        *(f"{name}: {value}" for name, value in fields),
    ]
    if body is not None or method not in ("GET", "HEAD"):
        lines += ["content-type: application/json", f"content-length: {len(body or b'')}"]
    if not all(line.isprintable() and line.isascii() for line in lines):
        raise Unreachable("bad_url")
    return "".join(f"{line}\r\n" for line in lines).encode("ascii") + b"\r\n" + (body or b"")


class _Collector:
    """What llhttp's callbacks gather."""

    def __init__(self) -> None:
        self.body = bytearray()
        self.complete = False

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        self.complete = True


async def _answer(reader: asyncio.StreamReader) -> Reply:
    collector = _Collector()
    parser = httptools.HttpResponseParser(collector)
    size = 0
    try:
        while not collector.complete and (data := await reader.read(65536)):
            size += len(data)
            if size > _LARGEST_ANSWER:
                raise Unreachable("too_large")
            parser.feed_data(data)
        status = parser.get_status_code()
    except httptools.HttpParserError:
        raise Unreachable("not_http") from None
    if not status:
        raise Unreachable("refused" if not size else "not_http")
    return Reply(status, bytes(collector.body))
