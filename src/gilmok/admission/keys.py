"""Callers by their key. Only hashes are kept; a key is found by the hash of the whole of it, so how
long the look-up takes says nothing about how much of a guess was right.

Keys of the configuration and stored ones are one index. It is never changed, only exchanged for
another, so a request sees the keys of one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from hmac import compare_digest

from msgspec import Struct

from gilmok.core.address import literal_zone
from gilmok.core.api_key import is_mistyped
from gilmok.core.endpoint import Zone
from gilmok.core.errors import ExpiredKey, InvalidAdminKey, InvalidKey, MistypedKey, RevokedKey
from gilmok.core.identity import Caller
from gilmok.core.text import Secret


class Key(Struct, frozen=True, kw_only=True):
    """One secret of a key: the SHA-256 of its text in hexadecimal, and whose it is."""

    sha256: str
    caller: Caller
    expires_at: int | None = None
    """Wall clock, nanoseconds; `None` means never."""
    revoked: bool = False


class _Entry(Struct, frozen=True):
    caller: Caller
    lasts: bool
    """False for a key that has ended or will: the rest is looked at only then."""
    expires_at: int | None
    revoked: bool


class Index:
    """Keys by hash. Of two with the same hash the first counts."""

    __slots__ = ("by_hash", "here", "keyed")

    def __init__(
        self, keys: Iterable[Key] = (), *, keyed: bool = False, here: Caller | None = None
    ) -> None:
        """`keyed`: a key is needed even if none of these opens anything. `here`: the person at this
        machine, where none is."""
        by_hash: dict[bytes, _Entry] = {}
        for key in keys:
            lasts = key.expires_at is None and not key.revoked
            entry = _Entry(key.caller, lasts, key.expires_at, key.revoked)
            by_hash.setdefault(bytes.fromhex(key.sha256), entry)
        self.by_hash: Mapping[bytes, _Entry] = by_hash
        self.keyed = keyed or bool(by_hash)
        self.here = here or AT_THIS_MACHINE

    def exchanged(self, id: str, ended: Iterable[str], keys: Iterable[Key]) -> Index:
        """With these in the place of the key's secrets that ended, told by their SHA-256. None of
        the others is made anew: one key among 10,000 changes in the time of a copy."""
        by_hash = dict(self.by_hash)
        for digest in map(bytes.fromhex, ended):
            if digest in by_hash and by_hash[digest].caller.key_id == id:
                del by_hash[digest]
        made = Index(keys, here=self.here)
        made.by_hash = {**made.by_hash, **by_hash}
        made.keyed = self.keyed
        return made


AT_THIS_MACHINE = Caller(tenant="local", key_id="loopback", oversees=True)


class Keys:
    """The door for callers. Single-threaded: every call happens on the event loop."""

    def __init__(self, index: Index, wall: Callable[[], int]) -> None:
        """`wall`: the time by the wall clock, nanoseconds."""
        self.take(index)
        self._wall = wall

    def take(self, index: Index) -> None:
        """From the next request on these are the keys."""
        self._by_hash = index.by_hash
        self._keyed = index.keyed
        self._here = index.here

    def identify(self, presented: Secret | None, peer: str, host: str) -> Caller:
        """The caller. Where there never was a key, anyone at this machine and nobody else.

        `peer` is the client's address, empty for a Unix socket; `host` is the name it called us by:
        a web page that rebinds its own name to this machine is not at this machine.
        Raises `InvalidKey`.
        """
        if not self._keyed:
            if _is_here(peer) and _names_here(host):
                return self._here
            raise InvalidKey()
        if presented is None:
            raise InvalidKey()
        entry = self._by_hash.get(_digest(presented))
        if entry is None:
            raise MistypedKey() if is_mistyped(presented) else InvalidKey()
        if not entry.lasts:
            self._refuse_ended(entry)
        return entry.caller

    @property
    def callers(self) -> tuple[Caller, ...]:
        """Whoever has a key, ended ones too; one of several secrets each time."""
        return tuple(entry.caller for entry in self._by_hash.values())

    def knows(self, presented: Secret) -> bool:
        """True for a key that is or was a caller's."""
        return _digest(presented) in self._by_hash

    def _refuse_ended(self, entry: _Entry) -> None:
        if entry.revoked:
            raise RevokedKey()
        if entry.expires_at is not None and entry.expires_at <= self._wall():
            raise ExpiredKey()


class AdminKey:
    """The door of the admin API. It opens to one key, and never to a caller's."""

    def __init__(self, sha256: str, callers: Keys) -> None:
        self._digest = bytes.fromhex(sha256)
        self._callers = callers

    def check(self, presented: Secret | None) -> None:
        """Raises `InvalidAdminKey`."""
        if presented is None or not compare_digest(_digest(presented), self._digest):
            raise InvalidAdminKey()
        if self._callers.knows(presented):  # Somebody configured the hash of a caller's key.
            raise InvalidAdminKey()


_LOCAL = Zone.LOCAL


def _digest(key: Secret) -> bytes:
    return sha256(key.reveal().encode("utf-8", "surrogatepass")).digest()


def _is_here(peer: str) -> bool:
    return not peer or literal_zone(peer.partition("%")[0]) is _LOCAL


def _names_here(host: str) -> bool:
    """True for an empty host too: only HTTP/1.0 clients send none, and browsers always do."""
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return not name or literal_zone(name) is _LOCAL
