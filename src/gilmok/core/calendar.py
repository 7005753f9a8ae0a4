"""Days and months as a tenant's calendar has them. Pure.

The spans of one kind follow each other without a gap or an overlap, whatever a change of the clocks
does to a day's length: each begins where the one before ends.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

_NANO = 10**9


class Cycle(StrEnum):
    """How often a cap is renewed."""

    DAILY = "daily"
    MONTHLY = "monthly"


class Span(Struct, frozen=True):
    """Wall clock, nanoseconds; the end is not part of it."""

    start: int
    end: int


def span(cycle: Cycle, at: int, zone: str) -> Span:
    """The day or month in which `at` lies, by the calendar of an IANA time zone.

    Raises `ZoneInfoNotFoundError` for a name that is none.
    """
    place: tzinfo = UTC if zone == "UTC" else ZoneInfo(zone)  # UTC needs no time zone database.
    today = datetime.fromtimestamp(at // _NANO, place).date()
    if cycle is Cycle.DAILY:
        return Span(_midnight(today, place), _midnight(today + timedelta(days=1), place))
    first = today.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Span(_midnight(first, place), _midnight(following, place))


def _midnight(day: date, place: tzinfo) -> int:
    """The first moment of a day. Where the clocks skip midnight, that is the moment they do."""
    return int(datetime(day.year, day.month, day.day, tzinfo=place).timestamp()) * _NANO
