"""Law 2 in memory: every hold ends once, every attempt is charged at most once."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.ledger.samples import candidate, plan

from gilmok.core.completion import Usage
from gilmok.core.money import Price
from gilmok.ledger.accounts import Hold, HoldState, Ledger, cost_of

PRICE = Price(150_000_000, 600_000_000)
USAGE = Usage(100, 20)
COST = 27_000


def test_a_hold_is_the_dearest_candidate_and_ends_settled() -> None:
    ledger = Ledger()
    with ledger.hold(plan(candidate("a", worst=3), candidate("b", worst=9))) as hold:
        assert (ledger.open_holds, ledger.held, hold.amount) == (1, 9, 9)
        assert hold.charge(1, PRICE, USAGE) == COST
    assert hold.state is HoldState.SETTLED
    assert (ledger.open_holds, ledger.held, ledger.spent) == (0, 0, COST)


def test_nothing_charged_means_released() -> None:
    ledger = Ledger()
    with ledger.hold(plan()) as hold:
        pass
    assert hold.state is HoldState.RELEASED
    assert ledger.spent == 0


def test_a_free_answer_is_settled_all_the_same() -> None:
    with Ledger().hold(plan()) as hold:
        assert hold.charge(1, Price(), USAGE) == 0
    assert hold.state is HoldState.SETTLED


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError, KeyboardInterrupt])
def test_every_way_out_ends_the_hold(error: type[BaseException]) -> None:
    ledger = Ledger()
    hold = ledger.hold(plan())
    hold.charge(1, PRICE, USAGE)
    with pytest.raises(error), hold:
        raise error
    assert hold.state is HoldState.SETTLED
    assert (ledger.open_holds, ledger.spent) == (0, COST)


def test_a_cleanup_may_charge_again_after_the_end() -> None:
    ledger = Ledger()
    with ledger.hold(plan()) as hold:
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
        (ledger.hold(plan(candidate(worst=worst))), attempts, extra_ends)
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
