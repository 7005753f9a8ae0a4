"""How sure the cache must be before it answers: a threshold that moves so that a bound holds.

The bound is on the share of semantic hits that are wrong. Nobody tells which hits are wrong, so
some are asked anyway and the two answers compared (an audit); a proposal that was turned down is
audited for nothing, because its question is asked in any case. From these samples, weighted by how
much traffic each stands for, comes an upper confidence limit of the wrong share above every level
of the score; the threshold is the lowest level whose limit keeps the bound.

Nothing is given before the first 2 / bound audits, all of proposals that were turned down. Then the
errors measured in training stand in, with the weight of `PRIOR_AUDITS` that fades with every audit. Audits that contradict them end that for good: from then
on nothing is given until the tenant's own audits allow it. The first hits are audited more often,
so that this comes soon. A pure decider: no clock, no chance, no text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

LEVELS = (
    0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.83, 0.86, 0.88, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99,
)  # fmt: skip
"""Scores at which the threshold may stand; proposals below the first are never accepted."""
NEVER = 2.0
"""A threshold that no score reaches."""
PRIOR_AUDITS = 2000.0
"""How many audits the errors measured in training count for at first, over all levels."""
_FADING = 100.0
"""Own audits after which training counts for half of that; a contradiction ends it at once."""
DOUBT = 0.02
"""The confidence limit is exceeded with at most this chance."""
_MEMORY = 4000.0
"""Audits after which older ones begin to count less: traffic changes."""
_EARLY_SHARE = 1 / 3
_EARLY = 10.0
"""Of the first hits this share is audited, half of it after so many, falling to the configured."""


class Calibration:
    """The threshold of one tenant, and what it rests on."""

    def __init__(self, bound: float, prior: Sequence[tuple[float, float]]) -> None:
        """`bound`: 0..1. `prior`: share and wrong share at each level."""
        self.bound = bound
        self._prior = list(prior)
        self._seen = [0.0] * len(LEVELS)
        self._audited = [0.0] * len(LEVELS)
        self._wrong = [0.0] * len(LEVELS)
        self._hits = 0
        self._owed = 0.0
        self.threshold = self._chosen()

    def propose(self, score: float) -> bool:
        """Notes a proposal of this score; true where it is good enough to be given."""
        if (level := _level(score)) is None:
            return False
        self._seen[level] += 1
        if score < self.threshold:
            return False
        self._hits += 1
        return True

    def audits(self, least: float) -> bool:
        """True where the hit just proposed is to be audited: every so many, more of the first."""
        self._owed += max(least, _EARLY_SHARE * _EARLY / (_EARLY + self._hits))
        if self._owed < 1:
            return False
        self._owed -= 1
        return True

    def audit(self, score: float, right: bool) -> None:
        """Learns whether a noted proposal of this score had the right answer."""
        if (level := _level(score)) is None:
            return
        self._audited[level] += 1
        self._wrong[level] += not right
        if not right and self._contradicts(level):
            self._prior = [(0.0, 0.0)] * len(LEVELS)
        if sum(self._audited) > _MEMORY:
            for counts in (self._seen, self._audited, self._wrong):
                counts[:] = [n / 2 for n in counts]
        self.threshold = self._chosen()

    def _contradicts(self, level: int) -> bool:
        """True where more was wrong at this level and above than training leads to expect."""
        weight = sum(n for n, _ in self._prior[level:])
        audited, wrong = sum(self._audited[level:]), sum(self._wrong[level:])
        expected = sum(n * w for n, w in self._prior[level:]) / weight if weight else 1.0
        share = wrong / audited
        if share <= expected:
            return False
        return audited * _divergence(share, max(expected, 1e-6)) > math.log(1 / DOUBT)

    def _chosen(self) -> float:
        """The lowest level above which the bound is kept."""
        total = wrong = spread = 0.0
        chosen = NEVER
        if sum(self._audited) < 2 / self.bound - 2:
            return chosen
        trust = PRIOR_AUDITS * _FADING / (_FADING + sum(self._audited))
        for level in range(len(LEVELS) - 1, -1, -1):
            share, prior_wrong = self._prior[level]
            prior = trust * share
            seen, audited = self._seen[level] + prior, self._audited[level] + prior
            if audited > 0:
                total += seen
                wrong += seen * (self._wrong[level] + prior * prior_wrong) / audited
                spread += seen * seen / audited
            if total and upper_limit(wrong / total, total * total / spread) <= self.bound:
                chosen = LEVELS[level]
        return chosen


def _level(score: float) -> int | None:
    """The highest level that the score reaches."""
    for level in range(len(LEVELS) - 1, -1, -1):
        if score >= LEVELS[level]:
            return level
    return None


def upper_limit(share: float, samples: float) -> float:
    """The largest rate at which so small a share of samples still comes about with a chance above
    `DOUBT`: Chernoff's bound on the binomial tail, which Clopper and Pearson's lies within. Samples
    of unequal weight count as Kish's effective number of equal ones."""
    if samples <= 0:
        return 1.0
    allowed = math.log(1 / DOUBT) / samples
    low, high = share, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        if _divergence(share, middle) > allowed:
            high = middle
        else:
            low = middle
    return high


def _divergence(p: float, q: float) -> float:
    """Kullback and Leibler's, of two coins."""
    if q >= 1:
        return math.inf if p < 1 else 0.0
    first = p * math.log(p / q) if p > 0 else 0.0
    rest = (1 - p) * math.log((1 - p) / (1 - q)) if p < 1 else 0.0
    return first + rest
