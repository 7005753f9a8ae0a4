"""Nobody waits for ever, nobody twice, and nobody unheard; `fuzz/queue.py` is the long form."""

from __future__ import annotations

from collections import Counter

import pytest

from gilmok.dispatch.queue import QueuePolicy, Schedule, Ticket, Used
from tests.laws.queueing import attack, crowd


def test_what_holds_at_every_step_holds_under_attack() -> None:
    fate: Counter[str] = Counter()
    for seed in range(60):
        fate += attack(seed, 150)
    assert min(fate[k] for k in ("begun", "left", "queue_full", "deadline")) > 50, fate


def test_places_are_exact_under_cancellation_anywhere() -> None:
    fate: Counter[str] = Counter()
    for seed in range(60):
        fate += crowd(seed, 60)
    assert min(fate[k] for k in ("answered", "busy", "cancelled")) > 50, fate


def ticket(id: str, tenant: str, now: float, prompt: int = 1000, priority: float = 1.0) -> Ticket:
    return Ticket(
        id=id,
        tenant=tenant,
        arrived=now,
        prompt_tokens=prompt,
        expected_output=100,
        priority=priority,
    )


class Rounds:
    """One request at a time, each of one second; `served` counts by tenant."""

    def __init__(self, policy: QueuePolicy) -> None:
        self.schedule = Schedule(policy)
        self.schedule.open(1, 0.0)
        self.now = 0.0
        self.served: Counter[str] = Counter()
        self.waits: dict[str, float] = {}

    def serve(self) -> str:
        begun = self.schedule.begin(self.now)
        assert begun is not None
        self.served[begun.ticket.tenant] += 1
        self.waits[begun.ticket.id] = begun.waited_s
        self.now += 1.0
        used = Used(prompt=1000, completion=100, seconds=1.0)
        self.schedule.end(begun.ticket.id, self.now, used)
        return begun.ticket.id


def test_a_flood_of_one_tenant_costs_another_no_more_than_the_lead() -> None:
    rounds = Rounds(QueuePolicy(lead=4.0, bound_s=1e6, waiting=10_000))
    for number in range(1000):
        assert rounds.schedule.arrive(ticket(f"flood{number}", "flood", 0.0), 0.0) is None
    for number in range(100):
        light = ticket(f"light{number}", "light", rounds.now)
        assert rounds.schedule.arrive(light, rounds.now) is None
        for _ in range(4):
            rounds.serve()
    assert rounds.served["light"] >= 98
    assert max(wait for id, wait in rounds.waits.items() if id.startswith("light")) <= 9.0


def test_tenants_that_always_wait_share_by_weight() -> None:
    rounds = Rounds(QueuePolicy(lead=4.0, bound_s=1e6, waiting=10_000))
    for number in range(600):
        for tenant, weight in (("paid", 2.0), ("free", 1.0)):
            sent = ticket(f"{tenant}{number}", tenant, 0.0, priority=weight)
            assert rounds.schedule.arrive(sent, 0.0) is None
    for _ in range(600):
        rounds.serve()
    assert rounds.served["paid"] == pytest.approx(400, abs=8)


def test_endless_newcomers_do_not_starve_a_tenant_that_is_ahead() -> None:
    """Each comes with a clean slate, while whoever has had much waits: time passes all the same."""
    rounds = Rounds(QueuePolicy(lead=1.0, bound_s=1e6, waiting=10_000))
    for number in range(100):
        assert rounds.schedule.arrive(ticket(f"old{number}", "old", 0.0), 0.0) is None
    for _ in range(20):
        rounds.serve()
    for number in range(400):
        newcomer = ticket(f"new{number}", f"new{number}", rounds.now, prompt=100)
        assert rounds.schedule.arrive(newcomer, rounds.now) is None
        rounds.serve()
        if number == 300:
            then = rounds.served["old"]
    assert rounds.served["old"] > then >= 30


def test_a_stream_of_small_ones_passes_a_large_one_no_longer_than_the_bound() -> None:
    rounds = Rounds(QueuePolicy(bound_s=30.0, stretch=0.1))
    for number in range(50):  # So that there was a queue, and sizes count.
        rounds.schedule.arrive(ticket(f"warm{number}", "t", rounds.now), rounds.now)
    for _ in range(50):
        rounds.serve()
    rounds.schedule.arrive(ticket("small", "t", rounds.now, prompt=10), rounds.now)
    assert rounds.schedule.arrive(ticket("large", "t", rounds.now, 50_000), rounds.now) is None
    while rounds.serve() != "large":
        sent = ticket(f"small{rounds.now}", "t", rounds.now, prompt=10)
        assert rounds.schedule.arrive(sent, rounds.now) is None
    assert 5.0 <= rounds.waits["large"] <= 33.0
