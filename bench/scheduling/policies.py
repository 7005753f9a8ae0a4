"""Who goes next, by four rules: the queue's own, and three to compare it with."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Protocol

from bench.scheduling.engine import Machine
from bench.scheduling.traces import Job

from gilmok.dispatch.queue import QueuePolicy, Schedule, Ticket, Used

Expect = Callable[[Job], int]
"""How long an answer is expected to be, in tokens, by somebody who does not see it."""


class Policy(Protocol):
    def arrive(self, job: Job, now: float) -> None: ...

    def next(self, now: float) -> int | None:
        """Whose turn it is, while the engine has a place free."""
        ...

    def first_token(self, job: Job, now: float) -> None: ...

    def ended(self, job: Job, now: float, cached: int, began_at: float) -> None: ...


class ByKey:
    """The least key first; of equal ones, who came first."""

    def __init__(self, slots: int, key: Callable[[Job], float]) -> None:
        self._slots = slots
        self._key = key
        self._waiting: list[tuple[float, float, int]] = []
        self._running = 0

    def arrive(self, job: Job, now: float) -> None:
        heappush(self._waiting, (self._key(job), now, job.id))

    def next(self, now: float) -> int | None:
        if not self._waiting or self._running >= self._slots:
            return None
        self._running += 1
        return heappop(self._waiting)[2]

    def first_token(self, job: Job, now: float) -> None:
        pass

    def ended(self, job: Job, now: float, cached: int, began_at: float) -> None:
        self._running -= 1


def fcfs(machine: Machine) -> ByKey:
    return ByKey(machine.slots, lambda job: 0.0)


def sjf_prompt(machine: Machine) -> ByKey:
    return ByKey(machine.slots, lambda job: job.prompt)


def sjf_oracle(machine: Machine) -> ByKey:
    """By what a request truly takes from a full engine, the cache apart; nothing ages."""
    step = machine.step_s / machine.slots + machine.shared_s
    rate = machine.prefill_tokens_per_s
    return ByKey(machine.slots, lambda job: job.prompt / rate + job.output * step)


class Ours:
    """The scheduler of the gateway itself."""

    def __init__(self, machine: Machine, policy: QueuePolicy, expect: Expect) -> None:
        self.schedule = Schedule(policy)
        self.schedule.open(machine.slots, 0.0)
        self._expect = expect

    def arrive(self, job: Job, now: float) -> None:
        ticket = Ticket(
            id=str(job.id),
            tenant=job.tenant,
            arrived=now,
            prompt_tokens=job.prompt,
            expected_output=self._expect(job),
            prefix=job.prefix,
        )
        refused = self.schedule.arrive(ticket, now)
        assert refused is None, "nothing has a deadline here"

    def next(self, now: float) -> int | None:
        begun = self.schedule.begin(now)
        return None if begun is None else int(begun.ticket.id)

    def first_token(self, job: Job, now: float) -> None:
        self.schedule.first_token(str(job.id), now)

    def ended(self, job: Job, now: float, cached: int, began_at: float) -> None:
        used = Used(prompt=job.prompt, cached=cached, completion=job.output, seconds=now - began_at)
        self.schedule.end(str(job.id), now, used)
