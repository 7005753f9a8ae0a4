"""The monthly cost formula, by the document it comes from, and what stands beside it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.core.money import NANO_PER_USD, Price, nano
from gilmok.lab import forecast, monthly_cost
from gilmok.ledger import EndpointTraffic, Traffic

DAY = 86_400 * 10**9
PRICING = {
    "gpt-4o": (2.50, 10.00),
    "gpt-4o-mini": (0.15, 0.60),
    "claude-sonnet-4-20250514": (3.00, 15.00),
}
"""The document's own table: USD per 1M tokens."""
MINI = Price(nano("0.15"), nano("0.60"))


def tracked(model: str, prompt: int, completion: int) -> float:
    """The document's `CostTracker.track`."""
    price_in, price_out = PRICING[model]
    return (prompt * price_in + completion * price_out) / 1_000_000


@pytest.mark.parametrize("model", PRICING)
@pytest.mark.parametrize(("a_day", "prompt", "completion"), [(1_000, 500, 200), (1, 1, 1)])
def test_a_month_is_thirty_days_of_the_documents_cost(
    model: str, a_day: int, prompt: int, completion: int
) -> None:
    price_in, price_out = PRICING[model]
    price = Price(nano(price_in), nano(price_out))
    monthly = monthly_cost(a_day, prompt, completion, price) / NANO_PER_USD
    assert monthly == pytest.approx(30 * a_day * tracked(model, prompt, completion), rel=1e-9)


def test_the_formula_by_hand() -> None:
    """1,000 a day, 500 in, 200 out, GPT-4o mini: 1000 · 30 · (500 · 0.15 + 200 · 0.60) / 1M USD."""
    assert monthly_cost(1_000, 500, 200, MINI) == nano("5.85")


@given(st.integers(1, 10**6), st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 366))
def test_averages_lose_nothing(requests: int, prompt: int, completion: int, days: int) -> None:
    """By averages of a request or by sums of all requests: the same to the last nano-dollar."""
    each_in, each_out = Fraction(prompt, requests), Fraction(completion, requests)
    monthly = monthly_cost(Fraction(requests, days), each_in, each_out, MINI)
    exact = Fraction(30 * (prompt * MINI.input + completion * MINI.output), days * 10**6)
    assert 0 <= monthly - exact < 1


def seen(*endpoints: EndpointTraffic, days: float = 10, requests: int = 1_000) -> Traffic:
    cost = sum(e.cost for e in endpoints)
    return Traffic(
        since=0, until=int(days * DAY), requests=requests, cost=cost, endpoints=endpoints
    )


def at(id: str, requests: int = 500, cost: int = nano("0.1")) -> EndpointTraffic:
    return EndpointTraffic(
        endpoint_id=id,
        model=f"{id}-model",
        requests=requests,
        prompt_tokens=requests * 500,
        completion_tokens=requests * 200,
        cost=cost,
    )


def test_a_forecast_adds_up() -> None:
    found = forecast(seen(at("cloud"), at("here", cost=0)), {"cloud": MINI, "here": Price()}, MINI)
    cloud, here = found.endpoints
    assert (cloud.requests_per_day, cloud.input_tokens, cloud.output_tokens) == (50, 500, 200)
    assert cloud.monthly == nano("0.2925")
    assert here.monthly == 0
    assert found.monthly == cloud.monthly
    assert found.charged == cloud.charged == nano("0.3")
    assert found.reference_monthly == nano("0.585")
    assert found.savings == nano("0.285")
    assert not found.is_thin


def test_an_unknown_price_makes_no_sum() -> None:
    found = forecast(seen(at("cloud"), at("new")), {"cloud": MINI, "new": None})
    assert [e.monthly for e in found.endpoints] == [nano("0.2925"), None]
    assert found.monthly is None
    assert found.charged == nano("0.6")
    assert (found.reference_monthly, found.savings) == (None, None)


def test_little_is_called_thin_and_a_moment_is_an_hour() -> None:
    found = forecast(seen(at("cloud", requests=1), days=0.001, requests=1), {"cloud": MINI})
    assert found.is_thin
    assert found.days == pytest.approx(1 / 24)
    assert found.requests_per_day == pytest.approx(24)


def test_nothing_seen_costs_nothing() -> None:
    found = forecast(seen(requests=0), {}, MINI)
    assert (found.monthly, found.charged, found.reference_monthly) == (0, 0, 0)
