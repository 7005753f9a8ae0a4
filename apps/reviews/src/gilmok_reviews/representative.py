"""The vector that stands for a restaurant: the weighted mean of its reviews' vectors.

Pure. A `Mean` is a sum that reviews join and leave; reading it gives the vector of length 1.

**Recency without a clock.** "A review counts half after `half_life_days`" sounds as if every weight
changed with every second, and then no sum could be kept. But what counts is only how the weights
relate: ageing multiplies all of them by the same factor, and a mean of length 1 does not see a
common factor. So a weight is `2 ** (t / half_life)` with `t` counted from one fixed moment
(`EPOCH`): it never changes, and today's mean is tomorrow's unless a review comes or goes.

**Rescaled.** Such a weight soon leaves the range of a float, so a sum counts in units of
`2 ** anchor`, where `anchor` is the newest review's whole number of half-lives. When the anchor
moves, the sum is multiplied by a whole power of two, which is exact.

**Leaving.** `a + b - b` is not `a` where `b` was far larger: after the newest review left, what
remains may be mostly rounding. `moved` adds up all weight that came or went. Where the remaining
weight is less than `TRUSTED` of it, `worn` says that the sum has to be made anew from its members,
which costs one pass and happens rarely.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gilmok_reviews.domain import Review, Vectors

EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
TRUSTED: Final = 1e-6
"""Of doubles (relative 1e-16) at least nine digits then remain, more than a float32 vector has."""

_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much a review counts. All of them multiply; 0 switches one off."""

    half_life_days: float = 365.0
    """A review so much older counts half; 0: age does not matter."""
    length: float = 0.5
    """Exponent over the length relative to `full_length`: with 0.5 a quarter as long counts half."""
    full_length: int = 80
    """Characters from which a review counts whole."""
    rating: float = 0.0
    """How much more a decided rating (1 or 5 stars) counts than an undecided one (3)."""

    def fingerprint(self) -> str:
        """Sums made with other weights must be made anew."""
        return f"{self.half_life_days:g}/{self.length:g}/{self.full_length}/{self.rating:g}"


@dataclass(frozen=True, slots=True)
class Weight:
    """`factor * 2 ** exponent`, the factor being in (0, 2 * (1 + Weights.rating))."""

    factor: float
    exponent: int


def weigh(review: Review, weights: Weights) -> Weight:
    """The same for the same review, whenever it is asked."""
    factor, exponent = 1.0, 0
    if weights.half_life_days > 0:
        age = (review.written_at - EPOCH).total_seconds() / _DAY_S / weights.half_life_days
        exponent = math.floor(age)
        factor = 2.0 ** (age - exponent)
    if weights.length > 0:
        part = min(1.0, max(1, len(review.text)) / weights.full_length)
        factor *= part**weights.length
    if weights.rating > 0 and review.rating is not None:
        factor *= 1.0 + weights.rating * abs(review.rating - 3.0) / 2.0
    return Weight(factor, exponent)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Mean:
    """A sum of weighted vectors in units of `2 ** anchor`; empty where `count` is 0."""

    total: NDArray[np.float64]
    anchor: int = 0
    mass: float = 0.0
    """The sum of the weights."""
    moved: float = 0.0
    """Of all weight that came or went since the sum was made anew."""
    count: int = 0

    @property
    def worn(self) -> bool:
        """Rounding may show: make it anew from its members."""
        return self.count > 0 and self.mass < TRUSTED * self.moved

    def joined(self, vector: NDArray[np.float32], weight: Weight) -> Mean:
        return self._moved(vector, weight, 1)

    def left(self, vector: NDArray[np.float32], weight: Weight) -> Mean:
        """Without a member. The vector and weight must be those it joined with."""
        if self.count == 1:
            return empty(len(self.total))
        return self._moved(vector, weight, -1)

    def _moved(self, vector: NDArray[np.float32], weight: Weight, sign: int) -> Mean:
        anchor = max(self.anchor, weight.exponent) if self.count else weight.exponent
        shift = self.anchor - anchor
        amount = math.ldexp(weight.factor, weight.exponent - anchor)
        return Mean(
            total=np.ldexp(self.total, shift) + sign * amount * vector.astype(np.float64),
            anchor=anchor,
            mass=math.ldexp(self.mass, shift) + sign * amount,
            moved=math.ldexp(self.moved, shift) + amount,
            count=self.count + sign,
        )

    def vector(self) -> NDArray[np.float32] | None:
        """Of length 1; `None` where nothing is in it, or its members cancel out."""
        length = float(np.linalg.norm(self.total))
        if self.count == 0 or length <= 1e-9 * self.mass:
            return None
        return (self.total / length).astype(np.float32)


def empty(width: int) -> Mean:
    return Mean(total=np.zeros(width, dtype=np.float64))


def mean(width: int, members: Iterable[tuple[NDArray[np.float32], Weight]]) -> Mean:
    """Made from all of its members."""
    made = empty(width)
    for vector, weight in members:
        made = made.joined(vector, weight)
    return made


def nearest(vectors: Vectors, to: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
    """Rows nearest to a vector by cosine, nearest first, equal ones in their order."""
    if not len(vectors):
        return []
    scores = vectors @ to
    order = np.argsort(-scores, kind="stable")[:k]
    return [(int(row), float(scores[row])) for row in order]
