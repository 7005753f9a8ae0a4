"""A file of JSON lines that this program keeps: answers, a conversation.

It only grows, by whole lines, and is read back by a later run. What is not such a file is left
alone: nobody loses notes because a name was mistyped.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

import msgspec

from gilmok.cli.failures import NotOurs, Unwritable
from gilmok.cli.words import files as words
from gilmok.core.os_errors import why

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, flock

_FOR_ITS_OWNER = 0o600

Line = TypeVar("Line")


class JsonLines(Generic[Line]):
    """An open file whose every line is a `Line`. New ones are readable for their owner only.

    While it is open no other `JsonLines` opens it. Everything here raises `Unwritable` where the
    system says no; opening raises `NotOurs` for what is no regular file, belongs to another user
    or is in use.
    """

    def __init__(self, path: Path, line: type[Line], begins: bytes) -> None:
        """`begins` is what every line begins with: it tells a torn line from another's file."""
        self.path = path
        self._decode = msgspec.json.Decoder(line).decode
        self._begins = begins
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        with self._system():
            self._fd = os.open(path, flags, _FOR_ITS_OWNER)
        try:
            self._check()
        except BaseException:
            os.close(self._fd)
            raise

    def _check(self) -> None:
        found = os.fstat(self._fd)
        if not stat.S_ISREG(found.st_mode):
            raise NotOurs(self.path, words.NOT_REGULAR)
        if sys.platform != "win32":
            if found.st_uid != os.geteuid():
                raise NotOurs(self.path, words.OTHER_OWNER)
            try:
                flock(self._fd, LOCK_EX | LOCK_NB)
            except OSError:
                raise NotOurs(self.path, words.IN_USE) from None

    def close_to_others(self) -> None:
        """Readable and writable for the owner only, whatever it was before."""
        with self._system():
            if stat.S_IMODE(os.fstat(self._fd).st_mode) != _FOR_ITS_OWNER:
                os.chmod(self.path, _FOR_ITS_OWNER)

    def lines(self) -> Iterator[Line]:
        """Every line, from the first. A last one that a crash tore is cut off at the end.

        Raises `NotOurs` at the first line that is none of ours; nothing is changed then.
        """
        with self._system(), os.fdopen(os.dup(self._fd), "rb") as stream:
            stream.seek(0)
            for number, raw in enumerate(stream, 1):
                whole = raw.endswith(b"\n")
                try:
                    yield self._decode(raw)
                except (ValueError, RecursionError):
                    if whole or not self._is_torn(raw):
                        raise NotOurs(self.path, words.NOT_A_LINE, number) from None
                    os.ftruncate(self._fd, os.fstat(self._fd).st_size - len(raw))
                    return
                if not whole:
                    self._write(b"\n")

    def _is_torn(self, raw: bytes) -> bool:
        return raw.startswith(self._begins) or self._begins.startswith(raw)

    def append(self, *lines: Line) -> None:
        """Writes the lines, all of them or none."""
        with self._system():
            self._write(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))

    def clear(self) -> None:
        """Forgets every line."""
        with self._system():
            os.ftruncate(self._fd, 0)

    @contextmanager
    def _system(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Unwritable(self.path, why(error)) from error

    def close(self) -> None:
        os.close(self._fd)

    def _write(self, data: bytes) -> None:
        end = os.fstat(self._fd).st_size
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._fd, left) :]
        except BaseException:
            with suppress(OSError):
                os.ftruncate(self._fd, end)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
