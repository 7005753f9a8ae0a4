"""Receipts as rows for other programs: names, numbers and codes, no text of any user or model."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from gilmok.ledger import schema

Row = tuple[str | int | float | None, ...]

_EXPORTED = """
SELECT seq, decision_id, at, tenant, key_id, user, plan, asked, stream, outcome, error, endpoint_id,
  model, zone, sensitivity, cache, fallback, fallback_reason, prompt_tokens, completion_tokens,
  usage_reported, cost, cost_estimated, price_known, held, first_token_ms, total_ms,
  queued_ms, prefill_ms, decode_ms, does, units
FROM receipts WHERE at >= ?1 AND (?2 IS NULL OR tenant = ?2) AND (?3 IS NULL OR user = ?3)
ORDER BY seq
"""


def exported(
    path: Path, since: int, *, tenant: str | None = None, user: str | None = None
) -> Iterator[Row]:
    """The names of the columns, then the receipts of what came in from `since` on, as of one
    moment; only of a tenant, of an end user (its pseudonym), where one is given. Money is nano-dollars, `at` nanoseconds since 1970, durations milliseconds to the
    microsecond: what a double adds after that is noise.

    Raises `ConfigError` where there is no journal or it cannot be read.
    """
    try:
        with closing(schema.open_reader(path)) as connection:
            rows = connection.execute(_EXPORTED, (since, tenant, user))
            yield tuple(name for name, *_ in rows.description)
            for row in rows:
                yield tuple(round(v, 3) if isinstance(v, float) else v for v in row)
    except sqlite3.DatabaseError as error:
        raise schema.refusal(path, error) from None
