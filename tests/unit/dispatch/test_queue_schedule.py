"""Who is next, who is refused, and what is told."""

from __future__ import annotations

from math import inf

import pytest

from gilmok.core.engine import NOBODY
from gilmok.dispatch.queue import QueuePolicy, Refusal, Schedule, Ticket, Used, Why


def ticket(id: str, **more: object) -> Ticket:
    facts: dict[str, object] = {
        "id": id, "tenant": "t", "arrived": 0.0, "prompt_tokens": 100, "expected_output": 100,
    }  # fmt: skip
    return Ticket(**{**facts, **more})  # type: ignore[arg-type]


def opened(slots: int = 1, **options: object) -> Schedule:
    """One that has seen a queue and some answers, so that sizes count."""
    schedule = Schedule(QueuePolicy(concurrent=1))
    schedule.open(1, 0.0)
    for number in range(20):
        assert schedule.arrive(ticket(f"warm{number}", arrived=-100.0), -100.0) is None
    for number in range(20):
        begun = schedule.begin(-100.0 + number)
        assert begun is not None
        used = Used(prompt=100, completion=100, seconds=1.0)
        schedule.end(begun.ticket.id, -99.0 + number, used)
    schedule.configure(QueuePolicy(**{"bound_s": 1e6, **options}))  # type: ignore[arg-type]
    schedule.open(slots, 0.0)
    return schedule


def order(schedule: Schedule, now: float = 0.0) -> list[str]:
    """Who is begun, one after the other."""
    ids = []
    while (begun := schedule.begin(now)) is not None:
        ids.append(begun.ticket.id)
        schedule.end(begun.ticket.id, now)
    return ids


def arrive(schedule: Schedule, *tickets: Ticket) -> None:
    for each in tickets:
        assert schedule.arrive(each, each.arrived) is None


def test_small_ones_first_whether_the_prompt_or_the_answer_is_small() -> None:
    schedule = opened()
    arrive(
        schedule,
        ticket("long answer", expected_output=900),
        ticket("long prompt", prompt_tokens=20_000),
        ticket("short", prompt_tokens=20, expected_output=5),
        ticket("usual"),
    )
    served = order(schedule)
    assert served[:2] == ["short", "usual"]
    assert set(served[2:]) == {"long answer", "long prompt"}


def test_without_stretch_it_is_first_come_first_served() -> None:
    schedule = opened(stretch=0.0)
    arrive(schedule, ticket("a", prompt_tokens=9000), ticket("b"), ticket("c", prompt_tokens=1))
    assert order(schedule) == ["a", "b", "c"]


def test_plan_and_urgency_count_as_smaller() -> None:
    schedule = opened()
    arrive(
        schedule,
        ticket("batch", urgency=-2.0, prompt_tokens=150),
        ticket("normal"),
        ticket("critical", urgency=3.0, prompt_tokens=400),
        ticket("paid", priority=4.0, prompt_tokens=200),
    )
    assert order(schedule) == ["critical", "paid", "normal", "batch"]


def patient(**options: object) -> Schedule:
    """Sizes count for all. The last of those it saw was answered after 21 s; before it knew the
    engine it had foreseen a minute, of which the guard makes less."""
    return opened(**{"stretch": 50.0, "guard": 0.3, **options})  # type: ignore[arg-type]


def late(number: int, **more: object) -> Ticket:
    return ticket(f"small{number}", arrived=14.0, **{"prompt_tokens": 10, **more})


def test_small_ones_pass_a_large_one_only_until_it_would_be_late() -> None:
    schedule, now, served = patient(), 14.0, list[str]()
    assert schedule.arrive(ticket("large", expected_output=400, arrived=0.0), 0.0) is None
    for number in range(12):
        assert schedule.arrive(late(number), 14.0) is None
    while (begun := schedule.begin(now)) is not None:
        served.append(begun.ticket.id)
        now += 1.0
        schedule.end(begun.ticket.id, now, Used(prompt=100, completion=100, seconds=1.0))
    # It takes about 5 s, and is not to end later than after 21 s; each small one takes one.
    assert served.index("large") in (1, 2, 3)
    assert len(served) == 13


def test_without_a_guard_it_is_passed_by_all_of_them() -> None:
    schedule = patient(guard=1e9)
    assert schedule.arrive(ticket("large", expected_output=400, arrived=0.0), 0.0) is None
    for number in range(12):
        assert schedule.arrive(late(number), 14.0) is None
    assert order(schedule, 19.0)[-1] == "large"


def test_the_guard_is_against_those_that_claim_no_more() -> None:
    schedule = patient()
    assert schedule.arrive(ticket("large", expected_output=400, arrived=0.0), 0.0) is None
    assert schedule.arrive(late(1, urgency=1.0), 30.0) is None
    assert schedule.arrive(late(2), 30.0) is None
    assert order(schedule, 30.0) == ["small1", "large", "small2"]


def passed_by(schedule: Schedule, now: float) -> int:
    """How many of twelve small ones, that come 14 s after a large one, are answered before it."""
    assert schedule.arrive(ticket("large", expected_output=400, arrived=now), now) is None
    for number in range(12):
        small = ticket(f"small{number}", prompt_tokens=10, arrived=now + 14.0)
        assert schedule.arrive(small, now + 14.0) is None
    served = serve(schedule, now + 14.0)
    assert len(served) == 13
    return served.index("large")


def serve(schedule: Schedule, now: float, most: int = 1000) -> list[str]:
    """One after the other, a second each."""
    served = list[str]()
    while len(served) < most and (begun := schedule.begin(now)) is not None:
        served.append(begun.ticket.id)
        now += 1.0
        schedule.end(begun.ticket.id, now, Used(prompt=100, completion=100, seconds=1.0))
    return served


def test_whoever_is_refused_leaves_no_trace() -> None:
    """Else anybody could do away with the guard, at no cost."""
    schedule = patient()
    assert schedule.arrive(ticket("running"), 0.0) is None
    assert schedule.begin(0.0) is not None
    for number in range(3):
        endless = ticket(f"e{number}", tenant="e", expected_output=10**6, deadline=0.01)
        assert isinstance(schedule.arrive(endless, 0.0), Refusal)
    schedule.end("running", 1.0, Used(prompt=100, completion=100, seconds=1.0))
    assert passed_by(schedule, 1.0) <= 5


def test_how_late_whoever_is_last_by_its_plan_was_teaches_nothing_about_others() -> None:
    schedule = patient()
    assert schedule.arrive(ticket("free", priority=1e-4), 0.0) is None
    for second in range(300):
        paid = ticket(f"paid{second}", arrived=float(second))
        assert schedule.arrive(paid, float(second)) is None
        assert serve(schedule, float(second), 1) == [paid.id]
    assert serve(schedule, 300.0) == ["free"]
    assert passed_by(schedule, 301.0) <= 5


def test_where_there_is_time_somebody_behind_many_may_pass_all_of_them() -> None:
    schedule = patient(guard=100.0)
    for number in range(200):
        assert schedule.arrive(ticket(f"usual{number}"), 0.0) is None
    assert schedule.arrive(ticket("small", prompt_tokens=5, expected_output=5), 0.0) is None
    assert order(schedule)[0] == "small"


def test_what_is_cached_does_not_count() -> None:
    schedule = opened(prefix_blocks=100, prefix_block=512)
    arrive(schedule, ticket("first", prompt_tokens=5000, prefix=tuple(range(9))))
    assert order(schedule) == ["first"]
    arrive(
        schedule,
        ticket("unknown", prompt_tokens=2000),
        ticket("again", prompt_tokens=5000, prefix=tuple(range(9))),
        ticket("told", prompt_tokens=5000, cached_tokens=4990),
    )
    assert order(schedule) == ["told", "again", "unknown"]


def test_a_full_queue_says_when_there_will_be_room() -> None:
    schedule = opened(waiting=2)
    arrive(schedule, ticket("running"))
    assert schedule.begin(0.0) is not None
    arrive(schedule, ticket("a"), ticket("b"))
    refusal = schedule.arrive(ticket("c"), 0.0)
    assert refusal is not None
    assert refusal.why is Why.FULL
    assert 0.3 < refusal.wait_s < 3.0, "an answer takes a second here"


def test_without_a_queue_whoever_can_begin_is_let_in() -> None:
    schedule = opened(waiting=0)
    arrive(schedule, ticket("a"))
    assert schedule.begin(0.0) is not None
    assert isinstance(schedule.arrive(ticket("b"), 0.0), Refusal)


def busy(schedule: Schedule, waiting: int) -> None:
    for number in range(waiting + 1):
        assert schedule.arrive(ticket(f"before{number}"), 0.0) is None
    assert schedule.begin(0.0) is not None


@pytest.mark.parametrize("which", ["first_token_deadline", "deadline"])
def test_a_deadline_that_cannot_be_met_is_refused_with_a_true_wait(which: str) -> None:
    schedule = opened()
    busy(schedule, 30)
    refusal = schedule.arrive(ticket("hurried", **{which: 10.0}), 0.0)
    assert refusal is not None
    assert refusal.why is Why.DEADLINE
    # 31 answers of a second: after about 20 s more the queue is 10 s long.
    assert 12.0 < refusal.wait_s < 32.0
    assert schedule.arrive(ticket("patient", **{which: 60.0}), 0.0) is None


def test_the_wait_that_was_told_is_long_enough() -> None:
    schedule = opened()
    busy(schedule, 30)
    refusal = schedule.arrive(ticket("hurried", first_token_deadline=10.0), 0.0)
    assert refusal is not None
    running, now = "before0", 0.0
    while now + 1.0 <= refusal.wait_s:
        now += 1.0
        schedule.end(running, now, Used(prompt=100, completion=100, seconds=1.0))
        begun = schedule.begin(now)
        assert begun is not None
        running = begun.ticket.id
    again = ticket("again", arrived=now, first_token_deadline=now + 10.0)
    assert schedule.arrive(again, now) is None


def test_whoever_cannot_be_begun_in_time_any_more_is_told_before_it_is_too_late() -> None:
    schedule = opened()
    arrive(schedule, ticket("running"))
    assert schedule.begin(0.0) is not None
    arrive(schedule, ticket("hurried", first_token_deadline=8.0))
    told, now = None, 0.0
    while told is None:
        now = schedule.next_look(now)
        assert now < 8.0
        told = schedule.hopeless(now)  # Nobody ends: the engine is stuck.
    assert told[0].id == "hurried"
    assert told[1].why is Why.DEADLINE
    assert schedule.demand().waiting == 0
    assert schedule.next_look(8.0) == inf


def test_a_request_that_no_engine_could_answer_in_time_is_not_the_queues_to_refuse() -> None:
    schedule = opened()
    assert schedule.arrive(ticket("long", expected_output=10**6, deadline=30.0), 0.0) is None
    assert schedule.begin(0.0) is not None


def test_while_the_engine_loads_the_wait_is_that_of_loading_and_of_the_queue() -> None:
    schedule = opened()
    schedule.open(0, 0.0, 20.0)
    arrive(schedule, *(ticket(f"r{n}") for n in range(5)))
    assert schedule.begin(1.0) is None
    assert 20.0 < schedule.wait_s(0.0) < 30.0
    refusal = schedule.arrive(ticket("hurried", first_token_deadline=5.0), 0.0)
    assert refusal is not None
    assert refusal.wait_s > 15.0
    schedule.open(2, 10.0)
    assert len(order(schedule, 10.0)) == 5


def test_nobody_is_refused_where_nobody_knows_when_it_is_loaded() -> None:
    schedule = Schedule(QueuePolicy())
    assert schedule.wait_s(0.0) == inf
    assert schedule.arrive(ticket("a", first_token_deadline=5.0), 0.0) is None
    told = schedule.hopeless(5.0)
    assert told is not None
    assert told[1].wait_s == inf


def test_tokens_at_once_are_bounded_and_a_gap_is_filled_until_the_first_is_due() -> None:
    schedule = opened(4, batch_tokens=2000, reading_tokens=10**9, bound_s=50.0, stretch=1e-3)
    arrive(schedule, ticket("a", prompt_tokens=1200, expected_output=100))
    assert schedule.begin(0.0) is not None
    big = ticket("big", prompt_tokens=1500, arrived=1.0)
    arrive(schedule, big, ticket("small", prompt_tokens=150, arrived=1.0))
    begun = schedule.begin(1.0)
    assert begun is not None
    assert begun.ticket.id == "small"
    arrive(schedule, ticket("later", prompt_tokens=150, arrived=60.0))
    assert schedule.begin(60.0) is None, "what is free is kept for the one that is due"
    schedule.end("a", 61.0)
    assert order(schedule, 61.0)[0] == "big"


def test_nothing_is_kept_for_one_that_is_first_only_by_the_guard() -> None:
    """It is large, and has a while until its time has come: whoever fits and is due goes on."""
    schedule = patient(slots=4, batch_tokens=2000, reading_tokens=10**9)
    arrive(schedule, ticket("running", prompt_tokens=1200))
    assert schedule.begin(0.0) is not None
    arrive(schedule, ticket("large", prompt_tokens=1500), late(1), late(2))
    for small in ("small1", "small2"):
        begun = schedule.begin(2000.0)
        assert begun is not None
        assert begun.ticket.id == small
    schedule.end("small1", 2001.0)
    arrive(schedule, late(3))
    assert schedule.begin(1e6) is None, "now its time has come as well"


def test_what_is_free_is_kept_for_whoever_is_due_also_behind_the_guard() -> None:
    schedule = patient(slots=4, batch_tokens=2000, reading_tokens=10**9)
    arrive(schedule, ticket("running", prompt_tokens=1200))
    assert schedule.begin(0.0) is not None
    arrive(schedule, ticket("large", prompt_tokens=1500), late(1, prompt_tokens=750))
    newcomer = ticket("newcomer", prompt_tokens=10, arrived=2500.0)
    arrive(schedule, newcomer)
    assert schedule.begin(2500.0) is None, "it came later than the other's time"
    schedule.end("running", 2501.0)
    assert order(schedule, 2501.0).index("small1") < 2


def test_prompts_are_given_one_after_the_other_as_they_are_read() -> None:
    schedule = opened(4, reading_tokens=512)
    arrive(schedule, *(ticket(f"r{n}", prompt_tokens=2000) for n in range(3)))
    assert schedule.begin(0.0) is not None
    assert schedule.begin(0.0) is None
    schedule.first_token("r0", 0.1)
    assert schedule.begin(0.1) is not None
    # An answer that comes whole shows no first token: then time tells.
    at = schedule.next_look(0.1)
    assert 0.1 < at < 10.0
    assert schedule.begin(at) is not None


def test_the_demand_says_who_waits_and_since_when() -> None:
    schedule = opened()
    assert schedule.demand() == NOBODY
    arrive(schedule, ticket("a"))
    schedule.begin(0.0)
    arrive(schedule, ticket("b", arrived=1.0), ticket("c", arrived=2.0, urgency=2.0))
    demand = schedule.demand()
    assert (demand.waiting, demand.running, demand.oldest) == (2, 1, 1.0)
    assert demand.urgency == 2.0
    assert demand.work_s > 0.5
    schedule.leave("c")
    assert schedule.demand().urgency == 0.0


def test_an_id_is_unique_among_those_that_are_here() -> None:
    schedule = opened()
    arrive(schedule, ticket("a"))
    with pytest.raises(ValueError, match="here already"):
        schedule.arrive(ticket("a"), 0.0)
    schedule.begin(0.0)
    with pytest.raises(ValueError, match="here already"):
        schedule.arrive(ticket("a"), 0.0)


def test_out_of_memory_gives_the_engine_less() -> None:
    schedule = opened(8, reading_tokens=10**9)
    arrive(schedule, *(ticket(f"r{n}") for n in range(20)))
    ids = []
    while (begun := schedule.begin(0.0)) is not None:
        ids.append(begun.ticket.id)
    assert len(ids) == 8
    for id in ids:
        schedule.end(id, 1.0, Used(out_of_memory=True))
    again = 0
    while schedule.begin(1.0) is not None:
        again += 1
    assert again == 5


def test_ten_thousand_may_wait() -> None:
    """Nothing takes time in proportion to them: else this would take minutes."""
    schedule = opened(4, waiting=10_000)
    for number in range(10_000):
        sent = ticket(
            f"r{number}",
            tenant=f"t{number % 500}",
            prompt_tokens=1 + number * 37 % 5000,
            deadline=1e9,
        )
        assert schedule.arrive(sent, 0.0) is None
    assert len(order(schedule, 1.0)) == 10_000
