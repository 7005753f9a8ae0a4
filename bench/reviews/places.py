"""Restaurants made of labelled reviews, so that what is said of them is known.

Each has a profile of its own: how often its visitors speak of which aspect, and how. Reviews are drawn
by it from the unseen half, none twice in one place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from bench.reviews.data import Labelled, Pair

from gilmok_reviews.domain import Aspect, Found, Polarity, Review, Vectors
from gilmok_reviews.representative import Weights, weigh

_EVENNESS = 0.6
"""Of the Dirichlet distribution profiles are drawn from: places differ much."""


@dataclass(frozen=True, slots=True)
class Place:
    id: str
    labelled: list[Labelled]
    reviews: list[Review]
    nearest: list[Found]
    """All, nearest to the representative vector first."""

    def truth(self) -> Counter[Pair]:
        return Counter(pair for one in self.labelled for pair in one.said)

    def by_id(self) -> dict[str, Labelled]:
        return {one.id: one for one in self.labelled}


def places(
    pool: Sequence[Labelled], vectors: Vectors, count: int, size: int, seed: int
) -> list[Place]:
    """`vectors`: of the pool, row by row."""
    rng = np.random.default_rng(seed)
    return [_place(f"place{n}", pool, vectors, size, rng) for n in range(count)]


def _place(
    id: str, pool: Sequence[Labelled], vectors: Vectors, size: int, rng: np.random.Generator
) -> Place:
    pairs = [(aspect, polarity) for aspect in Aspect for polarity in Polarity]
    profile = dict(zip(pairs, rng.dirichlet([_EVENNESS] * len(pairs)), strict=True))
    odds = np.array([max(profile[pair] for pair in one.said) for one in pool])
    per_pair = Counter(pair for one in pool for pair in one.said)
    odds /= np.array([max(per_pair[pair] for pair in one.said) for one in pool])
    picked = rng.choice(len(pool), size=size, replace=False, p=odds / odds.sum())
    labelled = [pool[index] for index in picked]
    began = datetime(2026, 1, 1, tzinfo=UTC)
    reviews = [
        Review(
            id=one.id,
            restaurant_id=id,
            text=one.text,
            written_at=began + timedelta(days=int(rng.integers(0, 300))),
        )
        for one in labelled
    ]
    return Place(id, labelled, reviews, _nearest(reviews, vectors[picked]))


def _nearest(reviews: Sequence[Review], rows: Vectors) -> list[Found]:
    weights = [weigh(review, Weights()) for review in reviews]
    heavy = np.array([w.factor * 2.0**w.exponent for w in weights])
    mean = heavy @ rows
    scores = rows @ (mean / np.linalg.norm(mean))
    return [Found(reviews[i], float(scores[i])) for i in np.argsort(-scores, kind="stable")]
