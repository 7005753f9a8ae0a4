"""Where stored keys lie: an SQLite file of their own, or memory.

The file is small and rarely written, so it has a rollback journal rather than a write-ahead log:
what is copied is whole, and a commit has reached the disk. It is made with the first key and not
before. `application_id` tells it from anyone else's; `user_version` is its format.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Protocol

import msgspec

from gilmok.core.errors import ConfigError, KeyNotFound
from gilmok.core.os_errors import why
from gilmok.core.said import Said

VERSION = 1
APPLICATION_ID = 0x474B4559  # "GKEY"
_PATIENCE_S = 5.0
"""How long one writer waits for another; a change takes milliseconds."""

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""The last one: a table of ours is missing, so somebody edited the file."""

_TABLES = """
CREATE TABLE keys (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL,
  plan TEXT,
  rights TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) WITHOUT ROWID;

CREATE TABLE secrets (
  sha256 TEXT PRIMARY KEY NOT NULL,
  key_id TEXT NOT NULL REFERENCES keys,
  created_at INTEGER NOT NULL,
  expires_at INTEGER
) WITHOUT ROWID;
CREATE INDEX secrets_by_key ON secrets (key_id);
"""


class Place(Protocol):
    """Hands out connections. Raises `ConfigError` where the keys cannot be reached."""

    @contextmanager
    def writing(self, *, first: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction: committed on leaving, rolled back by an exception.

        `first`: what is written may be the first key. Else raises `KeyNotFound` where no key was
        ever stored, and makes nothing.
        """
        ...

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """`None` where no key was ever stored."""
        ...

    def state(self) -> tuple[int, ...]:
        """Other after every change, whoever made it; empty where there is nothing yet."""
        ...

    def close(self) -> None: ...


class KeysFile:
    """A file, shared with other processes. Every question has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._watching: sqlite3.Connection | None = None
        self._watched: tuple[int, int] | None = None
        self._looks = 0
        """Connections that watched so far: the count of commits begins anew with each."""
        self._one_looks = Lock()

    @contextmanager
    def writing(self, *, first: bool = False) -> Iterator[sqlite3.Connection]:
        with self._failures():
            if not first and not os.path.exists(self.path):
                raise KeyNotFound
            self._make()
            with closing(self._connect()) as connection, _transaction(connection):
                yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        with self._failures():
            if not os.path.exists(self.path):
                yield None
                return
            with closing(self._connect()) as connection:
                yield connection if _format(connection) else None

    def state(self) -> tuple[int, ...]:
        """SQLite counts the commits that a connection did not make; whoever puts another file in
        the place of this one changes its number."""
        with self._one_looks, self._failures():
            try:
                found = os.stat(self.path)
            except FileNotFoundError:
                return ()
            if self._watched != (found.st_dev, found.st_ino) or self._watching is None:
                self._forget()
                self._watching = self._connect()
                self._watched = (found.st_dev, found.st_ino)
                self._looks += 1
            try:
                commits: int = self._watching.execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.Error:
                self._forget()
                raise
            return (*self._watched, self._looks, commits)

    def close(self) -> None:
        with self._one_looks:
            self._forget()

    def _forget(self) -> None:
        if self._watching is not None:
            self._watching.close()
            self._watching = None

    def _make(self) -> None:
        """Who may ask what is nobody else's business: the file is its owner's from the start."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        if self.path.stat().st_mode & 0o077:
            self.path.chmod(0o600)

    def _connect(self) -> sqlite3.Connection:
        # Read and write, for readers too: after a crash whoever comes first repairs the file.
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=_PATIENCE_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._refuse_foreign(connection)
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _refuse_foreign(self, connection: sqlite3.Connection) -> None:
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
        if tables and owner != APPLICATION_ID:
            raise _refusal(
                self.path,
                ("This is another program's database.", "다른 프로그램의 데이터베이스입니다."),
                _OTHER_FOLDER,
            )
        if (version := _format(connection)) > VERSION:
            raise _refusal(
                self.path,
                (
                    f"A newer gateway wrote it (format {version}; this one knows {VERSION}).",
                    f"더 새로운 게이트웨이가 쓴 파일입니다(형식 {version}, 이 버전은 {VERSION}까지).",
                ),
                ("Upgrade the gateway.", "게이트웨이를 올리세요."),
            )

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise _failed(self.path, error) from None
        except msgspec.DecodeError:
            raise _damaged(self.path, "rights") from None
        except OSError as error:
            raise _unusable(self.path, why(error)) from None


class KeysInMemory:
    """For a gateway whose ledger is in memory: forgotten at exit, changed by its admin API only."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )
        self._one_asks = Lock()

    @contextmanager
    def writing(self, *, first: bool = False) -> Iterator[sqlite3.Connection]:
        with self._one_asks, _transaction(self._connection):
            yield self._connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        with self._one_asks:
            yield self._connection if _format(self._connection) else None

    def state(self) -> tuple[int, ...]:
        changes = self._connection.total_changes
        return (changes,) if changes else ()

    def close(self) -> None:
        with self._one_asks:
            self._connection.close()


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Locked from its beginning, so that what it reads is still true when it writes."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not _format(connection):
            for statement in _TABLES.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # A full disk has rolled it back already.
            connection.execute("ROLLBACK")
        raise


def _format(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


_OTHER_FOLDER = (
    "Move it away, or put the ledger into another folder ([ledger] path): keys.db lies beside it.",
    "파일을 옮기거나 장부를 다른 폴더에 두세요([ledger] path). keys.db는 그 옆에 있습니다.",
)


def _failed(path: Path, error: sqlite3.DatabaseError) -> ConfigError:
    code = getattr(error, "sqlite_errorname", type(error).__name__)
    if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF not in _DAMAGED:
        return _unusable(path, Said(code, code))
    return _damaged(path, code)


def _damaged(path: Path, code: str) -> ConfigError:
    return _refusal(
        path,
        (f"The stored keys are damaged ({code}).", f"저장된 키 파일이 손상되었습니다({code})."),
        (
            "Restore keys.db from a backup. Without one: move the file away and create the keys "
            "anew; until then the gateway knows the keys of its configuration only.",
            "백업에서 keys.db를 복원하세요. 백업이 없으면 파일을 옮기고 키를 새로 만드세요. 그때까지 "
            "게이트웨이는 설정 파일의 키만 압니다.",
        ),
    )


def _unusable(path: Path, reason: Said) -> ConfigError:
    return _refusal(
        path,
        (
            f"The stored keys cannot be used ({reason.en}).",
            f"저장된 키를 쓸 수 없습니다({reason.ko}).",
        ),
        (
            "Make the file and its folder writable for this user, or free the disk.",
            "이 사용자가 파일과 폴더에 쓸 수 있게 하거나 디스크를 비우세요.",
        ),
    )


def _refusal(path: Path, reason: tuple[str, str], fix: tuple[str, str]) -> ConfigError:
    return ConfigError(
        file=str(path),
        key="keys",
        reason=reason[0],
        reason_ko=reason[1],
        fix=fix[0],
        fix_ko=fix[1],
    )
