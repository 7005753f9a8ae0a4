"""What is remembered of batches, for whom, how much of it and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from gilmok.core.errors import BatchesFull, BatchNotFound, IdempotencyKeyReused, TooManyBatches
from gilmok.state import Batch, BatchBounds, BatchStore, Outcome, Owner

ANN, BOB = Owner("acme", "ann"), Owner("acme", "bob")
EVE = Owner("other", "ann")


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> int:
        return 0


def store(**bounds: float) -> tuple[BatchStore, Clock]:
    clock = Clock()
    return BatchStore(clock, BatchBounds(**bounds)), clock  # type: ignore[arg-type]


def batch(id: str, owner: Owner = ANN, key: str | None = None, total: int = 2) -> Batch:
    return Batch(id, owner, key, b"digest", [b"{}"] * total)


def done(index: int, size: int = 10, succeeded: bool = True) -> Outcome:
    return Outcome(index, b"x" * size, succeeded)


def ended(here: BatchStore, clock: Clock, id: str, owner: Owner = ANN, size: int = 10) -> Batch:
    found = batch(id, owner)
    here.begin(found)
    found.add(done(0, size))
    found.end(clock.monotonic(), cancelled=False)
    clock.now += 1
    return found


def ids(here: BatchStore) -> set[str]:
    return {batch.id for batch in here}


def test_only_its_owner_finds_it() -> None:
    here, _ = store()
    mine = batch("b1")
    here.begin(mine)
    assert here.find("b1", ANN) is mine
    for other in (BOB, EVE):
        with pytest.raises(BatchNotFound):
            here.find("b1", other)


def test_it_is_known_by_its_key_to_its_owner() -> None:
    here, _ = store()
    mine = batch("b1", key="k")
    here.begin(mine)
    assert here.known(ANN, "k", b"digest") is mine
    assert here.known(BOB, "k", b"digest") is None
    assert here.known(EVE, "k", b"digest") is None
    assert here.known(ANN, "other", b"digest") is None
    with pytest.raises(IdempotencyKeyReused):
        here.known(ANN, "k", b"another digest")


def test_it_is_forgotten_some_time_after_its_end() -> None:
    here, clock = store(ttl_s=10)
    ended(here, clock, "b1")
    here.begin(batch("runs"))
    clock.now = 109.9
    assert here.find("b1", ANN)
    clock.now = 110.1
    with pytest.raises(BatchNotFound):
        here.find("b1", ANN)
    clock.now = 10**6
    here.sweep()
    assert ids(here) == {"runs"}


def test_the_oldest_that_has_ended_makes_room() -> None:
    here, clock = store(max_entries=3)
    here.begin(batch("runs"))
    for id in ("b1", "b2", "b3"):
        ended(here, clock, id)
    assert ids(here) == {"runs", "b2", "b3"}


def test_those_that_run_or_are_waited_for_stay() -> None:
    here, clock = store(max_entries=2)
    here.begin(batch("runs"))
    ended(here, clock, "b1").followers = 1
    with pytest.raises(TooManyBatches):
        here.begin(batch("b2"))


def test_bounds_are_each_tenants_own() -> None:
    here, clock = store(max_entries=1, max_bytes=2048)
    ended(here, clock, "b1", size=4096)
    ended(here, clock, "e1", EVE)
    assert ids(here) == {"b1", "e1"}
    assert here.has_room("other")


def test_results_that_have_ended_make_room_for_new_ones() -> None:
    here, clock = store(max_bytes=2048)
    ended(here, clock, "b1", size=1000)
    runs = batch("runs")
    here.begin(runs)
    assert here.has_room("acme")
    assert ids(here) == {"b1", "runs"}
    runs.add(done(0, 1000))
    assert here.has_room("acme")
    assert ids(here) == {"runs"}
    runs.add(done(1, 1000))
    assert not here.has_room("acme")
    assert ids(here) == {"runs"}


def test_tasks_take_room_until_they_have_ended() -> None:
    here, _ = store(max_bytes=2048)
    large = Batch("b1", ANN, None, b"digest", [b"x" * 700, b"x" * 700])
    here.begin(large)
    with pytest.raises(BatchesFull):
        here.begin(Batch("b2", ANN, None, b"digest", [b"x" * 700]))
    here.begin(Batch("e1", EVE, None, b"digest", [b"x" * 700]))
    large.add(done(0))
    assert large.tasks == [b"", b"x" * 700]
    assert large.size == 512 + 700 + 10
    assert ids(here) == {"b1", "e1"}


def test_what_succeeded_is_taken_over() -> None:
    here, clock = store()
    first = batch("b1", key="k", total=3)
    here.begin(first)
    first.add(done(2))
    first.add(done(0, succeeded=False))
    first.end(clock.monotonic(), cancelled=True)
    second = batch("b2", key="k", total=3)
    here.begin(second, first)
    assert (second.missing, second.succeeded, second.failed) == ([0, 1], 1, 0)
    assert ids(here) == {"b2"}


def test_outcomes_are_told_in_both_orders() -> None:
    found = batch("b1", total=3)
    for index in (2, 0, 1):
        found.add(done(index))
    assert [outcome.index for outcome in found.outcomes] == [2, 0, 1]
    assert [outcome.index for outcome in found.in_order()] == [0, 1, 2]


async def test_who_waits_is_told_of_every_change() -> None:
    found = batch("b1")
    changes: tuple[Callable[[], None], ...] = (
        lambda: found.add(done(0)),
        lambda: found.end(1.0, cancelled=False),
    )
    for change in changes:
        waiting = asyncio.create_task(found.changed())
        await asyncio.sleep(0)
        assert not waiting.done()
        change()
        await waiting


def test_results_are_no_ones_to_read_in_a_log() -> None:
    outcome = Outcome(0, b'{"result": "secret"}', True)
    assert "secret" not in repr(outcome)
