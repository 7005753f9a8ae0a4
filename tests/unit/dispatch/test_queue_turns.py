"""Tasks that wait for their turn: places are exact whenever anybody leaves."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from math import inf

import pytest

from gilmok.core.engine import NOBODY
from gilmok.core.errors import EngineBusy
from gilmok.dispatch.policy import DispatchPolicy, NextCandidate, after
from gilmok.dispatch.queue import QueuePolicy, Queues, Ticket, Turn
from gilmok.system import SystemClock

ENGINE = "engine"


def queues(slots: int = 1, policy: QueuePolicy = QueuePolicy()) -> Queues:  # noqa: B008  (frozen)
    made = Queues(SystemClock())
    made.configure({ENGINE: policy})
    made.open(ENGINE, slots)
    return made


def ticket(id: str, **more: float) -> Ticket:
    now = SystemClock().monotonic()
    facts = {"id": id, "tenant": "t", "arrived": now, "prompt_tokens": 10, "expected_output": 10}
    return Ticket(**{**facts, **more})  # type: ignore[arg-type]


def waiting(made: Queues, id: str, **more: float) -> asyncio.Task[Turn]:
    return asyncio.create_task(made.turn(ENGINE, ticket(id, **more)))


async def steps(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0.0)


async def test_whoever_can_begin_does_not_wait_for_the_loop() -> None:
    made = queues()
    coroutine = made.turn(ENGINE, ticket("a"))
    with pytest.raises(StopIteration) as done:
        coroutine.send(None)
    turn: Turn = done.value.value
    assert turn.waited_s == pytest.approx(0.0, abs=1.0)
    assert made.demand(ENGINE).running == 1
    turn.end()


async def test_a_turn_ends_once() -> None:
    made = queues()
    first = await made.turn(ENGINE, ticket("a"))
    second, third = waiting(made, "b"), waiting(made, "c")
    await steps()
    first.end()
    first.end()
    with first:
        first.began(0.1)
    await steps()
    assert second.done()
    assert not third.done(), "a place was given back twice"
    (await second).end()
    (await third).end()
    assert made.demand(ENGINE) == NOBODY


async def test_whoever_is_cancelled_while_it_waits_is_gone() -> None:
    made = queues()
    first = await made.turn(ENGINE, ticket("a"))
    second, third = waiting(made, "b"), waiting(made, "c")
    await steps()
    second.cancel()
    with pytest.raises(CancelledError):
        await second
    assert made.demand(ENGINE).waiting == 1
    first.end()
    (await third).end()
    assert made.demand(ENGINE) == NOBODY


async def test_whoever_is_cancelled_in_the_moment_of_its_turn_gives_it_back() -> None:
    made = queues()
    first = await made.turn(ENGINE, ticket("a"))
    second, third = waiting(made, "b"), waiting(made, "c")
    await steps()
    first.end()  # The turn is the second's, whose task has not run since.
    second.cancel()
    with pytest.raises(CancelledError):
        await second
    (await third).end()
    assert made.demand(ENGINE) == NOBODY


async def test_a_turn_that_comes_to_somebody_who_was_just_cancelled_goes_on() -> None:
    made = queues()
    first = await made.turn(ENGINE, ticket("a"))
    second, third = waiting(made, "b"), waiting(made, "c")
    await steps()
    second.cancel()  # Its task has not run since.
    first.end()
    with pytest.raises(CancelledError):
        await second
    (await third).end()
    assert made.demand(ENGINE) == NOBODY


async def test_a_task_that_is_cancelled_before_it_began_leaves_nothing() -> None:
    made = queues()
    task = waiting(made, "a")
    task.cancel()
    with pytest.raises(CancelledError):
        await task
    assert made.demand(ENGINE) == NOBODY


async def test_a_full_queue_and_a_lost_deadline_are_told() -> None:
    made = queues(policy=QueuePolicy(waiting=1))
    turn = await made.turn(ENGINE, ticket("a"))
    soon = SystemClock().monotonic() + 0.05
    with pytest.raises(EngineBusy) as lost:
        await made.turn(ENGINE, ticket("late", first_token_deadline=soon))
    assert lost.value.parameters["why"] == "deadline"
    assert "engine" in lost.value.message("ko")
    other = waiting(made, "b")
    await steps()
    with pytest.raises(EngineBusy) as full:
        await made.turn(ENGINE, ticket("c"))
    assert (full.value.parameters["why"], full.value.code) == ("queue_full", "engine_busy")
    turn.end()
    (await other).end()
    assert made.demand(ENGINE) == NOBODY


async def test_whoever_waits_in_vain_is_told_by_the_clock_alone() -> None:
    """The engine is stuck: nothing ends, and nothing else would wake the queue."""
    made = queues(policy=QueuePolicy(token_s=0.001))
    turn = await made.turn(ENGINE, ticket("a"))
    late = waiting(made, "late", first_token_deadline=SystemClock().monotonic() + 0.3)
    with pytest.raises(EngineBusy):
        await late
    turn.end()
    assert made.demand(ENGINE) == NOBODY


@pytest.mark.parametrize("others_left", [True, False])
def test_a_busy_engine_is_not_asked_twice_and_is_not_ill(others_left: bool) -> None:
    """Waiting is what its queue was for."""
    policy = DispatchPolicy(retries=1, patience_s=1.0)
    busy = EngineBusy("engine", "queue_full", 3.0)
    assert not busy.counts_against_health
    step = after(
        busy, tries=1, others_left=others_left, time_left_s=60.0, policy=policy, chance=0.5
    )
    assert step == NextCandidate()
    assert "?" in EngineBusy("engine", "deadline", inf).message("en")


async def test_while_an_engine_is_closed_all_wait_and_those_that_run_go_on() -> None:
    made = queues()
    turn = await made.turn(ENGINE, ticket("a"))
    made.open(ENGINE, 0, 30.0)
    second = waiting(made, "b")
    turn.end()
    await steps()
    assert not second.done()
    assert made.waits()[ENGINE] > 20.0
    made.open(ENGINE, 1)
    (await second).end()


async def test_without_a_rule_there_is_no_queue() -> None:
    made = queues()
    assert made.has(ENGINE)
    assert not made.has("other")
    turn = await made.turn("other", ticket("a"))
    turn.began()
    turn.end()
    assert made.demand("other") == NOBODY
    assert list(made.waits()) == [ENGINE]
    made.headroom("other", 5)


async def test_whoever_waits_begins_where_the_queue_is_taken_away() -> None:
    made = queues()
    first = await made.turn(ENGINE, ticket("a"))
    second = waiting(made, "b")
    await steps()
    made.configure({})
    (await second).end()
    first.end()
    assert not made.has(ENGINE)


async def test_a_reload_keeps_places_and_lets_more_in() -> None:
    made = queues(8, QueuePolicy(concurrent=1))
    first = await made.turn(ENGINE, ticket("a"))
    second = waiting(made, "b")
    await steps()
    made.configure({ENGINE: QueuePolicy(concurrent=2)})
    (await second).end()
    first.end()
    assert made.demand(ENGINE) == NOBODY


async def test_an_engine_may_be_opened_before_it_has_a_rule() -> None:
    made = Queues(SystemClock())
    made.open(ENGINE, 2)
    made.configure({ENGINE: QueuePolicy()})
    (await made.turn(ENGINE, ticket("a"))).end()


async def test_changes_of_demand_are_told_once_for_each_step_of_the_loop() -> None:
    made = queues(3)
    told: list[str] = []
    made.on_demand = told.append
    turns = [await made.turn(ENGINE, ticket(id)) for id in "abc"]
    assert told == []
    await steps(1)
    assert told == [ENGINE]
    for turn in turns:
        turn.end()
    await steps(1)
    assert told == [ENGINE, ENGINE]


async def test_a_prompt_is_given_when_the_one_before_is_taken_to_be_read() -> None:
    """No first token is seen of answers that come whole: a timer goes on."""
    policy = QueuePolicy(prefill_tokens_per_s=100_000.0, token_s=0.001)
    made = queues(4, policy)
    first = await made.turn(ENGINE, ticket("a", prompt_tokens=3000))
    second = waiting(made, "b", prompt_tokens=3000)
    await steps()
    assert not second.done()
    (await second).end()
    first.end()
