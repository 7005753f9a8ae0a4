"""The law of money, short form; `python -m fuzz.money` is the long one."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.laws.money import Money

TestMoney = Money.TestCase
TestMoney.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
