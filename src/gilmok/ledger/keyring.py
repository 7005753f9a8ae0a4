"""Stored keys: who has one, what it allows, until when. Of a key's text only the SHA-256 is kept.

A key has an id that is never given twice, because receipts name it, and one or more secrets: while
it is rotated, the old ones work beside the new one for as long as the overlap lasts. Revoking is
final, and a revoked key stays here with its id.

Every change is one transaction, so that any number of processes may make them.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from gilmok.core.endpoint import Zone
from gilmok.core.errors import InvalidRequest, KeyEnded, KeyExists, KeyNotFound
from gilmok.core.identity import IDENTIFIER
from gilmok.ledger.keyring_file import KeysFile, KeysInMemory, Place

FOREVER = 2**63 - 1
"""The last moment SQLite can hold, in the year 2262."""
RESERVED = frozenset({"cli", "loopback"})
"""Ids that the gateway itself gives: to a command's own gateway, and to callers without a key."""

Name = Annotated[str, Meta(pattern=IDENTIFIER)]
_Named = Annotated[str, Meta(min_length=1, max_length=256)]
Names = Annotated[tuple[_Named, ...], Meta(min_length=1, max_length=1000)]
Zones = Annotated[tuple[Zone, ...], Meta(min_length=1, max_length=3)]
Level = Literal["low", "medium", "high"]
Standing = Literal["active", "expired", "revoked"]

_encode = msgspec.json.Encoder().encode


class Rights(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a key may. The defaults allow everything but sums over all tenants."""

    zones: Zones = tuple(Zone)
    endpoints: Names | None = None
    """Endpoint ids; `None` means all."""
    models: Names | None = None
    """Model names; `None` means all."""
    highest: Level = "high"
    """The highest label the key may send, wherever it would go."""
    operator: bool = False
    """May see sums over all tenants."""


class NewKey(Struct, frozen=True, kw_only=True):
    """A key that is to be stored."""

    id: str
    tenant: str = "default"
    plan: str | None = None
    rights: Rights = Rights()
    expires_at: int | None = None
    """Wall clock, nanoseconds; `None` means never."""


class StoredSecret(Struct, frozen=True):
    sha256: str
    created_at: int
    expires_at: int | None = None
    """When the overlap of a rotation ends; `None` where the key's own end counts."""


class StoredKey(Struct, frozen=True, kw_only=True):
    id: str
    tenant: str
    plan: str | None
    rights: Rights
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    secrets: tuple[StoredSecret, ...]
    """Oldest first; never empty."""

    def standing(self, now: int) -> Standing:
        """What the key is worth at this moment, wall clock."""
        if self.revoked_at is not None:
            return "revoked"
        ended = self.expires_at is not None and self.expires_at <= now
        return "expired" if ended else "active"


class Keyring:
    """Raises `ConfigError` wherever the keys cannot be reached."""

    def __init__(self, path: Path | None) -> None:
        """`None`: in memory."""
        self._place: Place = KeysInMemory() if path is None else KeysFile(path)

    def create(self, key: NewKey, sha256: str, now: int) -> StoredKey:
        """Raises `InvalidRequest`, `KeyExists`."""
        (made,) = self.create_all(((key, sha256),), now)
        return made

    def create_all(self, keys: Sequence[tuple[NewKey, str]], now: int) -> tuple[StoredKey, ...]:
        """Keys with the SHA-256 of their secrets: all of them, or none.

        Raises `InvalidRequest`, `KeyExists`.
        """
        for key, _ in keys:
            _check(key)
            if key.id in RESERVED:
                raise KeyExists(key.id)
        with self._place.writing(first=True) as connection:
            for key, sha256 in keys:
                _add(connection, key, sha256, now)
            return tuple(_found(connection, key.id) for key, _ in keys)

    def rotate(self, id: str, sha256: str, now: int, overlap: int) -> StoredKey:
        """Adds a secret; the others end after `overlap` nanoseconds, or earlier as they would have.

        Raises `KeyNotFound`, `KeyEnded`.
        """
        with self._place.writing() as connection:
            _changeable(connection, id)
            connection.execute(
                "UPDATE secrets SET expires_at = min(coalesce(expires_at, ?), ?) WHERE key_id = ?",
                (FOREVER, min(now + overlap, FOREVER), id),
            )
            connection.execute(
                "DELETE FROM secrets WHERE key_id = ? AND expires_at <= ?", (id, now)
            )
            connection.execute("INSERT INTO secrets VALUES (?, ?, ?, NULL)", (sha256, id, now))
            return _found(connection, id)

    def expire(self, id: str, at: int | None) -> StoredKey:
        """Moves the key's end; `None` takes it away. Raises `KeyNotFound`, `KeyEnded`."""
        with self._place.writing() as connection:
            _changeable(connection, id)
            connection.execute("UPDATE keys SET expires_at = ? WHERE id = ?", (at, id))
            return _found(connection, id)

    def revoke(self, id: str, now: int) -> StoredKey:
        """Ends the key for good; one that was revoked keeps its first time. Raises `KeyNotFound`."""
        with self._place.writing() as connection:
            _found(connection, id)
            connection.execute(
                "UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (now, id)
            )
            return _found(connection, id)

    def find(self, id: str) -> StoredKey:
        """Raises `KeyNotFound`."""
        with self._place.reading() as connection:
            if connection is None:
                raise KeyNotFound
            return _found(connection, id)

    def all(self) -> tuple[StoredKey, ...]:
        """By id; revoked ones too."""
        with self._place.reading() as connection:
            return () if connection is None else _all(connection)

    def state(self) -> tuple[int, ...]:
        """Other after every change, whoever made it; empty where no key was ever stored."""
        return self._place.state()

    def close(self) -> None:
        self._place.close()


def _check(key: NewKey) -> None:
    for field, name in (("id", key.id), ("tenant", key.tenant), ("plan", key.plan)):
        # `fullmatch`: the pattern's own end lets a line feed pass.
        if name is not None and not re.fullmatch(IDENTIFIER, name):
            raise InvalidRequest(
                field,
                "must be 1 to 64 letters, digits and . _ : - that begin with a letter or digit",
                "영문자나 숫자로 시작하는 1~64자의 영문자, 숫자, . _ : - 여야 합니다",
            )


_COLUMNS = "id, tenant, plan, rights, created_at, expires_at, revoked_at"
_Row = tuple[str, str, str | None, str, int, int | None, int | None]
_rights = lru_cache(maxsize=1024)(msgspec.json.Decoder(Rights).decode)
"""Most keys have the rights of many others."""


def _row(connection: sqlite3.Connection, id: str) -> _Row | None:
    row: _Row | None = connection.execute(
        f"SELECT {_COLUMNS} FROM keys WHERE id = ?", (id,)
    ).fetchone()
    return row


def _found(connection: sqlite3.Connection, id: str) -> StoredKey:
    row = _row(connection, id)
    if row is None:
        raise KeyNotFound
    secrets = connection.execute(
        "SELECT sha256, created_at, expires_at FROM secrets WHERE key_id = ? "
        "ORDER BY created_at, sha256",
        (id,),
    )
    return _key(row, tuple(StoredSecret(*secret) for secret in secrets))


def _add(connection: sqlite3.Connection, key: NewKey, sha256: str, now: int) -> None:
    if _row(connection, key.id) is not None:
        raise KeyExists(key.id)
    if connection.execute("SELECT 1 FROM secrets WHERE sha256 = ?", (sha256,)).fetchone():
        raise InvalidRequest("sha256", "is another key's", "다른 키의 해시와 같습니다")
    connection.execute(
        "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, NULL)",
        (key.id, key.tenant, key.plan, _encode(key.rights).decode(), now, key.expires_at),
    )
    connection.execute("INSERT INTO secrets VALUES (?, ?, ?, NULL)", (sha256, key.id, now))


def _changeable(connection: sqlite3.Connection, id: str) -> None:
    if _found(connection, id).revoked_at is not None:
        raise KeyEnded(id)


def _all(connection: sqlite3.Connection) -> tuple[StoredKey, ...]:
    with _snapshot(connection):
        secrets: dict[str, list[StoredSecret]] = {}
        for key_id, *secret in connection.execute(
            "SELECT key_id, sha256, created_at, expires_at FROM secrets ORDER BY created_at, sha256"
        ):
            secrets.setdefault(key_id, []).append(StoredSecret(*secret))
        rows = connection.execute(f"SELECT {_COLUMNS} FROM keys ORDER BY id")
        return tuple(_key(row, tuple(secrets.get(row[0], ()))) for row in rows)


def _snapshot(connection: sqlite3.Connection) -> AbstractContextManager[sqlite3.Connection]:
    """Keys and secrets of one moment."""
    connection.execute("BEGIN")
    return connection  # SQLite's own context: commits, and so ends the read.


def _key(row: _Row, secrets: tuple[StoredSecret, ...]) -> StoredKey:
    id, tenant, plan, rights, created_at, expires_at, revoked_at = row
    return StoredKey(
        id=id,
        tenant=tenant,
        plan=plan,
        rights=_rights(rights),
        created_at=created_at,
        expires_at=expires_at,
        revoked_at=revoked_at,
        secrets=secrets,
    )
