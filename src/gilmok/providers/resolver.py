"""Names to addresses, asked once per short while."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address

from gilmok.core.errors import ConnectFailed
from gilmok.providers.origin import IP, Origin

Lookup = Callable[[str], Awaitable[Sequence[IP]]]
"""The addresses of a name, in the order to be tried. Raises `OSError`."""

TTL_S = 15.0
"""How long an answer holds. Short, so that a moved name is noticed; long enough that a burst of new
connections asks once."""


async def system_lookup(host: str) -> Sequence[IP]:
    """What the system's resolver says, `/etc/hosts` included."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(ip_address(entry[4][0]) for entry in found))


class Resolver:
    """The addresses of one origin.

    Invariant: what `addresses` returns is all that the origin's name stands for, and the transport
    connects to one of exactly these; nothing resolves the name a second time on the way.
    """

    def __init__(self, origin: Origin, lookup: Lookup = system_lookup) -> None:
        self._origin = origin
        self._lookup = lookup
        self._known: Sequence[IP] = ()
        self._until = 0.0

    async def addresses(self) -> Sequence[IP]:
        """At least one address. Raises `ConnectFailed("dns")`."""
        if self._origin.literal:
            return self._origin.literal
        now = asyncio.get_running_loop().time()
        if not self._known or now >= self._until:
            try:
                known = await self._lookup(self._origin.host)
            except (OSError, UnicodeError, ValueError):
                raise ConnectFailed("dns") from None
            if not known:
                raise ConnectFailed("dns")
            self._known, self._until = known, now + TTL_S
        return self._known
