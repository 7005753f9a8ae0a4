"""Money while a request runs: held at its worst case, charged per attempt, then let go.

Law 2 in memory: every hold ends exactly once, and every attempt is charged at most once, on every
path. What survives the process is the journal's business. Amounts are nano-dollars.
"""

from __future__ import annotations

from enum import Enum
from types import TracebackType
from typing import Self

from gilmok.core.completion import Usage
from gilmok.core.money import Price
from gilmok.core.plan import RoutePlan


class HoldState(Enum):
    OPEN = "open"
    SETTLED = "settled"
    """Ended with at least one charged attempt, even at a price of zero."""
    RELEASED = "released"
    """Ended without one: nothing was spent."""


def cost_of(price: Price, usage: Usage) -> int:
    """What an attempt cost. Estimated usage costs like reported usage; the receipt marks it.

    An upstream that reports negative tokens does not earn money.
    """
    return price.cost(max(usage.prompt, 0), max(usage.completion, 0))


class Hold:
    """Money set aside for one request. Use it as a context; leaving it ends it.

    Not thread-safe: a hold belongs to the task that answers its request.
    """

    __slots__ = ("_charged", "_ledger", "amount", "state")

    def __init__(self, ledger: Ledger, amount: int) -> None:
        self._ledger = ledger
        self._charged: dict[int, int] = {}
        self.amount = amount
        """Held: the dearest candidate's worst case. A charge may exceed it, and then stands."""
        self.state = HoldState.OPEN

    @property
    def charged(self) -> int:
        """The sum over all attempts so far."""
        return sum(self._charged.values())

    def charge(self, number: int, price: Price, usage: Usage) -> int:
        """Charges attempt `number` and returns what it cost.

        An attempt is charged once: every further call returns the first cost and changes nothing,
        so that an error path and a cleanup path may both settle. Raises `RuntimeError` for a new
        attempt after the hold ended.
        """
        known = self._charged.get(number)
        if known is not None:
            return known
        if self.state is not HoldState.OPEN:
            raise RuntimeError(f"attempt {number} came after its hold was {self.state.value}")
        cost = cost_of(price, usage)
        self._charged[number] = cost
        return cost

    def end(self) -> None:
        """Settles what was charged and releases the rest. Further calls change nothing."""
        if self.state is HoldState.OPEN:
            self.state = HoldState.SETTLED if self._charged else HoldState.RELEASED
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

    def __init__(self) -> None:
        self.open_holds = 0
        self.held = 0
        """Sum over the open holds."""
        self.spent = 0
        """Sum of what ended holds were charged."""

    def hold(self, plan: RoutePlan) -> Hold:
        """Holds the plan's dearest candidate; see `Hold`."""
        hold = Hold(self, plan.worst_cost)
        self.open_holds += 1
        self.held += hold.amount
        return hold

    def _ended(self, hold: Hold) -> None:
        self.open_holds -= 1
        self.held -= hold.amount
        self.spent += hold.charged
