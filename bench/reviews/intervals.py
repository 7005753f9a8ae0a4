"""Whether a restaurant's share of praise is what is said, and its interval holds it.

Restaurants of 20 to 200 labelled reviews (fewer where fewer were held out) whose share of praise is drawn
at random; film and shop reviews, since food reviews with a mood of the whole are not at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from bench.reviews.data import held_out, rows

from gilmok_reviews.analysis.estimates import wilson
from gilmok_reviews.analysis.moods import moods
from gilmok_reviews.analysis.policy import Policy
from gilmok_reviews.analysis.results import Rate
from gilmok_reviews.domain import Feeling, Judge, Polarity

_POOL = 600
"""Reviews of each mood that restaurants are made of."""


@dataclass(frozen=True, slots=True)
class Held:
    error: float
    """Mean distance of the share from the truth."""
    held: float
    """How often the 95 % interval holds it."""
    width: float


@dataclass(frozen=True, slots=True)
class Intervals:
    counted: Held
    estimated: Held


def measured(folder: Path, name: str, judge: Judge, count: int, seed: int) -> Intervals:
    """Raises `NoData`."""
    rng = np.random.default_rng(seed)
    good, bad = (_judged(folder, name, label, judge) for label in (1, 0))
    counted, estimated, truths = [], [], []
    most = min(200, len(good), len(bad))
    for _ in range(count):
        size, share = int(rng.integers(20, most + 1)), float(rng.uniform(0.05, 0.95))
        praising = int(rng.binomial(size, share))
        feelings = [
            *(good[i] for i in rng.choice(len(good), praising, replace=False)),
            *(bad[i] for i in rng.choice(len(bad), size - praising, replace=False)),
        ]
        truths.append(share)
        estimated.append(moods(feelings, Policy()).positive.rate)
        found = sum(feeling.polarity is Polarity.POSITIVE for feeling in feelings)
        counted.append(wilson(found, size))
    return Intervals(_held(counted, truths), _held(estimated, truths))


def _judged(folder: Path, name: str, label: int, judge: Judge) -> list[Feeling]:
    texts = [
        str(row["text"])
        for row in rows(folder, name)
        if row["label"] == label and held_out(str(row["text"]))
    ]
    return [judgement.feeling for judgement in judge.judge(texts[:_POOL])]


def _held(rates: Sequence[Rate], truths: Sequence[float]) -> Held:
    return Held(
        error=fmean(abs(rate.value - truth) for rate, truth in zip(rates, truths, strict=True)),
        held=fmean(
            rate.low <= truth <= rate.high for rate, truth in zip(rates, truths, strict=True)
        ),
        width=fmean(rate.high - rate.low for rate in rates),
    )
