"""Budgets: what an account may spend in a day or a month, and the port behind which sums are kept.

Accounts nest: the tenant's, the key's, the end user's. A request is paid from all of them, so the
tightest decides. An endpoint with caps has an account as well, which attempts there are paid from
beside those. Amounts are nano-dollars, moments wall-clock nanoseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Protocol

from msgspec import Struct

from gilmok.core.calendar import Cycle
from gilmok.core.errors import BudgetExceeded
from gilmok.core.identity import Caller
from gilmok.core.money import usd
from gilmok.core.terms import Caps, Terms

NO_CAPS: Final = Caps()
_NANO = 10**9
_PARTS = 10**6
"""The soft share of a cap is taken in millionths, so that no amount passes through a float."""


class Scope(StrEnum):
    """Whose account it is."""

    TENANT = "tenant"
    KEY = "key"
    USER = "user"
    ENDPOINT = "endpoint"
    """Over all tenants: nothing of its sums is told to one of them."""


class AccountId(Struct, frozen=True):
    scope: Scope
    tenant: str
    name: str
    """The tenant again, the key's id, the end user's pseudonym, or the endpoint's id."""


class Budget(Struct, frozen=True, kw_only=True):
    """One cap of one account, as it stands."""

    account: AccountId
    cycle: Cycle
    cap: int
    """With what was added to it for this period."""
    added: int = 0
    """That part of `cap`."""
    spent: int
    """May exceed the cap, where an answer cost more than was held for it."""
    held: int
    starts_at: int
    resets_at: int

    @property
    def remaining(self) -> int:
        """Never negative."""
        return max(0, self.cap - self.spent - self.held)

    def refusal(self, needed: str) -> BudgetExceeded:
        """What a caller is told whose request may cost `needed`, in USD."""
        return BudgetExceeded(
            scope=self.account.scope.value,
            cycle=self.cycle.value,
            cap=usd(self.cap),
            remaining=usd(self.remaining),
            needed=needed,
            resets_at=moment(self.resets_at),
        )


class BudgetEvent(Struct, frozen=True, kw_only=True):
    """A threshold was crossed: told once per account and period, and again after a top-up."""

    kind: str
    """`budget_soft` or `budget_exhausted`."""
    budget: Budget

    @property
    def id(self) -> str:
        """The same for the same crossing, so that whoever is told twice can tell."""
        b = self.budget
        return f"{self.kind}:{b.account.scope}:{b.account.tenant}:{b.account.name}:{b.cycle}:{b.starts_at}:{b.cap}"


SOFT, EXHAUSTED = "budget_soft", "budget_exhausted"


class TopUp(Struct, frozen=True, kw_only=True):
    """An amount added to one account's cap, for the period in which `at` lies."""

    at: int
    account: AccountId
    cycle: Cycle
    amount: int


class Recorded(Struct, frozen=True):
    """What an account spent according to the journal: a sum of receipts of one day or month, dated
    with its beginning or later."""

    at: int
    account: AccountId
    cost: int


class Purse(Protocol):
    """The accounts that pay for one request, in the period in which it came in.

    It stays valid however long the request takes: what it settles belongs to that period.
    """

    def take(self, amount: int) -> bool:
        """Holds the amount in every account, or in none: False where one cannot bear it.

        What costs nothing is always borne, by an exhausted account as well.
        """
        ...

    def settle(self, held: int, spent: int) -> None:
        """Gives back what was held and books what was spent, in every account."""
        ...

    @property
    def remaining(self) -> int:
        """What the tightest budget has left, never negative."""
        ...

    def tightest(self) -> Budget:
        """The budget with the least left."""
        ...

    def refused(self) -> None:
        """A request was turned away because of the tightest budget. Where that is soft already, it
        counts as exhausted: what is left is too little for what is asked."""
        ...

    @property
    def is_soft(self) -> bool:
        """True from where the soft share of a cap is spent or held."""
        ...

    @property
    def budgets(self) -> tuple[Budget, ...]: ...


class Accounts(Protocol):
    """Where the sums of budgets are kept. Concurrency never overshoots one: a `take` is atomic."""

    def purse(self, caller: Caller, at: int) -> Purse | None:
        """`None` where no cap applies to the caller. `at`: when the request came in."""
        ...

    def purse_of(self, account: AccountId, caps: Caps, zone: str, at: int) -> Purse:
        """Of an account that stands for itself, by the calendar of this time zone."""
        ...

    def restore(self, recorded: Iterable[Recorded], top_ups: Iterable[TopUp]) -> None:
        """Takes what the journal knows. Sums that are known to be higher stay."""
        ...

    def top_up(self, top_up: TopUp) -> None: ...


Tell = Callable[[BudgetEvent], None]


def account_ids(caller: Caller) -> tuple[tuple[AccountId, Caps], ...]:
    """The accounts that pay for a caller and have caps."""
    terms = caller.terms
    found = []
    if terms.tenant_caps != NO_CAPS:
        found.append((AccountId(Scope.TENANT, caller.tenant, caller.tenant), terms.tenant_caps))
    if terms.key_caps != NO_CAPS:
        found.append((AccountId(Scope.KEY, caller.tenant, caller.key_id), terms.key_caps))
    if caller.user and terms.user_caps != NO_CAPS:
        found.append((AccountId(Scope.USER, caller.tenant, caller.user), terms.user_caps))
    return tuple(found)


def has_caps(terms: Terms) -> bool:
    return any(caps != NO_CAPS for caps in (terms.tenant_caps, terms.key_caps, terms.user_caps))


def share(cap: int, soft: float) -> int:
    """The part of a cap at which it is soft, in nano-dollars."""
    return cap * round(soft * _PARTS) // _PARTS


def moment(at: int) -> str:
    """ISO 8601 in UTC, whole seconds."""
    return datetime.fromtimestamp(at // _NANO, UTC).isoformat().replace("+00:00", "Z")
