"""An answer as it was given, record by record: one writer, any number of readers.

A reader starts at the beginning whenever it comes, and then follows live. What it holds is what it
has not read yet, and all readers share the same bytes.

Invariant: after an `Ending` or a `Whole` the tape is `complete` and takes nothing more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum
from types import TracebackType
from typing import Self

from msgspec import Struct

Fields = tuple[tuple[str, str], ...]
"""Names and values of header fields."""

RECORD_BYTES = 64
"""What a record takes besides its own bytes."""
WINDOW_BYTES = 64 * 1024
"""How far a writer may be ahead of the slowest reader of a tape that is not kept."""


class Whole(Struct, frozen=True):
    """An answer in one piece."""

    status: int
    headers: Fields
    body: bytes

    def __repr__(self) -> str:
        return f"<whole answer {self.status}, {len(self.body)} bytes>"


class Opening(Struct, frozen=True):
    """The head of an answer that comes in pieces."""

    status: int
    headers: Fields


class Ending(Enum):
    PROPER = "proper"
    BROKEN = "broken"
    """The connection has to end so that a client can tell that something is missing."""


Record = Whole | Opening | bytes | Ending
Grow = Callable[["Tape", int], bool]
"""Asks for so many more bytes for a tape; False where it cannot be kept whole any more."""


class Tape:
    """`digest` is that of the request that is being answered.

    While the tape can be kept, its writer never waits: a slow reader does not hold an endpoint
    back. Where `grow` refuses, the tape becomes a passage: those who read it get the rest, what all
    of them have read is forgotten, and the writer waits for the slowest.
    """

    __slots__ = (
        "_changed", "_grow", "_readers", "_records", "_start", "complete", "digest", "kept", "size",
    )  # fmt: skip

    def __init__(self, digest: bytes, grow: Grow = lambda tape, size: True) -> None:
        self.digest = digest
        self._grow = grow
        self.kept = True
        """True while every record is here."""
        self.complete = False
        """The answer has ended, properly or not."""
        self.size = 0
        """Bytes of the records that are here."""
        self._records: list[Record] = []
        self._start = 0
        """Records that were forgotten."""
        self._readers: set[Reader] = set()
        self._changed = asyncio.Event()

    @property
    def readers(self) -> int:
        return len(self._readers)

    def append(self, record: Record) -> None:
        """Raises `RuntimeError` after the end."""
        if self.complete:
            raise RuntimeError("the answer has ended")
        size = size_of(record)
        if self.kept and not self._grow(self, size):
            self.kept = False
        self._records.append(record)
        self.complete = isinstance(record, Whole | Ending)
        self.size += size
        self._forget_read()
        self._wake()

    async def room(self) -> None:
        """Waits until the readers have caught up; at once where the tape is kept."""
        while not self.kept and self._readers and self.size > WINDOW_BYTES:
            await self._changed.wait()

    def read(self) -> Reader:
        """A reader from the beginning: only of a tape that is kept. Leave its context when done."""
        if self._start:
            raise RuntimeError("the beginning has been forgotten")
        reader = Reader(self)
        self._readers.add(reader)
        return reader

    def erase(self) -> None:
        """Forgets what nobody reads any more, and the rest as it is read."""
        self.kept = False
        self._forget_read()
        self._wake()

    def _leave(self, reader: Reader) -> None:
        self._readers.discard(reader)
        self._forget_read()
        self._wake()

    def _next(self, at: int) -> Record | None:
        place = at - self._start
        return self._records[place] if place < len(self._records) else None

    def _took(self) -> None:
        if not self.kept:
            self._forget_read()
            self._wake()

    def _forget_read(self) -> None:
        if self.kept:
            return
        read = min(
            (reader.at for reader in self._readers), default=self._start + len(self._records)
        )
        done = self._records[: read - self._start]
        del self._records[: len(done)]
        self._start += len(done)
        self.size -= sum(map(size_of, done))

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class Reader:
    """Reads one tape once. A context, so that whoever goes is seen to go."""

    __slots__ = ("at", "tape")

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.at = 0
        """Records taken."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.tape._leave(self)

    async def next(self) -> Record:
        """The next record, waited for where it has not come yet. Ends with `Whole` or `Ending`."""
        tape = self.tape
        while (record := tape._next(self.at)) is None:
            await tape._changed.wait()
        self.at += 1
        tape._took()
        return record


def size_of(record: Record) -> int:
    """Bytes a record takes, about."""
    match record:
        case bytes():
            return RECORD_BYTES + len(record)
        case Whole():
            return RECORD_BYTES + _size_of(record.headers) + len(record.body)
        case Opening():
            return RECORD_BYTES + _size_of(record.headers)
    return RECORD_BYTES


def _size_of(headers: Fields) -> int:
    return sum(RECORD_BYTES + len(name) + len(value) for name, value in headers)
