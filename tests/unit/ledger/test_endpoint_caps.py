"""The caps of endpoints: what is told, what is kept, and what the journal knows of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.unit.ledger.samples import candidate, plan, receipt

from gilmok.core.calendar import Cycle
from gilmok.core.errors import BudgetExceeded, CapReached, CapTooSmall
from gilmok.core.identity import Caller
from gilmok.core.plan import Candidate
from gilmok.core.receipt import Outcome
from gilmok.core.terms import Caps, Terms
from gilmok.ledger import EndpointCaps, Ledger, MemoryAccounts, MemoryJournal
from gilmok.ledger.budgets import AccountId, BudgetEvent, Recorded, Scope

SECOND = 10**9
NOW = int(datetime(2025, 6, 15, 12, tzinfo=UTC).timestamp()) * SECOND
DEAR = candidate("dear", worst=40, caps=Caps(daily=100))
CALLER = Caller(tenant="acme", key_id="k")
ACCOUNT = AccountId(Scope.ENDPOINT, "", "dear")


def capped(*of: Candidate) -> tuple[EndpointCaps, list[BudgetEvent]]:
    told: list[BudgetEvent] = []
    return EndpointCaps(MemoryAccounts(told.append), [c.endpoint for c in of], "UTC"), told


def worth(amount: int) -> Candidate:
    return replace(DEAR, worst_cost=amount)


def spend(caps: EndpointCaps, amount: int) -> None:
    share = caps.take(worth(amount), NOW)
    assert share is not None
    share.end(amount)


def test_a_share_is_booked_once() -> None:
    caps, _ = capped(DEAR)
    share = caps.take(DEAR, NOW)
    assert share is not None
    assert caps.budgets(NOW)[0].held == 40
    share.end(15)
    share.end(40)
    (budget,) = caps.budgets(NOW)
    assert (budget.spent, budget.held, budget.account) == (15, 0, ACCOUNT)


def test_what_is_free_or_has_no_cap_is_never_refused() -> None:
    free = candidate("free", worst=10**9)
    caps, _ = capped(DEAR, free)
    spend(caps, 100)
    assert caps.take(free, NOW) is None
    assert caps.take(worth(0), NOW) is not None
    assert caps.bearable(plan(free, worth(0)), NOW) == plan(free, worth(0))


def test_thresholds_are_told_once_with_the_endpoint_and_no_tenant() -> None:
    caps, told = capped(DEAR)
    for _ in range(9):
        spend(caps, 10)
    with pytest.raises(CapTooSmall) as refused:
        caps.take(worth(11), NOW)
    assert refused.value.resets_at == "2025-06-16T00:00:00Z"
    spend(caps, 10)
    assert [(e.kind, e.budget.account) for e in told] == [
        ("budget_soft", ACCOUNT),
        ("budget_exhausted", ACCOUNT),
    ]


def test_a_plan_that_is_only_looked_at_raises_no_alarm() -> None:
    caps, told = capped(DEAR)
    spend(caps, 90)
    shorter = caps.bearable(plan(DEAR), NOW)
    assert [e.kind for e in told] == ["budget_soft"]
    caps.passed_over(shorter, NOW)
    assert [e.kind for e in told] == ["budget_soft", "budget_exhausted"]


def test_the_first_is_passed_over_and_the_second_is_not() -> None:
    caps, _ = capped(DEAR)
    spend(caps, 90)
    other = candidate("other")
    assert caps.bearable(plan(DEAR, other), NOW).passed_over == "cap"
    assert caps.bearable(plan(other, DEAR), NOW).passed_over is None
    assert caps.bearable(plan(other, DEAR), NOW).candidates == (other,)


class TestRefusal:
    def ledger(self, terms: Terms = CALLER.terms) -> tuple[Ledger, Caller]:
        accounts = MemoryAccounts()
        ledger = Ledger(accounts)
        ledger.endpoint_caps = EndpointCaps(accounts, [DEAR.endpoint], "UTC")
        spend(ledger.endpoint_caps, 90)
        return ledger, replace(CALLER, terms=terms)

    def test_names_the_endpoint_and_the_day_and_no_amount(self) -> None:
        ledger, caller = self.ledger()
        shorter = ledger.affordable(plan(DEAR), caller, NOW)
        error = ledger.refusal(shorter, caller, NOW)
        assert isinstance(error, CapReached)
        assert error.parameters == {"endpoints": "dear", "resets_at": "2025-06-16T00:00:00Z"}
        with pytest.raises(CapReached):
            ledger.pass_over(shorter, caller, NOW)

    def test_is_the_callers_own_where_its_budget_is_too_small_as_well(self) -> None:
        ledger, caller = self.ledger(Terms(tenant_caps=Caps(daily=10)))
        shorter = ledger.affordable(plan(DEAR, candidate("other", worst=20)), caller, NOW)
        assert {veto.code for veto in shorter.vetoes} == {"label", "cap", "budget"}
        assert isinstance(ledger.refusal(shorter, caller, NOW), BudgetExceeded)
        ledger.pass_over(shorter, caller, NOW)  # The hold says so.

    def test_nobody_else_sees_the_sums(self) -> None:
        ledger, caller = self.ledger(Terms(key_caps=Caps(daily=10)))
        assert [b.account.scope for b in ledger.budgets(caller, NOW)] == [Scope.KEY]
        operator = replace(caller, oversees=True)
        assert [b.account.scope for b in ledger.budgets(operator, NOW)] == [
            Scope.KEY,
            Scope.ENDPOINT,
        ]


class TestJournal:
    async def test_knows_what_every_attempt_cost_where(self) -> None:
        first = replace(receipt().attempts[0], endpoint_id="dear", outcome="stream_broken", cost=7)
        second = replace(receipt().attempts[0], number=2, cost=20)
        rows = [
            receipt("dec_1", endpoint_id="dear", cost=5, at=NOW),
            receipt("dec_2", attempts=(first, second), cost=27, at=NOW),
            receipt("dec_3", endpoint_id="dear", cost=0, attempts=(), cache="hit", at=NOW),
            receipt("dec_4", outcome=Outcome.FAILED, error="x", attempts=(first,), cost=7, at=NOW),
            receipt("dec_5", endpoint_id="dear", cost=1_000, at=NOW - 20 * 86_400 * SECOND),
        ]
        async with MemoryJournal() as journal:
            for row in rows:
                journal.record(row)
            found = (await journal.sums(("UTC",), NOW, ("dear", "quiet"))).recorded
            nobodys = (await journal.sums(("UTC",), NOW)).recorded
        own = [r for r in found if r.account.scope is Scope.ENDPOINT]
        assert {r.account for r in own} == {ACCOUNT}
        assert sum(r.cost for r in own) == 5 + 7 + 7
        assert not [r for r in nobodys if r.account.scope is Scope.ENDPOINT]

    def test_is_what_a_new_process_begins_with(self) -> None:
        accounts = MemoryAccounts()
        caps = EndpointCaps(
            accounts, [replace(DEAR.endpoint, caps=Caps(daily=9, monthly=9))], "UTC"
        )
        day = 86_400 * SECOND
        rows = [Recorded(NOW - NOW % day - day, ACCOUNT, 3), Recorded(NOW - NOW % day, ACCOUNT, 2)]
        accounts.restore(rows, ())
        assert {b.cycle: b.spent for b in caps.budgets(NOW)} == {Cycle.DAILY: 2, Cycle.MONTHLY: 5}


_STEPS = st.tuples(
    st.sampled_from((-40 * 24, -25, -24, -1, 0, 1, 24, 25, 40 * 24)),  # hours
    st.integers(0, 60),
    st.integers(0, 60),
)


@given(st.lists(_STEPS, max_size=40))
def test_an_endpoints_days_are_a_tenants_however_the_clock_steps(
    steps: list[tuple[int, int, int]],
) -> None:
    """Across midnights, months and the days on which clocks change. No step is a free refill of one
    of them and not of the other; and the laws of budgets hold a tenant's."""
    caps, zone = Caps(daily=100, monthly=300), "America/New_York"
    own = EndpointCaps(MemoryAccounts(), [replace(DEAR.endpoint, caps=caps)], zone)
    tenants = MemoryAccounts()
    caller = replace(CALLER, terms=Terms(time_zone=zone, tenant_caps=caps))
    at = int(datetime(2024, 3, 10, 4, tzinfo=UTC).timestamp()) * SECOND
    for hours, worst, cost in steps:
        at += hours * 3_600 * SECOND
        purse = tenants.purse(caller, at)
        assert purse is not None
        try:
            share = own.take(worth(worst), at)
        except CapTooSmall:
            share = None
        assert purse.take(worst) == (share is not None)
        if share is not None:
            share.end(min(worst, cost))
            purse.settle(worst, min(worst, cost))
        both = (own.budgets(at), purse.budgets)
        left, right = ([(b.spent, b.held, b.starts_at) for b in found] for found in both)
        assert left == right
