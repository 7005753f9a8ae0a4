"""A journal's rows as an audit reads them: in order, each receipt with what else is known of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from gilmok.core.receipt import Attempt
from gilmok.ledger.rows import LARGEST

__all__ = ["LARGEST", "AttemptRow", "Body", "Entry", "entries", "orphans"]


class Entry(Struct, frozen=True):
    """A row of `receipts`, the columns that others can contradict."""

    seq: int
    decision_id: str
    at: int
    outcome: str
    error: str | None
    endpoint_id: str | None
    zone: str | None
    sensitivity: str | None
    cache: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: int
    cost_estimated: int
    held: int
    total_ms: float
    has_explanation: int


class _Seen(Struct, frozen=True):
    sensitivity: str


class Body(Struct, frozen=True):
    """An explanation, as far as numbers are concerned."""

    attempts: tuple[Attempt, ...] = ()
    inspection: _Seen | None = None


class AttemptRow(Struct, frozen=True):
    """A row of `attempts`."""

    number: int
    endpoint_id: str
    outcome: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: int


_COLUMNS = Entry.__struct_fields__[:-1]
_ENTRIES = (
    f"SELECT {', '.join(f'r.{name}' for name in _COLUMNS)}, e.seq IS NOT NULL, e.body "
    "FROM receipts AS r LEFT JOIN explanations AS e USING (seq) ORDER BY r.seq"
)
_ATTEMPTS = (
    f"SELECT seq, {', '.join(AttemptRow.__struct_fields__)} FROM attempts "
    "WHERE seq IN (SELECT seq FROM receipts) ORDER BY seq, number"
)
_ORPHANS = """
SELECT 'explanation', seq FROM explanations WHERE seq NOT IN (SELECT seq FROM receipts)
UNION ALL
SELECT DISTINCT 'attempt', seq FROM attempts WHERE seq NOT IN (SELECT seq FROM receipts)
"""

_decode = msgspec.json.Decoder(Body).decode


def entries(
    connection: sqlite3.Connection,
) -> Iterator[tuple[Entry, Body | None, tuple[AttemptRow, ...]]]:
    """Every receipt, in the order they were written. The body is `None` where there is none that
    can be read. One pass over each table, however long they are."""
    attempts = connection.cursor().execute(_ATTEMPTS)
    following = attempts.fetchone()
    for *values, body in connection.cursor().execute(_ENTRIES):
        entry = Entry(*values)
        rows = []
        while following is not None and following[0] == entry.seq:
            rows.append(AttemptRow(*following[1:]))
            following = attempts.fetchone()
        yield entry, _body(body), tuple(rows)


def orphans(connection: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    """Table and number of what belongs to no receipt."""
    yield from connection.execute(_ORPHANS)


def _body(stored: object) -> Body | None:
    if not isinstance(stored, bytes):
        return None
    try:
        return _decode(stored)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
