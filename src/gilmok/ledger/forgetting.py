"""An end user who wants to be forgotten: the pseudonym goes, what was spent stays.

Without it a receipt tells of nobody. Budgets of that user begin anew, and the sums of its key and
tenant stay as they were.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from gilmok.core.errors import ConfigError
from gilmok.ledger import schema

_FORGET = "UPDATE receipts SET user = '' WHERE tenant = ? AND user = ?"
_FORGET_TOP_UPS = "DELETE FROM top_ups WHERE scope = 'user' AND tenant = ? AND name = ?"


def forgotten(path: Path, tenant: str, user: str) -> int:
    """How many receipts named the end user. Nothing of the name is left in the file or beside it.

    Raises `ConfigError` where a gateway writes the journal, where one was killed and what it had
    under way is not settled, and where the file cannot be written.
    """
    schema.open_reader(path).close()  # A file that is not there is not made.
    with closing(schema.lock(path)):
        if any(path.parent.glob(f"{path.name}.log.*")):
            raise _unsettled(path)
        try:
            with closing(schema.open_writer(path, "full")) as connection:
                return _forget(connection, tenant, user)
        except sqlite3.Error as error:
            raise schema.refusal(path, error) from None


def _forget(connection: sqlite3.Connection, tenant: str, user: str) -> int:
    # What an update or a deletion frees is overwritten, and SQLite's own log is emptied after it.
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("BEGIN IMMEDIATE")
    receipts = connection.execute(_FORGET, (tenant, user)).rowcount
    connection.execute(_FORGET_TOP_UPS, (tenant, user))
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return receipts


def _unsettled(path: Path) -> ConfigError:
    return ConfigError(
        file=str(path),
        key="ledger.path",
        reason="A gateway was killed, and what it had under way is not settled.",
        reason_ko="강제로 끝난 게이트웨이가 처리하던 것이 아직 정산되지 않았습니다.",
        fix="Start the gateway once and stop it, then try again.",
        fix_ko="게이트웨이를 한 번 시작했다가 끈 다음 다시 시도하세요.",
    )
