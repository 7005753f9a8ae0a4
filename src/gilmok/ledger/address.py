"""Where the gateway listens that writes a journal: told beside the file, for commands on this
machine that name the journal and not the port.

It is a note and no lock: what it says counts only while somebody holds the journal's lock, so one
that a `kill -9` left behind leads nobody anywhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gilmok.ledger.schema import is_locked

_LONGEST = 1024
"""Bytes of an address that is worth reading."""


@contextmanager
def announced(journal: Path | str | None, url: str) -> Iterator[None]:
    """Tells the address while the context lasts. Where it cannot be written, nobody is told."""
    if journal is None or str(journal) == ":memory:":
        yield
        return
    note = _note(Path(journal))
    with suppress(OSError):
        _write(note, url)
    try:
        yield
    finally:
        with suppress(OSError):
            note.unlink()


def listening_at(journal: Path | str | None) -> str | None:
    """The address of the gateway that writes this journal; `None` where none does, or none says."""
    if journal is None or str(journal) == ":memory:" or not is_locked(Path(journal)):
        return None
    try:
        with _note(Path(journal)).open("rb") as file:
            return file.read(_LONGEST).decode("ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _note(journal: Path) -> Path:
    return journal.with_name(journal.name + ".address")


def _write(note: Path, url: str) -> None:
    """Whole or not at all, and for this user only."""
    fresh = note.with_name(note.name + ".new")
    with open(fresh, "w", encoding="ascii", opener=_private) as file:
        file.write(f"{url}\n")
    os.replace(fresh, note)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
