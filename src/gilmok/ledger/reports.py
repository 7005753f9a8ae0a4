"""What was asked, answered and spent, over a span of time: sums over receipts.

Money is nano-dollars, times are milliseconds, moments wall-clock nanoseconds. Refused requests and
failures count as requests: a success rate over successes only would always be 100 %.
"""

from __future__ import annotations

import sqlite3
from enum import StrEnum

from msgspec import Struct

from gilmok.core.money import Price


class By(StrEnum):
    """What the rows of a report stand for."""

    ENDPOINT = "endpoint"
    ZONE = "zone"
    TENANT = "tenant"
    KEY = "key"
    USER = "user"
    PLAN = "plan"
    DAY = "day"
    MODEL = "model"
    SENSITIVITY = "sensitivity"
    DOES = "does"


class Line(Struct, frozen=True, kw_only=True):
    """One group of requests. `key` is `-` where a receipt has no such value."""

    key: str
    requests: int
    completed: int
    refused: int
    failed: int
    """Failed, or broken off after the answer had begun."""
    cancelled: int
    success_rate: float | None
    """Completed over completed and failed; `None` where nothing was tried."""
    prompt_tokens: int
    completion_tokens: int
    units: int
    """Of what is paid by the piece: pictures, characters, milliseconds. A sum over unlike things
    means nothing."""
    cost: int
    estimated_cost: int
    """The part of `cost` whose receipt rests on an estimate."""
    unpriced: int
    """Answers of endpoints whose price is assumed, not known."""
    p50_ms: float | None
    """Of completed requests, like the other percentiles (nearest rank)."""
    p95_ms: float | None
    p50_first_token_ms: float | None
    p95_first_token_ms: float | None
    fallbacks: int
    fallback_reason: str | None
    """The most common one."""
    cache_hits: int
    cache_savings: int
    """What the answers from the cache would have cost, each at the price of its day."""
    savings: int | None
    """What the completed answers of this machine and the private network would have cost at the
    reference price, less what they did cost. `None` without a reference price."""


class Report(Struct, frozen=True, kw_only=True):
    since: int
    until: int
    by: By
    lines: tuple[Line, ...]
    """Days in order; everything else by requests, most first."""
    total: Line


KEYS = {
    By.ENDPOINT: "endpoint_id",
    By.ZONE: "zone",
    By.TENANT: "tenant",
    By.KEY: "key_id",
    By.USER: "nullif(user, '')",
    By.PLAN: "plan",
    By.DAY: "strftime('%Y-%m-%d', at / 1000000000, 'unixepoch', 'localtime')",
    By.MODEL: "model",
    By.SENSITIVITY: "sensitivity",
    By.DOES: "does",
}

_PICKED = """
WITH picked AS (
  SELECT coalesce({key}, '-') AS key, *
  FROM receipts
  WHERE at >= :since AND at < :until AND (:tenant IS NULL OR tenant = :tenant)
)
"""

_SUMS = """
SELECT key,
  count(*),
  sum(outcome = 'completed'),
  sum(outcome = 'refused'),
  sum(outcome IN ('failed', 'broken')),
  sum(outcome = 'cancelled'),
  sum(coalesce(prompt_tokens, 0)),
  sum(coalesce(completion_tokens, 0)),
  sum(units),
  sum(cost),
  sum(cost * cost_estimated),
  sum(price_known = 0),
  sum(fallback),
  sum(cache LIKE 'hit%'),
  sum(iif(outcome = 'completed' AND does = 'chat' AND cache NOT LIKE 'hit%' AND zone IN ('local', 'private'),
    (prompt_tokens * :input + completion_tokens * :output + 999999) / 1000000 - cost, 0))
FROM picked GROUP BY key
"""

_CACHE_SAVINGS = """
SELECT key, sum(coalesce(json_extract(CAST(e.body AS TEXT), '$.saved'), 0))
FROM picked JOIN explanations AS e USING (seq)
WHERE cache LIKE 'hit%' GROUP BY key
"""

_PERCENTILES = """
SELECT key,
  min(iif(rank >= 0.5 * n, value, NULL)),
  min(iif(rank >= 0.95 * n, value, NULL))
FROM (
  SELECT key, {value} AS value,
    row_number() OVER (PARTITION BY key ORDER BY {value}) AS rank,
    count(*) OVER (PARTITION BY key) AS n
  FROM picked WHERE outcome = 'completed' AND {value} IS NOT NULL
)
GROUP BY key
"""

_REASONS = """
SELECT key, fallback_reason, count(*) AS n
FROM picked WHERE fallback AND fallback_reason IS NOT NULL
GROUP BY key, fallback_reason ORDER BY n, fallback_reason DESC
"""

_Two = tuple[float | None, float | None]


def usage(
    connection: sqlite3.Connection,
    *,
    since: int,
    until: int,
    by: By = By.ENDPOINT,
    reference: Price | None = None,
    tenant: str | None = None,
) -> Report:
    """The requests that came in from `since` until just before `until`, in groups.

    `reference` is the price local answers are compared with, usually the cloud model they replace.
    Days are of the machine's time zone.
    """
    price = reference or Price()
    bound = {
        "since": since,
        "until": until,
        "tenant": tenant,
        "input": price.input,
        "output": price.output,
    }
    lines = _lines(connection, KEYS[by], bound, priced=reference is not None)
    lines.sort(key=lambda line: line.key if by is By.DAY else (-line.requests, line.key))
    total = _lines(connection, "'total'", bound, priced=reference is not None)
    return Report(
        since=since,
        until=until,
        by=by,
        lines=tuple(lines),
        total=total[0] if total else _NOTHING,
    )


def _lines(
    connection: sqlite3.Connection, key: str, bound: dict[str, int | str | None], *, priced: bool
) -> list[Line]:
    picked = _PICKED.format(key=key)

    def percentiles(value: str) -> dict[str, _Two]:
        rows = connection.execute(picked + _PERCENTILES.format(value=value), bound)
        return {key: (p50, p95) for key, p50, p95 in rows}

    total_ms, first_ms = percentiles("total_ms"), percentiles("first_token_ms")
    # Rarest first, so that the most common reason is the one that stays.
    reasons = {k: reason for k, reason, _ in connection.execute(picked + _REASONS, bound)}
    kept: dict[str, int] = dict(connection.execute(picked + _CACHE_SAVINGS, bound).fetchall())
    return [
        _line(row, total_ms, first_ms, reasons, kept, priced=priced)
        for row in connection.execute(picked + _SUMS, bound)
    ]


def _line(
    row: tuple[str, int, int, int, int, int, int, int, int, int, int, int, int, int, int],
    total_ms: dict[str, _Two],
    first_ms: dict[str, _Two],
    reasons: dict[str, str],
    kept: dict[str, int],
    *,
    priced: bool,
) -> Line:
    key, requests, completed, refused, failed, cancelled, prompt, completion, *rest = row
    units, cost, estimated, unpriced, fallbacks, cache_hits, savings = rest
    tried = completed + failed
    p50, p95 = total_ms.get(key, (None, None))
    p50_first, p95_first = first_ms.get(key, (None, None))
    return Line(
        key=key,
        requests=requests,
        completed=completed,
        refused=refused,
        failed=failed,
        cancelled=cancelled,
        success_rate=completed / tried if tried else None,
        prompt_tokens=prompt,
        completion_tokens=completion,
        units=units,
        cost=cost,
        estimated_cost=estimated,
        unpriced=unpriced,
        p50_ms=p50,
        p95_ms=p95,
        p50_first_token_ms=p50_first,
        p95_first_token_ms=p95_first,
        fallbacks=fallbacks,
        fallback_reason=reasons.get(key),
        cache_hits=cache_hits,
        cache_savings=kept.get(key, 0),
        savings=savings if priced else None,
    )


_NOTHING = _line(("total", *[0] * 14), {}, {}, {}, {}, priced=False)  # type: ignore[arg-type]
