"""Money while a request runs: held at its worst case, charged per attempt, then let go.

Law 2 in memory: every hold ends exactly once, every attempt is charged at most once, on every path,
and what is held and spent together never exceeds a budget. Before each attempt the hold covers what
was charged so far and the worst case of what is to come. What survives the process is the journal's
business. Amounts are nano-dollars.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from gilmok.core.billing import cost_of
from gilmok.core.completion import Usage
from gilmok.core.errors import BudgetExceeded, CapReached
from gilmok.core.identity import Caller
from gilmok.core.money import Price, usd
from gilmok.core.plan import RoutePlan, Veto
from gilmok.ledger.budgets import Accounts, Budget, Purse
from gilmok.ledger.endpoint_caps import EndpointCaps

BUDGET = "budget"
"""The code of the veto against an endpoint that is too dear for what is left."""


class HoldState(Enum):
    OPEN = "open"
    SETTLED = "settled"
    """Ended with at least one charged attempt, even at a price of zero."""
    RELEASED = "released"
    """Ended without one: nothing was spent."""


_OPEN, _SETTLED, _RELEASED = HoldState


class Hold:
    """Money set aside for one request. Use it as a context; leaving it ends it.

    Not thread-safe: a hold belongs to the task that answers its request.
    """

    __slots__ = ("_charged", "_ledger", "_purse", "amount", "charged", "state")

    def __init__(self, ledger: Ledger, purse: Purse | None, amount: int) -> None:
        self._ledger = ledger
        self._purse = purse
        self._charged: dict[int, int] = {}
        self.amount = amount
        """Held: enough for the attempts so far and the one under way. A charge may exceed it, and
        then stands."""
        self.charged = 0
        """The sum over all attempts so far."""
        self.state = _OPEN
        ledger.open_holds += 1
        ledger.held += amount

    def cover(self, worst_cost: int) -> bool:
        """Makes sure that one more attempt of this worst case is held for, beside what was charged.

        False where a budget cannot bear it: the attempt must not be made. What costs nothing is
        always covered.
        """
        missing = self.charged + worst_cost - self.amount
        if missing <= 0 or worst_cost <= 0:
            return True
        if self._purse is not None and not self._purse.take(missing):
            return False
        self.amount += missing
        self._ledger.held += missing
        return True

    def charge(self, number: int, price: Price, usage: Usage) -> int:
        """Charges attempt `number` and returns what it cost.

        An attempt is charged once: every further call returns the first cost and changes nothing,
        so that an error path and a cleanup path may both settle. Raises `RuntimeError` for a new
        attempt after the hold ended.
        """
        known = self._charged.get(number)
        if known is not None:
            return known
        if self.state is not _OPEN:
            raise RuntimeError(f"attempt {number} came after its hold was {self.state.value}")
        cost = cost_of(price, usage)
        self._charged[number] = cost
        self.charged += cost
        return cost

    def end(self) -> None:
        """Settles what was charged and releases the rest. Further calls change nothing."""
        if self.state is _OPEN:
            self.state = _SETTLED if self._charged else _RELEASED
            if self._purse is not None:
                self._purse.settle(self.amount, self.charged)
            self._ledger._ended(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()


class Ledger:
    """All the money of this process: held now, and spent since it started."""

    def __init__(self, accounts: Accounts | None = None) -> None:
        self.accounts = accounts
        """`None` where no budget is configured: then nothing is kept of anybody."""
        self.endpoint_caps: EndpointCaps | None = None
        """`None` where no endpoint has a cap."""
        self.open_holds = 0
        self.held = 0
        """Sum over the open holds."""
        self.spent = 0
        """Sum of what ended holds were charged."""
        self.overrun = 0
        """The part of `spent` that went beyond its holds."""

    def hold(self, plan: RoutePlan, caller: Caller, at: int) -> Hold:
        """Holds the plan's dearest candidate; see `Hold`. `at`: when the request came in.

        Raises `BudgetExceeded` where a budget cannot bear it: ask `affordable` first.
        """
        amount = plan.worst_cost
        purse = self.purse(caller, at)
        if purse is not None and not purse.take(amount):
            purse.refused()
            raise purse.tightest().refusal(usd(amount))
        return Hold(self, purse, amount)

    def hold_whole(self, plan: RoutePlan, purse: Purse | None) -> Hold | None:
        """A hold where all candidates can be borne, as nearly always; `None` where that is to be
        looked at: see `affordable`."""
        if self.endpoint_caps is not None:
            return None
        amount = plan.worst_cost
        if purse is not None and not purse.take(amount):
            return None
        return Hold(self, purse, amount)

    def affordable(self, plan: RoutePlan, caller: Caller, at: int) -> RoutePlan:
        """The plan without the candidates whose worst case no budget of the caller bears, nor their
        own cap."""
        if self.endpoint_caps is not None:
            plan = self.endpoint_caps.bearable(plan, at)
        purse = self.purse(caller, at)
        if purse is None or plan.worst_cost <= (left := purse.remaining):
            return plan
        tightest = purse.tightest()
        about = f"{tightest.account.scope}/{tightest.cycle} {usd(left)}"
        fitting = tuple(c for c in plan.candidates if c.worst_cost <= left)
        dear = tuple(
            Veto(c.endpoint.id, BUDGET, f"{usd(c.worst_cost)} > {about}")
            for c in plan.candidates
            if c.worst_cost > left
        )
        return replace(plan, candidates=fitting, vetoes=plan.vetoes + dear)

    def refusal(
        self, plan: RoutePlan, caller: Caller, at: int
    ) -> BudgetExceeded | CapReached | None:
        """Why a plan that `affordable` left without a candidate has none, where that is why."""
        if plan.candidates:
            return None
        needed = [veto.detail.partition(" ")[0] for veto in plan.vetoes if veto.code == BUDGET]
        purse = self.purse(caller, at)
        if needed and purse is not None:
            return purse.tightest().refusal(min(needed, key=Decimal))
        return None if self.endpoint_caps is None else self.endpoint_caps.refusal(plan, at)

    def pass_over(self, plan: RoutePlan, caller: Caller, at: int) -> None:
        """A request is asked for by a plan that `affordable` made shorter. Raises `CapReached` where
        caps left nobody; where a budget did, `hold` says so."""
        if self.endpoint_caps is None:
            return
        self.endpoint_caps.passed_over(plan, at)
        if isinstance(error := self.refusal(plan, caller, at), CapReached):
            raise error

    def purse(self, caller: Caller, at: int) -> Purse | None:
        """What the caller pays from; `None` where no budget applies."""
        return None if self.accounts is None else self.accounts.purse(caller, at)

    def budgets(self, caller: Caller, at: int) -> tuple[Budget, ...]:
        """Every budget that applies to the caller, the tenant's first. Who may see sums over all
        tenants sees the caps of endpoints as well."""
        purse = self.purse(caller, at)
        own = () if purse is None else purse.budgets
        if self.endpoint_caps is None or not caller.oversees:
            return own
        return own + self.endpoint_caps.budgets(at)

    def on_present_terms(self, caller: Caller, at: int) -> Caller:
        """The caller, on its degraded terms once a budget is soft. Their caps are the same."""
        if self.accounts is None or caller.terms.degraded is None:
            return caller
        purse = self.accounts.purse(caller, at)
        if purse is None or not purse.is_soft:
            return caller
        return replace(caller, terms=caller.terms.degraded)

    def _ended(self, hold: Hold) -> None:
        self.open_holds -= 1
        self.held -= hold.amount
        self.spent += hold.charged
        if hold.charged > hold.amount:
            self.overrun += hold.charged - hold.amount
