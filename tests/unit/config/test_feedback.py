"""`[feedback]`: what it accepts, and what becomes of it."""

from __future__ import annotations

import pytest

from gilmok.composition import parts
from gilmok.lab import FeedbackPolicy, ScoreWeights
from tests.unit.config.conftest import Checker, Loader


def test_the_defaults_are_the_documents(config: Loader) -> None:
    assert parts.feedback(config("")) == FeedbackPolicy()


def test_every_option_arrives(config: Loader) -> None:
    given = config(
        "[feedback]\nweight_cost = 0.1\nweight_speed = 0.2\nweight_reliability = 0.7\n"
        "cost_usd = 2.5\nsavings_usd = 0.25\nreliability = 0.9\nspeed = 0.4\n"
        "target_latency_ms = 900\nlocal_share_low = 0.2\nlocal_share_high = 0.6\n"
    )
    assert parts.feedback(given) == FeedbackPolicy(
        weights=ScoreWeights(cost=0.1, speed=0.2, reliability=0.7),
        cost=2_500_000_000,
        savings=250_000_000,
        reliability=0.9,
        speed=0.4,
        target_latency_ms=900,
        local_share_low=0.2,
        local_share_high=0.6,
    )


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("cost_usd = 0", "feedback.cost_usd"),
        ("target_latency_ms = 0", "feedback.target_latency_ms"),
        ("weight_cost = 1.5", "feedback.weight_cost"),
        ("local_share_low = 0.8", "feedback.local_share_high"),
    ],
)
def test_what_makes_no_sense_is_refused(checked: Checker, line: str, key: str) -> None:
    found = checked(f"[feedback]\n{line}\n")
    assert [error.parameters["key"] for error in found.errors] == [key]
