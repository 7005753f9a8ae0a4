"""Shares with intervals, of labels that are known only with some probability.

A classifier that is right 90 times in 100 finds 82 happy reviews where 90 are: counting its words
pulls every restaurant towards the middle. Its probabilities are calibrated for a mixture of moods
that this restaurant does not have, so they are turned back into likelihoods, and what is estimated
is the mixture itself (as Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier
to new a priori probabilities"). A share's value is the mean of its posterior under Jeffreys' prior, its
interval the equal-tailed 95 %. With certain labels that is Jeffreys' interval of a binomial (Brown, Cai,
DasGupta 2001).

Pure, deterministic; the work does not grow with the number of reviews beyond one histogram.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from gilmok_reviews.analysis.results import Difference, Rate

Floats = NDArray[np.float64]

LEVEL = 0.95
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)

_BINS = 256
_GRID = np.linspace(0.0, math.pi / 2, 1441)
_THETA = np.sin(_GRID) ** 2
"""Even steps of the angle: Jeffreys' prior is flat there, and the ends are finely divided."""
_ODDS = np.linspace(0.0, 1.0, _BINS + 1)
_LOG = np.log(np.clip(np.outer(_ODDS, _THETA) + np.outer(1 - _ODDS, 1 - _THETA), 1e-12, None))
"""log(r·θ + (1-r)·(1-θ)) for every step of r and θ."""
_SPLITS = np.sin(np.linspace(0.05, math.pi / 2 - 0.05, 9)) ** 2
"""Proportions of the other two classes."""


def wilson(count: int, of: int) -> Rate:
    """Wilson's score interval: of a share whose labels are certain. Of nothing: 0.5, 0..1."""
    if of == 0:
        return Rate(value=0.5, low=0.0, high=1.0)
    share, z2 = count / of, Z * Z
    centre = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Rate(
        value=share,
        low=max(0.0, min(share, centre - half)),
        high=min(1.0, max(share, centre + half)),
    )


def shares(probabilities: Floats, prior: Sequence[float]) -> list[Rate]:
    """One rate per column. `probabilities`: shape (reviews, 3), rows that sum to 1, calibrated where
    the classes are as frequent as `prior` says. The values sum to 1 but for rounding to within
    their intervals."""
    if not len(probabilities):
        return [Rate(value=1 / len(prior), low=0.0, high=1.0) for _ in prior]
    likelihoods = np.clip(probabilities, 1e-6, None) / np.asarray(prior, dtype=np.float64)
    posteriors = [_posterior(likelihoods, c) for c in range(len(prior))]
    means = np.array([float((p * _THETA).sum()) for p in posteriors])
    means /= means.sum()
    return [_rate(p, float(m)) for p, m in zip(posteriors, means, strict=True)]


def _posterior(likelihoods: Floats, column: int) -> Floats:
    """Of this column's share, over the grid, whatever the proportion of the other two; sums to 1."""
    mine = likelihoods[:, column]
    one, two = np.delete(likelihoods, column, axis=1).T
    logs = np.empty((len(_SPLITS), len(_THETA)))
    for row, split in enumerate(_SPLITS):
        whole = mine + split * one + (1 - split) * two
        odds = np.rint(mine / whole * _BINS).astype(np.int64)
        logs[row] = np.bincount(odds, minlength=_BINS + 1) @ _LOG + np.log(whole).sum()
    weights: Floats = np.exp(logs - logs.max()).sum(axis=0)
    weights /= weights.sum()
    return weights


def _rate(posterior: Floats, value: float) -> Rate:
    below = np.cumsum(posterior)
    tail = (1 - LEVEL) / 2
    low = float(_THETA[int(np.searchsorted(below, tail))])
    high = float(_THETA[min(int(np.searchsorted(below, 1 - tail)), len(_THETA) - 1)])
    return Rate(value=min(max(value, low), high), low=low, high=high)


def difference(here: Rate, there: Rate) -> Difference:
    """Newcombe's hybrid interval (1998, method 10), from any two rates' own intervals."""
    value = here.value - there.value
    down = math.hypot(here.value - here.low, there.high - there.value)
    up = math.hypot(here.high - here.value, there.value - there.low)
    return Difference(value=value, low=max(-1.0, value - down), high=min(1.0, value + up))


def more_often(count: int, of: int, others: Sequence[tuple[int, int]]) -> float:
    """The chance of so many, or more, if this place were one of the others: a one-sided p-value.

    The greater of two: Fisher's exact test against all others together, and a t test that also
    counts how much the others differ among themselves (moments, as DerSimonian and Laird), so that
    a place is not remarkable for being a little above a group in which everybody is different.
    """
    others = [(k, n) for k, n in others if n]
    there, there_of = sum(k for k, _ in others), sum(n for _, n in others)
    if not of or not there_of:
        return 1.0
    exact = _fisher(count, of, there, there_of)
    spread = between(others)
    if spread <= 0.0:
        return exact
    pooled = (count + there) / (of + there_of)
    variance = pooled * (1 - pooled) * (1 / of + 1 / there_of) + spread * (1 + 1 / len(others))
    t = (count / of - there / there_of) / math.sqrt(variance)
    return max(exact, 1 - NormalDist().cdf(_normal(t, len(others) - 1)))


def _normal(t: float, freedom: int) -> float:
    """Student's t as the normal deviate of the same probability (Wallace 1959)."""
    size = math.sqrt(freedom * math.log1p(t * t / freedom))
    return math.copysign((8 * freedom + 1) / (8 * freedom + 3) * size, t)


def between(places: Sequence[tuple[int, int]]) -> float:
    """Variance of the true rates among places beyond what chance explains; 0 with fewer than 3."""
    sizes = [n for _, n in places if n]
    if len(sizes) < 3:
        return 0.0
    total = sum(sizes)
    pooled = sum(k for k, _ in places) / total
    if not 0.0 < pooled < 1.0:
        return 0.0
    weights = [n / (pooled * (1 - pooled)) for n in sizes]
    rates = [k / n for k, n in places if n]
    q = sum(w * (r - pooled) ** 2 for w, r in zip(weights, rates, strict=True))
    scale = sum(weights) - sum(w * w for w in weights) / sum(weights)
    return max(0.0, (q - (len(sizes) - 1)) / scale)


def _fisher(here: int, here_of: int, there: int, there_of: int) -> float:
    """P(at least `here` of the marked are among the `here_of`), all margins given."""
    marked, total = here + there, here_of + there_of
    whole = _choose(total, here_of)
    logs = [
        _choose(marked, k) + _choose(total - marked, here_of - k) - whole
        for k in range(here, min(marked, here_of) + 1)
        if here_of - k <= total - marked
    ]
    return min(1.0, math.fsum(math.exp(x) for x in logs))


def _choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def q_values(p_values: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's: the least false discovery rate at which each would be named."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    least, found = 1.0, [1.0] * len(p_values)
    for rank, index in reversed(list(enumerate(order, 1))):
        least = min(least, p_values[index] * len(p_values) / rank)
        found[index] = least
    return found
