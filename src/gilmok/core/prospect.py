"""How well a question can be expected to be answered, by models of any ability."""

from __future__ import annotations

from math import exp, log

from msgspec import Struct

ANCHOR = 0.7
"""The quality at which `Prospect.ease` holds."""
_LEAST, _MOST = 0.02, 0.98


class Prospect(Struct, frozen=True):
    """An item's response curve, straightened around the anchor:

    chance(quality) = ease + lift · (quality - ANCHOR), kept within 0.02 .. 0.98.

    `lift` alone decides what a better model is worth, so it orders questions by what is gained.
    """

    ease: float
    """Chance of an adequate answer by a model of the anchor's quality, 0..1."""
    lift: float
    """What one unit of quality adds; never negative, so a better model never looks worse."""
    familiar: bool = True
    """False where the question is unlike everything that was learned from."""

    def chance(self, quality: float) -> float:
        return max(_LEAST, min(_MOST, self.ease + self.lift * (quality - ANCHOR)))


class Ability(Struct, frozen=True):
    """How an endpoint's chances differ from the predicted ones, as its own answers have shown:
    logit(chance) = slope · logit(predicted) + offset."""

    slope: float = 1.0
    offset: float = 0.0

    def corrected(self, chance: float) -> float:
        return _chance(self.slope * log(chance / (1.0 - chance)) + self.offset)

    def undone(self, chance: float) -> float:
        """What `corrected` made this of, where neither reached a bound."""
        return _chance((log(chance / (1.0 - chance)) - self.offset) / max(0.1, self.slope))


def _chance(odds: float) -> float:
    return max(_LEAST, min(_MOST, 1.0 / (1.0 + exp(-max(-30.0, min(30.0, odds))))))


class Calibration(Struct, frozen=True, kw_only=True):
    """What `gilmok calibrate` writes and `[routing] calibration` names."""

    version: int = 1
    abilities: dict[str, Ability]
    """By endpoint id."""
    answers: dict[str, int] = {}
    """How many answers each ability was fitted to."""
