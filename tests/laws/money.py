"""The law of money as a machine: whatever is held, covered, charged, settled, topped up and crashed,
in any order and over any midnight, the books agree with a small model to the last nano-dollar.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from gilmok.core.calendar import Cycle, span
from gilmok.core.completion import Usage
from gilmok.core.errors import BudgetExceeded
from gilmok.core.identity import Caller
from gilmok.core.money import Price
from gilmok.core.plan import RoutePlan
from gilmok.core.terms import Caps, Terms
from gilmok.ledger.accounts import Hold, Ledger
from gilmok.ledger.budgets import AccountId, Budget, Recorded, TopUp, account_ids
from gilmok.ledger.memory_accounts import MemoryAccounts
from tests.unit.ledger.samples import candidate

ZONE = "America/New_York"
SECOND = 10**9
PENNY = Price(1_000_000, 0)
"""A nano-dollar a token."""


def _caller(
    key: str, user: str = "", *, day: int | None = None, month: int | None = None
) -> Caller:
    terms = Terms(
        time_zone=ZONE,
        tenant_caps=Caps(daily=100, monthly=250),
        key_caps=Caps(daily=day, monthly=month),
        user_caps=Caps(daily=20),
    )
    return Caller(tenant="acme", key_id=key, user=user, terms=terms)


CALLERS = (
    _caller("a", day=60),
    _caller("a", "ann", day=60),
    _caller("b", "ann", month=150),
    _caller("b", "bob", month=150),
)
ACCOUNTS = tuple(dict.fromkeys(id for caller in CALLERS for id, _ in account_ids(caller)))


class Model:
    """What a budget is, in as few words as possible: sums by account and calendar date."""

    def __init__(self) -> None:
        self.spent: dict[tuple[object, ...], int] = {}
        self.held: dict[tuple[object, ...], int] = {}
        self.added: dict[tuple[object, ...], int] = {}

    @staticmethod
    def keys(caller: Caller, at: int) -> list[tuple[tuple[object, ...], int]]:
        """The sums that a request of this moment goes into, with their caps."""
        return [
            (Model.key(account, cycle, at), cap)
            for account, caps in account_ids(caller)
            for cycle, cap in ((Cycle.DAILY, caps.daily), (Cycle.MONTHLY, caps.monthly))
            if cap is not None
        ]

    @staticmethod
    def key(account: AccountId, cycle: Cycle, at: int) -> tuple[object, ...]:
        day = datetime.fromtimestamp(at // SECOND, ZoneInfo(ZONE)).date()
        return account, cycle, (day.year, day.month, day.day if cycle is Cycle.DAILY else 0)

    def left(self, caller: Caller, at: int) -> int:
        """May be negative after an overrun."""
        return min(
            cap + self.added.get(k, 0) - self.spent.get(k, 0) - self.held.get(k, 0)
            for k, cap in self.keys(caller, at)
        )

    def move(self, caller: Caller, at: int, *, held: int = 0, spent: int = 0) -> None:
        for k, _ in self.keys(caller, at):
            self.held[k] = self.held.get(k, 0) + held
            self.spent[k] = self.spent.get(k, 0) + spent


class Request:
    """One request under way: its hold, and what a crash would find in the log."""

    def __init__(self, caller: Caller, at: int, hold: Hold) -> None:
        self.caller = caller
        self.at = at
        self.hold = hold
        self.attempts = 0
        self.swept = 0
        """What the sweep would charge: the ended attempts' costs and the open one's worst case."""


amounts = st.integers(0, 40)


class Money(RuleBasedStateMachine):
    requests = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        self.now = int(datetime(2024, 2, 28, 22, tzinfo=ZoneInfo(ZONE)).timestamp()) * SECOND
        self.model = Model()
        self.open: set[Request] = set()
        self.journal: list[tuple[int, AccountId, int]] = []
        self.top_ups: list[TopUp] = []
        self.overran = False
        self._start()

    def _start(self) -> None:
        """A process begins, knowing what the journal says about the month."""
        self.spent = self.overrun = 0
        accounts = MemoryAccounts()
        month = span(Cycle.MONTHLY, self.now, ZONE).start
        rows = (Recorded(at, account, cost) for at, account, cost in self.journal if at >= month)
        accounts.restore(rows, self.top_ups)
        self.ledger = Ledger(accounts)

    @rule(target=requests, caller=st.sampled_from(CALLERS), worst=st.lists(amounts, min_size=1))
    def hold(self, caller: Caller, worst: list[int]) -> object:
        asked = RoutePlan(
            candidates=tuple(candidate(str(n), worst=w) for n, w in enumerate(worst)),
            vetoes=(),
            weights=(1.0, 0.0, 0.0),
        )
        left = self.model.left(caller, self.now)
        plan = self.ledger.affordable(asked, caller, self.now)
        fitting = [w for w in worst if w <= max(left, 0)]
        assert [c.worst_cost for c in plan.candidates] == fitting
        if len(fitting) < len(worst):
            try:
                self.ledger.hold(asked, caller, self.now)
            except BudgetExceeded:
                pass
            else:
                raise AssertionError("held what does not fit")
        if not fitting:
            return multiple()
        hold = self.ledger.hold(plan, caller, self.now)
        self.model.move(caller, self.now, held=max(fitting))
        request = Request(caller, self.now, hold)
        self.open.add(request)
        return request

    @rule(request=requests, worst=amounts, part=st.floats(0, 1), over=st.sampled_from((0, 0, 0, 9)))
    def attempt(self, request: Request, worst: int, part: float, over: int) -> None:
        """Made where it is covered; costs its worst case at most, unless an upstream lies."""
        if request not in self.open:
            return
        hold, caller, at = request.hold, request.caller, request.at
        before, charged = hold.amount, hold.charged
        missing = max(0, charged + worst - before) if worst else 0
        covered = hold.cover(worst)
        assert covered == (missing == 0 or missing <= self.model.left(caller, at))
        if not covered:
            assert hold.amount == before
            return
        self.model.move(caller, at, held=hold.amount - before)
        request.attempts += 1
        request.swept = charged + worst
        if part < 0.1:
            return  # still under way, or failed without a cost
        cost = int(worst * part) + over
        assert hold.charge(request.attempts, PENNY, Usage(cost, 0)) == cost
        assert hold.charge(request.attempts, PENNY, Usage(99, 0)) == cost, "charged once"
        request.swept = hold.charged
        self.overran |= hold.charged > hold.amount

    @rule(request=requests, again=st.booleans())
    def settle(self, request: Request, again: bool) -> None:
        if request not in self.open:
            return
        hold = request.hold
        hold.end()
        if again:
            hold.end()
        self.open.remove(request)
        self.spent += hold.charged
        self.overrun += max(0, hold.charged - hold.amount)
        self.model.move(request.caller, request.at, held=-hold.amount, spent=hold.charged)
        self._record(request, hold.charged)

    @rule()
    def crash(self) -> None:
        """Nothing is left but the journal; what was under way is swept at its worst case."""
        for request in self.open:
            swept = request.swept
            self.model.move(request.caller, request.at, held=-request.hold.amount, spent=swept)
            self._record(request, swept)
        self.open.clear()
        self._start()

    @rule()
    def reload(self) -> None:
        """The sums are read again while requests are under way."""
        month = span(Cycle.MONTHLY, self.now, ZONE).start
        rows = [Recorded(at, account, cost) for at, account, cost in self.journal if at >= month]
        assert self.ledger.accounts is not None
        self.ledger.accounts.restore(rows, self.top_ups)

    @rule(
        account=st.sampled_from(ACCOUNTS), cycle=st.sampled_from(Cycle), amount=st.integers(1, 50)
    )
    def top_up(self, account: AccountId, cycle: Cycle, amount: int) -> None:
        top_up = TopUp(at=self.now, account=account, cycle=cycle, amount=amount)
        self.top_ups.append(top_up)
        assert self.ledger.accounts is not None
        self.ledger.accounts.top_up(top_up)
        key = Model.key(account, cycle, self.now)
        self.model.added[key] = self.model.added.get(key, 0) + amount

    @rule(hours=st.sampled_from((1, 5, 23, 24, 25, 24 * 31)))
    def time_passes(self, hours: int) -> None:
        self.now += hours * 3_600 * SECOND

    @invariant()
    def sums_are_zero(self) -> None:
        ledger = self.ledger
        assert ledger.open_holds == len(self.open)
        assert ledger.held == sum(request.hold.amount for request in self.open)
        assert (ledger.spent, ledger.overrun) == (self.spent, self.overrun)
        for caller in CALLERS:
            for budget in ledger.budgets(caller, self.now):
                self._agrees(budget)

    def _agrees(self, budget: Budget) -> None:
        key = Model.key(budget.account, budget.cycle, self.now)
        assert budget.spent == self.model.spent.get(key, 0)
        assert budget.held == self.model.held.get(key, 0) >= 0
        assert budget.added == self.model.added.get(key, 0)
        assert self.overran or budget.spent + budget.held <= budget.cap

    def _record(self, request: Request, cost: int) -> None:
        for account, _ in account_ids(request.caller):
            self.journal.append((request.at, account, cost))
