"""Engines that nobody needs: stopped, warmed again in time, and what that saves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gilmok.engines.residency import Expected, Load, Loaded, Reason, Sampled, Stop
from gilmok.engines.residency.idle import (
    HOURS,
    Week,
    expected_for,
    hour_of,
    hour_of_week,
    slept_s,
)
from gilmok.telemetry.idle import savings
from tests.unit.engines.residency.stage import RUNS, Stage, need, waits

IDLE = Reason.IDLE
HOUR_S = 3600
MONDAY = 4 * 24 * HOUR_S
"""1970-01-05 0:00, a Monday, in seconds since 1970."""


def test_it_is_stopped_after_so_long_with_nothing_to_do() -> None:
    stage = Stage([need("a", 10, idle_s=60.0), need("b", 10)])
    stage.warm("a", 0, 10)
    stage.at(30, a=RUNS)
    assert stage.at(40) == ()
    assert stage.look_at == 100
    assert stage.at(99) == ()
    assert stage.at(100) == (Stop(engine="a", reason=IDLE),)
    stage.gone("a", 101)
    assert stage.at(150, a=waits(150)) == (Load(engine="a", run=2),), "and warmed on demand"


def test_without_a_time_it_stays() -> None:
    stage = Stage([need("a", 10)])
    stage.warm("a", 0, 10)
    assert stage.at(1e6) == ()
    assert stage.look_at is None


def test_somebody_else_s_work_is_work_too() -> None:
    stage = Stage([need("a", 10, idle_s=60.0)])
    stage.warm("a", 0, 10)
    stage.happens(Sampled(engine="a", utilisation=0.05), 50)
    stage.happens(Sampled(engine="a", utilisation=0.049), 65)
    assert stage.at(109) == ()
    assert stage.look_at == 110
    assert stage.at(110) == (Stop(engine="a", reason=IDLE),)


def test_the_expected_are_loaded_where_that_drives_nobody_out() -> None:
    stage = Stage([need("a", 40, idle_s=60.0), need("b", 40, idle_s=60.0)])
    stage.happens(Expected(engine="a", until=1000), 0)
    assert stage.at(0) == (Load(engine="a", run=1),)
    stage.happens(Loaded(engine="a"), 10)
    stage.happens(Expected(engine="b", until=1000), 20)
    assert stage.at(20) == ()
    assert stage.at(500) == (), "a is not idle while it is expected"
    assert stage.at(1000) == (Stop(engine="a", reason=IDLE),)
    stage.gone("a", 1001)
    assert stage.at(1001) == (), "b is expected no more"


def test_what_sleep_saves() -> None:
    stage = Stage([need("a", 10, idle_s=60.0)])
    stage.warm("a", 0, 10)
    assert stage.at(70) == (Stop(engine="a", reason=IDLE),)
    stage.gone("a", 75)
    a = stage.residency.residences["a"]
    assert slept_s(a, 175) == 100
    assert savings(slept_s(a, 175), 5) == 500
    stage.at(275, a=waits(275))
    stage.happens(Loaded(engine="a"), 285)
    assert slept_s(stage.residency.residences["a"], 1000) == 200, "while loaded it costs"
    stage.at(285)
    stage.at(345)
    stage.gone("a", 350)
    assert slept_s(stage.residency.residences["a"], 360) == 210


def test_what_was_never_loaded_or_made_room_has_not_slept() -> None:
    stage = Stage([need("a", 40), need("b", 40)])
    assert slept_s(stage.residency.residences["a"], 100) == 0
    stage.warm("a", 0, 10)
    stage.at(5000, b=waits(5000))
    stage.gone("a", 5001)
    assert slept_s(stage.residency.residences["a"], 6000) == 0


def test_the_hour_of_the_week() -> None:
    assert hour_of_week(hour_of(MONDAY)) == 0
    assert hour_of_week(hour_of(MONDAY - 1)) == HOURS - 1
    assert hour_of_week(hour_of(MONDAY, 9 * HOUR_S)) == 9, "in Seoul"


def weeks(hours: tuple[int, ...], number: int) -> Week:
    """Asked for at these hours of `number` weeks."""
    week, first = Week(), hour_of(MONDAY)
    for n in range(number):
        for hour in hours:
            week = week.after(first + n * HOURS + hour, 3)
    return week.after(first + number * HOURS)


def test_two_weeks_make_a_habit_and_one_without_does_not_end_it() -> None:
    nine = hour_of(MONDAY) + 9
    assert weeks((9,), 1).chance(nine) < 0.5
    habit = weeks((9,), 2)
    assert habit.chance(nine) >= 0.5
    assert habit.chance(nine + 1) == 0.0
    old = weeks((9,), 8)
    assert old.after(nine + 9 * HOURS).chance(nine) >= 0.5
    assert old.after(nine + 10 * HOURS).chance(nine) < 0.5


def test_it_is_warmed_before_its_hour_and_kept_through_it() -> None:
    habit = weeks((9, 10), 3)
    monday = MONDAY + 3 * HOURS * HOUR_S
    at = monday + 9 * HOUR_S - 60
    assert expected_for(habit, at - 600, ahead_s=120) is None
    assert expected_for(habit, at, ahead_s=120) == 60 + HOUR_S
    assert expected_for(habit, monday + 10 * HOUR_S + 5, ahead_s=120) == HOUR_S - 5
    assert expected_for(habit, monday + 11 * HOUR_S - 60, ahead_s=120) is None


@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 5)), max_size=30))
def test_chances_stay_chances(seen: list[tuple[int, int]]) -> None:
    week = Week()
    for hour, requests in seen:
        week = week.after(hour, requests)
    assert all(0.0 <= week.chance(hour) <= 1.0 for hour in range(HOURS))
    asked = {hour_of_week(hour) for hour, _ in seen}
    assert {hour_of_week(h) for h in range(HOURS) if week.chance(h) > 0} <= asked
