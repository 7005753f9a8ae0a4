"""How every endpoint served, over a span of time: sums over attempts, where `reports` sums requests.

A request that falls back has failed at one endpoint and succeeded at another, and both count here.
An attempt that the client or this gateway ended says nothing about the endpoint: it is unfinished,
neither a success nor a failure. Calls that prepared an answer (an analysis, a selection) cost money
and answered nobody: they count apart.

Money is nano-dollars, times are milliseconds, moments wall-clock nanoseconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from math import ceil

from msgspec import Struct

from gilmok.core.endpoint import Zone
from gilmok.core.money import Price
from gilmok.core.work import Does

_TWO_DAYS = 2 * 86_400 * 10**9


class Grain(StrEnum):
    """How long a period is."""

    HOUR = "hour"
    DAY = "day"


def grain_of(since: int, until: int) -> Grain:
    """Spans of up to two days are cut into hours, longer ones into days."""
    return Grain.HOUR if until - since <= _TWO_DAYS else Grain.DAY


class EndpointStatistics(Struct, frozen=True, kw_only=True):
    """One endpoint in one zone, doing one thing."""

    endpoint_id: str
    zone: str
    does: str
    """`chat`, or another `work.Does`."""
    requests: int
    """Attempts to answer: successes, failures and unfinished ones."""
    successes: int
    failures: int
    """Also where another endpoint then answered."""
    unfinished: int
    """The client left, or this gateway could not go on."""
    success_rate: float | None
    """Successes over successes and failures; `None` where there is neither."""
    mean_ms: float | None
    """Of successes, from the attempt's own start; where it was the only one, from the request's.
    So are the percentiles (nearest rank, to 1 %)."""
    p50_ms: float | None
    p95_ms: float | None
    prompt_tokens: int
    completion_tokens: int
    units: int
    """Of what is paid by the piece, in successes; see `Decision.units`."""
    cost: int
    """Of every attempt, side calls included."""
    unpriced: int
    """Successes whose price is assumed, not known."""
    side_calls: int
    """Calls that prepared an answer."""
    side_cost: int
    savings: int | None
    """What the answers would have cost at the reference price, less what they did cost; 0 in the
    cloud and for what is no chat, `None` without a reference price."""


class ServiceStatistics(Struct, frozen=True, kw_only=True):
    """Requests for one thing besides chat."""

    does: str
    requests: int
    completed: int
    cache_hits: int
    units: int
    """What was given: pictures, characters said, milliseconds of a recording. 0 of vectors."""
    prompt_tokens: int
    cost: int


class Reason(Struct, frozen=True):
    code: str
    count: int


class Period(Struct, frozen=True, kw_only=True):
    """Requests of an hour or a day of this machine's time zone, by the zone that answered."""

    start: str
    """`2025-06-01` or `2025-06-01 14:00`."""
    local: int
    private: int
    cloud: int
    unanswered: int
    cost: int


class Statistics(Struct, frozen=True, kw_only=True):
    since: int
    until: int
    requests: int
    completed: int
    refused: int
    failed: int
    """No endpoint answered, or the answer broke off."""
    cancelled: int
    success_rate: float | None
    """Completed over completed and failed; `None` where nothing was tried."""
    cache_hits: int
    cost: int
    estimated_cost: int
    """The part of `cost` whose receipt rests on an estimate."""
    savings: int | None
    fallbacks: int
    fallback_reasons: tuple[Reason, ...]
    """What made the first candidate fail, most frequent first."""
    endpoints: tuple[EndpointStatistics, ...]
    """Most requests first."""
    services: tuple[ServiceStatistics, ...]
    """Most requests first; none of chat."""
    grain: Grain
    periods: tuple[Period, ...]
    """In order; those without a request are left out."""


_PICKED = "at >= :since AND at < :until AND (:tenant IS NULL OR tenant = :tenant)"

_PERIODS = f"""
SELECT strftime(:format, at / 1000000000, 'unixepoch', 'localtime') AS start,
  coalesce(sum(zone = 'local'), 0),
  coalesce(sum(zone = 'private'), 0),
  coalesce(sum(zone = 'cloud'), 0),
  sum(zone IS NULL),
  sum(cost),
  sum(outcome = 'completed'),
  sum(outcome = 'refused'),
  sum(outcome IN ('failed', 'broken')),
  sum(outcome = 'cancelled'),
  sum(cache LIKE 'hit%'),
  sum(cost * cost_estimated),
  sum(fallback)
FROM receipts WHERE {_PICKED}
GROUP BY start ORDER BY start
"""
FORMATS = {Grain.HOUR: "%Y-%m-%d %H:00", Grain.DAY: "%Y-%m-%d"}

_REASONS = f"""
SELECT fallback_reason, count(*) AS n FROM receipts
WHERE {_PICKED} AND fallback AND fallback_reason IS NOT NULL
GROUP BY fallback_reason ORDER BY n DESC, fallback_reason
"""

_SERVICES = f"""
SELECT does, count(*) AS n,
  sum(outcome = 'completed'),
  sum(cache LIKE 'hit%'),
  sum(iif(outcome = 'completed', units, 0)),
  sum(coalesce(prompt_tokens, 0)),
  sum(cost)
FROM receipts WHERE {_PICKED} AND does <> 'chat'
GROUP BY does ORDER BY n DESC, does
"""

# Sorting a million times for exact percentiles takes longer than all the rest: counting them in
# steps of at most 1 % does not.
_STEP = """CAST(CASE
  WHEN ms < 1000 THEN ms
  WHEN ms < 10000 THEN 1000 + ms / 10
  WHEN ms < 100000 THEN 2000 + ms / 100
  ELSE 3000 + ms / 1000
END AS INTEGER)"""

_GROUPED = f"""
SELECT endpoint_id, zone, does, kind, count(*), sum(ms), max(ms),
  sum(coalesce(prompt, 0)),
  sum(coalesce(completion, 0)),
  sum(units),
  sum(cost),
  sum(price_known = 0),
  sum((coalesce(prompt, 0) * :input + coalesce(completion, 0) * :output + 999999) / 1000000 - cost)
FROM tries GROUP BY endpoint_id, zone, does, kind, {_STEP}
"""

# A receipt stands for its only attempt; see `schema` for those that have rows in `attempts`.
_BY_RECEIPT = f"""
WITH tries AS (
  SELECT endpoint_id, zone, does, 'success' AS kind, total_ms AS ms, prompt_tokens AS prompt,
    completion_tokens AS completion, units, cost, price_known
  FROM receipts AS r
  WHERE {_PICKED} AND outcome = 'completed' AND cache NOT LIKE 'hit%' AND endpoint_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM attempts AS a WHERE a.seq = r.seq)
)
{_GROUPED}
"""

_BY_ATTEMPT = f"""
WITH tries AS (
  SELECT a.endpoint_id, a.zone, r.does,
    CASE
      WHEN a.purpose <> 'answer' THEN 'side'
      WHEN a.outcome = 'answered' THEN 'success'
      WHEN a.outcome IN ('cancelled', 'started', 'internal_error', 'journal_unavailable',
        'swept_after_crash') THEN 'unfinished'
      ELSE 'failure'
    END AS kind,
    a.took_ms AS ms, a.prompt_tokens AS prompt, a.completion_tokens AS completion,
    a.units, a.cost, r.price_known
  FROM attempts AS a JOIN receipts AS r USING (seq)
  WHERE {_PICKED}
)
{_GROUPED}
"""


def statistics(
    connection: sqlite3.Connection,
    *,
    since: int,
    until: int,
    reference: Price | None = None,
    tenant: str | None = None,
) -> Statistics:
    """The requests that came in from `since` until just before `until`.

    `reference` is the price local answers are compared with. Spans of up to two days are cut into
    hours, longer ones into days.
    """
    price = reference or Price()
    grain = grain_of(since, until)
    bound: dict[str, int | str | None] = {"since": since, "until": until, "tenant": tenant}
    bound |= {"input": price.input, "output": price.output, "format": FORMATS[grain]}
    with one_moment(connection):
        endpoints = _endpoints(connection, bound, priced=reference is not None)
        rows = connection.execute(_PERIODS, bound).fetchall()
        reasons = tuple(Reason(*row) for row in connection.execute(_REASONS, bound))
        services = tuple(map(_service, connection.execute(_SERVICES, bound)))
    totals = [sum(column) for column in list(zip(*rows, strict=True))[1:]] or [0] * 12
    local, private, cloud, unanswered, cost, completed, refused, failed, cancelled, *rest = totals
    cache_hits, estimated_cost, fallbacks = rest
    tried = completed + failed
    return Statistics(
        since=since,
        until=until,
        requests=local + private + cloud + unanswered,
        completed=completed,
        refused=refused,
        failed=failed,
        cancelled=cancelled,
        success_rate=completed / tried if tried else None,
        cache_hits=cache_hits,
        cost=cost,
        estimated_cost=estimated_cost,
        savings=None if reference is None else sum(e.savings or 0 for e in endpoints),
        fallbacks=fallbacks,
        fallback_reasons=reasons,
        endpoints=endpoints,
        services=services,
        grain=grain,
        periods=tuple(_period(row) for row in rows),
    )


@contextmanager
def one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """Every question sees the same rows, whatever is written meanwhile."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def _period(row: tuple[str, int, int, int, int, int, *tuple[int, ...]]) -> Period:
    start, local, private, cloud, unanswered, cost, *_ = row
    return Period(
        start=start, local=local, private=private, cloud=cloud, unanswered=unanswered, cost=cost
    )


def _service(row: tuple[str, int, int, int, int, int, int]) -> ServiceStatistics:
    does, requests, completed, hits, units, prompt, cost = row
    return ServiceStatistics(
        does=does,
        requests=requests,
        completed=completed,
        cache_hits=hits,
        units=units,
        prompt_tokens=prompt,
        cost=cost,
    )


class _Step(Struct, frozen=True):
    """Attempts of one endpoint and one kind that took about as long; the columns of `_GROUPED`."""

    endpoint_id: str
    zone: str
    does: str
    kind: str
    count: int
    sum_ms: float
    max_ms: float
    prompt_tokens: int
    completion_tokens: int
    units: int
    cost: int
    unpriced: int
    savings: int


def _endpoints(
    connection: sqlite3.Connection, bound: dict[str, int | str | None], *, priced: bool
) -> tuple[EndpointStatistics, ...]:
    steps: dict[tuple[str, str, str], list[_Step]] = {}
    for question in (_BY_RECEIPT, _BY_ATTEMPT):
        for row in connection.execute(question, bound):
            steps.setdefault(row[:3], []).append(_Step(*row))
    found = (_endpoint(*key, of, priced=priced) for key, of in steps.items())
    return tuple(sorted(found, key=lambda e: (-e.requests, e.endpoint_id, e.zone, e.does)))


def _endpoint(
    endpoint_id: str, zone: str, does: str, steps: list[_Step], *, priced: bool
) -> EndpointStatistics:
    def count(kind: str) -> int:
        return sum(step.count for step in steps if step.kind == kind)

    answers = sorted((s for s in steps if s.kind == "success"), key=lambda step: step.max_ms)
    successes, failures, unfinished = count("success"), count("failure"), count("unfinished")
    tried = successes + failures
    comparable = zone != Zone.CLOUD and does == Does.CHAT
    savings = sum(step.savings for step in answers) if comparable else 0
    return EndpointStatistics(
        endpoint_id=endpoint_id,
        zone=zone,
        does=does,
        requests=tried + unfinished,
        successes=successes,
        failures=failures,
        unfinished=unfinished,
        success_rate=successes / tried if tried else None,
        mean_ms=sum(step.sum_ms for step in answers) / successes if successes else None,
        p50_ms=_percentile(answers, successes, 0.5),
        p95_ms=_percentile(answers, successes, 0.95),
        prompt_tokens=sum(step.prompt_tokens for step in steps),
        completion_tokens=sum(step.completion_tokens for step in steps),
        units=sum(step.units for step in answers),
        cost=sum(step.cost for step in steps),
        unpriced=sum(step.unpriced for step in answers),
        side_calls=count("side"),
        side_cost=sum(step.cost for step in steps if step.kind == "side"),
        savings=savings if priced else None,
    )


def _percentile(steps: Iterable[_Step], count: int, share: float) -> float | None:
    """Nearest rank. Two steps of one length may come from the two questions: order decides."""
    rank = ceil(share * count)
    for step in steps:
        rank -= step.count
        if rank <= 0:
            return step.max_ms
    return None
