"""What a candidate is expected to cost, and what is held for it."""

from __future__ import annotations

from msgspec.structs import replace

from gilmok.core.billing import cost_of
from gilmok.core.completion import Usage
from gilmok.core.endpoint import PriceSource, Snapshot, Standing
from gilmok.core.inspection import TokenBounds
from gilmok.core.money import Price, Rates, nano
from gilmok.core.plan import Candidate
from gilmok.core.request import Sampling
from gilmok.routing import Objective, Router
from tests.unit import nouns

ROUTER = Router(lambda endpoint, request: (), Objective())
TOKENS = TokenBounds(20, 60)
PLAIN = Price(nano(1), nano(10))


def candidate(
    price: Price,
    *,
    tokens: TokenBounds = TOKENS,
    vocabulary: str | None = None,
    deadline: float = 100.0,
) -> Candidate:
    endpoint = replace(nouns.endpoint(price=price), vocabulary=vocabulary)
    asked = replace(nouns.request(sampling=Sampling(max_tokens=50)), deadline=deadline)
    seen = replace(nouns.inspection(), tokens=tokens)
    plan = ROUTER.plan(asked, seen, nouns.CALLER, Snapshot.of(Standing.unmeasured(endpoint)), 90.0)
    (found,) = plan.candidates
    return found


def test_plain_prices_hold_bound_and_longest_answer() -> None:
    assert candidate(PLAIN).worst_cost == 60 * 1_000 + 50 * 10_000


def test_the_dearest_part_is_held_and_the_plain_one_expected() -> None:
    """Nobody knows before whether a cache is written or how much is thought."""
    rates = Rates(cached_input=0, cache_write=nano("1.25"), reasoning=nano(20))
    found = candidate(replace(PLAIN, rates=rates))
    assert found.worst_cost == 60 * 1_250 + 50 * 20_000
    assert found.expected_cost == cost_of(PLAIN, Usage(20, 50))


def test_time_is_held_until_the_deadline() -> None:
    by_time = Price(rates=Rates(second=nano(1)))
    assert candidate(by_time, deadline=100.0).worst_cost == nano(11)
    assert candidate(by_time, deadline=91.5).worst_cost == nano("2.5")
    assert candidate(by_time, deadline=80.0).worst_cost == nano(1)
    assert 0 < candidate(by_time).expected_cost < nano(11)


def test_images_are_held_one_by_one() -> None:
    by_image = Price(rates=Rates(image=nano("0.01")))
    assert candidate(by_image, tokens=TokenBounds(20, 60, images=3)).worst_cost == nano("0.03")


def test_a_counted_vocabulary_holds_less_and_only_for_its_models() -> None:
    counted = TokenBounds(20, 4_000, counted=(("o200k_base", 900), ("qwen3", 950)))
    worst = {
        name: candidate(PLAIN, tokens=counted, vocabulary=name).worst_cost
        for name in ("o200k_base", "qwen3", "llama3", None)
    }
    answer = 50 * 10_000
    assert worst == {
        "o200k_base": 900_000 + answer,
        "qwen3": 950_000 + answer,
        "llama3": 4_000_000 + answer,
        None: 4_000_000 + answer,
    }


def test_a_price_that_nobody_wants_to_guess_is_a_veto() -> None:
    refused = replace(nouns.endpoint(), price_source=PriceSource.UNKNOWN)
    assumed = replace(nouns.endpoint("b"), price_source=PriceSource.ASSUMED)
    fleet = Snapshot.of(*map(Standing.unmeasured, (refused, assumed)))
    plan = ROUTER.plan(nouns.request(), nouns.inspection(), nouns.CALLER, fleet, 0.0)
    assert [(v.endpoint_id, v.code) for v in plan.vetoes] == [("a", "price")]
    assert [c.endpoint.id for c in plan.candidates] == ["b"]
