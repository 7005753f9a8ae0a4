"""What must survive `kill -9` at once: lines appended to a file beside the ledger's database.

Handing bytes to the operating system takes about two microseconds, so it is done in the loop, and
an attempt's intent is down before its request goes out. What the
database holds meanwhile is deleted here, a segment at a time (`journal.py`).

A record is one line: the CRC-32 of what follows as eight hexadecimal digits, JSON, a newline. A line
that was torn or rotted fails its sum and is skipped; an empty one only tried the disk.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from zlib import crc32

log = logging.getLogger(__name__)

_SUM = 8
"""Characters of the check sum."""


def line(record: bytes) -> bytes:
    """A record as it stands in the file. `record` is JSON without a raw newline."""
    return b"%08x%b\n" % (crc32(record), record)


class WriteAheadLog:
    """The segments `<ledger>.log.<number>`, of which this process appends to the last.

    Not thread-safe: `append` and `roll` belong to the loop. Every method raises `OSError`.
    """

    def __init__(self, ledger: Path) -> None:
        self._prefix = f"{ledger.name}.log."
        self._folder = ledger.parent
        self._file = -1
        self._number = 0
        self._torn = False
        self.size = 0
        """Bytes in the current segment."""

    def segments(self) -> list[Path]:
        """Those on disk, oldest first."""
        found = []
        for path in self._folder.iterdir():
            number = path.name.removeprefix(self._prefix)
            if number != path.name and number.isdecimal():
                found.append((int(number), path))
        return [path for _, path in sorted(found)]

    def start(self) -> None:
        """Opens a segment after all that are there."""
        numbers = [int(path.name.removeprefix(self._prefix)) for path in self.segments()]
        self._number = max(numbers, default=0)
        self._open_next()

    def append(self, lines: bytes) -> None:
        """All of it or nothing: what a full disk cut off is taken back."""
        if self._torn:
            lines = b"\n" + lines
        try:
            written = os.write(self._file, lines)
        except OSError:
            self._take_back()
            raise
        if written != len(lines):
            self._take_back()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # why a file's write is short
        self._torn = False
        self.size += written

    def roll(self, carried: Iterable[bytes]) -> Path:
        """Goes on in a new segment that begins with the lines `carried`; returns the old one."""
        old_file, old_number = self._file, self._number
        old_size = self.size
        self._open_next()
        try:
            self.append(b"".join(carried))
        except OSError:
            os.close(self._file)
            self._path(self._number).unlink()
            self._file, self._number, self.size = old_file, old_number, old_size
            raise
        os.close(old_file)
        return self._path(old_number)

    def descriptor(self) -> int:
        """A duplicate of the current segment's, to sync it with: what is open is all in there."""
        return os.dup(self._file)

    def close(self, *, delete: bool) -> None:
        """`delete` where everything in the current segment is in the database."""
        os.close(self._file)
        if delete:
            self._path(self._number).unlink(missing_ok=True)

    def _open_next(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._file = os.open(self._path(self._number + 1), flags, 0o600)
        self._number += 1
        self.size = 0

    def _path(self, number: int) -> Path:
        return self._folder / f"{self._prefix}{number:08}"

    def _take_back(self) -> None:
        # Where even this fails the line stays torn: its sum says so, and the next one begins anew.
        self._torn = True
        with suppress(OSError):
            os.ftruncate(self._file, self.size)
            self._torn = False


def records(path: Path) -> Iterator[bytes]:
    """A segment's whole records, in order. Raises `OSError`."""
    damaged = 0
    with path.open("rb") as lines:
        for text in lines:
            record = text[_SUM:-1]
            if text.endswith(b"\n") and record and text[:_SUM] == b"%08x" % crc32(record):
                yield record
            elif text != b"\n":
                damaged += 1
    if damaged:
        log.warning("log_records_damaged", extra={"records": damaged})
