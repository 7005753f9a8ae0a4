"""The idle watchdog's memory: when engines are usually wanted, and how long they slept.

That an idle engine is stopped at all is a rule of `decide` (`Need.idle_s`, `Sampled`); this module
learns from weeks past when to warm it before it is asked for (`Expected`). What a second is worth: `telemetry.idle`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.engine import EngineState
from gilmok.engines.residency.residence import Residence

HOURS: Final = 168
_FORGOTTEN_H: Final = 10 * HOURS
_HOUR_S: Final = 3600
_THURSDAY_TO_MONDAY_H: Final = 72
"""1970 began on a Thursday; weeks here begin on Monday."""
_LAST_WEEK: Final = 0.4
"""The weight of the last week. With `_USUAL`: two weeks running make a habit, and one week without
does not end an old one."""
_USUAL: Final = 0.5


class Week(Struct, frozen=True, kw_only=True):
    """In which hours of the week an engine is wanted, older weeks counting less and less."""

    hour: int | None = None
    """The hour that is being counted, since 1970, in local time; `None`: nothing was seen yet."""
    count: int = 0
    """Requests in this hour so far."""
    usual: Mapping[int, float] = {}
    """By hour of the week (0: Monday 0:00): how often there were any, 0 to 1."""

    def after(self, hour: int, requests: int = 0) -> Week:
        """`requests` came in `hour`. Hours in which nobody looked count as hours without any; so do
        whole weeks, of which no more than ten can be told apart. An hour that has passed is not
        counted again."""
        if self.hour is None:
            return Week(hour=hour, count=requests)
        if hour <= self.hour:
            return replace(self, count=self.count + requests)
        usual = dict(self.usual)
        _count(usual, self.hour, self.count > 0)
        for empty in range(max(self.hour + 1, hour - _FORGOTTEN_H), hour):
            _count(usual, empty, wanted=False)
        return Week(hour=hour, count=requests, usual=usual)

    def chance(self, hour: int) -> float:
        """That it is wanted in this hour, as far as earlier weeks tell: 0 in the first."""
        return self.usual.get(hour_of_week(hour), 0.0)


def _count(usual: dict[int, float], hour: int, wanted: bool) -> None:
    at = hour_of_week(hour)
    before = usual.get(at, 0.0)
    if wanted or before:
        usual[at] = before + _LAST_WEEK * (wanted - before)


def hour_of(wall_s: float, offset_s: int = 0) -> int:
    """The hour since 1970. `offset_s`: how far local time is ahead of UTC."""
    return int((wall_s + offset_s) // _HOUR_S)


def hour_of_week(hour: int) -> int:
    return (hour + _THURSDAY_TO_MONDAY_H) % HOURS


def expected_for(
    week: Week, wall_s: float, *, ahead_s: float, offset_s: int = 0, usual: float = _USUAL
) -> float | None:
    """For how many seconds from now on it is usually wanted, beginning within `ahead_s`; `None`: it is
    not. Report `Expected(until=now + …)`. `ahead_s`: what loading takes, and a little."""
    local_s = wall_s + offset_s
    hour = hour_of(local_s + ahead_s)
    if week.chance(hour) < usual:
        return None
    return (hour + 1) * _HOUR_S - local_s


def slept_s(residence: Residence, now: float) -> float:
    """Seconds in which it was stopped because nobody needed it."""
    sleeps = residence.state is EngineState.COLD and residence.stopped_idle_at is not None
    since = residence.stopped_idle_at if sleeps else None
    return residence.saved_s + (0.0 if since is None else now - since)
