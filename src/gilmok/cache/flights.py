"""Single flight: of requests that ask the same at the same time, one asks a model; the others wait
for its answer.

Only requests with one place (`Place.exact` or `Place.spelled`, so of one tenant, label and target)
ever wait for one another. A leader that fails wakes the others with nothing: each goes on alone.
"""

from __future__ import annotations

import asyncio

_MOST_WAITING = 256
"""Followers of one flight; those beyond ask for themselves."""


class Flights:
    def __init__(self) -> None:
        self._flights: dict[bytes, tuple[str, asyncio.Event, list[int]]] = {}

    async def join(self, place: bytes, decision_id: str, wait_s: float) -> bool:
        """True where another's flight ended: its answer may be there now. False: one leads, or does
        not wait any longer. Whoever leads calls `leave` at the end."""
        flight = self._flights.get(place)
        if flight is None:
            self._flights[place] = decision_id, asyncio.Event(), [0]
            return False
        _, ended, waiting = flight
        if waiting[0] >= _MOST_WAITING or wait_s <= 0:
            return False
        waiting[0] += 1
        try:
            async with asyncio.timeout(wait_s):
                await ended.wait()
        except TimeoutError:
            return False
        finally:
            waiting[0] -= 1
        return True

    def leave(self, place: bytes, decision_id: str) -> None:
        """Ends the flight of this leader; nothing where it does not lead."""
        flight = self._flights.get(place)
        if flight is not None and flight[0] == decision_id:
            del self._flights[place]
            flight[1].set()
