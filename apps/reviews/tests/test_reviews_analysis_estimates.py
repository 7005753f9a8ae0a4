"""Intervals hold what they promise, for labels that are certain and for labels that are not."""

from __future__ import annotations

from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gilmok_reviews.analysis.estimates import (
    between,
    difference,
    more_often,
    q_values,
    shares,
    wilson,
)
from gilmok_reviews.analysis.results import Rate

EVEN = (1 / 3, 1 / 3, 1 / 3)
counts = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
feelings = st.lists(st.tuples(*[st.floats(0.001, 1.0)] * 3), min_size=1, max_size=60)


def is_a_rate(rate: Rate) -> bool:
    return 0.0 <= rate.low <= rate.value <= rate.high <= 1.0


@settings(deadline=None)
@given(counts)
def test_wilsons_interval_holds_the_share(count: tuple[int, int]) -> None:
    assert is_a_rate(wilson(*count))


def test_wilsons_interval_is_the_published_one() -> None:
    rate = wilson(81, 263)  # Newcombe 1998, table I: 0.2553 to 0.3662
    assert rate.low == pytest.approx(0.2553, abs=5e-5)
    assert rate.high == pytest.approx(0.3662, abs=5e-5)


@settings(deadline=None)
@given(counts, counts)
def test_a_difference_holds_its_value_and_turns_with_its_sides(
    one: tuple[int, int], two: tuple[int, int]
) -> None:
    there = difference(wilson(*one), wilson(*two))
    back = difference(wilson(*two), wilson(*one))
    assert -1.0 <= there.low <= there.value <= there.high <= 1.0
    assert back.low == pytest.approx(-there.high)
    assert back.high == pytest.approx(-there.low)


def test_newcombes_difference_is_the_published_one() -> None:
    found = difference(wilson(56, 70), wilson(48, 80))  # Newcombe 1998 (II), method 10
    assert found.low == pytest.approx(0.0524, abs=5e-5)
    assert found.high == pytest.approx(0.3339, abs=5e-5)


@settings(max_examples=60, deadline=None)
@given(feelings)
def test_shares_are_rates_that_sum_to_one(rows: list[tuple[float, float, float]]) -> None:
    probabilities = np.array(rows)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    found = shares(probabilities, EVEN)
    assert all(is_a_rate(rate) for rate in found)
    assert sum(rate.value for rate in found) == pytest.approx(1.0, abs=0.02)


@settings(max_examples=40, deadline=None)
@given(feelings, st.permutations(range(3)))
def test_the_order_of_reviews_and_of_moods_does_not_matter(
    rows: list[tuple[float, float, float]], order: list[int]
) -> None:
    probabilities = np.array(rows)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    found = shares(probabilities, EVEN)
    turned = shares(probabilities[::-1][:, order], EVEN)
    for rate, index in zip(turned, order, strict=True):
        assert rate.value == pytest.approx(found[index].value, abs=1e-6)


def test_another_happy_review_makes_the_place_happier() -> None:
    happy, sad = [0.9, 0.05, 0.05], [0.05, 0.05, 0.9]
    values = [shares(np.array([happy] * n + [sad] * 5), EVEN)[0].value for n in range(1, 20)]
    assert values == sorted(values)


def test_more_reviews_make_the_interval_narrower() -> None:
    rows = [[0.9, 0.05, 0.05], [0.9, 0.05, 0.05], [0.05, 0.05, 0.9]]
    widths = [(r := shares(np.array(rows * n), EVEN)[0]).high - r.low for n in (1, 4, 16, 64)]
    assert widths == sorted(widths, reverse=True)


def test_no_review_says_nothing() -> None:
    assert [(r.low, r.high) for r in shares(np.zeros((0, 3)), EVEN)] == [(0.0, 1.0)] * 3


def classified(share: float, size: int, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Reviews of a place, as a calibrated classifier with about 88 % right sees them."""
    prior = np.array([0.45, 0.1, 0.45])
    truth = rng.choice(3, size=size, p=[share, 0.1, 0.9 - share])
    middle = np.array([1.6, 0.0, -1.6])
    seen = rng.normal(middle[truth], 1.0)
    chance = np.exp(-((seen[:, None] - middle) ** 2) / 2) * prior
    return chance / chance.sum(axis=1, keepdims=True), share


@pytest.mark.parametrize("size", [20, 200])
def test_the_interval_holds_the_truth_where_counting_does_not(size: int) -> None:
    rng = np.random.default_rng(7)
    held, counted = [], []
    for _ in range(150):
        probabilities, truth = classified(rng.uniform(0.05, 0.85), size, rng)
        rate = shares(probabilities, (0.45, 0.1, 0.45))[0]
        naive = wilson(int((probabilities.argmax(axis=1) == 0).sum()), size)
        held.append(rate.low <= truth <= rate.high)
        counted.append(naive.low <= truth <= naive.high)
    assert fmean(held) >= 0.90
    assert fmean(held) > fmean(counted)


def test_a_place_like_all_others_is_seldom_remarkable() -> None:
    """Though every place has a rate of its own: by chance alone one in twenty, at most."""
    rng = np.random.default_rng(3)
    remarkable = []
    for _ in range(600):
        rates = np.clip(rng.normal(0.25, 0.08, 6), 0.01, 0.9)
        sizes = rng.integers(40, 200, 6)
        found = rng.binomial(sizes, rates)
        others = list(zip(found[1:].tolist(), sizes[1:].tolist(), strict=True))
        remarkable.append(more_often(int(found[0]), int(sizes[0]), others) < 0.05)
    assert fmean(remarkable) <= 0.07


def test_a_place_unlike_all_others_is_remarkable() -> None:
    assert more_often(30, 60, [(5, 60), (7, 60), (6, 60), (4, 60)]) < 0.001


def test_fishers_tea_tasting() -> None:
    assert more_often(3, 4, [(1, 4)]) == pytest.approx(17 / 70)


@pytest.mark.parametrize("others", [[], [(0, 0)]])
def test_nothing_is_remarkable_beside_nobody(others: list[tuple[int, int]]) -> None:
    assert more_often(5, 5, others) == 1.0


def test_places_that_differ_by_chance_alone_do_not_differ() -> None:
    assert between([(10, 100), (11, 100), (9, 100), (10, 100)]) == 0.0
    assert between([(10, 100), (60, 100), (90, 100)]) > 0.05


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 1.0), max_size=30))
def test_q_values_are_never_below_their_p_values_and_keep_their_order(values: list[float]) -> None:
    found = q_values(values)
    assert all(p - 1e-12 <= q <= 1.0 for p, q in zip(values, found, strict=True))
    by_p = [found[i] for i in sorted(range(len(values)), key=values.__getitem__)]
    assert by_p == sorted(by_p)


def test_benjamini_and_hochbergs_example() -> None:
    found = q_values([0.01, 0.04, 0.03, 0.5])
    assert found == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
