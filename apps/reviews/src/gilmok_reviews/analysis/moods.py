"""How a restaurant's visitors feel: shares with intervals, by aspect and by month. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from gilmok_reviews.analysis.estimates import Floats, shares, wilson
from gilmok_reviews.analysis.policy import Policy
from gilmok_reviews.analysis.results import AspectSentiment, Month, Moods, Quote, Share
from gilmok_reviews.analysis.voices import Voice
from gilmok_reviews.domain import Aspect, Feeling, Judgement, Opinion, Polarity, Review

_ORDER = (Polarity.POSITIVE, Polarity.NEUTRAL, Polarity.NEGATIVE)


def moods(feelings: Sequence[Feeling], policy: Policy) -> Moods:
    """Of any reviews, at least one."""
    rows = np.array([(f.positive, f.neutral, f.negative) for f in feelings], dtype=np.float64)
    return _moods(rows, [feeling.polarity for feeling in feelings], policy.calibrated_on)


def months(
    reviews: Sequence[Review], judgements: Mapping[str, Judgement], policy: Policy
) -> tuple[Month, ...]:
    by_month: dict[str, list[Feeling]] = defaultdict(list)
    for review in reviews:
        if review.id in judgements:
            by_month[f"{review.written_at:%Y-%m}"].append(judgements[review.id].feeling)
    return tuple(
        Month(month=month, reviews=len(feelings), moods=moods(feelings, policy))
        for month, feelings in sorted(by_month.items())
    )


def aspects(
    judgements: Mapping[str, Judgement], said: Sequence[Voice], policy: Policy
) -> tuple[AspectSentiment, ...]:
    """Most spoken of first. A review that says two things of one aspect counts with the surer."""
    spoken: dict[Aspect, list[Opinion]] = defaultdict(list)
    for judgement in judgements.values():
        surest: dict[Aspect, Opinion] = {}
        for opinion in judgement.opinions:
            known = surest.get(opinion.aspect)
            if known is None or known.confidence < opinion.confidence:
                surest[opinion.aspect] = opinion
        for aspect, opinion in surest.items():
            spoken[aspect].append(opinion)
    return tuple(
        AspectSentiment(
            aspect=aspect,
            mentions=len(opinions),
            mention_rate=wilson(len(opinions), len(judgements)),
            moods=_of_opinions(opinions, policy),
            quotes=quotes([voice for voice in said if voice.aspect is aspect], policy.quotes),
        )
        for aspect, opinions in sorted(
            spoken.items(), key=lambda item: (-len(item[1]), list(Aspect).index(item[0]))
        )
    )


def quotes(said: Sequence[Voice], most: int) -> tuple[Quote, ...]:
    """The clearest of every polarity in turn, the more frequent one first, no review twice."""
    by_polarity: dict[Polarity, list[Voice]] = defaultdict(list)
    for voice in sorted(said, key=lambda v: (-v.confidence, v.review_id, v.text)):
        by_polarity[voice.polarity].append(voice)
    queues = sorted(by_polarity.items(), key=lambda item: (-len(item[1]), item[0]))
    found: dict[str, Voice] = {}
    for rank in range(len(said)):
        for _, queue in queues:
            if rank < len(queue) and len(found) < most:
                found.setdefault(queue[rank].review_id, queue[rank])
    return tuple(voice.quote() for voice in found.values())


def _of_opinions(opinions: Sequence[Opinion], policy: Policy) -> Moods:
    rows = np.empty((len(opinions), len(_ORDER)))
    for row, opinion in zip(rows, opinions, strict=True):
        confidence = max(opinion.confidence, 1 / len(_ORDER))
        row[:] = (1 - confidence) / (len(_ORDER) - 1)
        row[_ORDER.index(opinion.polarity)] = confidence
    return _moods(rows, [opinion.polarity for opinion in opinions], policy.opinions_calibrated_on)


def _moods(rows: Floats, polarities: Sequence[Polarity], prior: Sequence[float]) -> Moods:
    rates = shares(rows, prior)
    found = [
        Share(count=sum(p is polarity for p in polarities), rate=rate)
        for polarity, rate in zip(_ORDER, rates, strict=True)
    ]
    return Moods(positive=found[0], neutral=found[1], negative=found[2])
