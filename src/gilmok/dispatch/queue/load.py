"""What one engine is doing, what that is predicted to take, and what it teaches."""

from __future__ import annotations

from math import inf
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from gilmok.dispatch.queue.lengths import Lengths
from gilmok.dispatch.queue.policy import QueuePolicy
from gilmok.dispatch.queue.prefixes import Prefixes
from gilmok.dispatch.queue.rates import Rates
from gilmok.dispatch.queue.room import Room
from gilmok.dispatch.queue.ticket import Ticket, Used

_OVERRUN: Final = 0.2
"""Of the time something has run: how much longer it is taken to run, once past its prediction."""


class Size(Struct, frozen=True):
    """Predicted."""

    prefill: float
    """Prompt tokens that are not cached."""
    output: float
    work_s: float
    """What it takes from the engine, were it full."""


class _Mark(Struct, frozen=True):
    """Where the engine's sums stood at one moment."""

    at: float
    request_s: float
    """Requests running, summed over time."""
    read: float
    """Prompt tokens given to it so far."""


class _Running(Struct, frozen=True):
    ticket: Ticket
    size: Size
    read_at: float
    ends_at: float
    begun: _Mark
    epoch: int
    first: _Mark | None = None

    def is_unread(self, now: float) -> bool:
        """The first token tells; where none is seen because the answer comes whole, time does."""
        return self.first is None and now < self.read_at


class Load:
    """Invariant: `room` counts exactly those that were begun and did not end."""

    def __init__(self, policy: QueuePolicy) -> None:
        self.room = Room(policy)
        self._rates = Rates(policy.prefill_tokens_per_s, policy.token_s)
        self._lengths = Lengths()
        self._prefixes = Prefixes(policy.prefix_block, policy.prefix_blocks)
        self._running: dict[str, _Running] = {}
        self._now = 0.0
        self._request_s = 0.0
        self._read = 0.0

    def configure(self, policy: QueuePolicy) -> None:
        if (policy.prefix_block, policy.prefix_blocks) != (
            self.room.policy.prefix_block,
            self.room.policy.prefix_blocks,
        ):
            self._prefixes = Prefixes(policy.prefix_block, policy.prefix_blocks)
        self.room.policy = policy

    def __len__(self) -> int:
        return len(self._running)

    def __contains__(self, id: str) -> bool:
        return id in self._running

    @property
    def batch(self) -> int:
        """Requests at once, when there is enough to do."""
        return self.room.slots or self.room.policy.concurrent

    def size(self, ticket: Ticket) -> Size:
        cached = ticket.cached_tokens
        if ticket.prefix:
            cached = max(cached, self._prefixes.cached(ticket.tenant, ticket.prefix))
        prefill = max(0.0, float(ticket.prompt_tokens - cached))
        output = self._lengths.predicted(
            ticket.tenant, ticket.prompt_tokens, ticket.expected_output, ticket.most_output
        )
        return Size(prefill, output, self._rates.work_s(prefill, output, self.batch))

    def prefill_s(self, size: Size) -> float:
        """From its turn to its first token, once it runs among others."""
        return self._rates.prefill_s * size.prefill + self._rates.token_s(self.batch)

    def answer_s(self, size: Size) -> float:
        """From its turn to its end."""
        return self.prefill_s(size) + self._rates.token_s(self.batch) * size.output

    @property
    def pace_s(self) -> float:
        """What a certain request takes, to compare what was predicted at different times."""
        return self._rates.work_s(1000.0, 200.0, self.batch)

    def fits(self, ticket: Ticket, size: Size) -> bool:
        """A place is free, and memory, as far as is known."""
        return self.room.has_place() and self.room.fits(ticket.prompt_tokens + size.output)

    def reads(self, size: Size, now: float) -> bool:
        """It would be read at once. What is read later could as well be given later, and somebody
        else may come by then."""
        unread = sum(r.size.prefill for r in self._running.values() if r.is_unread(now))
        return not unread or unread + size.prefill <= self.room.policy.reading_tokens

    def next_read(self, now: float) -> float:
        """When the first of those prompts is read; infinite where there is none."""
        unread = (r.read_at for r in self._running.values() if r.is_unread(now))
        return min(unread, default=inf)

    def begin(self, ticket: Ticket, size: Size, now: float) -> None:
        mark = self._mark(now)
        read_at, ends_at = now + self.prefill_s(size), now + self.answer_s(size)
        self._running[ticket.id] = _Running(ticket, size, read_at, ends_at, mark, self.room.epoch)
        self._read += size.prefill
        self._prefixes.read(ticket.tenant, ticket.prefix)
        self.room.enter(ticket.prompt_tokens + size.output)

    def first_token(self, id: str, now: float) -> None:
        running = self._running.get(id)
        if running is not None and running.first is None:
            self._running[id] = replace(running, first=self._mark(now))

    def end(self, id: str, used: Used | None, now: float) -> tuple[Ticket, float, float]:
        """Its ticket, the work it took, and how much of that was not predicted, as far as anything
        is known of it. Raises `KeyError`."""
        running = self._running[id]
        end = self._mark(now)  # It counts until now.
        del self._running[id]
        if used is not None and used.out_of_memory:
            self.room.out_of_memory(running.epoch)
        ticket, size = running.ticket, running.size
        self.room.leave(ticket.prompt_tokens + size.output)
        if used is None or used.out_of_memory or used.completion <= 0:
            return ticket, size.work_s, 0.0
        self.room.went_well()
        prefill = float(max(0, used.prompt - used.cached)) if used.prompt else size.prefill
        self._learn(running, end, used, prefill - size.prefill)
        self._lengths.learn(
            ticket.tenant, ticket.prompt_tokens, ticket.expected_output, used.completion
        )
        work = self._rates.work_s(prefill, used.completion, self.batch)
        return ticket, work, work - size.work_s

    def _learn(self, running: _Running, end: _Mark, used: Used, more_read: float) -> None:
        """`more_read`: of its own prompt, beyond what was predicted."""
        begun, first, tokens = running.begun, running.first, float(used.completion)
        # Its own prompt was counted at once, so it lies after the mark of its beginning.
        if first is not None and begun.at < first.at < end.at and tokens > 1.0:
            self._observe(begun, first, 1.0, more_read)
            self._observe(first, end, tokens - 1.0, 0.0)
        else:
            self._observe(begun, end, tokens, more_read)

    def _observe(self, start: _Mark, end: _Mark, tokens: float, more_read: float) -> None:
        seconds = end.at - start.at
        if seconds > 0.0:
            batch = (end.request_s - start.request_s) / seconds
            read = max(0.0, end.read - start.read + more_read)
            self._rates.observe(seconds, tokens, batch, read)

    def next_end(self, now: float) -> float:
        """Seconds until the first of those that run is predicted to end; 0 where nobody runs."""
        return min((self._left(r, now) for r in self._running.values()), default=0.0)

    def left_s(self, now: float) -> float:
        """Work that those that run still have, shared by all of them."""
        return sum(self._left(r, now) for r in self._running.values()) / self.batch

    def _left(self, running: _Running, now: float) -> float:
        left = running.ends_at - now
        return left if left > 0.0 else _OVERRUN * (now - running.begun.at)

    def _mark(self, now: float) -> _Mark:
        self._request_s += len(self._running) * max(0.0, now - self._now)
        self._now = max(now, self._now)
        return _Mark(now, self._request_s, self._read)
