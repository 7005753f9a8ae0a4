"""The queues of all engines that have one. The thin half: `Schedule` decides, this waits.

One process has one set of queues; an engine that several processes share has one in each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from math import inf

from gilmok.core.engine import NOBODY, Demand
from gilmok.core.ports import Clock
from gilmok.dispatch.queue.lane import Lane
from gilmok.dispatch.queue.policy import QueuePolicy
from gilmok.dispatch.queue.ticket import Ticket
from gilmok.dispatch.queue.turn import Turn


def _nobody_asks(endpoint_id: str) -> None:
    pass


class Queues:
    """Single-threaded: every call happens on the event loop."""

    def __init__(self, clock: Clock, on_demand: Callable[[str], None] = _nobody_asks) -> None:
        self.on_demand = on_demand
        """Told the id of an endpoint whose demand may have changed, once for all that happens in
        one step of the event loop."""
        self._clock = clock
        self._lanes: dict[str, Lane] = {}
        self._slots: dict[str, tuple[int, float]] = {}
        self._changed: set[str] = set()

    def configure(self, rules: Mapping[str, QueuePolicy]) -> None:
        """By endpoint id; endpoints without a rule have no queue. Whoever waits where the rule has
        changed goes on waiting; where there is no queue any more it begins."""
        for id in list(self._lanes):
            if id not in rules:
                self._lanes.pop(id).close()
        for id, policy in rules.items():
            lane = self._lanes.get(id)
            if lane is None:
                lane = self._lanes[id] = Lane(id, policy, self._clock, self._on_change)
                slots, ready_at = self._slots.get(id, (0, inf))
                lane.open(slots, max(0.0, ready_at - self._clock.monotonic()))
            elif lane.schedule.policy != policy:
                lane.configure(policy)

    def has(self, endpoint_id: str) -> bool:
        return endpoint_id in self._lanes

    async def turn(self, endpoint_id: str, ticket: Ticket) -> Turn:
        """Waits for its turn; where an engine has no queue it is at once. Cancelling takes the ticket
        out. Raises `EngineBusy`: the queue is full, or it would not begin in time."""
        lane = self._lanes.get(endpoint_id)
        if lane is None:
            return Turn(0.0, lambda: None, lambda used: None)
        return await lane.turn(ticket)

    def open(self, endpoint_id: str, slots: int, ready_in_s: float = inf) -> None:
        """How many the engine answers at once; 0 while it is not loaded, which it will be in
        `ready_in_s` (infinite: nobody knows). Those that run go on."""
        self._slots[endpoint_id] = (slots, self._clock.monotonic() + ready_in_s)
        lane = self._lanes.get(endpoint_id)
        if lane is not None:
            lane.open(slots, ready_in_s)

    def shut(self, endpoint_id: str, retry_s: float) -> None:
        """The engine will not be there soon: whoever waits is told at once, and whoever comes, until
        it is opened. `retry_s`: when to come back."""
        self._slots[endpoint_id] = (0, float("inf"))
        lane = self._lanes.get(endpoint_id)
        if lane is not None:
            lane.shut(retry_s)

    def headroom(self, endpoint_id: str, tokens: int | None) -> None:
        """How many tokens at once the engine's memory has room for, where somebody measures it."""
        lane = self._lanes.get(endpoint_id)
        if lane is not None:
            lane.headroom(tokens)

    def demand(self, endpoint_id: str) -> Demand:
        lane = self._lanes.get(endpoint_id)
        return NOBODY if lane is None else lane.demand()

    def waits(self) -> Mapping[str, float]:
        """Predicted seconds until a new request would begin, for each engine with a queue; infinite
        where it is not loaded and nobody knows when. Only what is looked at is computed."""
        return _Waits(self._lanes)

    def _on_change(self, endpoint_id: str) -> None:
        if self.on_demand is _nobody_asks:
            return
        if not self._changed:
            asyncio.get_running_loop().call_soon(self._tell)
        self._changed.add(endpoint_id)

    def _tell(self) -> None:
        changed, self._changed = self._changed, set()
        for id in sorted(changed):
            self.on_demand(id)


class _Waits(Mapping[str, float]):
    __slots__ = ("_lanes",)

    def __init__(self, lanes: Mapping[str, Lane]) -> None:
        self._lanes = lanes

    def __getitem__(self, endpoint_id: str) -> float:
        return self._lanes[endpoint_id].wait_s()

    def __iter__(self) -> Iterator[str]:
        return iter(self._lanes)

    def __len__(self) -> int:
        return len(self._lanes)
