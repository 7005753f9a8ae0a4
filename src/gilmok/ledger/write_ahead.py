"""What must survive `kill -9` at once: lines appended to a file beside the ledger's database.

Handing bytes to the operating system takes about two microseconds, so it is done in the loop, and
an attempt's intent is down before its request goes out. What the
database holds meanwhile is deleted here, a segment at a time (`journal.py`).

A record is one line: the CRC-32 of what follows as eight hexadecimal digits, JSON, a newline. A line
that was torn or rotted fails its sum and is skipped; an empty one only tried the disk.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from zlib import crc32

from msgspec import Struct

_SUM = 8
"""Characters of the check sum."""
_BEGINNING = re.compile(rb'(?=[0-9a-f]{8}\{")')
"""Where a record may begin, newline or not."""


def line(record: bytes) -> bytes:
    """A record as it stands in the file. `record` is JSON without a raw newline."""
    return b"%08x%b\n" % (crc32(record), record)


class _Open:
    """A segment that can be appended to."""

    def __init__(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self.file = os.open(path, flags, 0o600)
        self.path = path
        self.size = 0
        self._torn = False

    def append(self, lines: bytes) -> None:
        """All of it or nothing: what a full disk cut off is taken back."""
        if self._torn:
            lines = b"\n" + lines
        try:
            written = os.write(self.file, lines)
        except OSError:
            self._take_back()
            raise
        if written != len(lines):
            self._take_back()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # why a file's write is short
        self._torn = False
        self.size += written

    def _take_back(self) -> None:
        # Where even this fails the line stays torn: its sum says so, and the next one begins anew.
        self._torn = True
        with suppress(OSError):
            os.ftruncate(self.file, self.size)
            self._torn = False
        if self._torn:
            with suppress(OSError):
                self.size = os.fstat(self.file).st_size


class WriteAheadLog:
    """The segments `<ledger>.log.<number>`, of which this process appends to the last.

    Not thread-safe: `append` and `roll` belong to the loop, and open and close no file; `prepare`
    may run beside them. Every method raises `OSError`.
    """

    def __init__(self, ledger: Path) -> None:
        self._prefix = f"{ledger.name}.log."
        self._folder = ledger.parent
        self._number = 0
        self._current: _Open
        self._spare: _Open | None = None

    @property
    def size(self) -> int:
        """Bytes in the current segment."""
        return self._current.size

    @property
    def is_prepared(self) -> bool:
        """Whether `roll` has a segment to go on in."""
        return self._spare is not None

    def segments(self) -> list[Path]:
        """Those on disk, oldest first."""
        return [path for _, path in sorted(self._numbered())]

    def start(self) -> None:
        """Opens a segment after all that are there."""
        self._number = max((number for number, _ in self._numbered()), default=0)
        self._current = self._next()

    def append(self, lines: bytes) -> None:
        """All of it or nothing."""
        self._current.append(lines)

    def prepare(self) -> None:
        """Makes the file that `roll` goes on in."""
        if self._spare is None:
            self._spare = self._next()

    def roll(self, carried: Iterable[bytes]) -> Rolled:
        """Goes on in the prepared segment, which begins with the lines `carried`. Where that is
        impossible the current one stays."""
        spare, old = self._spare, self._current
        if spare is None:
            raise FileNotFoundError(errno.ENOENT, "prepare it first")
        spare.append(b"".join(carried))
        self._current, self._spare = spare, None
        return Rolled(old.path, spare.path, old.file)

    def descriptor(self) -> int:
        """A duplicate of the current segment's, to sync it with: what is open is all in there."""
        return os.dup(self._current.file)

    def close(self, *, delete: bool) -> None:
        """`delete` where everything in the current segment is in the database."""
        if self._spare is not None:
            os.close(self._spare.file)
            self._spare.path.unlink(missing_ok=True)
        os.close(self._current.file)
        if delete:
            self._current.path.unlink(missing_ok=True)

    def _numbered(self) -> Iterator[tuple[int, Path]]:
        for path in self._folder.iterdir():
            number = path.name.removeprefix(self._prefix)
            if number != path.name and number.isdecimal():
                yield int(number), path

    def _next(self) -> _Open:
        self._number += 1
        return _Open(self._folder / f"{self._prefix}{self._number:08}")


class Rolled(Struct, frozen=True):
    """A segment that is written to no more, and the one that has its open intents."""

    old: Path
    new: Path
    file: int
    """The old one's descriptor, which whoever deletes it closes before."""


class Segment(Struct, frozen=True):
    """What is in a segment."""

    records: list[bytes]
    """The whole ones, in order."""
    damaged: int
    """Lines that are none."""


def read(path: Path) -> Segment:
    """Raises `OSError`."""
    found: list[bytes] = []
    damaged = 0
    with path.open("rb") as lines:
        for text in lines:
            if text == b"\n":
                continue
            record = _whole(text[:-1]) if text.endswith(b"\n") else None
            if record is not None:
                found.append(record)
            else:
                damaged += 1
                found.extend(_rescued(text))
    return Segment(found, damaged)


def records(path: Path) -> list[bytes]:
    """A segment's whole records, in order. Raises `OSError`."""
    return read(path).records


def _whole(text: bytes) -> bytes | None:
    record = text[_SUM:]
    return record if record and text[:_SUM] == b"%08x" % crc32(record) else None


def _rescued(text: bytes) -> Iterator[bytes]:
    """Whole records in a damaged line: a newline rotted, or a torn line stands before them."""
    for part in _BEGINNING.split(text):
        record = _whole(part[:-1])
        if record is not None:
            yield record
