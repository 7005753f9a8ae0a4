"""An answer that has begun. From here on nothing may replace it silently.

`Live` passes events on, watches for a stall, counts what was produced, and hangs up on the upstream
whenever it is left, by whatever path: end, error, time-out, or a client that went away.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

from gilmok.core.completion import Delta, Event, Opened, Usage
from gilmok.core.errors import AttemptFailed, EmptyAnswer, FirstTokenTimeout, StreamBroken
from gilmok.core.inspection import Inspection
from gilmok.core.outbound import Outbound
from gilmok.core.plan import Candidate
from gilmok.core.ports import Clock, Upstream
from gilmok.dispatch.course import Course
from gilmok.dispatch.policy import DispatchPolicy
from gilmok.dispatch.watch import Watch
from gilmok.guard import key_filter, restored
from gilmok.ledger import Hold, cost_of

_CHARS_PER_TOKEN = 3.0
"""For estimates where an upstream reports no usage: between Korean (about 2) and English (4)."""


# The model was at work when it was left: its provider may charge for what it did.
_AT_WORK = frozenset(
    {
        "cancelled",
        "first_token_timeout",
        "stream_broken",
        "deadline_exceeded",
        "journal_unavailable",
        "internal_error",
    }
)


class Live:
    """One attempt from its first byte to its end. Use as an async context manager."""

    def __init__(
        self,
        upstream: Upstream,
        outbound: Outbound,
        candidate: Candidate,
        inspection: Inspection,
        course: Course,
        hold: Hold,
        policy: DispatchPolicy,
        deadline: float,
        clock: Clock,
    ) -> None:
        self.candidate = candidate
        self.opened = Opened()
        self.usage: Usage | None = None
        self._inspection = inspection
        self._course = course
        self._hold = hold
        self._policy = policy
        self._deadline = deadline
        self._clock = clock
        self._outbound = outbound
        self._conversation: AbstractAsyncContextManager[AsyncIterator[Event]] = upstream.converse(
            outbound, connect_s=policy.connect_s
        )
        self._watch = Watch()
        self._entered = False
        self._closed = False
        self._events: AsyncIterator[Event] | None = None
        self._first: list[Event] = []
        self._chars = 0
        self._filter = key_filter(candidate.endpoint)
        self.first_token_s: float | None = None
        """Seconds to the first token; `None` for a whole answer, which has no such moment."""

    async def begin(self) -> None:
        """Waits for the commit point: the first event that a client would see.

        Raises `AttemptFailed`; `TimeoutError` where the request's own deadline passes first.
        """
        limit = self._policy.first_token_s
        time_left_s = self._deadline - self._clock.monotonic()
        patience = min(limit, time_left_s) if self._outbound.stream else time_left_s
        self._watch.arm(patience)
        try:
            events = await self._conversation.__aenter__()
            self._entered = True
            self._events = self._restored(events)
            await self._until_commit(self._events)
        except CancelledError:
            if not self._watch.rang():
                raise
            if patience < time_left_s:
                raise FirstTokenTimeout(limit) from None
            raise TimeoutError from None
        finally:
            self._watch.disarm()
        if self._outbound.stream:
            self.first_token_s = self._course.first_token() / 1000.0

    async def _until_commit(self, events: AsyncIterator[Event]) -> None:
        async for event in events:
            self._first.append(event)
            match event:
                case Opened():
                    self.opened = event
                case Usage():
                    self.usage = event
                case Delta() if event.says_something:
                    return
                case Delta(finish=finish) if finish is not None and finish != "stop":
                    return  # cut by length or a filter: an answer, if a short one
        raise EmptyAnswer()

    async def events(self) -> AsyncIterator[Event]:
        """Every event of the answer, the held first ones included, usage last and always.

        Raises `StreamBroken` where the answer does not end properly.
        """
        for event in self._first:
            if not isinstance(event, Usage):
                yield self._passed(event)
        while (following := await self._next()) is not None:
            if isinstance(following, Usage):
                self.usage = following
            else:
                yield self._passed(following)
        self.usage = self.usage or self.estimate()
        yield self.usage

    async def _next(self) -> Event | None:
        assert self._events is not None, "begin() comes first"
        left = self._deadline - self._clock.monotonic()
        self._watch.arm(min(self._policy.stall_s, left))
        try:
            return await anext(self._events, None)
        except CancelledError:
            if not self._watch.rang():
                raise
            late = left < self._policy.stall_s
            raise StreamBroken("deadline_exceeded" if late else "stream_stalled") from None
        except StreamBroken:
            raise
        except AttemptFailed as error:
            raise StreamBroken(error.reason) from error
        finally:
            self._watch.disarm()

    def estimate(self) -> Usage:
        """What was used so far, where the upstream said nothing about it."""
        produced = -(-self._chars // _CHARS_PER_TOKEN)
        return Usage(self._inspection.tokens.expected, int(produced), reported=False)

    @property
    def tokens_per_s(self) -> float | None:
        """Generation speed of a finished stream; `None` where it could not be seen."""
        attempt = self._course.attempts[-1]
        if not self._outbound.stream or self.usage is None or attempt.first_token_ms is None:
            return None
        seconds = (attempt.ended_ms - attempt.first_token_ms) / 1000.0
        return (
            self.usage.completion / seconds if seconds > 0 and self.usage.completion > 1 else None
        )

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def cost(self) -> int:
        """Nano-dollars of what is known to be used so far."""
        return cost_of(self.candidate.endpoint.price, self.usage) if self.usage else 0

    async def close(self, outcome: str) -> None:
        """Hangs up and settles the attempt. Safe to call twice and before `begin`."""
        if self._closed:
            return
        self._closed = True
        self._watch.close()
        if self.usage is None and (self._chars or outcome in _AT_WORK):
            self.usage = self.estimate()
        cost = 0
        if self.usage is not None:
            number = self._course.attempts[-1].number
            cost = self._hold.charge(number, self.candidate.endpoint.price, self.usage)
        self._course.end(outcome, self.usage, cost)
        if self._entered:
            await self._conversation.__aexit__(None, None, None)

    def _passed(self, event: Event) -> Event:
        """What goes on to the client, counted as it was produced."""
        if isinstance(event, Delta):
            self._chars += len(event.content or "") + len(event.reasoning or "")
            for call in event.tool_calls:
                self._chars += len(call.arguments)
        return event if self._filter is None else self._filter.apply(event)

    def _restored(self, events: AsyncIterator[Event]) -> AsyncIterator[Event]:
        restoration = self._outbound.restoration
        return restored(events, restoration) if restoration.originals else events
