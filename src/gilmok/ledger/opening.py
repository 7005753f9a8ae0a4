"""What a start looks at before SQLite touches the journal's files, which would change them."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from gilmok.ledger import schema
from gilmok.ledger.disk import keep_aside

log = logging.getLogger(__name__)


def look(path: Path) -> bool:
    """Whether there is anything in the file. Raises `ConfigError` for one that is no journal or is
    damaged, and leaves it and SQLite's log as they are: closing a connection that can write moves
    the one into the other."""
    if not _size(path):
        return False
    with closing(schema.open_reader(path)) as connection:
        try:
            if schema.version_of(connection) == schema.VERSION:
                schema.touch_tables(connection)
        except sqlite3.Error as error:
            raise schema.refusal(path, error) from None
    return True


def keep_orphaned_log(path: Path) -> None:
    """Renames SQLite's log where its database is gone: SQLite would delete it without a word.

    Only for the process that holds the lock. Raises `ConfigError`.
    """
    left = path.with_name(path.name + "-wal")
    try:
        if _size(path) == 0 < _size(left):
            aside = keep_aside(left, "orphaned")
            log.error("database_log_orphaned", extra={"kept_as": aside.name})
    except OSError as error:
        raise schema.refusal(path, error) from None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
