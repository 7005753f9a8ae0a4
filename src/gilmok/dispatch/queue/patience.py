"""When to look again whether somebody who waits can still be begun in time.

Each is looked at when half of the time it has left has passed, and then half of the rest, and in the
end at its last moment: early enough to say so while it helps, and seldom enough to cost nothing.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from math import inf
from typing import Final

_SHORTEST_S: Final = 0.05


class Patience:
    __slots__ = ("_looks", "_waiting")

    def __init__(self) -> None:
        self._looks: list[tuple[float, int, str]] = []
        self._waiting: dict[str, int] = {}

    def watch(self, id: str, serial: int, latest: float, now: float) -> None:
        """`latest`: the last moment at which it may begin."""
        if latest == inf:
            return
        self._waiting[id] = serial
        half = (latest - now) / 2.0
        heappush(self._looks, (latest if half < _SHORTEST_S else now + half, serial, id))
        if len(self._looks) > 2 * len(self._waiting) + 64:
            self._looks = [look for look in self._looks if self._waiting.get(look[2]) == look[1]]
            heapify(self._looks)

    def drop(self, id: str) -> None:
        self._waiting.pop(id, None)

    def due(self, now: float) -> str | None:
        """One to look at now; it is watched no more until it is again."""
        while self._looks and self._looks[0][0] <= now:
            _, serial, id = heappop(self._looks)
            if self._waiting.get(id) == serial:
                del self._waiting[id]
                return id
        return None

    def next_look(self) -> float:
        """The moment of the next look; infinite where there is none."""
        while self._looks and self._waiting.get(self._looks[0][2]) != self._looks[0][1]:
            heappop(self._looks)
        return self._looks[0][0] if self._looks else inf
