"""The journal's file: its tables, its version, and who may write it.

`receipts` holds one row per decision; `explanations` is apart so that reports scan narrow rows.
Attempts that began and have no receipt yet are in the write-ahead log and not here.

`attempts` holds the attempts of the decisions that one answered attempt does not tell: something
failed, was rejected or left, or a model was asked besides the answer. An ordinary request has no
row there: its receipt stands for its only attempt.

`top_ups` holds what was added to budgets, for the period in which it was.

The version is SQLite's `user_version`; `application_id` tells our files from anyone else's.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from gilmok.core.errors import ConfigError

VERSION = 7
APPLICATION_ID = 0x47494C4D  # "GILM"
CHECKPOINT_BY_HAND = 0
WAIT_MS = 5_000
"""How long a writer waits for another, which tops a budget up or migrates the file."""

Synchronous = Literal["off", "normal", "full"]

_TABLES = """
CREATE TABLE intents (
  decision_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  endpoint_id TEXT NOT NULL,
  zone TEXT NOT NULL,
  at INTEGER NOT NULL,
  worst_cost INTEGER NOT NULL,
  tenant TEXT NOT NULL,
  key_id TEXT NOT NULL,
  PRIMARY KEY (decision_id, number)
) WITHOUT ROWID;

CREATE TABLE receipts (
  seq INTEGER PRIMARY KEY,
  decision_id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  tenant TEXT NOT NULL,
  key_id TEXT NOT NULL,
  asked TEXT NOT NULL,
  stream INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  error TEXT,
  endpoint_id TEXT,
  model TEXT,
  zone TEXT,
  sensitivity TEXT,
  cache TEXT NOT NULL,
  fallback INTEGER NOT NULL,
  fallback_reason TEXT,
  prompt_tokens INTEGER,
  completion_tokens INTEGER,
  usage_reported INTEGER,
  cost INTEGER NOT NULL,
  cost_estimated INTEGER NOT NULL,
  price_known INTEGER NOT NULL,
  held INTEGER NOT NULL,
  first_token_ms REAL,
  total_ms REAL NOT NULL
);
CREATE INDEX receipts_at ON receipts (at);

CREATE TABLE explanations (
  seq INTEGER PRIMARY KEY REFERENCES receipts,
  body BLOB NOT NULL
);

CREATE TRIGGER receipt_closes_intents AFTER INSERT ON receipts BEGIN
  DELETE FROM intents WHERE decision_id = NEW.decision_id;
END;
"""

_ATTEMPTS_OF_1 = """
SELECT r.seq AS seq,
  json_extract(a.value, '$.number') AS number,
  json_extract(a.value, '$.endpoint_id') AS endpoint_id,
  json_extract(a.value, '$.zone') AS zone,
  'answer' AS purpose,
  json_extract(a.value, '$.outcome') AS outcome,
  json_extract(a.value, '$.ended_ms') - json_extract(a.value, '$.started_ms') AS took_ms,
  json_extract(a.value, '$.usage.prompt') AS prompt_tokens,
  json_extract(a.value, '$.usage.completion') AS completion_tokens,
  json_extract(a.value, '$.cost') AS cost
FROM receipts AS r JOIN explanations AS e USING (seq),
  json_each(CAST(e.body AS TEXT), '$.attempts') AS a
WHERE r.outcome <> 'completed' OR json_array_length(CAST(e.body AS TEXT), '$.attempts') > 1
"""
"""The rows of `attempts` as a file of version 1 has them: in the bodies of the explanations."""

_ATTEMPTS = f"""
CREATE TABLE attempts (
  seq INTEGER NOT NULL REFERENCES receipts,
  number INTEGER NOT NULL,
  endpoint_id TEXT NOT NULL,
  zone TEXT NOT NULL,
  purpose TEXT NOT NULL,
  outcome TEXT NOT NULL,
  took_ms REAL NOT NULL,
  prompt_tokens INTEGER,
  completion_tokens INTEGER,
  cost INTEGER NOT NULL,
  PRIMARY KEY (seq, number)
) WITHOUT ROWID;
INSERT INTO attempts {_ATTEMPTS_OF_1};
"""

_INTENTS_LEAVE = """
INSERT INTO receipts SELECT
  (SELECT coalesce(max(seq), 0) FROM receipts) + row_number() OVER (ORDER BY min(at)),
  decision_id, min(at), tenant, key_id, 'other', 0, 'failed', 'swept_after_crash',
  endpoint_id, NULL, zone, NULL, 'off', 0, NULL, NULL, NULL, NULL,
  sum(worst_cost), 1, 1, sum(worst_cost), NULL, 0
  FROM intents WHERE decision_id NOT IN (SELECT decision_id FROM receipts) GROUP BY decision_id;
INSERT INTO attempts SELECT
  r.seq, i.number, i.endpoint_id, i.zone, 'answer', r.error, 0, NULL, NULL, i.worst_cost
  FROM intents AS i JOIN receipts AS r USING (decision_id) WHERE r.error = 'swept_after_crash';
DROP TRIGGER receipt_closes_intents;
DROP TABLE intents;
"""
"""Until version 2 intents were kept here. What a dead process left is settled at its worst case."""

_FOR_WHOM = """
ALTER TABLE receipts ADD COLUMN user TEXT NOT NULL DEFAULT '';
ALTER TABLE receipts ADD COLUMN plan TEXT NOT NULL DEFAULT 'default';
"""
_TOP_UPS = """
CREATE TABLE top_ups (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  scope TEXT NOT NULL,
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  cycle TEXT NOT NULL,
  amount INTEGER NOT NULL
);
CREATE INDEX top_ups_at ON top_ups (at);
"""
_PHASES = """
ALTER TABLE receipts ADD COLUMN queued_ms REAL;
ALTER TABLE receipts ADD COLUMN prefill_ms REAL;
ALTER TABLE receipts ADD COLUMN decode_ms REAL;
ALTER TABLE attempts ADD COLUMN queued_ms REAL;
ALTER TABLE attempts ADD COLUMN prefill_ms REAL;
ALTER TABLE attempts ADD COLUMN decode_ms REAL;
"""
_WORKS = """
ALTER TABLE receipts ADD COLUMN does TEXT NOT NULL DEFAULT 'chat';
ALTER TABLE receipts ADD COLUMN units INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN units INTEGER NOT NULL DEFAULT 0;
"""
_BEFORE_WORKS = "'chat' AS does, 0 AS units"
_BEFORE_PHASES = "NULL AS queued_ms, NULL AS prefill_ms, NULL AS decode_ms"
_BEFORE_USERS = "'' AS user, 'default' AS plan"

_STEPS = (_TABLES, _ATTEMPTS, _INTENTS_LEAVE, _FOR_WHOM, _TOP_UPS, _PHASES, _WORKS)
MIGRATIONS: Mapping[int, str] = MappingProxyType(dict(enumerate(_STEPS)))
"""From each version the statements that lead to the next; 0 is an empty file."""

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_MOVE_AWAY = (
    "Restore it from a backup, rescue what is readable with `sqlite3 FILE .recover`, "
    "or move it away: the gateway then starts an empty journal."
)
_MOVE_AWAY_KO = (
    "파일을 옮기면 빈 장부로 시작합니다. 예전 파일은 `sqlite3 FILE .recover`로 읽을 수 있습니다."
)


def open_writer(path: Path, synchronous: Synchronous) -> sqlite3.Connection:
    """The file, created or migrated to `VERSION`, ready for one writer in any one thread.

    Automatic checkpoints are off: the writer checkpoints when nobody waits for it.
    Raises `ConfigError` where the file is not a journal, is damaged, newer, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(
            mode=0o600
        )  # Who asked what is nobody else's business; SQLite's own files follow.
        connection = sqlite3.connect(
            path, timeout=WAIT_MS / 1000, isolation_level=None, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as error:
        raise refusal(path, error) from None
    try:
        refuse_foreign(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_BY_HAND}")
        migrate(connection)
        touch_tables(connection)
    except sqlite3.Error as error:
        connection.close()
        raise refusal(path, error) from None
    except ConfigError:
        connection.close()
        raise
    return connection


def touch_tables(connection: sqlite3.Connection) -> None:
    """Raises `sqlite3.Error` where one of them is missing or cannot be read at all."""
    for table in ("receipts", "explanations", "attempts", "top_ups"):
        connection.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that can only read, beside a writer in this or another process."""
    if not os.path.exists(path):  # unlike `Path.exists`, also where the folder may not be read
        raise ConfigError(
            file=str(path),
            key="ledger.path",
            reason="There is no journal here yet.",
            reason_ko="아직 장부가 없습니다.",
            fix="Start the gateway once, or name the right file.",
            fix_ko="게이트웨이를 한 번 시작하거나 올바른 파일을 지정하세요.",
        )
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise refusal(path, error) from None
    try:
        refuse_foreign(connection, path)
        version = version_of(connection)
        if 0 < version < VERSION:  # An older gateway is still writing it.
            connection.execute(_as_of_now(version))
            attempts = f"({_ATTEMPTS_OF_1})" if version == 1 else "main.attempts"
            connection.execute(f"CREATE TEMP VIEW attempts AS SELECT *, 0 AS units FROM {attempts}")
    except ConfigError:
        connection.close()
        raise
    return connection


def _as_of_now(version: int) -> str:
    """The receipts of an earlier version with the columns that they lack, in this order."""
    lacking = [_BEFORE_WORKS]
    if version < 6:
        lacking.insert(0, _BEFORE_PHASES)
    if version < 4:
        lacking.insert(0, _BEFORE_USERS)
    return f"CREATE TEMP VIEW receipts AS SELECT *, {', '.join(lacking)} FROM main.receipts"


def open_memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    migrate(connection)
    return connection


def refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """Raises `ConfigError` for a damaged file, another program's, or a newer gateway's."""
    try:
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        raise refusal(path, error) from None
    if tables and owner != APPLICATION_ID:
        raise ConfigError(
            file=str(path),
            key="ledger.path",
            reason="This is another program's database.",
            reason_ko="다른 프로그램의 데이터베이스입니다.",
            fix="Name another file for the journal.",
            fix_ko="장부로 쓸 다른 파일을 지정하세요.",
        )
    if version > VERSION:
        raise ConfigError(
            file=str(path),
            key="ledger.path",
            reason=f"A newer gateway wrote this journal (format {version}; this one knows {VERSION}).",
            reason_ko=f"더 새로운 게이트웨이가 쓴 장부입니다(형식 {version}, 이 버전은 {VERSION}까지).",
            fix="Upgrade the gateway, or move the file away to start an empty journal.",
            fix_ko="게이트웨이를 올리거나, 파일을 옮기고 빈 장부로 시작하세요.",
        )


def migrate(connection: sqlite3.Connection) -> None:
    """Brings the file to `VERSION`, each step in a transaction of its own."""
    version = version_of(connection)
    while version < VERSION:
        steps = MIGRATIONS[version]
        version += 1
        connection.executescript(
            f"BEGIN IMMEDIATE; {steps} PRAGMA application_id = {APPLICATION_ID}; "
            f"PRAGMA user_version = {version}; COMMIT;"
        )


def version_of(connection: sqlite3.Connection) -> int:
    """The file's format; 0 where there is nothing in it yet. Raises `sqlite3.Error`."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def lock(path: Path) -> sqlite3.Connection:
    """Makes this process the journal's only writer until the connection closes or the process dies.

    The lock is an exclusive transaction, never committed, on an empty sibling file, so that the
    operating system drops it on `kill -9` and readers of the journal never meet it.
    Raises `ConfigError` while another gateway holds it.
    """
    sibling = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            sibling, timeout=0, isolation_level=None, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as error:
        raise refusal(sibling, error) from None
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        connection.close()
        if _primary(error) == sqlite3.SQLITE_BUSY:
            raise ConfigError(
                file=str(path),
                key="ledger.path",
                reason="Another gateway is writing this journal.",
                reason_ko="다른 게이트웨이가 이 장부에 쓰고 있습니다.",
                fix="Stop it, or give this one its own file.",
                fix_ko="그 게이트웨이를 끄거나 이 게이트웨이에 다른 파일을 지정하세요.",
            ) from None
        raise refusal(sibling, error) from None
    return connection


def is_locked(path: Path) -> bool:
    """True while a gateway writes this journal. Reads the lock and takes nothing."""
    sibling = path.with_name(path.name + ".lock")
    try:
        connection = sqlite3.connect(f"{sibling.absolute().as_uri()}?mode=ro", uri=True, timeout=0)
    except sqlite3.Error:
        return False  # There never was one.
    try:
        connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
    except sqlite3.Error as error:
        return _primary(error) == sqlite3.SQLITE_BUSY
    finally:
        connection.close()
    return False


def refusal(path: Path, error: OSError | sqlite3.Error) -> ConfigError:
    """What keeps this file from being a journal, with the way out."""
    # `ERROR` here means that a table of ours is missing: somebody edited the file.
    if isinstance(error, sqlite3.Error) and _primary(error) in {*_DAMAGED, sqlite3.SQLITE_ERROR}:
        return ConfigError(
            file=str(path),
            key="ledger.path",
            reason=f"The journal is damaged ({error}).",
            reason_ko=f"장부가 손상되었습니다({error}).",
            fix=_MOVE_AWAY,
            fix_ko=_MOVE_AWAY_KO,
        )
    return ConfigError(
        file=str(path),
        key="ledger.path",
        reason=f"The journal cannot be opened ({error}).",
        reason_ko=f"장부를 열 수 없습니다({error}).",
        fix="Make the file and its folder writable, free the disk, or name another file.",
        fix_ko="파일과 폴더에 쓸 수 있게 하고, 디스크를 비우거나 다른 파일을 지정하세요.",
    )


def is_storage_failure(error: Exception) -> bool:
    """True where the file is at fault (full, unwritable, damaged), False where a row is."""
    if isinstance(error, (sqlite3.OperationalError, MemoryError, OSError)):
        return True
    return isinstance(error, sqlite3.DatabaseError) and _primary(error) in _DAMAGED


def reason_code(error: Exception) -> str:
    """SQLite's name of the failure, such as `SQLITE_FULL`."""
    return getattr(error, "sqlite_errorname", type(error).__name__)


def _primary(error: sqlite3.Error) -> int:
    # Errors of the Python module itself carry no code.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
