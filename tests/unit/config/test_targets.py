"""What callers are promised: `[telemetry]` and the plans."""

from __future__ import annotations

import pytest

from gilmok.composition import parts
from gilmok.core.goodput import TWO_SECONDS, Targets
from tests.unit.config.conftest import Checker, Loader


def test_two_seconds_where_nothing_is_said(config: Loader) -> None:
    assert parts.targets(config("")) == TWO_SECONDS
    assert TWO_SECONDS.of("anybody") == 2000.0


def test_a_plan_may_promise_otherwise(config: Loader) -> None:
    given = config(
        "[telemetry]\nfirst_token_target_s = 3\n"
        '[[plans]]\nid = "paid"\nfirst_token_target_s = 0.5\n[[plans]]\nid = "free"\n'
    )
    targets = parts.targets(given)
    assert targets == Targets(3.0, {"paid": 0.5})
    assert (targets.of("paid"), targets.of("free")) == (500.0, 3000.0)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[telemetry]\nfirst_token_target_s = 0\n", "telemetry.first_token_target_s"),
        ('[[plans]]\nid = "x"\nfirst_token_target_s = -1\n', "plans[0].first_token_target_s"),
    ],
)
def test_a_promise_is_a_time(checked: Checker, text: str, key: str) -> None:
    assert [error.parameters["key"] for error in checked(text).errors] == [key]
