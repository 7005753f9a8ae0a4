"""The threshold moves so that the bound holds, in both directions."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from gilmok.cache.calibration import DOUBT, LEVELS, NEVER, Calibration, upper_limit
from gilmok.cache.verify import load

Prior = Sequence[tuple[float, float]]
NOTHING = [(0.0, 0.0)] * len(LEVELS)
SOUND = [(1 / len(LEVELS), 0.0)] * len(LEVELS)


def test_without_evidence_nothing_is_given() -> None:
    assert Calibration(0.05, NOTHING).threshold == NEVER


@pytest.mark.parametrize("encoder", ["static", "sentence"])
def test_a_stricter_bound_starts_no_lower(encoder: str) -> None:
    prior = load(encoder).file.prior
    starts = [Calibration(bound, prior).threshold for bound in (0.01, 0.02, 0.05, 0.2)]
    assert starts == sorted(starts, reverse=True)


def test_wrong_hits_raise_the_threshold_and_right_ones_lower_it_again() -> None:
    calibration = Calibration(0.02, SOUND)
    for _ in range(120):
        calibration.propose(0.6)
        calibration.audit(0.6, right=True)
    start = calibration.threshold
    assert start < NEVER
    for _ in range(30):
        calibration.propose(0.6)
        calibration.audit(0.6, right=False)
    raised = calibration.threshold
    assert raised > start
    for _ in range(8000):
        calibration.propose(0.6)
        calibration.audit(0.6, right=True)
    assert calibration.threshold < raised


def test_low_scores_are_never_given() -> None:
    calibration = Calibration(0.2, SOUND)
    assert not calibration.propose(LEVELS[0] - 0.01)
    calibration.audit(0.1, right=True)


@pytest.mark.parametrize(
    ("prior", "bound"),
    [(SOUND, 0.05), (load("sentence").file.prior, 0.05), (load("static").file.prior, 0.02)],
    ids=["too sure", "sentence", "static"],
)
def test_the_bound_holds(prior: Prior, bound: float) -> None:
    """Traffic whose lower scores are often wrong, whatever training thought."""
    given = wrong = 0
    for seed in range(3):
        rng = random.Random(seed)
        calibration = Calibration(bound, prior)
        for _ in range(4000):
            score = 1 - rng.random() ** 2 / 2
            right = rng.random() < 1 - (1 - score) / 2
            accepted = calibration.propose(score)
            if accepted and not calibration.audits(0.05):
                given += 1
                wrong += not right
            else:
                calibration.audit(score, right)
    assert given > 500
    assert wrong / given <= bound


def test_the_limit_is_above_the_share_and_falls_with_more_samples() -> None:
    limits = [upper_limit(0.02, n) for n in (1, 10, 100, 1000, 10_000)]
    assert limits == sorted(limits, reverse=True)
    assert all(0.02 < limit <= 1 for limit in limits)
    assert upper_limit(0.0, 59) == pytest.approx(1 - DOUBT ** (1 / 59), abs=1e-6)
    assert upper_limit(0.5, 0) == 1.0
