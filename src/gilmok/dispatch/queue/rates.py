"""How fast an engine is, learned from the answers it gave.

While a request is with the engine, three things pass its time: each of its own tokens costs a step,
a step takes longer the more requests share it, and every prompt that is read meanwhile, its own or
another's, holds the steps up. So for each finished stretch of an answer

    seconds = a · tokens + b · tokens · batch + r · prompt tokens read meanwhile

and the three costs come from least squares over the stretches, the latest counting most, with what
an operator declared as a prior. The prior never fades: where all requests are alike, nothing else can
tell what a prompt costs from what an answer does.
"""

from __future__ import annotations

from typing import Final

_FORGET: Final = 0.998
"""From one stretch to the next: about 500 are remembered."""
_SHARED: Final = 0.1
"""A prior: what one more request adds to a step, of what the first takes."""
_UNSURE: Final = 0.7
"""A prior may be wrong by so much of itself, as a standard deviation."""
_NOISE: Final = 0.3
"""And a typical stretch by so much."""
_LEAST: Final = 1e-3
"""Of its prior: what a cost is at least."""

_Row = tuple[float, float, float]


class Rates:
    """Seconds per token. All are positive, whatever was observed."""

    __slots__ = ("_costs", "_matrix", "_prior", "_right", "_stale", "_weights")

    def __init__(self, prefill_tokens_per_s: float, token_s: float) -> None:
        step = token_s / (1.0 + _SHARED)
        self._prior: _Row = (step, step * _SHARED, 1.0 / prefill_tokens_per_s)
        self._costs = self._prior
        typical_s = 200.0 * token_s + 1000.0 / prefill_tokens_per_s
        self._weights = tuple(_NOISE**2 * typical_s / (_UNSURE * c) ** 2 for c in self._prior)
        self._matrix = [[0.0] * 3 for _ in range(3)]
        self._right = [0.0] * 3
        self._stale = False

    def observe(self, seconds: float, tokens: float, batch: float, prefill: float) -> None:
        """`tokens` of its answer in a stretch of `seconds`, with `batch` requests at once on average
        and `prefill` prompt tokens read meanwhile."""
        if seconds <= 0.0 or (tokens <= 0.0 and prefill <= 0.0):
            return
        row = (tokens, tokens * batch, prefill)
        for i in range(3):
            weighted = row[i] / seconds  # What is long is as uncertain as it is long.
            line = self._matrix[i]
            for j in range(3):
                line[j] = line[j] * _FORGET + weighted * row[j]
            self._right[i] = self._right[i] * _FORGET + row[i]
        self._stale = True

    def _learned(self) -> _Row:
        if self._stale:
            self._stale = False
            self._costs = self._fitted()
        return self._costs

    def _fitted(self) -> _Row:
        """Least squares; a cost that came out as nearly nothing is fixed at its least, and the others
        are found again without it."""
        fixed: dict[int, float] = {}
        costs = list(self._prior)
        while len(fixed) < 3:
            free = [i for i in range(3) if i not in fixed]
            rows = []
            for i in free:
                known = self._right[i] + self._weights[i] * self._prior[i]
                known -= sum(self._matrix[i][j] * cost for j, cost in fixed.items())
                row = [self._matrix[i][j] + (self._weights[i] if i == j else 0.0) for j in free]
                rows.append([*row, known])
            found = dict(zip(free, _eliminated(rows), strict=True))
            costs = [fixed[i] if i in fixed else found[i] for i in range(3)]
            small = {i: _LEAST * self._prior[i] for i in free if found[i] < _LEAST * self._prior[i]}
            if not small:
                break
            fixed |= small
            costs = [fixed.get(i, cost) for i, cost in enumerate(costs)]
        return costs[0], costs[1], costs[2]

    @property
    def prefill_s(self) -> float:
        """Per prompt token that is not cached."""
        return self._learned()[2]

    def token_s(self, batch: float) -> float:
        """Per token of one answer, with so many requests at once."""
        step, shared, _ = self._learned()
        return step + shared * max(1.0, batch)

    def work_s(self, prefill: float, output: float, batch: int) -> float:
        """What a request takes from the engine when it is full: a prompt is read while everybody
        waits, and a step is shared."""
        full = max(1, batch)
        return self.prefill_s * prefill + output * self.token_s(full) / full


def _eliminated(rows: list[list[float]]) -> list[float]:
    """The solution of symmetric positive definite equations, right sides last; no pivot is zero."""
    count = len(rows)
    for i in range(count):
        for k in range(i + 1, count):
            factor = rows[k][i] / rows[i][i]
            rows[k] = [b - factor * a for a, b in zip(rows[i], rows[k], strict=True)]
    found = [0.0] * count
    for i in reversed(range(count)):
        rest = sum(rows[i][j] * found[j] for j in range(i + 1, count))
        found[i] = (rows[i][count] - rest) / rows[i][i]
    return found
