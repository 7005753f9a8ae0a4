"""Jobs are their owner's, bounded for each tenant, and forgotten in time."""

from __future__ import annotations

import pytest

from gilmok.core.errors import JobNotFound, TooManyJobs
from gilmok.state import Owner
from gilmok.state.jobs import Job, JobBounds, JobStore

A, A_TOO, B = Owner("a", "k1"), Owner("a", "k2"), Owner("b", "k1")


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> int:
        return 0


def job(id: str, owner: Owner = A) -> Job:
    return Job(id, owner, 0, b"{}")


def end(store: JobStore, job: Job, at: float, size: int = 2) -> None:
    job.end("done", b"x" * size, b"{}", at)
    store.ended(job)


def test_nobody_else_finds_it() -> None:
    store = JobStore(Clock(), JobBounds())
    store.begin(job("j"))
    assert store.find("j", A).id == "j"
    for owner in (A_TOO, B):
        with pytest.raises(JobNotFound):
            store.find("j", owner)
        assert list(store.of(owner)) == []


def test_the_oldest_that_ended_makes_room_and_what_runs_stays() -> None:
    store = JobStore(Clock(), JobBounds(max_entries=2))
    first, second = job("1"), job("2")
    store.begin(first)
    store.begin(second)
    with pytest.raises(TooManyJobs):
        store.begin(job("3", A_TOO))
    store.begin(job("other", B))  # another tenant's room is its own
    end(store, second, 1.0)
    store.begin(job("3"))
    assert [kept.id for kept in store.of(A)] == ["3", "1"]


def test_results_are_bounded_together() -> None:
    store = JobStore(Clock(), JobBounds(max_bytes=100))
    first, second = job("1"), job("2")
    store.begin(first)
    store.begin(second)
    end(store, first, 1.0, 80)
    end(store, second, 2.0, 80)
    assert [kept.id for kept in store.of(A)] == ["2"]
    third = job("3")
    store.begin(third)
    end(store, third, 3.0, 120)
    assert [kept.id for kept in store.of(A)] == ["3"], "its owner has paid, and not read it yet"


def test_what_ended_long_ago_is_forgotten() -> None:
    clock = Clock()
    store = JobStore(clock, JobBounds(ttl_s=10))
    old, running = job("old"), job("running")
    store.begin(old)
    store.begin(running)
    end(store, old, 0.0)
    clock.now = 10.0
    store.sweep()
    assert [kept.id for kept in store.of(A)] == ["running"]


def test_what_running_jobs_carry_is_bounded_together() -> None:
    """One that alone is larger still runs, alone; what has ended carries nothing."""

    def heavy(id: str, carries: int, owner: Owner = A) -> Job:
        return Job(id, owner, 0, b"{}", carries)

    store = JobStore(Clock(), JobBounds(max_carried=100))
    first = heavy("1", 90)
    store.begin(first)
    store.begin(heavy("address", 10))
    with pytest.raises(TooManyJobs):
        store.begin(heavy("2", 1))
    store.begin(heavy("other", 100, B))
    end(store, first, 1.0)
    store.begin(heavy("3", 90))
    lonely = JobStore(Clock(), JobBounds(max_carried=100))
    lonely.begin(heavy("1", 101))
    lonely.begin(heavy("address", 0))
