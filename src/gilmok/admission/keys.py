"""Callers by their key. Only hashes are kept; a key is found by the hash of the whole of it, so how
long the look-up takes says nothing about how much of a guess was right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from msgspec import Struct

from gilmok.core.address import literal_zone
from gilmok.core.endpoint import Zone
from gilmok.core.errors import InvalidKey
from gilmok.core.identity import Caller
from gilmok.core.text import Secret


class Key(Struct, frozen=True, kw_only=True):
    """A configured key: the SHA-256 of its text in hexadecimal, and whose it is."""

    sha256: str
    caller: Caller
    max_concurrency: int | None = None


_AT_THIS_MACHINE = Caller(tenant="local", key_id="loopback", oversees=True)


class Keys:
    def __init__(self, keys: Iterable[Key]) -> None:
        self._by_hash = {key.sha256: key for key in keys}
        self.caps = {
            key.caller.key_id: key.max_concurrency
            for key in self._by_hash.values()
            if key.max_concurrency is not None
        }

    def identify(self, presented: Secret | None, peer: str, host: str) -> Caller:
        """The caller. Without configured keys, anyone at this machine and nobody else.

        `peer` is the client's address, empty for a Unix socket; `host` is the name it called us by:
        a web page that rebinds its own name to this machine is not at this machine.
        Raises `InvalidKey`.
        """
        if not self._by_hash:
            if _is_here(peer) and _names_here(host):
                return _AT_THIS_MACHINE
            raise InvalidKey()
        if presented is None:
            raise InvalidKey()
        digest = hashlib.sha256(presented.reveal().encode("utf-8", "surrogatepass")).hexdigest()
        key = self._by_hash.get(digest)
        if key is None:
            raise InvalidKey()
        return key.caller


def _is_here(peer: str) -> bool:
    return not peer or literal_zone(peer.partition("%")[0]) is Zone.LOCAL


def _names_here(host: str) -> bool:
    """True for an empty host too: only HTTP/1.0 clients send none, and browsers always do."""
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return not name or literal_zone(name) is Zone.LOCAL
