"""How long the answers to a tenant's own kinds of requests have been: a task type's habit.

A caller that says what a request is for (`review`, `order`) asks for much the same again and again,
so its past answers say more than the words of one question. Kept in memory, apart for each tenant:
neither what one tenant does nor how much of it changes what another's requests are expected to be.
"""

from __future__ import annotations

from collections import OrderedDict
from math import exp, log1p

MOST_TASKS = 64
"""Task types remembered for one tenant, the latest used."""
_BELIEF = 4.0
"""Answers after which the habit counts as much as the question's words."""
_MEMORY = 200.0
"""Answers after which old ones begin to fade."""


class _Habit:
    __slots__ = ("count", "mean")

    def __init__(self) -> None:
        self.count = 0.0
        self.mean = 0.0
        """Of log(1 + tokens)."""


class Habits:
    def __init__(self) -> None:
        self._tenants: dict[str, OrderedDict[str, _Habit]] = {}

    def expected(self, tenant: str, task: str, tokens: int) -> int:
        """`tokens` as predicted from the question, drawn toward what was usual so far."""
        habit = self._tenants.get(tenant, _NONE).get(task)
        if habit is None:
            return tokens
        weight = habit.count / (habit.count + _BELIEF)
        return max(1, round(exp((1.0 - weight) * log1p(tokens) + weight * habit.mean) - 1.0))

    def observe(self, tenant: str, task: str, tokens: int) -> None:
        """A whole answer's tokens."""
        tasks = self._tenants.setdefault(tenant, OrderedDict())
        habit = tasks.pop(task, None) or _Habit()
        tasks[task] = habit
        if len(tasks) > MOST_TASKS:
            tasks.popitem(last=False)
        habit.count = min(habit.count + 1.0, _MEMORY)
        habit.mean += (log1p(tokens) - habit.mean) / habit.count


_NONE: OrderedDict[str, _Habit] = OrderedDict()
