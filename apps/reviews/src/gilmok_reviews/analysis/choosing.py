"""Which reviews stand for all of them.

The nearest to the representative vector alone are all alike: where nine of ten praise the soup, the
nearest twenty praise the soup, and who waited an hour is invisible. So the choice keeps to the
neighbourhood, but follows the proportions of all reviews in mood and in what is said of each aspect
(greedily, as kernel herding does: Chen, Welling, Smola 2010).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gilmok_reviews.domain import Aspect, Found, Judgement, Polarity

NEARNESS = 0.01
"""What the nearest is worth against a perfect proportion; see `bench/reviews`."""

_MOODS = {polarity: index for index, polarity in enumerate(Polarity)}
_SAID = {
    pair: len(_MOODS) + index
    for index, pair in enumerate((aspect, mood) for aspect in Aspect for mood in Polarity)
}


def choose(
    nearest: Sequence[Found],
    judgements: Mapping[str, Judgement],
    k: int,
    *,
    nearness: float = NEARNESS,
) -> list[Found]:
    """`k` of them (or all there are), in the order they came in. Reviews that were not judged, or
    that repeat another word for word, are not chosen.

    `nearest`: all reviews, nearest to the representative vector first.
    """
    known = _once([found for found in nearest if found.review.id in judgements])
    if len(known) <= k:
        return known
    features = np.stack([_features(judgements[found.review.id]) for found in known])
    goal = features.mean(axis=0)
    near = nearness * np.linspace(1.0, 0.0, len(known))
    chosen: list[int] = []
    total = np.zeros_like(goal)
    free = np.ones(len(known), dtype=bool)
    for size in range(1, k + 1):
        off = ((features + total) / size - goal) ** 2
        worth = np.where(free, near - off.sum(axis=1), -np.inf)
        best = int(worth.argmax())
        chosen.append(best)
        free[best] = False
        total += features[best]
    return [known[index] for index in sorted(chosen)]


def _once(nearest: Sequence[Found]) -> list[Found]:
    seen: dict[str, Found] = {}
    for found in nearest:
        seen.setdefault("".join(found.review.text.split()).lower(), found)
    return list(seen.values())


def _features(judgement: Judgement) -> NDArray[np.float64]:
    features = np.zeros(len(_MOODS) + len(_SAID))
    feeling = judgement.feeling
    for polarity, share in (
        (Polarity.POSITIVE, feeling.positive),
        (Polarity.NEUTRAL, feeling.neutral),
        (Polarity.NEGATIVE, feeling.negative),
    ):
        features[_MOODS[polarity]] = share
    for opinion in judgement.opinions:
        features[_SAID[opinion.aspect, opinion.polarity]] = 1.0
    return features
