"""The hours or days of a span, those without a request included: a time axis has no holes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from gilmok.ledger import Grain, Period, Statistics

MOST = 120
"""Columns that a screen still tells apart."""

_FORMATS = {Grain.HOUR: "%Y-%m-%d %H:00", Grain.DAY: "%Y-%m-%d"}
_STEPS = {Grain.HOUR: timedelta(hours=1), Grain.DAY: timedelta(days=1)}
_NANO_PER_S = 10**9


def filled(found: Statistics) -> tuple[Period, ...]:
    """From the span's start to its end, the last `MOST` of them."""
    if not found.periods:
        return ()
    known = {period.start: period for period in found.periods}
    every = starts(found.since, found.until, found.grain)
    return tuple(known.get(start) or _empty(start) for start in every)


def starts(since: int, until: int, grain: Grain) -> list[str]:
    """When each period of a span begins, as the ledger names it: the last `MOST` of them."""
    step, written = _STEPS[grain], _FORMATS[grain]
    last = datetime.fromtimestamp((until - 1) / _NANO_PER_S)
    # A span may begin long before the first request: 1970, say.
    first = max(datetime.fromtimestamp(since / _NANO_PER_S), last - step * (MOST - 1))
    names = [first.strftime(written)]
    while names[-1] < last.strftime(written):
        first += step
        names.append(first.strftime(written))
    return names[-MOST:]


def short(starts: Iterable[str], grain: Grain) -> list[str]:
    """`06-01` for days, `14:00` for hours."""
    return [start[11:] if grain is Grain.HOUR else start[5:] for start in starts]


def _empty(start: str) -> Period:
    return Period(start=start, local=0, private=0, cloud=0, unanswered=0, cost=0)
