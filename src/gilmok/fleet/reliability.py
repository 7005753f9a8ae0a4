"""How often each endpoint did what it was asked, since this process started."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from gilmok.core.receipt import Attempt

_ANSWERED = "answered"
_SAYS_NOTHING = frozenset({"cancelled", "started"})
"""A client that left says nothing about the endpoint."""


class Reliability:
    """Counts attempts by their outcome. Bounded by the number of endpoints."""

    def __init__(self) -> None:
        self._tried: Counter[str] = Counter()
        self._answered: Counter[str] = Counter()

    def observe(self, attempts: Iterable[Attempt]) -> None:
        for attempt in attempts:
            if attempt.outcome not in _SAYS_NOTHING:
                self._tried[attempt.endpoint_id] += 1
                self._answered[attempt.endpoint_id] += attempt.outcome == _ANSWERED

    def success(self, endpoint_id: str) -> float | None:
        """The share that was answered, 0..1; `None` before the first attempt."""
        tried = self._tried[endpoint_id]
        return self._answered[endpoint_id] / tried if tried else None
