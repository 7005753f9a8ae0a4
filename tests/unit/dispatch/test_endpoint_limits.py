"""What one attempt takes of its endpoint: all of it or nothing, given back whatever happens."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gilmok.core.errors import CapReached, CapTooSmall, ConnectFailed, EndpointFull
from gilmok.core.terms import UNLIMITED, Caps, Pace
from gilmok.dispatch import EndpointLimits
from gilmok.dispatch.policy import DispatchPolicy, NextCandidate, after, verdict
from gilmok.ledger import Budget, EndpointCaps, Ledger, MemoryAccounts
from gilmok.state import MemoryLimiter
from gilmok.system import SystemClock
from tests.unit import nouns
from tests.unit.ledger.samples import candidate

ONE_AT_ONCE = Pace(concurrency=1)
DEAR = candidate("dear", worst=40, caps=Caps(daily=100))
PACED = candidate("dear", worst=40, caps=Caps(daily=100), pace=ONE_AT_ONCE)
REQUEST, INSPECTION = nouns.request(), nouns.inspection()


class Gate:
    def __init__(self) -> None:
        self.ledger = Ledger()
        self.ledger.endpoint_caps = EndpointCaps(MemoryAccounts(), [DEAR.endpoint], "UTC")
        self.limits = EndpointLimits(MemoryLimiter(SystemClock()), self.ledger)

    @property
    def cap(self) -> Budget:
        assert self.ledger.endpoint_caps is not None
        (budget,) = self.ledger.endpoint_caps.budgets(REQUEST.received_at)
        return budget


def test_nothing_is_taken_where_nothing_is_limited() -> None:
    plain = candidate()
    assert plain.endpoint.pace is UNLIMITED
    assert Gate().limits.take(plain, REQUEST, INSPECTION) is None


def test_money_and_pace_are_given_back_together_and_once() -> None:
    gate = Gate()
    reserve = gate.limits.take(PACED, REQUEST, INSPECTION)
    assert reserve is not None
    assert gate.cap.held == 40
    with pytest.raises(EndpointFull):
        gate.limits.take(PACED, REQUEST, INSPECTION)
    assert gate.cap.held == 40, "who found it full holds nothing"
    reserve.end(10, 25)
    reserve.end(10, 25)
    assert (gate.cap.spent, gate.cap.held) == (25, 0)
    assert gate.limits.take(PACED, REQUEST, INSPECTION) is not None


def test_who_finds_no_money_takes_no_place() -> None:
    gate = Gate()
    dear = replace(PACED, worst_cost=101)
    with pytest.raises(CapTooSmall):
        gate.limits.take(dear, REQUEST, INSPECTION)
    assert gate.limits.take(PACED, REQUEST, INSPECTION) is not None


def test_a_cap_that_a_reload_took_away_holds_nothing() -> None:
    gate = Gate()
    gate.ledger.endpoint_caps = None
    reserve = gate.limits.take(DEAR, REQUEST, INSPECTION)
    assert reserve is not None
    reserve.end(1, 1)


def test_nobody_is_asked_again_before_the_cap_is_renewed() -> None:
    error = CapTooSmall("dear", "2025-06-16T00:00:00Z")
    step = after(
        error, tries=1, others_left=True, time_left_s=60, policy=DispatchPolicy(), chance=0.5
    )
    assert step == NextCandidate()
    assert error.reason == "cap"
    assert not error.counts_against_health


def test_where_caps_left_nobody_the_caller_is_told_so() -> None:
    over = [("a", CapTooSmall("a", "2025-07-01")), ("b", CapTooSmall("b", "2025-06-16"))]
    told = verdict(list(over), INSPECTION, 100)
    assert isinstance(told, CapReached)
    assert told.parameters == {"endpoints": "a, b", "resets_at": "2025-06-16"}
    mixed = verdict([*over, ("c", ConnectFailed("x"))], INSPECTION, 100)
    assert not isinstance(mixed, CapReached)
