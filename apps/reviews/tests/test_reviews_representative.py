"""The representative vector: a sum that reviews join and leave equals one made anew."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gilmok_reviews.domain import Review
from gilmok_reviews.representative import (
    EPOCH,
    Mean,
    Weights,
    empty,
    mean,
    nearest,
    weigh,
)

WIDTH = 8
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def unit(seed: int) -> NDArray[np.float32]:
    row = np.random.default_rng(seed).standard_normal(WIDTH)
    return (row / np.linalg.norm(row)).astype(np.float32)


def review(days: float, text: str = "국물이 진해요", rating: float | None = None) -> Review:
    at = NOW - timedelta(days=days)
    return Review(id="v", restaurant_id="r", text=text, written_at=at, rating=rating)


ages = st.one_of(st.floats(0, 30), st.floats(0, 20_000))
ratings = st.one_of(st.none(), st.floats(1, 5))
steps = st.lists(
    st.tuples(st.sampled_from(["join", "leave", "change"]), st.integers(0, 10**6), ages, ratings),
    min_size=1,
    max_size=60,
)
weights = st.builds(
    Weights,
    half_life_days=st.sampled_from([0.0, 1.0, 30.0, 365.0]),
    length=st.sampled_from([0.0, 0.5, 1.0]),
    rating=st.sampled_from([0.0, 2.0]),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(steps, weights)
def test_joining_leaving_and_changing_equals_making_it_anew(
    done: list[tuple[str, int, float, float | None]], chosen: Weights
) -> None:
    members: list[tuple[NDArray[np.float32], Review]] = []
    kept: Mean = empty(WIDTH)
    for what, number, age, rating in done:
        if what != "join" and members:
            old = members.pop(number % len(members))
            kept = kept.left(old[0], weigh(old[1], chosen))
        if what != "leave":
            new = (unit(number), review(age, "가" * (1 + number % 120), rating))
            members.append(new)
            kept = kept.joined(new[0], weigh(new[1], chosen))
        if kept.worn:  # As `store.sums` does.
            kept = mean(WIDTH, [(v, weigh(r, chosen)) for v, r in members])
    anew = mean(WIDTH, [(v, weigh(r, chosen)) for v, r in members])
    assert kept.count == anew.count == len(members)
    here, there = kept.vector(), anew.vector()
    assert (here is None) == (there is None)
    if here is not None and there is not None:
        assert np.allclose(here, there, atol=1e-6)
        assert abs(float(np.linalg.norm(here)) - 1.0) < 1e-6


@given(st.floats(0, 20_000), st.sampled_from([1.0, 30.0, 365.0]))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_half_life_halves(days: float, half_life: float) -> None:
    chosen = Weights(half_life_days=half_life, length=0)
    old, new = weigh(review(days + half_life), chosen), weigh(review(days), chosen)
    ratio = math.log2(new.factor / old.factor) + new.exponent - old.exponent
    assert ratio == pytest.approx(1.0, abs=1e-6)


def test_the_mean_does_not_depend_on_the_day_it_is_read() -> None:
    """Weights with another epoch differ by one factor, and the vector not at all."""
    members = [(unit(n), review(n * 40.0)) for n in range(20)]
    chosen = Weights(half_life_days=90, length=0)
    read = mean(WIDTH, [(v, weigh(r, chosen)) for v, r in members]).vector()
    for today in (NOW, NOW + timedelta(days=777)):
        by_age = np.zeros(WIDTH)
        for row, one in members:
            by_age += row * 0.5 ** ((today - one.written_at).total_seconds() / 86_400 / 90)
        assert read is not None
        assert np.allclose(read, by_age / np.linalg.norm(by_age), atol=1e-6)


def test_after_the_newest_leaves_what_remains_is_not_rounding() -> None:
    chosen = Weights(half_life_days=1, length=0)
    old, new = review(80), review(0)
    kept = empty(WIDTH).joined(unit(1), weigh(old, chosen)).joined(unit(2), weigh(new, chosen))
    kept = kept.left(unit(2), weigh(new, chosen))
    assert kept.worn
    assert not mean(WIDTH, [(unit(1), weigh(old, chosen))]).worn


def test_lengths_and_ratings_weigh_as_configured() -> None:
    chosen = Weights(half_life_days=0, length=0.5, full_length=80, rating=1.0)
    assert weigh(review(0, "가" * 20), chosen).factor == pytest.approx(0.5)
    assert weigh(review(0, "가" * 500), chosen).factor == 1.0
    assert weigh(review(0, "가" * 80, 5.0), chosen).factor == pytest.approx(2.0)
    assert weigh(review(0, "가" * 80, 3.0), chosen).factor == pytest.approx(1.0)
    assert weigh(review(0, "가"), Weights(half_life_days=0, length=0)).exponent == 0


def test_dates_before_the_epoch_weigh_too() -> None:
    before = Review(id="v", restaurant_id="r", text="x", written_at=EPOCH - timedelta(days=10_000))
    made = empty(WIDTH).joined(unit(3), weigh(before, Weights()))
    read = made.vector()
    assert read is not None
    assert np.allclose(read, unit(3), atol=1e-6)


def test_members_that_cancel_out_stand_for_nothing() -> None:
    chosen = Weights(half_life_days=0, length=0)
    one = weigh(review(0), chosen)
    assert empty(WIDTH).vector() is None
    assert empty(WIDTH).joined(unit(1), one).joined(-unit(1), one).vector() is None


def test_the_nearest_rows_first() -> None:
    rows = np.stack([unit(1), unit(2), -unit(1)])
    found = nearest(rows, unit(1), 2)
    assert found[0][0] == 0
    assert found[0][1] == pytest.approx(1.0)
    assert len(found) == 2
    assert nearest(np.zeros((0, WIDTH), dtype=np.float32), unit(1), 3) == []
