"""What the queue's parts learn and remember, each by itself."""

from __future__ import annotations

from math import inf
from random import Random

import pytest

from gilmok.dispatch.queue.ageing import Ageing
from gilmok.dispatch.queue.forecast import Forecast
from gilmok.dispatch.queue.lengths import Lengths
from gilmok.dispatch.queue.line import Line, Place
from gilmok.dispatch.queue.load import Load
from gilmok.dispatch.queue.patience import Patience
from gilmok.dispatch.queue.policy import QueuePolicy
from gilmok.dispatch.queue.prefixes import Prefixes
from gilmok.dispatch.queue.rates import Rates
from gilmok.dispatch.queue.room import Room
from gilmok.dispatch.queue.ticket import Ticket, Used


def test_a_line_is_a_sorted_list_with_sums() -> None:
    rng = Random(1)
    line, model = Line(), list[Place]()
    for serial in range(3000):
        if model and rng.random() < 0.4:
            place = model.pop(rng.randrange(len(model)))
            line.remove(place)
        else:
            place = Place(float(rng.randrange(50)), serial, rng.random())
            model.append(place)
            line.add(place)
        key = float(rng.randrange(50))
        assert len(line) == len(model)
        assert line.before(key) == pytest.approx(sum(p.work_s for p in model if p.key <= key))
    assert list(line) == sorted(model)
    assert line.first() == min(model)
    assert line.foremost(5) == sorted(model)[:5]
    with pytest.raises(KeyError):
        line.remove(Place(1.0, 10**6, 0.0))


def test_rates_are_found_whatever_the_prior_says() -> None:
    """A step of 10 ms, 2 ms for each request in it, and 1 ms for each prompt token."""
    rng = Random(2)
    rates = Rates(prefill_tokens_per_s=100.0, token_s=0.2)
    for _ in range(400):
        tokens, batch, prefill = rng.randint(1, 500), rng.uniform(1.0, 8.0), rng.randint(0, 3000)
        true = 0.010 * tokens + 0.002 * tokens * batch + 0.001 * prefill
        rates.observe(true * rng.uniform(0.8, 1.2), float(tokens), batch, float(prefill))
    assert rates.token_s(1) == pytest.approx(0.012, rel=0.1)
    assert rates.token_s(8) == pytest.approx(0.026, rel=0.1)
    assert rates.prefill_s == pytest.approx(0.001, rel=0.1)


def test_where_all_are_alike_the_prior_tells_prompts_from_answers() -> None:
    rates = Rates(prefill_tokens_per_s=2000.0, token_s=0.03)
    for _ in range(100):
        rates.observe(1.0, 100.0, 1.0, 1000.0)
    assert 100.0 * rates.token_s(1) + 1000.0 * rates.prefill_s == pytest.approx(1.0, rel=0.05)
    assert rates.prefill_s > 1e-4, "a prompt is not for nothing"


def test_rates_stay_positive_and_finite_whatever_is_observed() -> None:
    rng = Random(3)
    rates = Rates(1000.0, 0.02)
    for _ in range(300):
        rates.observe(
            rng.choice((0.0, 1e-6, 1.0, 1e6)),
            rng.choice((0.0, 1.0, 1e6)),
            rng.uniform(0.0, 20.0),
            rng.choice((0.0, 1.0, 1e6)),
        )
        assert 0.0 < rates.prefill_s < inf
        assert 0.0 < rates.token_s(5) < inf


def test_lengths_learn_each_tenants_habits_and_no_others() -> None:
    lengths = Lengths()
    for _ in range(60):
        lengths.learn("short", 500, 256, 20)
        lengths.learn("long", 500, 256, 800)
    assert lengths.predicted("short", 500, 256, None) < 60
    assert lengths.predicted("long", 500, 256, None) > 500
    assert lengths.predicted("long", 500, 256, 100) == 100
    assert 20 < lengths.predicted("new", 500, 256, None) < 800


def test_lengths_tell_a_tenants_prompts_apart_by_their_size() -> None:
    lengths = Lengths()
    for _ in range(60):
        lengths.learn("t", 200, 256, 50)
        lengths.learn("t", 3000, 256, 600)
    assert (
        lengths.predicted("t", 210, 256, None) < 100 < 400 < lengths.predicted("t", 2900, 256, None)
    )


def test_lengths_tell_apart_what_was_expected_of_prompts_of_the_same_size() -> None:
    """Of ten prompts, five get the long answer that was expected and five the short one: that
    their size is no sign of either must make neither wrong."""
    lengths = Lengths()
    for _ in range(100):
        lengths.learn("t", 500, 300, 300)
        lengths.learn("t", 500, 50, 100)
        lengths.learn("t", 5000, 50, 25)
    assert lengths.predicted("t", 500, 300, None) == pytest.approx(300, rel=0.1)
    assert lengths.predicted("t", 500, 50, None) == pytest.approx(100, rel=0.15)
    assert lengths.predicted("t", 5000, 50, None) == pytest.approx(25, rel=0.15)


def test_an_engine_with_one_place_teaches_what_one_token_takes() -> None:
    """Whoever ends was one of those that ran until then."""
    load = Load(QueuePolicy(concurrent=1, token_s=0.05, prefill_tokens_per_s=500.0))
    load.room.open(1)
    rng, now = Random(5), 0.0
    for number in range(300):
        prompt, answer = rng.randint(1, 2000), rng.randint(2, 400)
        ticket = Ticket(id=str(number), tenant="t", arrived=now, prompt_tokens=prompt)
        load.begin(ticket, load.size(ticket), now)
        seconds = 0.001 * prompt + 0.01 * answer
        load.first_token(ticket.id, now + 0.001 * prompt)
        now += seconds
        load.end(ticket.id, Used(prompt=prompt, completion=answer, seconds=seconds), now)
    asked = Ticket(id="asked", tenant="t", arrived=now, prompt_tokens=1000, expected_output=100)
    size = load.size(asked)
    assert size.work_s == pytest.approx(1.0 + 0.01 * size.output, rel=0.05)


def test_beginnings_of_prompts_are_recognised_for_their_own_tenant_only() -> None:
    prefixes = Prefixes(block=512, most=4)
    prefixes.read("a", (1, 2, 3))
    assert prefixes.cached("a", (1, 2, 9)) == 1024
    assert prefixes.cached("a", (9, 2, 3)) == 0
    assert prefixes.cached("b", (1, 2, 3)) == 0
    prefixes.read("b", (7, 8))
    assert prefixes.cached("a", (1, 2, 3)) == 1024, "the end of a prompt is forgotten first"


def test_nobody_is_held_to_less_than_order_of_arrival_turned_out_to_take() -> None:
    ageing = Ageing(stretch=1.0, guard=0.5, bound_s=60.0)
    ageing.arrived(20.0, others_wait=True)
    assert ageing.patience_s(1.0) == 10.0
    ageing.began(1.0, 9.0)
    assert ageing.patience_s(1.0) == 10.0
    ageing.began(1.0, 35.0)
    assert ageing.patience_s(1.0) == 35.0
    assert ageing.patience_s(4.0) == 10.0, "it waited behind these as well"
    for _ in range(10_000):
        ageing.began(1.0, 1.0)
        ageing.arrived(1.0, others_wait=False)
    assert ageing.patience_s(1.0) < 2.0


def test_the_lag_grows_with_size_and_never_reaches_the_bound() -> None:
    ageing = Ageing(stretch=1.0, guard=1.0, bound_s=60.0)
    assert ageing.lag_s(5.0) == 0.0, "nothing is known"
    ageing.ended(2.0)
    ageing.arrived(100.0, others_wait=False)
    lags = [ageing.lag_s(size) for size in (0.01, 0.1, 1.0, 2.0, 100.0, 1e9)]
    assert lags == sorted(lags)
    assert len(set(lags)) == len(lags)
    assert lags[0] == pytest.approx(0.5)
    assert 59.9 < lags[-1] <= 60.0


def test_equals_are_not_overtaken_because_the_scale_falls() -> None:
    ageing = Ageing(stretch=1.0, guard=1.0, bound_s=60.0)
    ageing.ended(2.0)
    ageing.arrived(20.0, others_wait=False)
    before = ageing.lag_s(1.0)
    for _ in range(500):
        ageing.ended(2.0)
        ageing.arrived(0.1, others_wait=True)
    assert ageing.lag_s(1.0) == before
    ageing.arrived(0.1, others_wait=False)
    assert ageing.lag_s(1.0) < before


def test_a_forecast_corrects_itself_within_limits() -> None:
    forecast = Forecast()
    for _ in range(300):
        forecast.came(2.0, 4.0)
    assert forecast.corrected(10.0) == pytest.approx(20.0, rel=0.1)
    for _ in range(1000):
        forecast.came(1.0, 1e6)
    assert forecast.corrected(10.0) == 40.0


def test_whoever_waits_is_looked_at_ever_more_often_and_in_the_last_moment() -> None:
    patience = Patience()
    patience.watch("a", 1, 108.0, 100.0)
    looks = []
    while patience.next_look() < 108.0:
        now = patience.next_look()
        assert patience.due(now) == "a"
        looks.append(now)
        patience.watch("a", 1, 108.0, now)
    assert looks[:3] == [104.0, 106.0, 107.0]
    assert len(looks) < 10
    assert patience.next_look() == 108.0
    patience.drop("a")
    assert patience.next_look() == inf
    assert patience.due(200.0) is None


def test_patience_forgets_those_that_left() -> None:
    patience = Patience()
    for number in range(10_000):
        patience.watch(f"r{number}", number, 1e9, 0.0)
        patience.drop(f"r{number}")
    assert len(patience._looks) < 100


class Full(Room):
    def __init__(self, requests: int) -> None:
        super().__init__(QueuePolicy(concurrent=20))
        self.open(20)
        for _ in range(requests):
            self.enter(1000.0)


def test_out_of_memory_cuts_once_for_all_that_fail_together() -> None:
    room = Full(10)
    for _ in range(10):
        room.out_of_memory(0)
        room.leave(1000.0)
    assert room.slots == 7
    assert room.most_tokens == pytest.approx(7000.0)


def test_what_was_cut_comes_back_step_by_step() -> None:
    room = Full(10)
    room.out_of_memory(0)
    for _ in range(16):
        room.went_well()
    assert room.slots == 8
    for _ in range(16 * 20):
        room.went_well()
    assert room.slots == 20
    assert room.most_tokens == inf


def test_out_of_memory_at_the_cut_limit_cuts_again() -> None:
    room = Full(10)
    room.out_of_memory(room.epoch)
    for _ in range(4):
        room.leave(1000.0)
    room.enter(1000.0)
    room.out_of_memory(room.epoch)
    assert room.slots == 4


def test_whoever_is_too_large_for_everything_runs_alone() -> None:
    room = Room(QueuePolicy(batch_tokens=1000))
    room.open(4)
    room.headroom(10)
    assert room.fits(50_000.0)
    room.enter(50_000.0)
    assert not room.fits(1.0)
