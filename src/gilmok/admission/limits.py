"""How many requests are answered at once: in all, and per key."""

from __future__ import annotations

from collections.abc import Mapping

from gilmok.core.errors import TooManyRequests
from gilmok.core.identity import Caller, Permit

_RETRY_S = 1.0


class Limits:
    """Counts slots. Single-threaded: every call happens on the event loop."""

    def __init__(self, max_concurrency: int, per_key: Mapping[str, int]) -> None:
        self._max = max_concurrency
        self._per_key = dict(per_key)
        self._held: dict[str, int] = {}
        self.in_flight = 0

    def configure(self, max_concurrency: int, per_key: Mapping[str, int]) -> None:
        self._max, self._per_key = max_concurrency, dict(per_key)

    def enter(self, caller: Caller) -> Permit:
        """A slot, or `TooManyRequests`; a refused request takes nothing."""
        if self.in_flight >= self._max:
            raise TooManyRequests("gateway", self._max, _RETRY_S)
        key = caller.key_id
        held = self._held.get(key, 0)
        cap = self._per_key.get(key)
        if cap is not None and held >= cap:
            raise TooManyRequests("key", cap, _RETRY_S)
        self.in_flight += 1
        self._held[key] = held + 1
        return Permit(lambda: self._leave(key))

    def _leave(self, key: str) -> None:
        self.in_flight -= 1
        left = self._held[key] - 1
        if left:
            self._held[key] = left
        else:
            del self._held[key]
