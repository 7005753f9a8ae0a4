"""One connection to one address: straight, or through an HTTP proxy; with TLS where it is wanted.

Through a proxy TLS runs inside a tunnel (CONNECT), from here to the endpoint: the proxy sees the
endpoint's name and nothing else. Without TLS it is asked for the whole URL and sees everything.
"""

from __future__ import annotations

import asyncio
import errno
import re
import socket
import ssl
from functools import cache

from gilmok.core.endpoint import Proxy, Zone
from gilmok.core.errors import ConnectFailed
from gilmok.providers.http1 import Connection
from gilmok.providers.origin import IP, Origin

_MAX_HEAD = 16 * 1024
"""Bytes of a proxy's answer to CONNECT."""
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})[ \r]")
_HEAD_END = b"\r\n\r\n"

_CODES = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.ENOENT: "ca_file",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ETIMEDOUT: "timeout",
}


class Dialer:
    """Opens connections for one origin. Raises `ConnectFailed` with a code, never an address."""

    def __init__(self, origin: Origin, ca_file: str | None, proxy: Proxy | None = None) -> None:
        self._origin = origin
        self._ca_file = ca_file
        self._port = origin.port if proxy is None else proxy.port
        self._connect = None if proxy is None or not origin.tls else _connect(origin, proxy)
        self._proxy = proxy
        self._context: ssl.SSLContext | None = None

    async def dial(self, address: IP, zone: Zone) -> Connection:
        """A connection to the address, of which the caller has proved the zone."""
        if self._connect is not None:
            return await self._tunnel(address, zone, self._connect)
        tls = self._tls()
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(zone),
                str(address),
                self._port,
                ssl=tls,
                server_hostname=self._server_name if tls is not None else None,
            )
        except OSError as error:
            raise ConnectFailed(on_the_way(code_of(error), self._proxy)) from error
        return connection

    @property
    def _server_name(self) -> str:
        return self._origin.host.removesuffix(".")

    async def _tunnel(self, address: IP, zone: Zone, request: bytes) -> Connection:
        loop = asyncio.get_running_loop()
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            try:
                await loop.sock_connect(sock, (str(address), self._port))
                await loop.sock_sendall(sock, request)
                await _opened(sock)
            except OSError as error:
                raise ConnectFailed(on_the_way(code_of(error), self._proxy)) from error
            try:
                _, connection = await loop.create_connection(
                    lambda: Connection(zone),
                    sock=sock,
                    ssl=self._tls(),
                    server_hostname=self._server_name,
                )
            except OSError as error:
                raise ConnectFailed(code_of(error)) from error
        except BaseException:
            sock.close()
            raise
        return connection

    def _tls(self) -> ssl.SSLContext | None:
        """With a `ca_file`, that authority alone is believed; without, the system's."""
        if self._context is None and self._origin.tls:
            # The system's authorities take some 10 ms to load: once is enough for all.
            make = _system_context if self._ca_file is None else _context
            self._context = make(self._ca_file)
        return self._context


async def _opened(sock: socket.socket) -> None:
    """Waits until the proxy has opened the tunnel. Raises `ConnectFailed`, `OSError`."""
    loop = asyncio.get_running_loop()
    head = b""
    while _HEAD_END not in head:
        data = await loop.sock_recv(sock, 4096)
        if not data:
            raise ConnectFailed("proxy_closed")
        head += data
        if len(head) > _MAX_HEAD or not head.startswith(b"HTTP/"[: len(head)]):
            raise ConnectFailed("proxy_not_http")
    found = _STATUS.match(head)
    if found is None:
        raise ConnectFailed("proxy_not_http")
    status = int(found[1])
    if status == 407:
        raise ConnectFailed("proxy_auth")
    if not 200 <= status < 300:
        raise ConnectFailed(f"proxy_status_{status}")
    if not head.endswith(_HEAD_END):
        raise ConnectFailed("proxy_not_http")  # nobody has spoken yet in the tunnel


def on_the_way(code: str, proxy: Proxy | None) -> str:
    """The code of a failure before the endpoint was reached: the proxy's, where there is one."""
    return code if proxy is None else f"proxy_{code}"


def _connect(origin: Origin, proxy: Proxy) -> bytes:
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    lines = [f"CONNECT {host}:{origin.port} HTTP/1.1", f"host: {host}:{origin.port}"]
    lines += ["user-agent: gilmok", *proxy_fields(proxy)]
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")


def proxy_fields(proxy: Proxy) -> list[str]:
    """The header lines for the proxy itself. Raises `ValueError` for what cannot be sent."""
    if proxy.authorization is None:
        return []
    value = proxy.authorization.reveal()
    if not (value.isascii() and value.isprintable()):
        raise ValueError("the proxy's credentials hold characters that cannot be sent")
    return [f"proxy-authorization: {value}"]


def code_of(error: OSError) -> str:
    """A short word for a failure to connect; never the address or the URL."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "tls_certificate"
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, TimeoutError):
        return "timeout"
    return _CODES.get(error.errno or 0, "os_error")


def _context(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context


_system_context = cache(_context)
