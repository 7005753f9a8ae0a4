"""Fits each endpoint's ability to what its own answers were worth. Pure.

    logit(chance of an adequate answer) = slope · logit(predicted) + offset of the endpoint

`slope` is one for all: it corrects how strongly the difficulty of a question counts for this
traffic. Both are drawn toward "as predicted" (slope 1, offset 0) as if by a few answers, so that an
endpoint with three verdicts is hardly moved by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, sqrt

from msgspec import Struct

from gilmok.core.prospect import Ability, Calibration

FEWEST = 60
"""Verdicts below which nothing is fitted."""
FEWEST_OF_A_KIND = 10
"""Of good and of bad ones each."""
_FOLDS = 5
_STEPS = 60
_HOLD_SLOPE = 12.0
_HOLD_OFFSET = 1.0
"""Strength of the pull toward slope 1 and offset 0."""


class Verdict(Struct, frozen=True):
    endpoint_id: str
    chance: float
    """As predicted, 0..1 exclusive."""
    good: bool


class Interval(Struct, frozen=True):
    """A mean, and where it lies with 95 % confidence."""

    mean: float
    low: float
    high: float


class Fit(Struct, frozen=True, kw_only=True):
    """Brier scores (mean squared error of the chances, lower is better), every one of them of
    verdicts that the fit being judged had not seen."""

    calibration: Calibration
    before: Interval
    after: Interval
    gained: Interval
    """Before minus after, pair by pair."""


class TooFew(Exception):
    """The verdicts are too few to say anything."""

    def __init__(self, good: int, bad: int) -> None:
        super().__init__(f"{good} good and {bad} bad verdicts")
        self.good = good
        self.bad = bad


def calibrate(verdicts: Sequence[Verdict]) -> Fit:
    """Raises `TooFew`."""
    good = sum(verdict.good for verdict in verdicts)
    bad = len(verdicts) - good
    if len(verdicts) < FEWEST or min(good, bad) < FEWEST_OF_A_KIND:
        raise TooFew(good, bad)
    before, after = [], []
    for fold in range(_FOLDS):
        seen = [v for at, v in enumerate(verdicts) if at % _FOLDS != fold]
        abilities = _abilities(seen)
        for verdict in verdicts[fold::_FOLDS]:
            ability = abilities.get(verdict.endpoint_id, Ability())
            truth = float(verdict.good)
            before.append((verdict.chance - truth) ** 2)
            after.append((ability.corrected(verdict.chance) - truth) ** 2)
    counts: dict[str, int] = {}
    for verdict in verdicts:
        counts[verdict.endpoint_id] = counts.get(verdict.endpoint_id, 0) + 1
    return Fit(
        calibration=Calibration(abilities=_abilities(verdicts), answers=counts),
        before=_interval(before),
        after=_interval(after),
        gained=_interval([b - a for b, a in zip(before, after, strict=True)]),
    )


def _abilities(verdicts: Sequence[Verdict]) -> dict[str, Ability]:
    """By Newton's method, slope and offsets in turn: each is a concave problem of one number."""
    slope = 1.0
    offsets = dict.fromkeys((v.endpoint_id for v in verdicts), 0.0)
    odds = [log(v.chance / (1.0 - v.chance)) for v in verdicts]
    for _ in range(_STEPS):
        pulls = dict.fromkeys(offsets, 0.0)
        bends = dict.fromkeys(offsets, _HOLD_OFFSET)
        pull, bend = -_HOLD_SLOPE * (slope - 1.0), _HOLD_SLOPE
        for verdict, at in zip(verdicts, odds, strict=True):
            chance = _logistic(slope * at + offsets[verdict.endpoint_id])
            error, weight = float(verdict.good) - chance, chance * (1.0 - chance)
            pulls[verdict.endpoint_id] += error
            bends[verdict.endpoint_id] += weight
            pull += error * at
            bend += weight * at * at
        for endpoint, offset in offsets.items():
            offsets[endpoint] += 0.5 * (pulls[endpoint] - _HOLD_OFFSET * offset) / bends[endpoint]
        slope += 0.5 * pull / bend
    return {e: Ability(round(slope, 4), round(offset, 4)) for e, offset in offsets.items()}


def _logistic(at: float) -> float:
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, at))))


def _interval(values: Sequence[float]) -> Interval:
    """By the normal approximation, which `FEWEST` makes good enough."""
    n = len(values)
    mean = sum(values) / n
    half = 1.96 * sqrt(sum((value - mean) ** 2 for value in values) / (n - 1) / n)
    return Interval(mean, mean - half, mean + half)
