"""The connection to the catalogue's file: one process, transactions, one thread for each use."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Concatenate, Final, Generic, ParamSpec, TypeVar

from gilmok_reviews.problems import Problem, Refused
from gilmok_reviews.settings import SettingsError
from gilmok_reviews.store import statements as sql
from gilmok_reviews.texts import Says

_DAMAGED: Final = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
_NO_ROOM: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_Kept = TypeVar("_Kept")
_Result = TypeVar("_Result")
_P = ParamSpec("_P")


class Database:
    """A connection. Raises `SettingsError` for a file of another version. Everything between
    `with database.transaction():` happens, or nothing of it."""

    def __init__(self, path: Path) -> None:
        version = self._open(path)
        if version not in (0, sql.VERSION):
            self._connection.close()
            raise SettingsError(
                "REVIEWS_DATA",
                Says(
                    f"{path} 파일은 다른 버전이 썼습니다(형식 {version}, 이 버전은 {sql.VERSION})",
                    f"{path} was written by another version (schema {version}, here {sql.VERSION})",
                ),
                Says(
                    "그 버전을 쓰거나 다른 폴더를 정하세요", "Use that version, or another folder"
                ),
            )
        if version == 0:
            with self.transaction():
                for statement in sql.SCHEMA.split(";\n"):
                    self._connection.execute(statement)
                self._connection.execute(sql.SET_VERSION)

    def _open(self, path: Path) -> int:
        """The file's version. Raises `Refused` for a damaged one."""
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            for pragma in sql.PRAGMAS:
                self._connection.execute(pragma)
            version: int = self._connection.execute(sql.GET_VERSION).fetchone()[0]
        except sqlite3.DatabaseError as error:
            self._connection.close()
            if error.sqlite_errorcode not in _DAMAGED:
                raise
            raise Refused(Problem.STORE_DAMAGED, path=str(path)) from error
        return version

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Inside another one it is a part of that."""
        if self._is_open():
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk may have ended it already, or only the COMMIT have failed.
            if self._is_open():
                self._connection.execute("ROLLBACK")
            raise

    def _is_open(self) -> bool:
        return self._connection.in_transaction

    def all(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        return self._connection.execute(statement, values).fetchall()

    def one(self, statement: str, *values: object) -> tuple[object, ...] | None:
        row: tuple[object, ...] | None = self._connection.execute(statement, values).fetchone()
        return row

    def run(self, statement: str, *values: object) -> int:
        """How many rows it changed."""
        return self._connection.execute(statement, values).rowcount

    def added(self, statement: str, *values: object) -> int:
        """The number of the row it added."""
        number = self._connection.execute(statement, values).lastrowid
        assert number is not None
        return number


class Lock:
    """One process at a time has a store. A process that dies, however it dies, lets go of it."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(
            folder / "lock", isolation_level=None, timeout=0.0, check_same_thread=False
        )
        try:
            for statement in sql.LOCK:
                self._connection.execute(statement)
        except sqlite3.OperationalError as error:
            self._connection.close()
            raise Refused(Problem.STORE_BUSY, path=str(folder)) from error

    def release(self) -> None:
        self._connection.close()


class InOneThread(Generic[_Kept]):
    """Something that only one thread ever uses, so that the event loop never waits for a disk.

    `await books.do(Books.reviews, "r1")`. What was begun is finished, also where the caller stops
    waiting. Raises `Refused` where the disk has no room, and what `method` raises.
    """

    def __init__(self, kept: _Kept, thread: ThreadPoolExecutor) -> None:
        self._kept = kept
        self._thread = thread

    async def do(
        self,
        method: Callable[Concatenate[_Kept, _P], _Result],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _Result:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self._thread, lambda: method(self._kept, *args, **kwargs)
            )
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in _NO_ROOM:
                raise Refused(Problem.STORAGE_FULL) from error
            raise


def thread(name: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"reviews-{name}")
