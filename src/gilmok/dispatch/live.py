"""An answer that has begun. From here on nothing may replace it silently.

`Live` passes events on, watches for a stall, counts what was produced, and hangs up on the upstream
whenever it is left, by whatever path: end, error, time-out, or a client that went away.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from math import ceil, inf

from msgspec.structs import replace

from gilmok.core.billing import cost_of, needs_images, needs_time
from gilmok.core.completion import Batch, Delta, Event, FinishReason, Opened, Usage
from gilmok.core.errors import (
    AnswerRejected,
    AttemptFailed,
    EmptyAnswer,
    FirstTokenTimeout,
    MalformedAnswer,
    StreamBroken,
)
from gilmok.core.flaws import Flaw
from gilmok.core.inspection import Inspection
from gilmok.core.leaks import Leak
from gilmok.core.outbound import Outbound
from gilmok.core.plan import Candidate
from gilmok.core.ports import Clock, Upstream
from gilmok.dispatch.course import Course
from gilmok.dispatch.endpoint_limits import Reserve
from gilmok.dispatch.policy import DispatchPolicy
from gilmok.dispatch.queue import Turn
from gilmok.dispatch.watch import Watch
from gilmok.guard import OutputFilter, key_filter, restored
from gilmok.guard.answers import Hearing, Ruling
from gilmok.guard.answers.loops import WINDOW
from gilmok.ledger import Hold

_CHARS_PER_TOKEN = 3.0
"""For estimates where an upstream reports no usage: between Korean (about 2) and English (4)."""


_PASS, _REJECT = Ruling.PASS, Ruling.REJECT
_OUT_OF_MEMORY = "upstream_status_507"
_UNREMARKABLE = (None, FinishReason.STOP)
_UNFINISHED = (None,)
# The model was at work when it was left: its provider may charge for what it did.
_AT_WORK = frozenset(
    {
        "cancelled",
        "first_token_timeout",
        "stream_broken",
        "deadline_exceeded",
        "journal_unavailable",
        "internal_error",
        "job_lost",
    }
)


class Live:
    """One attempt from its first byte to its end. Use as an async context manager."""

    reserve: Reserve | None = None
    """Of the endpoint's own limits and cap, given back in the end."""
    turn: Turn | None = None
    """Of the endpoint's queue, given on in the end."""
    is_probe = False
    """True where it finds out for all others whether the endpoint is back."""
    kept: list[Event] | None = None
    """All that was passed on, where somebody wants to remember it."""
    opened = Opened()
    usage: Usage | None = None
    flaw: Flaw | None = None
    """What is wrong with the answer. Before the commit point it is a reason to ask somebody else;
    found later, it is only noted."""
    ended = False
    """Read to its proper end."""
    broken: StreamBroken | None = None
    """Why it was not."""
    first_token_s: float | None = None
    """Seconds to the first token; `None` for a whole answer, which has no such moment."""

    _events: AsyncIterator[Batch] | None = None
    _recent: deque[Delta] | None = None
    _asked = _entered = _closed = _all_read = False
    _is_held = _is_passed_on = _is_summed_up = _own_limit = False
    _chars = 0
    _trim_at = WINDOW

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
        hearing: Hearing | None,
        output: OutputFilter | None,
    ) -> None:
        self.candidate = candidate
        self._inspection = inspection
        self._course = course
        self._hold = hold
        self._policy = policy
        self._deadline = deadline
        self._clock = clock
        self._outbound = outbound
        self._conversation: AbstractAsyncContextManager[AsyncIterator[Batch]] = upstream.converse(
            outbound, connect_s=policy.connect_s
        )
        self._watch = Watch()
        self._first: list[Event] = []
        self._hearing = hearing
        self._filter = key_filter(candidate.endpoint)
        self._output = output

    async def begin(self) -> None:
        """Waits for the commit point: the first event that a client would see, and an answer that
        may be shown.

        Raises `AttemptFailed`; `TimeoutError` where the request's own deadline passes first.
        """
        self._wait(self._policy.first_token_s if self._outbound.stream else inf)
        self._asked = True
        try:
            events = await self._conversation.__aenter__()
            self._entered = True
            self._events = self._restored(events)
            await self._until_commit(self._events)
        except CancelledError:
            if not self._watch.rang():
                raise
            raise self._late() from None
        finally:
            self._watch.disarm()
        if self._outbound.stream:
            self.first_token_s = self._course.first_token() / 1000.0
            if self.turn is not None:
                self.turn.began(self.first_token_s)

    def _wait(self, limit_s: float) -> None:
        left = self._deadline - self._clock.monotonic()
        self._own_limit = limit_s < left
        self._watch.arm(min(limit_s, left))

    def _late(self) -> Exception:
        if not self._own_limit:
            return TimeoutError()
        if self._is_held:
            return StreamBroken("stream_stalled")
        return FirstTokenTimeout(self._policy.first_token_s)

    async def _until_commit(self, events: AsyncIterator[Batch]) -> None:
        said = False
        # The transcript of silence is empty, and an answer all the same.
        usual = _UNREMARKABLE if self._outbound.letter.work is None else _UNFINISHED
        async for batch in events:
            self._first += batch
            for event in batch:
                if isinstance(event, Delta):
                    # Cut by length or a filter: an answer, if a short one.
                    said = said or event.says_something or event.finish not in usual
                    if self._passes(event, said):
                        return
                elif isinstance(event, Opened):
                    self.opened = event
                elif isinstance(event, Usage):
                    self.usage = event
                else:
                    return
        if not said:
            raise EmptyAnswer()
        self._all_read = True
        self.flaw = self._hearing.verdict() if self._hearing is not None else None
        if self.flaw is not None and self.flaw.is_hard:
            raise AnswerRejected(self.flaw)

    def _passes(self, delta: Delta, said: bool) -> bool:
        """Whether a delta that nobody has seen is the commit point. Raises `AnswerRejected`."""
        hearing = self._hearing
        if hearing is None:
            return said
        ruling = hearing.hold(delta)
        if ruling is _REJECT and (flaw := hearing.verdict()) is not None:
            raise AnswerRejected(flaw)
        if ruling is _PASS and said:
            self._recent = hearing.recent
            return True
        if said and self._outbound.stream:
            # The model has begun: from now on only silence is a reason to give it up.
            self._is_held = True
            self._wait(self._policy.stall_s)
        return False

    async def reject(self) -> AnswerRejected:
        """Settles an answer with a soft flaw, to ask somebody else. It was read to its end and can
        still be passed on if nobody does better."""
        assert self.flaw is not None, "nothing is wrong with it"
        error = AnswerRejected(self.flaw)
        await self.close(error.reason)
        return error

    def __aiter__(self) -> AsyncIterator[Batch]:
        """Every event of the answer, once: the held first ones included, usage last and always.

        Raises `StreamBroken` where the answer does not end properly.
        """
        return self

    async def __anext__(self) -> Batch:
        if not self._is_passed_on:
            self._is_passed_on = True
            passed = self._passed(self._first)
            return [*passed, *self._ending()] if self._all_read else passed
        if self._all_read:
            return self._ending()
        assert self._events is not None, "begin() comes first"
        left = self._deadline - self._clock.monotonic()
        self._watch.arm(min(self._policy.stall_s, left))
        try:
            batch = await self._events.__anext__()
        except StopAsyncIteration:
            self._all_read = True
            return self._ending()
        except CancelledError:
            if not self._watch.rang():
                raise
            late = left < self._policy.stall_s
            self.broken = StreamBroken("deadline_exceeded" if late else "stream_stalled")
            raise self.broken from None
        except StreamBroken as error:
            self.broken = error
            raise
        except AttemptFailed as error:
            self.broken = StreamBroken(error.reason)
            raise self.broken from error
        finally:
            self._watch.disarm()
        return self._passed(batch)

    def _ending(self) -> Batch:
        """The usage, once. Raises `StopAsyncIteration`."""
        if self._is_summed_up:
            self.ended = True
            raise StopAsyncIteration
        self._is_summed_up = True
        self.usage = usage = self.usage or self.estimate(whole=True)
        if self._recent is not None and self._hearing is not None:
            self.flaw = self._hearing.note()
        if self.kept is not None:
            self.kept.append(usage)
        return (usage,)

    def estimate(self, *, whole: bool = False) -> Usage:
        """What was used so far, where the upstream said nothing about it. `whole`: of an answer that
        came to its end."""
        produced = -(-self._chars // _CHARS_PER_TOKEN)
        units, tokens = self._outbound.units, self._inspection.tokens.expected
        # What is paid by the piece is known from what was asked, once all of it was given.
        known = whole and units > 0 and self._outbound.units_known
        return Usage(tokens, int(produced), reported=known, units=units)

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
    def remark(self) -> Flaw | Leak | None:
        """What is wrong with the answer, or was found in it, as far as it has been passed on."""
        return self.flaw or (self._output.found if self._output is not None else None)

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def cost(self) -> int:
        """Nano-dollars of what is known to be used so far."""
        if self.usage is None:
            return 0
        return cost_of(self.candidate.endpoint.price, self._measured(self.usage))

    def _measured(self, usage: Usage) -> Usage:
        """With what the bill counts and no upstream reports."""
        outbound, price = self._outbound, self.candidate.endpoint.price
        if outbound.units and not usage.units:
            known = usage.reported and outbound.units_known
            usage = replace(usage, units=outbound.units, reported=known)
        if price.rates is None:
            return usage
        if needs_time(price):
            usage = replace(usage, milliseconds=ceil(self._course.worked_ms))
        if needs_images(price):
            usage = replace(usage, images=self._inspection.tokens.images)
        return usage

    async def close(self, outcome: str) -> None:
        """Hangs up and settles the attempt. Safe to call twice and before `begin`."""
        if self._closed:
            return
        self._closed = True
        self._watch.close()
        try:
            self._settle(outcome)
        finally:  # Whatever is wrong with the books, the upstream is not to go on.
            try:
                if self._entered:
                    await self._conversation.__aexit__(None, None, None)
            finally:
                if self.turn is not None:
                    self._give_turn_on(self.turn, outcome)

    def _settle(self, outcome: str) -> None:
        if not self._is_passed_on:
            self._count_held()
        if self.usage is None and (self._chars or self._is_billed(outcome)):
            self.usage = self.estimate()
        cost = 0
        try:
            if self.usage is not None:
                self.usage = self._measured(self.usage)
                number = self._course.attempts[-1].number
                cost = self._hold.charge(number, self.candidate.endpoint.price, self.usage)
        finally:
            if self.reserve is not None:
                self.reserve.end(self.usage.tokens if self.usage else 0, cost)
        self._course.end(outcome, self.usage, cost)

    def _is_billed(self, outcome: str) -> bool:
        """Whether a provider that told nothing may send a bill: it was at work, or made what was
        wanted in a form that nobody can read."""
        if outcome == MalformedAnswer.code:
            return self._entered and self._outbound.letter.work is not None
        return self._asked and outcome in _AT_WORK

    def _give_turn_on(self, turn: Turn, outcome: str) -> None:
        """The next may begin; what this one took is learned from, where the engine told it."""
        usage = self.usage
        if usage is None or not usage.reported:
            turn.end(out_of_memory=outcome == _OUT_OF_MEMORY)
            return
        attempt = self._course.attempts[-1]
        seconds = (attempt.ended_ms - attempt.started_ms - attempt.queued_ms) / 1000.0
        turn.end(usage.prompt, usage.cached, usage.completion, self.first_token_s, seconds)

    def _passed(self, batch: Batch) -> Batch:
        """What goes on to the client, counted as it was produced. Usage comes at the end."""
        passed: list[Event] = []
        for event in batch:
            if isinstance(event, Usage):
                self.usage = event
                continue
            if isinstance(event, Delta):
                self._count(event)
                if self._recent is not None:
                    bare = event.logprobs is None
                    self._recent.append(event if bare else replace(event, logprobs=None))
            passed.append(event if self._filter is None else self._filter.apply(event))
        if self._recent is not None and self._chars > self._trim_at and self._hearing is not None:
            self._trim_at = self._chars + self._hearing.trim()
        if self._output is not None:
            passed = [self._output.apply(event) for event in passed]
        if self.kept is not None:
            self.kept += passed
        return passed

    def _count(self, delta: Delta) -> None:
        self._chars += len(delta.content or "") + len(delta.reasoning or "")
        if delta.tool_calls:
            self._chars += sum([len(call.arguments) for call in delta.tool_calls])

    def _count_held(self) -> None:
        """What was produced and will not be seen is charged all the same."""
        for event in self._first:
            if isinstance(event, Delta):
                self._count(event)

    def _restored(self, events: AsyncIterator[Batch]) -> AsyncIterator[Batch]:
        restoration = self._outbound.restoration
        return restored(events, restoration) if restoration.originals else events
