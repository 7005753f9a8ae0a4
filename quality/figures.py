"""Figures with their uncertainty: 95 % intervals by bootstrap over independent units.

Rows that belong together (one template, one conversation, one paraphrase group) are drawn together,
or the interval would be too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from msgspec import Struct

ROUNDS = 1000
SEED = 20261122


class Figure(Struct, frozen=True):
    """A measured value, and where 95 % of the bootstrap's values lie."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def percent(self) -> str:
        return f"{100 * self.value:.1f} [{100 * self.low:.1f}, {100 * self.high:.1f}]"


def bootstrap(
    statistic: Callable[[np.ndarray], float],
    n: int,
    groups: Sequence[Hashable] | None = None,
    rounds: int = ROUNDS,
) -> Figure:
    """`statistic` gets the indices of the rows that were drawn, with repetition.

    A round whose statistic is not a number (no positive was drawn) is left out.
    """
    rng = np.random.default_rng(SEED)
    units = _units(n, groups)
    values = []
    for _ in range(rounds):
        drawn = rng.integers(0, len(units), len(units))
        values.append(statistic(np.concatenate([units[i] for i in drawn])))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return Figure(float(statistic(np.arange(n))), float(low), float(high), n)


def _units(n: int, groups: Sequence[Hashable] | None) -> list[np.ndarray]:
    if groups is None:
        return [np.array([i]) for i in range(n)]
    rows: dict[Hashable, list[int]] = {}
    for i, group in enumerate(groups):
        rows.setdefault(group, []).append(i)
    return [np.asarray(row) for row in rows.values()]


def share(truths: Sequence[bool], groups: Sequence[Hashable] | None = None) -> Figure:
    """Of rows for which something holds."""
    held = np.asarray(truths, dtype=float)
    return bootstrap(lambda drawn: float(held[drawn].mean()), len(held), groups)


def recall(
    said: Sequence[bool], truth: Sequence[bool], groups: Sequence[Hashable] | None = None
) -> Figure:
    s, t = np.asarray(said, dtype=bool), np.asarray(truth, dtype=bool)
    return bootstrap(lambda d: _ratio((s & t)[d].sum(), t[d].sum()), len(t), groups)


def precision(
    said: Sequence[bool], truth: Sequence[bool], groups: Sequence[Hashable] | None = None
) -> Figure:
    s, t = np.asarray(said, dtype=bool), np.asarray(truth, dtype=bool)
    return bootstrap(lambda d: _ratio((s & t)[d].sum(), s[d].sum()), len(t), groups)


def f_score(
    said: Sequence[bool],
    truth: Sequence[bool],
    beta: float = 1.0,
    groups: Sequence[Hashable] | None = None,
) -> Figure:
    s, t = np.asarray(said, dtype=bool), np.asarray(truth, dtype=bool)
    weight = beta * beta

    def f(d: np.ndarray) -> float:
        hits, all_said, all_true = (s & t)[d].sum(), s[d].sum(), t[d].sum()
        return _ratio((1 + weight) * hits, weight * all_true + all_said)

    return bootstrap(f, len(t), groups)


def _ratio(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else float("nan")
