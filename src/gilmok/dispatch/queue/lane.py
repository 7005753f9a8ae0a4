"""One engine's queue as the event loop sees it: futures, one timer, and nothing decided here."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError, Future
from collections.abc import Callable
from math import isfinite

from gilmok.core.engine import Demand
from gilmok.core.errors import EngineBusy
from gilmok.core.ports import Clock
from gilmok.dispatch.queue.policy import QueuePolicy
from gilmok.dispatch.queue.schedule import Begun, Schedule
from gilmok.dispatch.queue.ticket import Refusal, Ticket, Used, Why
from gilmok.dispatch.queue.turn import Turn


class Lane:
    """Invariant: between two steps of the event loop nobody waits who could begin."""

    def __init__(
        self, endpoint_id: str, policy: QueuePolicy, clock: Clock, on_change: Callable[[str], None]
    ) -> None:
        self.schedule = Schedule(policy)
        self._endpoint_id = endpoint_id
        self._clock = clock
        self._on_change = on_change
        self._waiting: dict[str, Future[Begun]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._shut: Refusal | None = None

    async def turn(self, ticket: Ticket) -> Turn:
        """Raises `EngineBusy`. However it is left without a turn, the ticket is gone."""
        if self._shut is not None:
            raise self._busy(self._shut)
        refusal = self.schedule.arrive(ticket, self._clock.monotonic())
        if refusal is not None:
            raise self._busy(refusal)
        future: Future[Begun] = asyncio.get_running_loop().create_future()
        self._waiting[ticket.id] = future
        self._advance()
        try:
            begun = await future
        except CancelledError:
            self._give_up(ticket.id, future)
            raise
        return Turn(
            begun.waited_s,
            lambda: self._began(ticket.id),
            lambda used: self._ended(ticket.id, used),
        )

    def _give_up(self, id: str, future: Future[Begun]) -> None:
        """Cancelled while it waited, or in the very moment in which its turn had come."""
        if self._waiting.get(id) is future:
            del self._waiting[id]
            self.schedule.leave(id)
            self._advance()
        elif future.done() and not future.cancelled() and future.exception() is None:
            self._ended(id, None)

    def _began(self, id: str) -> None:
        self.schedule.first_token(id, self._clock.monotonic())
        self._advance()

    def _ended(self, id: str, used: Used | None) -> None:
        self.schedule.end(id, self._clock.monotonic(), used)
        self._advance()

    def shut(self, retry_s: float) -> None:
        """Nobody's turn will come: all that wait are told, and all that come, until it opens."""
        refusal = self._shut = Refusal(Why.GONE, retry_s)
        self.schedule.open(0, self._clock.monotonic())
        for id, future in list(self._waiting.items()):
            del self._waiting[id]
            self.schedule.leave(id)
            if not future.done():
                future.set_exception(self._busy(refusal))
        self._on_change(self._endpoint_id)

    def open(self, slots: int, ready_in_s: float) -> None:
        self._shut = None
        self.schedule.open(slots, self._clock.monotonic(), ready_in_s)
        self._reconsider()

    def configure(self, policy: QueuePolicy) -> None:
        self.schedule.configure(policy)
        self._reconsider()

    def headroom(self, tokens: int | None) -> None:
        self.schedule.load.room.headroom(tokens)
        self._reconsider()

    def _reconsider(self) -> None:
        """There may be no event loop yet, and then nobody waits."""
        if self._waiting:
            self._advance()

    def close(self) -> None:
        """There is no queue here any more: whoever waits begins, and the engine sees to it."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        now = self._clock.monotonic()
        for id in list(self._waiting):
            self._grant(self.schedule.release(id, now))

    def demand(self) -> Demand:
        return self.schedule.demand()

    def wait_s(self) -> float:
        return self.schedule.wait_s(self._clock.monotonic())

    def _advance(self) -> None:
        """Begins whoever can begin, and tells whoever never will."""
        if self._is_closed:
            return
        now = self._clock.monotonic()
        self._grant_all(now)
        while (lost := self.schedule.hopeless(now)) is not None:
            ticket, refusal = lost
            future = self._waiting.pop(ticket.id)
            if not future.done():
                future.set_exception(self._busy(refusal))
            self._grant_all(now)  # It may have kept a place free for itself.
        self._look_again(now)
        self._on_change(self._endpoint_id)

    def _grant_all(self, now: float) -> None:
        while (begun := self.schedule.begin(now)) is not None:
            self._grant(begun)

    def _grant(self, begun: Begun) -> None:
        future = self._waiting.pop(begun.ticket.id)
        if future.done():  # Cancelled, and its task has not run since: `_give_up` finds it gone.
            self.schedule.end(begun.ticket.id, self._clock.monotonic())
        else:
            future.set_result(begun)

    def _look_again(self, now: float) -> None:
        at = self.schedule.next_look(now)
        if self._timer is not None:
            if self._timer.when() == at:
                return
            self._timer.cancel()
            self._timer = None
        if isfinite(at):
            self._timer = asyncio.get_running_loop().call_at(at, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        self._advance()

    def _busy(self, refusal: Refusal) -> EngineBusy:
        return EngineBusy(self._endpoint_id, refusal.why.value, refusal.wait_s)
