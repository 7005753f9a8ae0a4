"""How many requests and tokens there were since a moment: what limits by the day start from."""

from __future__ import annotations

import sqlite3

from msgspec import Struct


class DayCount(Struct, frozen=True):
    """Of one user of one key; an empty user where none was named."""

    tenant: str
    key_id: str
    user: str
    requests: int
    tokens: int


_SQL = """
SELECT r.tenant, r.key_id, r.user, count(*), sum(
  CASE WHEN r.cache LIKE 'hit%' THEN 0 ELSE coalesce(
    (SELECT sum(max(coalesce(a.prompt_tokens, 0), 0) + max(coalesce(a.completion_tokens, 0), 0))
     FROM attempts AS a WHERE a.seq = r.seq),
    max(coalesce(r.prompt_tokens, 0), 0) + max(coalesce(r.completion_tokens, 0), 0)
  ) END)
FROM receipts AS r
WHERE r.at >= ?
  AND coalesce(r.error, '') NOT IN
    ('rate_limit_exceeded', 'concurrency_exceeded', 'tokens_exceed_limit')
GROUP BY r.tenant, r.key_id, r.user
"""
"""What a limit refused took nothing. Where a request has rows in `attempts`, these are all of it.
Tokens of requests that a crash cut off are not known."""


def day_counts(connection: sqlite3.Connection, since: int) -> tuple[DayCount, ...]:
    """`since`: wall clock, nanoseconds."""
    return tuple(DayCount(*row) for row in connection.execute(_SQL, (since,)))
