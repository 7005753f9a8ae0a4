"""The caps of endpoints as a machine: attempts of many requests at once, crashes and midnights in any
order, against a model of a few lines. A cap is never overshot, what is held ends at zero, and what
is spent is the sum of the attempts.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from gilmok.core.calendar import Cycle, span
from gilmok.core.errors import CapTooSmall
from gilmok.core.plan import Candidate, RoutePlan
from gilmok.core.terms import Caps
from gilmok.ledger import EndpointCaps, MemoryAccounts, Share
from gilmok.ledger.budgets import AccountId, BudgetEvent, Recorded, Scope
from tests.unit.ledger.samples import candidate

ZONE = "America/New_York"
SECOND = 10**9
CAPS = {
    "daily": Caps(daily=100),
    "both": Caps(daily=60, monthly=150),
    "closed": Caps(monthly=0),
    "free": None,
}
_CYCLES = tuple(Cycle)


def _candidate(endpoint_id: str, worst: int) -> Candidate:
    return candidate(endpoint_id, worst=worst, caps=CAPS[endpoint_id])


ENDPOINTS = tuple(_candidate(name, 0).endpoint for name in CAPS)


def _date(cycle: Cycle, at: int) -> tuple[int, int, int]:
    day = datetime.fromtimestamp(at // SECOND, ZoneInfo(ZONE)).date()
    return day.year, day.month, day.day if cycle is Cycle.DAILY else 0


class Attempt:
    """One under way, and what a crash would charge for it."""

    def __init__(self, name: str, at: int, worst: int, share: Share | None) -> None:
        self.name = name
        self.at = at
        self.worst = worst
        self.share = share


class CappedEndpoints(RuleBasedStateMachine):
    attempts = Bundle("attempts")

    def __init__(self) -> None:
        super().__init__()
        self.now = int(datetime(2024, 2, 28, 22, tzinfo=ZoneInfo(ZONE)).timestamp()) * SECOND
        self.open: set[Attempt] = set()
        self.journal: list[tuple[str, int, int]] = []
        self.overran = False
        self._start()

    def _start(self) -> None:
        self.events: list[BudgetEvent] = []
        self.accounts = MemoryAccounts(self.events.append)
        self._restore()
        self.caps = EndpointCaps(self.accounts, ENDPOINTS, ZONE)

    def _restore(self) -> None:
        month = span(Cycle.MONTHLY, self.now, ZONE).start
        rows = (
            Recorded(at, AccountId(Scope.ENDPOINT, "", name), cost)
            for name, at, cost in self.journal
            if at >= month
        )
        self.accounts.restore(rows, ())

    def _spent(self, name: str, cycle: Cycle, at: int) -> int:
        date = _date(cycle, at)
        return sum(c for n, then, c in self.journal if n == name and _date(cycle, then) == date)

    def _held(self, name: str, cycle: Cycle, at: int) -> int:
        date = _date(cycle, at)
        return sum(a.worst for a in self.open if a.name == name and _date(cycle, a.at) == date)

    def _fits(self, name: str, worst: int) -> bool:
        caps = CAPS[name]
        if caps is None or worst == 0:
            return True
        return all(
            self._spent(name, cycle, self.now) + self._held(name, cycle, self.now) + worst <= cap
            for cycle, cap in zip(_CYCLES, (caps.daily, caps.monthly), strict=True)
            if cap is not None
        )

    @rule(target=attempts, name=st.sampled_from(tuple(CAPS)), worst=st.integers(0, 40))
    def begin(self, name: str, worst: int) -> object:
        if not self._fits(name, worst):
            with pytest.raises(CapTooSmall):
                self.caps.take(_candidate(name, worst), self.now)
            return multiple()
        share = self.caps.take(_candidate(name, worst), self.now)
        assert (share is None) == (CAPS[name] is None)
        attempt = Attempt(name, self.now, worst, share)
        self.open.add(attempt)
        return attempt

    @rule(attempt=attempts, part=st.floats(0, 1), over=st.sampled_from((0, 0, 0, 7)))
    def end(self, attempt: Attempt, part: float, over: int) -> None:
        """It cost a part of its worst case, nothing, or more where an upstream lies. Ended twice
        counts once."""
        cost = int(attempt.worst * part) + over
        if attempt.share is not None:
            attempt.share.end(cost)
            attempt.share.end(99)
        if attempt in self.open:
            self.open.remove(attempt)
            self.journal.append((attempt.name, attempt.at, cost))
            self.overran |= cost > attempt.worst

    @rule(worst=st.lists(st.integers(0, 60), min_size=len(CAPS), max_size=len(CAPS)))
    def plan(self, worst: list[int]) -> None:
        """Left out is exactly what would be refused, and no detail tells an amount."""
        candidates = tuple(map(_candidate, CAPS, worst))
        asked = RoutePlan(candidates=candidates, vetoes=(), weights=(1.0, 0.0, 0.0))
        plan = self.caps.bearable(asked, self.now)
        fitting = [c for c in candidates if self._fits(c.endpoint.id, c.worst_cost)]
        assert list(plan.candidates) == fitting
        assert (plan.passed_over == "cap") == (candidates[0] not in fitting)
        assert {veto.detail for veto in plan.vetoes} <= {"daily", "monthly"}
        if plan is not asked:
            self.caps.passed_over(plan, self.now)

    @rule()
    def crash(self) -> None:
        """What was under way is swept at its worst case, and the journal is all that is left."""
        for attempt in self.open:
            self.journal.append((attempt.name, attempt.at, attempt.worst))
            attempt.share = None
        self.open.clear()
        self._start()

    @rule()
    def recount(self) -> None:
        self._restore()

    @rule(hours=st.sampled_from((1, 5, 23, 24, 25, 24 * 31)))
    def time_passes(self, hours: int) -> None:
        self.now += hours * 3_600 * SECOND

    @invariant()
    def the_sums_agree(self) -> None:
        budgets = self.caps.budgets(self.now)
        assert [b.account.name for b in budgets] == ["daily", "both", "both", "closed"]
        for budget in budgets:
            name, cycle = budget.account.name, budget.cycle
            assert budget.spent == self._spent(name, cycle, self.now)
            assert budget.held == self._held(name, cycle, self.now)
            assert self.overran or budget.spent + budget.held <= budget.cap

    def teardown(self) -> None:
        """Whoever is still there ends: nothing stays held."""
        for attempt in tuple(self.open):
            self.end(attempt, 1.0, 0)
        assert not any(budget.held for budget in self.caps.budgets(self.now))
