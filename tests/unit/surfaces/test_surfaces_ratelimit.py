"""What is left of limits, in OpenAI's words."""

from __future__ import annotations

import re

import pytest

from gilmok.core.errors import LimitReached, TooManyRequests
from gilmok.core.terms import Allowance, Allowances
from gilmok.surfaces.errors import error_headers
from gilmok.surfaces.ratelimit import allowance_headers, duration

_PARTS = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+)s)?(?:(\d+)ms)?")


def seconds(text: str) -> float:
    """As a client reads it."""
    found = _PARTS.fullmatch(text)
    assert found is not None, text
    hours, minutes, rest, milliseconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest + milliseconds / 1000


@pytest.mark.parametrize(
    ("wait", "text"),
    [
        (0.0, "0s"),
        (1e-9, "1ms"),
        (0.012, "12ms"),
        (0.9991, "1s"),
        (1.0, "1s"),
        (8.64, "8.64s"),
        (59.9991, "1m0s"),
        (360.0, "6m0s"),
        (86_398.5, "23h59m59s"),
        (86_400.0, "24h0m0s"),
    ],
)
def test_durations_are_openais(wait: float, text: str) -> None:
    assert duration(wait) == text


def test_a_duration_is_never_too_short() -> None:
    for number in range(1, 4000):
        wait = number**2 / 97.0
        assert wait <= seconds(duration(wait)) <= wait + max(0.0011, min(1.0, wait / 10))


def test_only_what_is_limited_has_headers() -> None:
    assert allowance_headers(Allowances()) == []
    found = dict(allowance_headers(Allowances(tokens=Allowance(100, 40, 36.0))))
    assert found == {
        "x-ratelimit-limit-tokens": "100",
        "x-ratelimit-remaining-tokens": "40",
        "x-ratelimit-reset-tokens": "36s",
    }


def test_a_refusal_tells_of_the_limit_that_refused() -> None:
    error = LimitReached(
        scope="key", limit="tokens_per_day", most=100, left=40, wait_s=7200.5, full_s=7200.5
    )
    found = dict(error_headers(error, "dec_1"))
    assert found["retry-after"] == "7201"
    assert found["x-ratelimit-remaining-tokens"] == "40"
    assert found["x-ratelimit-reset-tokens"] == "2h0m1s"
    assert "3 h" in error.message("en")
    assert "3시간" in error.message("ko")


def test_concurrency_has_no_rate() -> None:
    found = dict(error_headers(TooManyRequests("key", 3, 1.0), "dec_1"))
    assert not [name for name in found if name.startswith("x-ratelimit")]
    assert found["retry-after"] == "1"
