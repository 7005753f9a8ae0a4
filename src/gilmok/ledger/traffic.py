"""What a span of time brought, by endpoint: what a forecast is made from.

Money is nano-dollars, moments wall-clock nanoseconds. Requests are those that a model answered:
what was refused cost nothing, and what the cache answered needs no model next month either. Other
works than chat are in the costs only: the formula knows tokens.
"""

from __future__ import annotations

import sqlite3

from msgspec import Struct


class EndpointTraffic(Struct, frozen=True, kw_only=True):
    endpoint_id: str
    model: str
    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost: int


class Traffic(Struct, frozen=True, kw_only=True):
    since: int
    """The first request in the span, or the span's beginning where there is none."""
    until: int
    requests: int
    """Of any outcome."""
    cost: int
    """Of every request: also what failed attempts and side calls cost."""
    endpoints: tuple[EndpointTraffic, ...]
    """Most requests first."""


_PICKED = "at >= :since AND at < :until AND (:tenant IS NULL OR tenant = :tenant)"

_WHOLE = f"SELECT coalesce(min(at), :since), count(*), coalesce(sum(cost), 0) FROM receipts WHERE {_PICKED}"

_BY_ENDPOINT = f"""
SELECT endpoint_id, coalesce(max(model), '-'), count(*),
  coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0), sum(cost)
FROM receipts
WHERE {_PICKED} AND does = 'chat' AND outcome = 'completed' AND cache NOT LIKE 'hit%'
  AND endpoint_id IS NOT NULL
GROUP BY endpoint_id ORDER BY count(*) DESC, endpoint_id
"""


def traffic(
    connection: sqlite3.Connection, *, since: int, until: int, tenant: str | None = None
) -> Traffic:
    """The requests that came in from `since` until just before `until`."""
    bound = {"since": since, "until": until, "tenant": tenant}
    first, requests, cost = connection.execute(_WHOLE, bound).fetchone()
    endpoints = tuple(
        EndpointTraffic(
            endpoint_id=endpoint_id,
            model=model,
            requests=count,
            prompt_tokens=prompt,
            completion_tokens=completion,
            cost=spent,
        )
        for endpoint_id, model, count, prompt, completion, spent in connection.execute(
            _BY_ENDPOINT, bound
        )
    )
    return Traffic(since=first, until=until, requests=requests, cost=cost, endpoints=endpoints)
