"""Law 2 where it begins: what a call costs, and what it can cost at most."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gilmok.core.billing import cost_of, needs_images, needs_time, worst_cost
from gilmok.core.completion import Usage
from gilmok.core.money import Price, Rates, nano

RATE = st.integers(0, 10**12)
PART = st.none() | RATE
TOKENS = st.integers(0, 10**7)
PARTS = ("cached", "cache_write", "audio_input", "image_input")
ANSWER_PARTS = ("reasoning", "audio_output", "image_output")


@st.composite
def rates(draw: st.DrawFn, long: Price | None = None) -> Rates:
    parts: dict[str, Any] = {
        name: draw(PART)
        for name in (
            "cached_input", "cache_write", "audio_input", "image_input",
            "reasoning", "audio_output", "image_output",
        )
    }  # fmt: skip
    beside = {name: draw(RATE) for name in ("image", "request", "second", "unit")}
    return Rates(**parts, **beside, long=long, long_from=draw(st.integers(0, 10**6)))


@st.composite
def prices(draw: st.DrawFn) -> Price:
    kind = draw(st.sampled_from(("plain", "parts", "lengths")))
    if kind == "plain":
        return Price(draw(RATE), draw(RATE))
    long = None
    if kind == "lengths":
        long = Price(draw(RATE), draw(RATE), draw(st.none() | rates()))
    return Price(draw(RATE), draw(RATE), draw(rates(long)))


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """What an upstream may claim: parts need not fit their whole."""
    parts: dict[str, Any] = {name: draw(TOKENS) for name in (*PARTS, *ANSWER_PARTS)}
    images, took = draw(st.integers(0, 100)), draw(st.integers(0, 10**7))
    parts["units"] = draw(st.integers(-5, 10**7))
    return Usage(draw(TOKENS), draw(TOKENS), **parts, images=images, milliseconds=took)


@given(prices(), usages(), st.tuples(TOKENS, TOKENS, st.integers(0, 9), st.integers(0, 10**6)))
def test_nothing_costs_more_than_its_worst_case(
    price: Price, usage: Usage, slack: tuple[int, int, int, int]
) -> None:
    prompt, completion, images, took = slack
    worst = worst_cost(
        price,
        usage.prompt + prompt,
        usage.completion + completion,
        usage.images + images,
        usage.milliseconds + took,
        max(0, usage.units),
    )
    assert 0 <= cost_of(price, usage) <= worst


@given(prices(), usages(), TOKENS)
def test_more_of_an_answer_never_costs_less(price: Price, usage: Usage, more: int) -> None:
    longer = replace(usage, completion=usage.completion + more)
    assert cost_of(price, longer) >= cost_of(price, usage)


@given(prices(), usages(), st.sampled_from(("images", "milliseconds", "units")), TOKENS)
def test_more_images_and_more_time_never_cost_less(
    price: Price, usage: Usage, what: str, more: int
) -> None:
    longer = replace(usage, **{what: getattr(usage, what) + more})
    assert cost_of(price, longer) >= cost_of(price, usage)


@given(RATE, RATE, TOKENS, TOKENS, TOKENS)
def test_more_of_a_prompt_never_costs_less(
    short: int, step: int, output: int, prompt: int, more: int
) -> None:
    """Where a longer prompt's price is the higher one, as every provider has it."""
    price = Price(short, output, Rates(long=Price(short + step, output), long_from=200_000))
    before = cost_of(price, Usage(prompt, 5))
    assert cost_of(price, Usage(prompt + more, 5)) >= before


@given(prices(), usages())
def test_the_cost_is_the_exact_sum_rounded_up_once(price: Price, usage: Usage) -> None:
    exact = _exact(price, usage)
    assert 0 <= cost_of(price, usage) - exact < 1


def _exact(price: Price, usage: Usage) -> Fraction:
    """The same bill in fractions, part by part."""
    while price.rates and price.rates.long and usage.prompt > price.rates.long_from:
        price = price.rates.long
    rates = price.rates or Rates()
    total = Fraction(rates.request + usage.images * rates.image)
    total += Fraction(usage.milliseconds * rates.second, 1000)
    total += Fraction(max(0, usage.units) * rates.unit, 10**6)
    sides = (
        (usage.prompt, price.input, ("audio_input", "image_input", "cache_write", "cached")),
        (usage.completion, price.output, ("audio_output", "image_output", "reasoning")),
    )
    for left, plain, names in sides:
        for name in names:
            rate = getattr(rates, "cached_input" if name == "cached" else name)
            part = min(getattr(usage, name), left)
            left -= part
            total += Fraction(part * (plain if rate is None else rate), 10**6)
        total += Fraction(left * plain, 10**6)
    return total


def test_a_published_bill() -> None:
    """Claude Haiku 4.5, USD per 1M: 1 in, 5 out, 0.10 cache reads, 1.25 cache writes."""
    haiku = Price(nano(1), nano(5), Rates(cached_input=nano("0.1"), cache_write=nano("1.25")))
    usage = Usage(125, 3, cached=100, cache_write=20)
    # 5 fresh, 100 read, 20 kept, 3 answered: 5 + 10 + 25 + 15 = 55 micro-dollars.
    assert cost_of(haiku, usage) == 55_000


def test_reasoning_is_part_of_the_answer_and_costs_like_it() -> None:
    price = Price(0, nano(10), Rates(cached_input=0))
    assert cost_of(price, Usage(0, 100, reasoning=90)) == cost_of(price, Usage(0, 100))


def test_a_machine_is_paid_by_the_second() -> None:
    """A rented GPU at 2 USD an hour: 1.5 s are 833,333 nano-dollars."""
    price = Price(rates=Rates(second=nano("2") // 3600))
    assert needs_time(price)
    assert cost_of(price, Usage(1_000, 1_000, milliseconds=1_500)) == 833_333
    assert worst_cost(price, 10**9, 10**9, 0, 1_500) == 833_333


@pytest.mark.parametrize(
    "field", ["prompt", "completion", *PARTS, "images", "milliseconds", "units"]
)
def test_negative_numbers_earn_nothing(field: str) -> None:
    price = Price(nano(1), nano(1), Rates(cached_input=1, image=1, second=1, unit=1))
    assert cost_of(price, replace(Usage(0, 0), **{field: -5})) == 0


def test_only_what_is_billed_is_measured() -> None:
    assert not needs_time(Price(1, 1))
    assert not needs_images(Price(1, 1))
    long = Price(1, 1, Rates(image=1))
    assert needs_images(Price(1, 1, Rates(long=long, long_from=10)))
