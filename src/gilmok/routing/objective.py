"""What "best" means: quality, price and time on one scale.

    score = w_quality · chance + w_price · 1/(1 + cost/C) + w_time · 1/(1 + seconds/T)

* `chance` that the answer is adequate: predicted from the question and the endpoint's quality (see
  `core.prospect`), or where nothing predicts it `crude_chance`.
* C = 0.002 USD and T = 4 s are the amounts at which the term is worth half. The scales are
  absolute, so adding an endpoint never reorders the others.
* The weights come from the caller's preference, or for `auto` from the response time the request
  needs. They are configuration ([routing]). A dial between 0 and 1 (`auto:0.7`) lies between `cheap`
  and `best`: it sets how much chance must be gained for a dearer model to be asked.
"""

from __future__ import annotations

from msgspec import Struct

from gilmok.core.inspection import Inspection, ResponseTime
from gilmok.core.money import NANO_PER_USD
from gilmok.core.request import Preference, Target

HALF_COST = NANO_PER_USD // 500
HALF_TIME_S = 4.0

Weights = tuple[float, float, float]

_CHEAP, _FAST, _BEST = Preference.CHEAP, Preference.FAST, Preference.BEST
_SOON, _WELL = ResponseTime.FAST, ResponseTime.QUALITY


class Objective(Struct, frozen=True, kw_only=True):
    """Weights of quality, price and time; each triple sums to 1."""

    balanced: Weights = (0.5, 0.3, 0.2)
    fast: Weights = (0.5, 0.15, 0.35)
    quality: Weights = (0.8, 0.1, 0.1)
    cheap: Weights = (0.1, 0.85, 0.05)
    best: Weights = (1.0, 0.0, 0.0)

    def weights(self, target: Target, inspection: Inspection) -> Weights:
        if target.dial is not None:
            return self.between(target.dial)
        preference, needed = target.preference, inspection.response_time
        if preference is _CHEAP:
            return self.cheap
        if preference is _FAST:
            return self.fast
        if preference is _BEST:
            return self.best
        if needed is _SOON:
            return self.fast
        return self.quality if needed is _WELL else self.balanced

    def between(self, dial: float) -> Weights:
        """`dial` 0: `cheap`, 1: `best`. The ratio of the weights moves evenly on a logarithmic
        scale, so that each step of the dial multiplies what quality may cost by the same."""
        if dial <= 0.0:
            return self.cheap
        if dial >= 1.0:
            return self.best
        steep = _STEEP ** (2.0 * dial - 1.0)
        quality = steep / (1.0 + steep)
        rest = 1.0 - quality
        _, price, time = self.cheap
        whole = price + time or 1.0
        return quality, rest * price / whole, rest * time / whole


_STEEP = 12.0
"""Quality's weight over that of the rest just before `best`; its inverse just after `cheap`."""


def crude_chance(quality: float, complexity: float) -> float:
    """Chance of an adequate answer = 1 - (1 - quality) · hardness, hardness 0.5 (trivial) to 1.5
    (hard); `complexity` 0..1."""
    return max(0.0, 1.0 - (1.0 - quality) * (0.5 + complexity))


def score(weights: Weights, quality: float, cost: int, seconds: float) -> float:
    """`quality` 0..1, `cost` nano-dollars, `seconds` to the whole answer."""
    w_quality, w_price, w_time = weights
    return (
        w_quality * quality
        + w_price / (1.0 + cost / HALF_COST)
        + w_time / (1.0 + seconds / HALF_TIME_S)
    )
