"""Expected lengths from a task type's own past."""

from __future__ import annotations

import pytest

from gilmok.state.habits import MOST_TASKS, Habits


def test_a_task_type_comes_to_expect_what_is_usual() -> None:
    habits = Habits()
    assert habits.expected("t", "order", 300) == 300
    seen = []
    for _ in range(40):
        habits.observe("t", "order", 20)
        seen.append(habits.expected("t", "order", 300))
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == pytest.approx(20, rel=0.4)


def test_one_tenant_learns_nothing_from_another() -> None:
    habits = Habits()
    for number in range(MOST_TASKS * 3):
        habits.observe("loud", f"task-{number}", 5)
        habits.observe("loud", "order", 5)
    assert habits.expected("quiet", "order", 300) == 300
    habits.observe("quiet", "order", 300)
    for number in range(MOST_TASKS * 3):
        habits.observe("loud", f"other-{number}", 5)
    assert habits.expected("quiet", "order", 300) == 300


def test_of_many_task_types_the_latest_are_kept() -> None:
    habits = Habits()
    for number in range(MOST_TASKS + 1):
        habits.observe("t", f"task-{number}", 5)
    assert habits.expected("t", "task-0", 300) == 300
    assert habits.expected("t", "task-1", 300) < 300


def test_the_past_fades() -> None:
    habits = Habits()
    for _ in range(2000):
        habits.observe("t", "order", 10)
    for _ in range(1000):
        habits.observe("t", "order", 1000)
    assert habits.expected("t", "order", 1000) > 700
