"""How long answers turn out, beside what was expected of them.

Whoever expects lengths knows neither this model nor this tenant's habits. Four corrections are
learned from the answers, each from what the ones before it leave: for what was expected (twice as
much is seldom twice as long), for the tenant, for the tenant's prompts of about this length (the
same application asks in the same way and gets the same kind of answer), and for those of them of
which the same was expected: the third is mostly of the long answers among them, and makes the short
ones wrong.
"""

from __future__ import annotations

from collections import OrderedDict
from math import log2
from typing import Final

_FORGET: Final = 0.99
_DOUBTS: Final = 10.0
"""Answers before a correction counts for half."""
_MOST: Final = 16.0
_HABITS: Final = 16384
_WANTED: Final = 128
"""More than there are half octaves of an expectation."""
_Key = tuple[str, int]


class _Habit:
    """Sums of tokens, the latest counting most."""

    __slots__ = ("actual", "expected", "seen")

    def __init__(self) -> None:
        self.actual = self.expected = self.seen = 0.0

    def learn(self, expected: float, actual: float) -> None:
        self.seen = self.seen * _FORGET + 1.0
        self.expected = self.expected * _FORGET + expected
        self.actual = self.actual * _FORGET + actual

    def factor(self) -> float:
        """What to multiply expectations by; near 1 as long as little was seen."""
        if not self.seen:
            return 1.0
        doubt = _DOUBTS * self.expected / self.seen
        factor = (self.actual + doubt) / (self.expected + doubt)
        return min(max(factor, 1.0 / _MOST), _MOST)


class Lengths:
    """Remembers the habits met last."""

    __slots__ = ("_habits",)

    def __init__(self) -> None:
        self._habits: OrderedDict[_Key, _Habit] = OrderedDict()

    def predicted(self, tenant: str, prompt: int, expected: int, most: int | None) -> float:
        """Tokens of the answer, at least one."""
        tokens = float(max(1, expected))
        for key in _keys(tenant, prompt, expected):
            habit = self._habits.get(key)
            if habit is not None:
                tokens *= habit.factor()
        return max(1.0, min(tokens, most) if most is not None else tokens)

    def learn(self, tenant: str, prompt: int, expected: int, actual: int) -> None:
        tokens = float(max(1, expected))
        for key in _keys(tenant, prompt, expected):
            habit = self._habits.pop(key, None) or _Habit()
            factor = habit.factor()
            habit.learn(tokens, actual)
            tokens *= factor
            self._habits[key] = habit
        while len(self._habits) > _HABITS:
            self._habits.popitem(last=False)


def _keys(tenant: str, prompt: int, expected: int) -> tuple[_Key, _Key, _Key, _Key]:
    """Expectations by half octaves, prompts by quarters."""
    wanted, asked = int(2.0 * log2(max(1, expected))), int(4.0 * log2(max(1, prompt)))
    both = -2 - (wanted + _WANTED * asked)
    return ("", wanted), (tenant, -1), (tenant, asked), (tenant, both)
