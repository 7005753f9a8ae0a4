"""Law 2 in memory: every hold ends once, every attempt is charged at most once."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.ledger.samples import NOW, candidate, plan

from gilmok.core.billing import cost_of
from gilmok.core.completion import Usage
from gilmok.core.errors import BudgetExceeded
from gilmok.core.identity import Caller
from gilmok.core.money import Price
from gilmok.core.plan import RoutePlan
from gilmok.core.terms import Caps, Terms
from gilmok.ledger.accounts import Hold, HoldState, Ledger
from gilmok.ledger.memory_accounts import MemoryAccounts

PRICE = Price(150_000_000, 600_000_000)
USAGE = Usage(100, 20)
COST = 27_000
CALLER = Caller(tenant="acme", key_id="key-1")


def capped(cap: int, **of: object) -> Caller:
    """A caller whose tenant may spend this much a day."""
    terms = Terms(tenant_caps=Caps(daily=cap), **of)  # type: ignore[arg-type]
    return Caller(tenant="acme", key_id="key-1", terms=terms)


def tokens(cost: int) -> Usage:
    """Usage that costs exactly this at `PENNY`."""
    return Usage(cost, 0)


PENNY = Price(1_000_000, 0)
"""A nano-dollar a token."""


def test_a_hold_is_the_dearest_candidate_and_ends_settled() -> None:
    ledger = Ledger()
    with ledger.hold(plan(candidate("a", worst=3), candidate("b", worst=9)), CALLER, NOW) as hold:
        assert (ledger.open_holds, ledger.held, hold.amount) == (1, 9, 9)
        assert hold.charge(1, PRICE, USAGE) == COST
    assert hold.state is HoldState.SETTLED
    assert (ledger.open_holds, ledger.held, ledger.spent) == (0, 0, COST)


def test_nothing_charged_means_released() -> None:
    ledger = Ledger()
    with ledger.hold(plan(), CALLER, NOW) as hold:
        pass
    assert hold.state is HoldState.RELEASED
    assert ledger.spent == 0


def test_a_free_answer_is_settled_all_the_same() -> None:
    with Ledger().hold(plan(), CALLER, NOW) as hold:
        assert hold.charge(1, Price(), USAGE) == 0
    assert hold.state is HoldState.SETTLED


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError, KeyboardInterrupt])
def test_every_way_out_ends_the_hold(error: type[BaseException]) -> None:
    ledger = Ledger()
    hold = ledger.hold(plan(), CALLER, NOW)
    hold.charge(1, PRICE, USAGE)
    with pytest.raises(error), hold:
        raise error
    assert hold.state is HoldState.SETTLED
    assert (ledger.open_holds, ledger.spent) == (0, COST)


def test_a_cleanup_may_charge_again_after_the_end() -> None:
    ledger = Ledger()
    with ledger.hold(plan(), CALLER, NOW) as hold:
        hold.charge(1, PRICE, USAGE)
    assert hold.charge(1, PRICE, Usage(10**6, 10**6)) == COST
    with pytest.raises(RuntimeError, match="attempt 2"):
        hold.charge(2, PRICE, USAGE)
    assert ledger.spent == COST


def test_negative_tokens_earn_nothing() -> None:
    assert cost_of(PRICE, Usage(-5, -7)) == 0


charges = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 10**7), st.integers(0, 10**7)), max_size=8
)


@given(
    st.lists(st.tuples(st.integers(0, 10**12), charges, st.integers(0, 3)), max_size=8),
    st.randoms(use_true_random=False),
)
def test_books_balance_in_any_order(requests, random) -> None:  # type: ignore[no-untyped-def]
    ledger = Ledger()
    holds: list[tuple[Hold, list[tuple[int, int, int]], int]] = [
        (ledger.hold(plan(candidate(worst=worst)), CALLER, NOW), attempts, extra_ends)
        for worst, attempts, extra_ends in requests
    ]
    assert ledger.held == sum(worst for worst, _, _ in requests)
    random.shuffle(holds)
    expected = 0
    for hold, attempts, extra_ends in holds:
        firsts: dict[int, int] = {}
        for number, prompt, completion in attempts:
            cost = hold.charge(number, PRICE, Usage(prompt, completion))
            assert cost == firsts.setdefault(number, cost)
        for _ in range(1 + extra_ends):
            hold.end()
        expected += sum(firsts.values())
        assert hold.charged == sum(firsts.values())
        assert hold.state is (HoldState.SETTLED if attempts else HoldState.RELEASED)
        assert ledger.spent == expected
    assert (ledger.open_holds, ledger.held) == (0, 0)


def test_without_budgets_nothing_is_kept_and_nothing_refused() -> None:
    ledger = Ledger()
    poor = capped(1)
    dear = plan(candidate(worst=10**12))
    assert ledger.affordable(dear, poor, NOW) is dear
    with ledger.hold(dear, poor, NOW):
        assert ledger.budgets(poor, NOW) == ()


def test_candidates_that_are_too_dear_are_vetoed_with_the_numbers() -> None:
    ledger = Ledger(MemoryAccounts())
    asked = plan(
        candidate("dear", worst=11), candidate("cheap", worst=10), candidate("own", worst=0)
    )
    left = ledger.affordable(asked, capped(10), NOW)
    assert [c.endpoint.id for c in left.candidates] == ["cheap", "own"]
    assert [(v.endpoint_id, v.code, v.detail) for v in left.vetoes] == [
        ("far", "label", "high"),
        ("dear", "budget", "0.000000011 > tenant/daily 0.000000010"),
    ]


def test_what_costs_nothing_is_answered_whatever_was_spent() -> None:
    ledger = Ledger(MemoryAccounts())
    caller = capped(10)
    with ledger.hold(plan(candidate(worst=10)), caller, NOW) as hold:
        hold.charge(1, PENNY, tokens(500))
    assert ledger.overrun == 490
    free = plan(candidate(worst=0))
    assert ledger.affordable(free, caller, NOW) is free
    with ledger.hold(free, caller, NOW) as hold:
        assert hold.cover(0)


def test_a_hold_beyond_the_budget_is_refused_and_takes_nothing() -> None:
    ledger = Ledger(MemoryAccounts())
    with ledger.hold(plan(candidate(worst=6)), capped(10), NOW):
        with pytest.raises(BudgetExceeded) as refused:
            ledger.hold(plan(candidate(worst=5)), capped(10), NOW)
        assert (ledger.open_holds, ledger.held) == (1, 6)
    error = refused.value
    assert (error.status, error.code, error.type) == (402, "budget_exceeded", "insufficient_quota")
    assert error.parameters["remaining"] == "0.000000004"
    assert error.parameters["resets_at"] == "2025-06-16T00:00:00Z"
    assert "하루 예산" in error.message("ko")


def test_each_further_attempt_is_covered_or_not_made() -> None:
    ledger = Ledger(MemoryAccounts())
    caller = capped(20)
    with ledger.hold(plan(candidate(worst=10)), caller, NOW) as hold:
        assert hold.cover(10)
        hold.charge(1, PENNY, tokens(7))
        assert hold.cover(3)
        assert hold.amount == 10
        assert hold.cover(10)
        assert (hold.amount, ledger.held) == (17, 17)
        hold.charge(2, PENNY, tokens(10))
        assert not hold.cover(4)
        assert hold.cover(3)
    (budget,) = ledger.budgets(caller, NOW)
    assert (budget.spent, budget.held, ledger.held, ledger.spent) == (17, 0, 0, 17)


def test_covering_competes_with_other_holds() -> None:
    ledger = Ledger(MemoryAccounts())
    caller = capped(20)
    with ledger.hold(plan(candidate(worst=10)), caller, NOW) as hold:
        hold.charge(1, PENNY, tokens(1))
        with ledger.hold(plan(candidate(worst=10)), caller, NOW):
            assert not hold.cover(10)
        assert hold.cover(10)


def test_degraded_terms_apply_from_the_soft_threshold_on() -> None:
    ledger = Ledger(MemoryAccounts())
    cheaper = Terms(plan="small", quality_cap=0.5)
    caller = capped(100, degraded=cheaper)
    assert ledger.on_present_terms(caller, NOW) is caller
    with ledger.hold(plan(candidate(worst=80)), caller, NOW):
        assert ledger.on_present_terms(caller, NOW).terms is cheaper
    assert ledger.on_present_terms(caller, NOW) is caller
    assert ledger.on_present_terms(capped(100), NOW).terms.degraded is None


sizes = st.integers(0, 12)


@given(st.lists(st.tuples(sizes, st.lists(st.tuples(sizes, sizes), max_size=4)), max_size=12))
def test_a_budget_is_never_overshot(requests: list[tuple[int, list[tuple[int, int]]]]) -> None:
    """Whatever is tried and retried, while every attempt stays within its worst case."""
    ledger, caller, cap = Ledger(MemoryAccounts()), capped(30), 30
    open_holds: list[Hold] = []
    for worst, attempts in requests:
        asked: RoutePlan = ledger.affordable(plan(candidate(worst=worst)), caller, NOW)
        if not asked.candidates:
            continue
        hold = ledger.hold(asked, caller, NOW)
        for number, (dearest, cost) in enumerate(attempts, 1):
            if hold.cover(dearest):
                hold.charge(number, PENNY, tokens(min(cost, dearest)))
            assert hold.charged <= hold.amount
            assert ledger.spent + ledger.held <= cap
        open_holds.append(hold)
        if len(open_holds) > 3:
            open_holds.pop(0).end()
    for hold in open_holds:
        hold.end()
    (budget,) = ledger.budgets(caller, NOW)
    assert (budget.spent, budget.held) == (ledger.spent, 0)
    assert ledger.spent <= cap
    assert ledger.overrun == 0
