"""Days and months of a time zone: without a gap, without an overlap, whatever the clocks do."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.core.calendar import Cycle, span

HOUR = 3_600 * 10**9
ZONES = (
    "UTC",
    "Asia/Seoul",
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",  # clocks change at midnight
    "Asia/Kathmandu",  # a quarter of an hour
    "Pacific/Apia",  # skipped a whole day
    "Australia/Lord_Howe",  # half an hour of summer time
)


def at(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("zone", "moment", "hours"),
    [
        ("Asia/Seoul", "2024-03-31T12:00", 24),
        ("Europe/Berlin", "2024-03-31T12:00", 23),
        ("Europe/Berlin", "2024-10-27T12:00", 25),
        ("America/New_York", "2024-03-10T12:00", 23),
        ("America/New_York", "2024-11-03T12:00", 25),
        ("America/Havana", "2024-03-10T12:00", 23),
    ],
)
def test_a_day_is_as_long_as_the_clocks_make_it(zone: str, moment: str, hours: int) -> None:
    day = span(Cycle.DAILY, at(moment, zone), zone)
    assert day.end - day.start == hours * HOUR


@pytest.mark.parametrize(
    ("moment", "days"),
    [("2024-02-29T23:59:59", 29), ("2023-02-28T23:59:59", 28), ("2024-12-31T23:59:59", 31)],
)
def test_a_month_ends_with_its_last_day(moment: str, days: int) -> None:
    month = span(Cycle.MONTHLY, at(moment, "Asia/Seoul"), "Asia/Seoul")
    assert month.end - month.start == days * 24 * HOUR
    assert month.end == at(moment, "Asia/Seoul") + 10**9


@given(
    zone=st.sampled_from(ZONES),
    cycle=st.sampled_from(Cycle),
    moment=st.integers(at("2005-01-01", "UTC"), at("2035-01-01", "UTC")),
)
def test_spans_follow_each_other(zone: str, cycle: Cycle, moment: int) -> None:
    present = span(cycle, moment, zone)
    assert present.start <= moment < present.end
    following = span(cycle, present.end, zone)
    assert following.start == present.end
    assert span(cycle, present.start, zone) == present
    assert span(cycle, present.end - 1, zone) == present
