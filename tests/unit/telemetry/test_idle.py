"""What stopping idle engines saves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.telemetry.idle import savings


@pytest.mark.parametrize(
    ("seconds", "price", "saved"),
    [(2.5, 200_000, 500_000), (0.0, 200_000, 0), (10.0, 0, 0), (0.0019, 1_000, 1), (-3.0, 9, 0)],
)
def test_seconds_stopped_times_the_price_of_a_second(
    seconds: float, price: int, saved: int
) -> None:
    assert savings(seconds, price) == saved


@given(st.floats(-1e3, 1e9), st.integers(0, 10**12))
def test_savings_are_integers_and_never_too_much(seconds: float, price: int) -> None:
    saved = savings(seconds, price)
    assert isinstance(saved, int)
    assert 0 <= saved <= max(0.0, seconds) * price * (1 + 1e-9)
    assert saved >= (max(0.0, seconds) - 0.001) * price * (1 - 1e-9) - 1
