"""Fairness over tenants: who may go next, by what each has had.

A virtual time passes as work is begun, divided among the tenants that wait, by weight: it is what
each of them would have had. A tenant's tag is what it did have. Whoever is further ahead of the
virtual time than the lead is passed over while others wait that are not; everybody else is ordered
by key alone. So small differences never stand in the way of a good order, and a flood of one tenant
costs the others at most the lead.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from gilmok.dispatch.queue.line import Line, Place


class Account:
    """One tenant, while it has somebody waiting or is ahead of its share."""

    __slots__ = ("head", "line", "tag", "tenant", "weight")

    def __init__(self, tenant: str, tag: float) -> None:
        self.tenant = tenant
        self.tag = tag
        self.weight = 1.0
        self.line = Line()
        self.head: Place | None = None
        """Its first, as it stands among the heads; `None`: it is not among them."""


class Shares:
    """Invariant: an account with somebody waiting is in exactly one of `_heads` and `_ahead`; others
    are in neither, and are kept only as long as they are ahead."""

    __slots__ = ("_accounts", "_ahead", "_heads", "_weights", "lead_s", "now")

    def __init__(self) -> None:
        self.now = 0.0
        """Virtual: seconds of work per weight."""
        self.lead_s = 0.0
        """How far a tag may be ahead of it."""
        self._accounts: dict[str, Account] = {}
        self._heads: list[tuple[Place, str]] = []
        self._ahead: list[tuple[float, str]] = []
        self._weights = 0.0
        """Of all that have somebody waiting."""

    def __len__(self) -> int:
        return len(self._accounts)

    def account(self, tenant: str) -> Account | None:
        return self._accounts.get(tenant)

    def others(self, account: Account | None) -> float:
        """The weights of all other tenants that wait."""
        own = account.weight if account is not None and account.line else 0.0
        return max(0.0, self._weights - own)

    def join(self, tenant: str, weight: float, place: Place) -> None:
        account = self._accounts.get(tenant)
        if account is None:
            account = self._accounts[tenant] = Account(tenant, self.now)
        if account.line:
            self._unlist(account)
            self._weights -= account.weight
        else:
            account.tag = max(account.tag, self.now)
        account.weight = weight
        self._weights += weight
        account.line.add(place)
        self._list(account)

    def leave(self, tenant: str, place: Place) -> None:
        """Somebody waits no more, begun or not."""
        account = self._accounts[tenant]
        self._unlist(account)
        account.line.remove(place)
        if account.line:
            self._list(account)
            return
        self._weights -= account.weight
        if account.tag <= self.now:
            del self._accounts[tenant]

    def begin(self, tenant: str, place: Place) -> None:
        account = self._accounts[tenant]
        self.now += place.work_s / max(self._weights, account.weight)
        self._move(account, place.work_s)
        self.leave(tenant, place)
        while self._ahead and self._ahead[0][0] <= self.now + self.lead_s:
            self._list(self._accounts[self._ahead.pop(0)[1]])

    def correct(self, tenant: str, work_s: float) -> None:
        """It had so much more than was predicted when it was begun (less, where negative)."""
        account = self._accounts.get(tenant)
        if account is not None:
            self._move(account, work_s)

    def _move(self, account: Account, work_s: float) -> None:
        if account.line:
            self._unlist(account)
        account.tag += work_s / account.weight
        if account.line:
            self._list(account)

    def first(self) -> Place:
        """Who goes next. Raises `IndexError` where nobody waits."""
        if self._heads:
            return self._heads[0][0]
        return self._accounts[self._ahead[0][1]].line.first()

    def is_ahead(self, tenant: str) -> bool:
        """Whether it is passed over for now."""
        return self._accounts[tenant].head is None and bool(self._heads)

    def forget(self) -> None:
        """Nobody waits and nobody runs: whoever was ahead has harmed nobody."""
        self._accounts.clear()
        self._heads.clear()
        self._ahead.clear()
        self._weights = 0.0

    def prune(self) -> None:
        """Forgets those that time has caught up with."""
        gone = [t for t, a in self._accounts.items() if not a.line and a.tag <= self.now]
        for tenant in gone:
            del self._accounts[tenant]

    def _list(self, account: Account) -> None:
        if account.tag <= self.now + self.lead_s:
            account.head = account.line.first()
            insort(self._heads, (account.head, account.tenant))
        else:
            account.head = None
            insort(self._ahead, (account.tag, account.tenant))

    def _unlist(self, account: Account) -> None:
        if account.head is not None:
            del self._heads[bisect_left(self._heads, (account.head, account.tenant))]
            account.head = None
        else:
            del self._ahead[bisect_left(self._ahead, (account.tag, account.tenant))]
