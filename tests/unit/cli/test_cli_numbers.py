from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.cli.numbers import bar, duration, money, percent, price, since, size, tokens
from gilmok.core.money import Price

NOW = 1_800_000_000 * 10**9


@pytest.mark.parametrize(
    ("nano", "shown"),
    [
        (0, "$0"),
        (1, "$0.000000001"),
        (4_200, "$0.0000042"),
        (123_456_789, "$0.123"),
        (500_000_000, "$0.50"),
        (1_000_000_000, "$1.00"),
        (1_234_567_890_000, "$1,234.57"),
        (-2_500_000, "-$0.0025"),
    ],
)
def test_money(nano: int, shown: str) -> None:
    assert money(nano) == shown


@given(st.integers(1, 10**18))
def test_money_is_never_shown_as_nothing(nano: int) -> None:
    assert money(nano).strip("$0.,") != ""


def test_a_price_is_per_million_tokens() -> None:
    assert price(Price(150_000_000, 600_000_000)) == "$0.15/$0.60"


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [(None, "-"), (0.4, "0 ms"), (999.6, "1.0 s"), (3_210, "3.2 s"), (250_000, "4 min 10 s")],
)
def test_duration(milliseconds: float | None, shown: str) -> None:
    assert duration(milliseconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [(512, "512"), (4096, "4k"), (8192, "8k"), (128_000, "128k"), (1_047_576, "1.0M")],
)
def test_tokens(count: int, shown: str) -> None:
    assert tokens(count) == shown


def test_percent_and_size() -> None:
    assert (percent(None), percent(0.666)) == ("-", "67 %")
    assert (size(512), size(98 * 2**20), size(3 * 2**30)) == ("512 B", "98 MiB", "3.0 GiB")


@pytest.mark.parametrize(
    ("text", "seconds"), [("30m", 1800), ("12h", 43_200), ("7d", 604_800), ("2w", 1_209_600)]
)
def test_spans(text: str, seconds: int) -> None:
    assert NOW - since(text, NOW) == seconds * 10**9


def test_a_span_never_begins_before_time() -> None:
    assert since("99999w", NOW) == 0


@pytest.mark.parametrize("text", ["", "d", "7", "7y", "-7d", "７d", "1e9d", "yesterday"])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        since(text, NOW)


@given(st.floats(0, 1e9), st.floats(1, 1e9), st.integers(1, 40))
def test_a_bar_fits(value: float, largest: float, width: int) -> None:
    drawn = bar(min(value, largest), largest, width)
    assert len(drawn) <= width
    assert bool(drawn) == (value > 0)
