"""Attacks on the queue before an engine: at random, by seed, against a small model of what must hold.

`attack` drives the pure scheduler through arrivals, ends, failures, floods and reloads. `crowd` lets
tasks wait in the real `Queues` on virtual time and cancels them anywhere.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from math import inf
from random import Random

from gilmok.core.engine import NOBODY
from gilmok.core.errors import EngineBusy
from gilmok.dispatch.queue import QueuePolicy, Queues, Refusal, Schedule, Ticket, Used
from tests.simulation.clockwork import Clock, VirtualLoop

ENGINE = "engine"


def draw_policy(rng: Random) -> QueuePolicy:
    return QueuePolicy(
        concurrent=rng.choice((1, 2, 5, 20)),
        batch_tokens=rng.choice((None, 2_000, 8_000)),
        reading_tokens=rng.choice((128, 512, 10**9)),
        waiting=rng.choice((0, 1, 10, 100)),
        bound_s=rng.choice((0.0, 2.0, 20.0, 300.0)),
        stretch=rng.choice((0.0, 1.0, 50.0)),
        guard=rng.choice((0.0, 1.0, 1e9)),
        lead=rng.choice((0.0, 2.0, 8.0)),
        prefix_blocks=rng.choice((0, 16)),
    )


def draw_ticket(rng: Random, id: str, now: float, tenants: int) -> Ticket:
    prompt = min(20_000, 1 + int(rng.lognormvariate(5.5, 1.5)))
    return Ticket(
        id=id,
        tenant=f"t{rng.randrange(tenants)}",
        arrived=now - rng.choice((0.0, 0.0, 0.0, 3.0)),
        prompt_tokens=prompt,
        cached_tokens=rng.choice((0, 0, prompt // 2)),
        prefix=tuple(rng.randrange(40) for _ in range(rng.choice((0, 0, 3)))),
        expected_output=1 + int(rng.lognormvariate(4.5, 1.0)),
        most_output=rng.choice((None, 16, 4096)),
        priority=rng.choice((1.0, 1.0, 4.0)),
        urgency=rng.choice((-1.0, 0.0, 0.0, 2.0)),
        deadline=now + rng.choice((inf, 600.0, 30.0, 2.0)),
        first_token_deadline=now + rng.choice((inf, inf, 20.0, 1.0)),
    )


class Attack:
    """One scheduler, the steps of one seed, and what must be true of it all."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(f"queue {seed}")
        self.policy = draw_policy(self._rng)
        self.log: list[str] = []
        self._schedule = Schedule(self.policy)
        self._tenants = self._rng.choice((1, 1, 3, 50))
        self._now = 1000.0
        self._count = 0
        self._waiting: dict[str, Ticket] = {}
        self._running: dict[str, Ticket] = {}
        self._slots = 0
        self._longest_s = self.policy.bound_s
        self.fate: Counter[str] = Counter()

    def run(self, steps: int) -> list[str]:
        kinds = (
            ("arrive",) * 8
            + ("end",) * 7
            + ("token", "token", "leave", "open", "pause", "memory", "reload")
        )
        for _ in range(steps):
            self._now += self._rng.choice((0.0, self._rng.expovariate(2.0)))
            getattr(self, f"_{self._rng.choice(kinds)}")()
            self._settle()
        self._drain()
        return self.log

    def _say(self, what: str) -> None:
        self.log.append(f"{self._now:.6f} {what}")

    def _arrive(self) -> None:
        for _ in range(self._rng.choice((1, 1, 1, 12))):
            self._count += 1
            ticket = draw_ticket(self._rng, f"r{self._count}", self._now, self._tenants)
            refused = self._schedule.arrive(ticket, self._now)
            if refused is None:
                self._waiting[ticket.id] = ticket
                self._begin()
                if ticket.id in self._waiting:
                    assert len(self._waiting) <= self.policy.waiting, "the queue is bounded"
            else:
                self._refused(ticket, refused)

    def _refused(self, ticket: Ticket, refusal: Refusal) -> None:
        assert refusal.wait_s > 0.0, "a wait is told"
        self.fate[refusal.why.value] += 1
        self._say(f"{ticket.id} {refusal.why.value} {refusal.wait_s:.6f}")

    def _begin(self) -> None:
        while (begun := self._schedule.begin(self._now)) is not None:
            ticket = self._waiting.pop(begun.ticket.id)
            self._running[ticket.id] = ticket
            most = min(self._slots, self.policy.concurrent)
            assert len(self._running) <= most, "no more than there are slots"
            self._check_overtaken(ticket)
            self.fate["begun"] += 1
            self._say(f"{ticket.id} begun after {begun.waited_s:.6f}")
        self._check_nothing_idle()

    def _check_overtaken(self, begun: Ticket) -> None:
        if self._tenants > 1:
            return  # Then shares decide as well; they have laws of their own.
        for other in self._waiting.values():
            assert begun.arrived <= other.arrived + self._longest_s, "the bound of ageing is hard"

    def _check_nothing_idle(self) -> None:
        """Where nobody runs, somebody who waits could."""
        assert not self._waiting or self._running or not self._slots, "the engine is left idle"

    def _end(self) -> None:
        if not self._running:
            return
        id = self._rng.choice(list(self._running))
        ticket = self._running.pop(id)
        how = self._rng.random()
        used = None
        if how < 0.8:
            used = Used(
                prompt=ticket.prompt_tokens,
                completion=max(1, int(ticket.expected_output * self._rng.uniform(0.2, 3.0))),
                seconds=1.0,
            )
        elif how < 0.85:
            used = Used(out_of_memory=True)
        self._schedule.end(id, self._now, used)
        self._say(f"{id} ended")

    def _token(self) -> None:
        if self._running:
            self._schedule.first_token(self._rng.choice(list(self._running)), self._now)

    def _leave(self) -> None:
        if self._waiting:
            id = self._rng.choice(list(self._waiting))
            del self._waiting[id]
            self._schedule.leave(id)
            self.fate["left"] += 1

    def _open(self) -> None:
        self._slots = self._rng.choice((0, 1, 4, 30))
        ready = self._rng.choice((0.0, 5.0, inf))
        self._schedule.open(self._slots, self._now, ready)

    def _pause(self) -> None:
        """Until something would happen by itself."""
        at = self._schedule.next_look(self._now)
        if at < inf:
            self._now = max(self._now, at)

    def _memory(self) -> None:
        self._schedule.load.room.headroom(self._rng.choice((None, None, 3_000)))

    def _reload(self) -> None:
        if self._rng.random() < 0.2:
            self.policy = draw_policy(self._rng)
            self._longest_s = max(self._longest_s, self.policy.bound_s)
            self._schedule.configure(self.policy)

    def _settle(self) -> None:
        self._begin()
        while (lost := self._schedule.hopeless(self._now)) is not None:
            ticket, refusal = lost
            del self._waiting[ticket.id]
            assert refusal.why.value == "deadline"
            self._refused(ticket, refusal)
        self._begin()
        demand = self._schedule.demand()
        assert (demand.waiting, demand.running) == (len(self._waiting), len(self._running))
        for ticket in self._waiting.values():
            late = min(ticket.deadline, ticket.first_token_deadline)
            assert late > self._now, "whoever cannot be begun in time any more is told"
        assert self._schedule.wait_s(self._now) >= 0.0

    def _drain(self) -> None:
        """Everybody is answered once: begun, refused, or gone by itself."""
        self._slots = 4
        self._schedule.open(4, self._now)
        while self._waiting or self._running:
            self._now += 0.1
            self._settle()
            self._end()
        assert sum(self.fate.values()) == self._count, self.fate
        assert self._schedule.demand() == NOBODY
        assert self._schedule.next_look(self._now) == inf


def attack(seed: int, steps: int) -> Counter[str]:
    """What became of the requests. The same seed twice decides the same."""
    first, again = Attack(seed), Attack(seed)
    log = first.run(steps)
    assert log == again.run(steps), "a replay decides otherwise"
    return first.fate


class Crowd:
    """Tasks that wait in `Queues`, are answered, and are cancelled anywhere."""

    def __init__(self, seed: int, loop: VirtualLoop) -> None:
        self._rng = Random(f"crowd {seed}")
        self._loop = loop
        self._clock = Clock(loop)
        self.queues = Queues(self._clock)
        self._slots = self._rng.choice((1, 3, 8))
        policy = draw_policy(self._rng)
        self._most = min(self._slots, policy.concurrent)
        self.queues.configure({ENGINE: policy})
        self.queues.open(ENGINE, self._slots)
        self._inside = 0
        self.fate: Counter[str] = Counter()

    async def _one(self, number: int) -> None:
        ticket = draw_ticket(self._rng, f"r{number}", self._clock.monotonic(), 3)
        try:
            turn = await self.queues.turn(ENGINE, ticket)
        except EngineBusy as error:
            self.fate["busy" if error.wait_s > 0.0 else "no wait was told"] += 1
            return
        self._inside += 1
        assert self._inside <= self._most, "slots are exact"
        try:
            with turn:
                await asyncio.sleep(self._rng.choice((0.0, 0.01, 0.5)))
                turn.began(0.01)
                await asyncio.sleep(self._rng.choice((0.0, 0.01, 2.0)))
                turn.end(ticket.prompt_tokens, 0, 10, 0.01, 1.0)
                turn.end(out_of_memory=True)  # Nothing: it has ended.
                self.fate["answered"] += 1
        finally:
            self._inside -= 1

    async def live(self, requests: int) -> None:
        tasks: list[asyncio.Task[None]] = []
        for number in range(requests):
            tasks.append(asyncio.create_task(self._one(number)))
            if self._rng.random() < 0.5:
                await asyncio.sleep(self._rng.choice((0.0, 0.0, 0.01, 0.3)))
            if self._rng.random() < 0.3:
                self._rng.choice(tasks).cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, asyncio.CancelledError):
                self.fate["cancelled"] += 1
            elif error is not None:
                assert isinstance(error, BaseException)
                raise error
        assert sum(self.fate.values()) >= requests, self.fate
        assert not self.fate["no wait was told"]
        assert self.queues.demand(ENGINE) == NOBODY, "a place is held by nobody"
        await asyncio.sleep(0.0)
        scheduled = [t for t in self._loop._scheduled if not t.cancelled()]  # type: ignore[attr-defined]
        assert not scheduled, "a timer is left"


def crowd(seed: int, requests: int) -> Counter[str]:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        people = Crowd(seed, loop)
        runner.run(people.live(requests))
        return people.fate
