"""Where an endpoint is, read from its base URL once and never guessed again."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from msgspec import Struct

from gilmok.core.address import is_unfit

IP = IPv4Address | IPv6Address

_AUTHORITY = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\[\]:]+)(:[0-9]{1,5})?\Z")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?\Z")
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)\.?\Z")
_LOOPBACK: tuple[IP, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))


class Origin(Struct, frozen=True, kw_only=True):
    tls: bool
    host: str
    """A name in lower case or an IP literal without brackets."""
    port: int
    path: str
    """What stands before every path of the API; no slash at its end."""
    literal: tuple[IP, ...]
    """The addresses of a host that needs no resolver: an IP literal or `localhost`; else empty."""

    @property
    def authority(self) -> str:
        """The value of the `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


def origin(base_url: str) -> Origin:
    """Read a base URL. Raises `ValueError` for whatever two readers could understand differently.

    Numbers that are not a dotted address (`2130706433`, `0x7f.1`, `010.0.0.1`) are refused: some
    readers take them for addresses and some for names, and a proof must not depend on which.
    """
    if not all("!" <= char <= "~" and char != "\\" for char in base_url):
        raise ValueError("the URL holds characters that must be percent-encoded")
    url = urlsplit(base_url)
    if url.scheme not in ("http", "https"):
        raise ValueError("the URL is neither http nor https")
    if "@" in url.netloc or "?" in base_url or "#" in base_url:
        raise ValueError("the URL holds a user name, a query or a fragment")
    if not _AUTHORITY.match(url.netloc):
        raise ValueError("the URL says neither a host nor a host and a port")
    tls, host = url.scheme == "https", (url.hostname or "").lower()
    port = url.port
    if port == 0:
        raise ValueError("the port is 0")
    return Origin(
        tls=tls,
        host=host,
        port=port if port is not None else (443 if tls else 80),
        path=url.path.rstrip("/"),
        literal=_literal(host),
    )


def _literal(host: str) -> tuple[IP, ...]:
    if host.removesuffix(".") == "localhost":
        return _LOOPBACK
    try:
        address = ip_address(host)
    except ValueError:
        pass
    else:
        if is_unfit(address):
            raise ValueError("no model answers at this address")
        return (address,)
    if ":" in host or not _NAME.match(host) or len(host) > 253:
        raise ValueError("the host is neither a name nor an address")
    if _NUMBER.match(host.removesuffix(".").rpartition(".")[2]):
        raise ValueError("the host is a number that is not a dotted address")
    return ()
