"""Abilities from verdicts: found where they are, refused where there is too little to find them."""

from __future__ import annotations

import random
from math import exp, log

import pytest

from gilmok.lab.calibration import FEWEST, TooFew, Verdict, calibrate


def verdicts(n: int, offset: float, seed: int = 7) -> list[Verdict]:
    """Of an endpoint whose true odds are `offset` off from the predicted ones."""
    rng = random.Random(seed)
    made = []
    for _ in range(n):
        chance = rng.uniform(0.3, 0.9)
        truth = 1 / (1 + exp(-(log(chance / (1 - chance)) + offset)))
        made.append(Verdict("a", chance, rng.random() < truth))
    return made


def test_an_endpoint_that_is_worse_than_expected_is_corrected_down() -> None:
    fit = calibrate(verdicts(600, -1.5))
    ability = fit.calibration.abilities["a"]
    assert ability.corrected(0.7) < 0.5
    assert fit.after.mean < fit.before.mean
    assert fit.gained.low > 0
    assert fit.calibration.answers == {"a": 600}


def test_an_endpoint_that_is_as_expected_stays() -> None:
    ability = calibrate(verdicts(600, 0.0)).calibration.abilities["a"]
    assert ability.corrected(0.7) == pytest.approx(0.7, abs=0.07)


def test_each_endpoint_has_its_own_correction() -> None:
    worse = [Verdict("b", v.chance, v.good) for v in verdicts(300, -1.5, seed=8)]
    abilities = calibrate(verdicts(300, 1.0) + worse).calibration.abilities
    assert abilities["b"].corrected(0.6) < 0.5 < 0.65 < abilities["a"].corrected(0.6)


@pytest.mark.parametrize(
    "few", [verdicts(FEWEST - 1, 0.0), [Verdict("a", 0.7, True)] * 200, []], ids=len
)
def test_too_little_is_refused(few: list[Verdict]) -> None:
    with pytest.raises(TooFew):
        calibrate(few)
