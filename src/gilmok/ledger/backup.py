"""A copy of the journal's file as of one moment, beside a running gateway or without one.

A plain copy of a file that is being written would miss what lies in SQLite's own log.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from gilmok.ledger import schema


def copied(path: Path, target: Path) -> None:
    """In a new file that only its owner may read. What was under way is not in it: it has no
    receipt yet.

    Raises `ConfigError` where there is no journal or it cannot be read, `OSError` where the copy
    cannot be made, also where the file is there already.
    """
    with closing(schema.open_reader(path)) as source:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            with closing(sqlite3.connect(target)) as copy:
                source.backup(copy)
                # One file without companions, whoever opens it next.
                copy.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error as error:
            with suppress(OSError):
                target.unlink()
            raise schema.refusal(target, error) from None
