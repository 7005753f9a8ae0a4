"""How long a request may be overtaken: in proportion to its size, and to how long the queue gets.

Were the order purely by size, the largest would wait for ever; were it by arrival, everybody would
wait for the largest. The lag between the two is set on the scale of the longest response of late, had
everybody been answered in order of arrival: then hardly anybody is answered much later than the
unluckiest would have been, and most of the gain of the order by size is there. `design.md` has the
measurements.
"""

from __future__ import annotations

from typing import Final

_FORGET: Final = 0.9995
"""From one arrival to the next: about 1,400 arrivals halve what was."""


class Ageing:
    """Learns the longest response of late, and the sizes of requests: as they were and not as predicted,
    so that a poor prediction, which says that all are alike, changes little."""

    __slots__ = (
        "_before",
        "_bound_s",
        "_count",
        "_guard",
        "_met_s",
        "_peak_s",
        "_scale",
        "_squares",
        "_stretch",
        "_sum",
    )

    def __init__(self, stretch: float, guard: float, bound_s: float) -> None:
        self._stretch = stretch
        self._guard = guard
        self._bound_s = bound_s
        self._peak_s = 0.0
        self._met_s: dict[float, float] = {}
        """By claim: there are as many as priorities and urgencies."""
        self._scale = 0.0
        """The longest response, in typical requests."""
        self._before = self._peak_s, self._scale
        """The two before the last arrival."""
        self._count = self._sum = self._squares = 0.0

    def configure(self, stretch: float, guard: float, bound_s: float) -> None:
        self._stretch = stretch
        self._guard = guard
        self._bound_s = bound_s

    def arrived(self, response_s: float, others_wait: bool) -> None:
        """A request came that would be answered so late, in order of arrival. While others wait the
        scale does not fall: whoever comes later would overtake those that are no larger."""
        self._before = self._peak_s, self._scale
        self._peak_s = max(self._peak_s * _FORGET, response_s)
        # What is met in a queue is larger than what arrives: E[x²] / E[x] is what is met.
        typical_s = self._squares / self._sum if self._sum else 0.0
        scale = self._peak_s / typical_s if typical_s else 0.0
        self._scale = max(scale, self._scale) if others_wait else scale

    def refused(self) -> None:
        """Whoever arrived last will not be answered, and counts for nothing: anybody can ask for an
        answer without end by a deadline that cannot be met."""
        self._peak_s, self._scale = self._before

    def ended(self, work_s: float) -> None:
        self._count = self._count * _FORGET + 1.0
        self._sum = self._sum * _FORGET + work_s
        self._squares = self._squares * _FORGET + work_s * work_s

    def mean_s(self, prior_s: float) -> float:
        """Work of a request; the prior where none is known."""
        return self._sum / self._count if self._count else prior_s

    def patience_s(self, claim: float) -> float:
        """How late an answer may be before somebody of such a claim who was overtaken is late."""
        return max(self._guard * self._peak_s, self._met_s.get(claim, 0.0))

    def began(self, claim: float, response_s: float) -> None:
        """Whoever came first of all begins, and will be answered so late. By equals it is only
        overtaken as far as there is patience, so what is more is not for that: in order of arrival
        it takes longer than was predicted, or higher claims went first. The guard is not to hold
        anybody of this claim to less; of others it says nothing."""
        self._met_s[claim] = max(self._met_s.get(claim, 0.0) * _FORGET, response_s)

    def lag_s(self, size_s: float) -> float:
        """Whatever arrives so long after a request of this size is not begun before it. Less than
        the bound, however large, and never equal for different sizes."""
        lag, half = self._stretch * self._scale * size_s, self._bound_s / 2.0
        # From half of the bound on it bends towards it.
        return lag if lag <= half else self._bound_s - half * half / lag
