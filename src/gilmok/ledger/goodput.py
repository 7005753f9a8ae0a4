"""How well promises were kept, over a span of time: which requests met their time to the first
token, and how much work that was. What counts, and when it is met: `core.goodput`.

Today's targets are held against all of the past: a report never mixes old promises with new ones.
Rates are over the whole span, from its beginning or from the journal's first request where that is
later. Percentiles are of completed requests, nearest rank, and never understate: what is shown lies
at most 1 % above the exact value (1 ms below 100 ms; 1 µs below 100 µs for tokens).

Money is nano-dollars, times are milliseconds, moments wall-clock nanoseconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil

from msgspec import Struct

from gilmok.core.goodput import OVERLOADED, Targets
from gilmok.ledger.reports import KEYS, By
from gilmok.ledger.statistics import FORMATS, Grain, grain_of, one_moment

_NANO_PER_S = 10**9
CACHE = "(cache)"
"""Stands for the endpoint of answers that no endpoint was asked for."""


class GoodputLine(Struct, frozen=True, kw_only=True):
    """One group of requests. `key` is `-` where a receipt has no such value."""

    key: str
    requests: int
    """That count: completed, failed, broken off, or left after waiting too long."""
    met: int
    compliance: float | None
    """Met over requests; `None` where none counts."""
    requests_per_s: float
    goodput_per_s: float
    """Requests that met their target, per second."""
    tokens_per_s: float
    """Output tokens of completed requests."""
    goodput_tokens_per_s: float
    """Output tokens of requests that met their target."""
    cost: int
    """Of every request, also of those that do not count."""
    p50_first_token_ms: float | None
    """Of a whole answer: until all of it was there. Waiting for a turn included."""
    p95_first_token_ms: float | None
    p99_first_token_ms: float | None
    p50_token_ms: float | None
    """Per output token after the first (TPOT), where the upstream counted the tokens."""
    p95_token_ms: float | None
    p95_queued_ms: float | None
    """Waiting for a turn, loading included; 0 where there was nothing to wait for."""


class GoodputPeriod(Struct, frozen=True):
    """An hour or a day of this machine's time zone."""

    start: str
    """`2025-06-01` or `2025-06-01 14:00`."""
    requests: int
    met: int


class GoodputReport(Struct, frozen=True, kw_only=True):
    since: int
    until: int
    span_s: float
    """What rates are over."""
    by: By
    first_token_target_s: float
    """Of every plan that has none of its own."""
    plan_targets_s: Mapping[str, float]
    """Of those plans of the span that have."""
    lines: tuple[GoodputLine, ...]
    """Days in order; everything else by requests, most first."""
    total: GoodputLine
    grain: Grain
    periods: tuple[GoodputPeriod, ...]
    """In order; those without a request that counts are left out."""


_LAST_ASKED = """(
  SELECT a.endpoint_id FROM attempts AS a
  WHERE a.seq = r.seq AND a.purpose = 'answer' ORDER BY a.number DESC LIMIT 1
)"""
_KEYS = {
    **KEYS,
    # Whoever was asked last let the request down.
    By.ENDPOINT: f"iif(cache LIKE 'hit%', '{CACHE}', coalesce(endpoint_id, {_LAST_ASKED}))",
}

_PICKED = """
WITH timed AS (
  SELECT coalesce({key}, '-') AS key, at, plan, outcome, error, cost,
    coalesce(completion_tokens, 0) AS tokens,
    coalesce(first_token_ms, total_ms) AS waited_ms,
    coalesce(queued_ms, 0.0) AS queued_ms,
    iif(usage_reported AND completion_tokens > 1,
      1000.0 * coalesce(decode_ms, max(total_ms - first_token_ms, 0.0)) / (completion_tokens - 1), NULL
    ) AS token_us,
    {target} AS target_ms
  FROM receipts AS r
  WHERE does = 'chat' AND at >= :since AND at < :until AND (:tenant IS NULL OR tenant = :tenant)
), picked AS (
  SELECT *, CASE
    WHEN outcome = 'completed' THEN waited_ms <= target_ms
    WHEN outcome IN ('failed', 'broken') THEN 0
    WHEN outcome = 'cancelled' THEN iif(waited_ms > target_ms, 0, NULL)
    WHEN error IN ({overloaded}) THEN 0
  END AS met
  FROM timed
)
"""

_SUMS = """
SELECT key, count(met), coalesce(sum(met), 0),
  sum(iif(outcome = 'completed', tokens, 0)), sum(iif(met, tokens, 0)), sum(cost)
FROM picked GROUP BY key
"""

_PLANS = "SELECT DISTINCT plan FROM picked"

_PERIODS = """
SELECT strftime(:format, at / 1000000000, 'unixepoch', 'localtime') AS start, count(met), sum(met)
FROM picked WHERE met IS NOT NULL GROUP BY start ORDER BY start
"""

# Sorting a million times takes longer than all the rest; counting them in steps does not.
_STEPS = """
SELECT key, count(*), max({value}) FROM picked
WHERE outcome = 'completed' AND {value} IS NOT NULL
GROUP BY key, CAST(CASE
  WHEN {value} < 1000 THEN {value}
  WHEN {value} < 10000 THEN 1000 + {value} / 10
  WHEN {value} < 100000 THEN 2000 + {value} / 100
  WHEN {value} < 1000000 THEN 3000 + {value} / 1000
  ELSE 4000 + {value} / 10000
END AS INTEGER)
"""

_FIRST = """
SELECT at FROM receipts WHERE (:tenant IS NULL OR tenant = :tenant) ORDER BY at LIMIT 1
"""

_Bound = dict[str, int | float | str | None]
_Step = tuple[int, float]
"""How many requests, and the largest of their values."""
_Steps = Mapping[str, Sequence[_Step]]


def goodput(
    connection: sqlite3.Connection,
    *,
    since: int,
    until: int,
    targets: Targets,
    by: By = By.ENDPOINT,
    tenant: str | None = None,
) -> GoodputReport:
    """The requests that came in from `since` until just before `until`, in groups."""
    grain = grain_of(since, until)
    bound: _Bound = {"since": since, "until": until, "tenant": tenant, "format": FORMATS[grain]}
    with one_moment(connection):
        rows = _Rows(connection, by, targets, bound)
        began = max(since, rows.first or since)
        sums = [_Sums(*row) for row in rows.ask(_SUMS)]
        times = _Times(rows.steps("waited_ms"), rows.steps("token_us"), rows.steps("queued_ms"))
        plans = {plan for (plan,) in rows.ask(_PLANS)}
        periods = tuple(GoodputPeriod(*row) for row in rows.ask(_PERIODS))
    lines = [
        times.line(of, (of.key,), _span_s(began, until, of.key if by is By.DAY else None))
        for of in sums
        if of.requests or of.cost
    ]
    lines.sort(key=lambda line: line.key if by is By.DAY else (-line.requests, line.key))
    span_s = _span_s(began, until)
    return GoodputReport(
        since=since,
        until=until,
        span_s=span_s,
        by=by,
        first_token_target_s=targets.first_token_s,
        plan_targets_s={plan: s for plan, s in targets.of_plan.items() if plan in plans},
        lines=tuple(lines),
        total=times.line(_total(sums), [of.key for of in sums], span_s),
        grain=grain,
        periods=periods,
    )


class _Rows:
    """The receipts of a report, as its questions see them."""

    def __init__(
        self, connection: sqlite3.Connection, by: By, targets: Targets, bound: _Bound
    ) -> None:
        self._connection = connection
        self._bound = bound
        self._picked = _PICKED.format(
            key=_KEYS[by],
            target=_target(targets, bound),
            overloaded=", ".join(f"'{code}'" for code in sorted(OVERLOADED)),
        )

    @property
    def first(self) -> int | None:
        """When the tenant's first request of all came in."""
        found = self._connection.execute(_FIRST, self._bound).fetchone()
        return None if found is None else found[0]

    def ask(self, question: str) -> sqlite3.Cursor:
        return self._connection.execute(self._picked + question, self._bound)

    def steps(self, value: str) -> dict[str, list[_Step]]:
        found: dict[str, list[_Step]] = {}
        for key, count, most in self.ask(_STEPS.format(value=value)):
            found.setdefault(key, []).append((count, most))
        return found


def _target(targets: Targets, bound: _Bound) -> str:
    """The target of a row's plan, as SQL whose values go into `bound`."""
    bound["target"] = targets.first_token_s * 1000.0
    if not targets.of_plan:
        return ":target"
    cases = ""
    for number, plan in enumerate(targets.of_plan):
        bound[f"plan{number}"], bound[f"target{number}"] = plan, targets.of(plan)
        cases += f" WHEN :plan{number} THEN :target{number}"
    return f"CASE plan{cases} ELSE :target END"


def _span_s(began: int, until: int, day: str | None = None) -> float:
    """Seconds of the span, or of the day's part in it; never 0."""
    if day is not None:
        midnight = datetime.fromisoformat(day)
        began = max(began, int(midnight.timestamp()) * _NANO_PER_S)
        until = min(until, int((midnight + timedelta(days=1)).timestamp()) * _NANO_PER_S)
    return max(until - began, 1) / _NANO_PER_S


class _Sums(Struct, frozen=True):
    """The columns of `_SUMS`."""

    key: str
    requests: int
    met: int
    tokens: int
    met_tokens: int
    cost: int


def _total(sums: Iterable[_Sums]) -> _Sums:
    rows = [(of.requests, of.met, of.tokens, of.met_tokens, of.cost) for of in sums]
    columns = list(zip(*rows, strict=True)) or [()] * 5
    return _Sums("total", *(sum(column) for column in columns))


class _Times(Struct, frozen=True):
    first_token_ms: _Steps
    token_us: _Steps
    queued_ms: _Steps

    def line(self, of: _Sums, keys: Sequence[str], span_s: float) -> GoodputLine:
        """Of these groups together."""
        first, token, queued = (
            sorted((step for key in keys for step in steps.get(key, ())), key=lambda step: step[1])
            for steps in (self.first_token_ms, self.token_us, self.queued_ms)
        )
        return GoodputLine(
            key=of.key,
            requests=of.requests,
            met=of.met,
            compliance=of.met / of.requests if of.requests else None,
            requests_per_s=of.requests / span_s,
            goodput_per_s=of.met / span_s,
            tokens_per_s=of.tokens / span_s,
            goodput_tokens_per_s=of.met_tokens / span_s,
            cost=of.cost,
            p50_first_token_ms=_percentile(first, 0.5),
            p95_first_token_ms=_percentile(first, 0.95),
            p99_first_token_ms=_percentile(first, 0.99),
            p50_token_ms=_in_ms(_percentile(token, 0.5)),
            p95_token_ms=_in_ms(_percentile(token, 0.95)),
            p95_queued_ms=_percentile(queued, 0.95),
        )


def _percentile(steps: Sequence[_Step], share: float) -> float | None:
    """Nearest rank, as the largest value of its step."""
    rank = ceil(share * sum(count for count, _ in steps))
    for count, most in steps:
        rank -= count
        if rank <= 0:
            return most
    return None


def _in_ms(us: float | None) -> float | None:
    return None if us is None else us / 1000.0
