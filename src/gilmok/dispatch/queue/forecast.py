"""What the queue foresaw, and how it came: so that the waits it tells are true ones."""

from __future__ import annotations

from typing import Final

_FORGET: Final = 0.98
_PRIOR_S: Final = 5.0
"""Seconds of waiting that had been foreseen exactly."""
_LEAST: Final = 0.5
_MOST: Final = 4.0


class Forecast:
    """Later arrivals that go first, and answers that stop early, make waits longer or shorter than
    the work that stood before them. The ratio is learned."""

    __slots__ = ("_came", "_foreseen")

    def __init__(self) -> None:
        self._came = self._foreseen = _PRIOR_S

    def corrected(self, wait_s: float) -> float:
        return wait_s * min(max(self._came / self._foreseen, _LEAST), _MOST)

    def came(self, foreseen_s: float, waited_s: float) -> None:
        """Of one that waited; `foreseen_s` before the correction."""
        if foreseen_s <= 0.0:
            return
        prior = _PRIOR_S * (1.0 - _FORGET)
        self._foreseen = self._foreseen * _FORGET + foreseen_s + prior
        self._came = self._came * _FORGET + waited_s + prior
