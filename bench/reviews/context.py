"""What a reader still learns from twenty reviews of a hundred: by four ways of choosing them.

Three questions are put to a choice, and answered from the labels of the chosen reviews, as a reader
without error would: how many praise each aspect, which mood prevails in each, and which opinions
(aspect and mood) that at least one in twenty shares are there at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from bench.reviews.data import Labelled, Pair
from bench.reviews.places import Place

from gilmok_reviews.analysis.choosing import choose
from gilmok_reviews.domain import Aspect, Found, Judgement, Polarity

Judgements = Mapping[str, Judgement]
Choice = Callable[[Place, Judgements, int, np.random.Generator], list[Found]]

SHARED = 0.05
"""Of the reviews: from here an opinion should not be missed."""
SPOKEN = 5
"""Reviews that must speak of an aspect before its share is asked for."""


def everything(place: Place, judged: Judgements, k: int, rng: np.random.Generator) -> list[Found]:
    return place.nearest


def plain(place: Place, judged: Judgements, k: int, rng: np.random.Generator) -> list[Found]:
    return place.nearest[:k]


def balanced(place: Place, judged: Judgements, k: int, rng: np.random.Generator) -> list[Found]:
    return choose(place.nearest, judged, k)


def random(place: Place, judged: Judgements, k: int, rng: np.random.Generator) -> list[Found]:
    picked = rng.choice(len(place.nearest), size=min(k, len(place.nearest)), replace=False)
    return [place.nearest[index] for index in sorted(picked)]


CHOICES: dict[str, Choice] = {
    "all": everything,
    "nearest": plain,
    "balanced": balanced,
    "random": random,
}


@dataclass(frozen=True, slots=True)
class Quality:
    tokens: float
    """Mean per restaurant."""
    share_error: float
    """Mean distance of an aspect's share of praise from the truth, 0..1."""
    verdicts: float
    """Aspects of which the prevailing mood is right."""
    seen: float
    """Opinions shared by one in twenty that are there."""
    minority: float
    """The same of opinions against the prevailing mood of their aspect."""


def measured(
    places: Sequence[Place],
    judged: Judgements,
    k: int,
    choice: Choice,
    tokens: Callable[[str], int],
    seed: int,
) -> Quality:
    rng = np.random.default_rng(seed)
    rows = [_one(place, choice(place, judged, k, rng), tokens) for place in places]
    means = [fmean(x for x in column if x is not None) for column in zip(*rows, strict=True)]
    return Quality(*means)


@dataclass(frozen=True, slots=True)
class Classified:
    """The same two questions, answered by the judge from every review and no model at all."""

    share_error: float
    verdicts: float


def classified(places: Sequence[Place], judged: Judgements) -> Classified:
    errors, verdicts = [], []
    for place in places:
        truth, read = place.truth(), Counter[Pair]()
        for one in place.labelled:
            marked = {aspect for aspect, _ in one.said}
            said = {o.aspect: o.polarity for o in judged[one.id].opinions if o.aspect in marked}
            read.update(said.items())
        for aspect in _spoken(truth):
            errors.append(abs(_praise(read, aspect) - _praise(truth, aspect)))
            verdicts.append(_prevailing(read, aspect) is _prevailing(truth, aspect))
    return Classified(fmean(errors), fmean(verdicts))


def _spoken(truth: Counter[Pair]) -> list[Aspect]:
    return [a for a in Aspect if sum(truth[a, p] for p in Polarity) >= SPOKEN]


def _one(
    place: Place, chosen: Sequence[Found], tokens: Callable[[str], int]
) -> tuple[float, float, float, float, float | None]:
    labels = place.by_id()
    read = _count([labels[found.review.id] for found in chosen])
    truth = place.truth()
    spoken = _spoken(truth)
    shared = [pair for pair, count in truth.items() if count >= SHARED * len(place.labelled)]
    against = [pair for pair in shared if pair[1] is not _prevailing(truth, pair[0])]
    return (
        sum(tokens(found.review.text) for found in chosen),
        fmean(abs(_praise(read, a) - _praise(truth, a)) for a in spoken),
        fmean(_prevailing(read, a) is _prevailing(truth, a) for a in spoken),
        fmean(read[pair] > 0 for pair in shared),
        fmean(read[pair] > 0 for pair in against) if against else None,
    )


def _count(labelled: Sequence[Labelled]) -> Counter[Pair]:
    return Counter(pair for one in labelled for pair in one.said)


def _praise(said: Counter[Pair], aspect: Aspect) -> float:
    """Share of praise; where nobody speaks of it a reader can only guess a half."""
    spoken = sum(said[aspect, polarity] for polarity in Polarity)
    return said[aspect, Polarity.POSITIVE] / spoken if spoken else 0.5


def _prevailing(said: Counter[Pair], aspect: Aspect) -> Polarity | None:
    """The most frequent mood; of equal ones the more negative. `None` where nobody speaks of it."""
    best = max(reversed(Polarity), key=lambda polarity: said[aspect, polarity])
    return best if said[aspect, best] else None
