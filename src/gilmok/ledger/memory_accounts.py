"""Budgets in the memory of one process; a restart takes the sums from the journal.

Each account has a window per cap: the day or month that runs. A window is opened by the first
request that falls into it and never emptied; a later one takes its place, and the one before it is
kept. So nothing is refilled by a clock that steps back: what comes in before the windows that are
known belongs to the first of them. A clock that was ahead for a while locks nobody out: the windows
it opened wait for their time, and the days before them come one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from gilmok.core.calendar import Cycle, span
from gilmok.core.identity import Caller
from gilmok.core.terms import Caps, Terms
from gilmok.ledger.budgets import (
    EXHAUSTED,
    SOFT,
    AccountId,
    Budget,
    BudgetEvent,
    Recorded,
    Scope,
    Tell,
    TopUp,
    account_ids,
    has_caps,
    share,
)

_NEVER: Final = 1 << 100
"""More than anybody spends."""
_LOOKS = 2
"""Old entries that are looked at for every new one, so that forgetting keeps pace with learning."""


class _Window:
    """One account's sums in one period."""

    __slots__ = ("added", "alarm", "armed", "before", "end", "soft_told", "spent", "start", "used")

    def __init__(self, start: int, end: int, before: _Window | None) -> None:
        self.start = start
        self.end = end
        self.before = before
        """The window of an earlier period, if one is kept."""
        self.spent = 0
        self.added = 0
        self.used = 0
        """Spent and held, less what was added: what a cap is compared with."""
        self.alarm = _NEVER
        """From this sum on somebody is told."""
        self.soft_told = False
        self.armed = 0
        """The cap for which the alarm is set."""

    @property
    def held(self) -> int:
        return self.used - self.spent + self.added

    def amend(self, spent: int, added: int) -> None:
        """What the journal knows of it."""
        self.used += spent - self.spent - added + self.added
        self.spent = spent
        self.added = added


def _chain(latest: _Window | None) -> Iterator[_Window]:
    """All windows of one account that are kept, the latest first."""
    while latest is not None:
        yield latest
        latest = latest.before


class _Limit:
    """A cap, and the window whose sums it bounds."""

    __slots__ = ("account", "cap", "cycle", "soft", "window")

    def __init__(
        self, account: AccountId, cycle: Cycle, cap: int, soft: float, window: _Window
    ) -> None:
        self.account = account
        self.cycle = cycle
        self.cap = cap
        self.soft = soft
        self.window = window

    @property
    def budget(self) -> Budget:
        window = self.window
        return Budget(
            account=self.account,
            cycle=self.cycle,
            cap=self.cap + window.added,
            added=window.added,
            spent=window.spent,
            held=window.held,
            starts_at=window.start,
            resets_at=window.end,
        )

    @property
    def soft_at(self) -> int:
        return share(self.cap + self.window.added, self.soft)

    def arm(self) -> None:
        """Sets the alarm to the next threshold; those that are passed already rang before."""
        window = self.window
        cap = self.cap + window.added
        if window.armed == cap:
            return  # by another caller's purse
        window.armed = cap
        window.soft_told = window.spent >= self.soft_at
        window.alarm = _NEVER if window.spent >= cap else cap if window.soft_told else self.soft_at

    def ring(self) -> BudgetEvent | None:
        """The event of the threshold that is passed, where it is news."""
        window = self.window
        if window.alarm == _NEVER:
            return None
        if window.spent >= self.cap + window.added:
            return self.exhaust()
        if window.soft_told or window.spent < self.soft_at:
            return None
        window.soft_told = True
        window.alarm = self.cap + window.added
        return BudgetEvent(kind=SOFT, budget=self.budget)

    def exhaust(self) -> BudgetEvent | None:
        """The event of a budget that bears no more, where it is news."""
        window = self.window
        if window.alarm == _NEVER:
            return None
        window.alarm = _NEVER
        return BudgetEvent(kind=EXHAUSTED, budget=self.budget)


class _Purse:
    """Implements `Purse`."""

    __slots__ = ("_bounds", "_limits", "_tell", "_windows", "since", "terms", "until")

    def __init__(self, terms: Terms, limits: tuple[_Limit, ...], tell: Tell) -> None:
        self.terms = terms
        self._limits = limits
        self._bounds = tuple((limit.window, limit.cap) for limit in limits)
        self._windows = tuple(limit.window for limit in limits)
        self._tell = tell
        self.since = max(limit.window.start for limit in limits)
        self.until = min(limit.window.end for limit in limits)

    def take(self, amount: int) -> bool:
        if amount <= 0:
            return True
        if amount > self._left():
            return False
        for window in self._windows:
            window.used += amount
        return True

    def settle(self, held: int, spent: int) -> None:
        if not (held or spent):
            return
        alarmed, change = False, spent - held
        for window in self._windows:
            window.used += change
            window.spent = total = window.spent + spent
            if total >= window.alarm:
                alarmed = True
        if alarmed:
            self._ring()

    def _ring(self) -> None:
        for limit in self._limits:
            if (event := limit.ring()) is not None:
                self._tell(event)

    @property
    def remaining(self) -> int:
        return max(0, self._left())

    def _left(self) -> int:
        return min([cap - window.used for window, cap in self._bounds])

    def tightest(self) -> Budget:
        return self._least().budget

    def refused(self) -> None:
        least = self._least()
        is_soft = least.window.spent >= least.soft_at
        if is_soft and (event := least.exhaust()) is not None:
            self._tell(event)

    def _least(self) -> _Limit:
        def left(limit: _Limit) -> int:
            return limit.cap - limit.window.used

        return min(self._limits, key=left)

    @property
    def is_soft(self) -> bool:
        return any(x.window.used + x.window.added >= x.soft_at for x in self._limits)

    @property
    def budgets(self) -> tuple[Budget, ...]:
        return tuple(limit.budget for limit in self._limits)


class MemoryAccounts:
    """Implements `Accounts`. Single-threaded: every call happens on the event loop."""

    def __init__(self, tell: Tell = lambda event: None) -> None:
        self._tell = tell
        self._windows: dict[tuple[AccountId, Cycle], _Window] = {}
        """The latest of each account; the others hang on it."""
        self._purses: dict[tuple[str, str, str], _Purse] = {}
        self._own: dict[tuple[AccountId, Caps, str], _Purse] = {}
        """Of accounts that stand for themselves."""
        self._free: dict[tuple[str, str], Terms] = {}
        """The terms of keys that have no caps."""
        self._recorded: dict[AccountId, list[Recorded]] = {}
        self._top_ups: dict[tuple[AccountId, Cycle], list[TopUp]] = defaultdict(list)

    def __len__(self) -> int:
        """Windows that are kept."""
        return len(self._windows)

    def purse(self, caller: Caller, at: int) -> _Purse | None:
        name = (caller.tenant, caller.key_id, caller.user)
        purse = self._purses.get(name)
        if purse is not None and purse.since <= at < purse.until:
            terms = purse.terms
            # Degraded terms have the same caps.
            if caller.terms is terms or caller.terms is terms.degraded:
                return purse
        if self._free.get(name[:2]) is caller.terms:
            return None
        return self._open(name, caller, at)

    def purse_of(self, account: AccountId, caps: Caps, zone: str, at: int) -> _Purse:
        purse = self._own.get((account, caps, zone))
        if purse is None or not purse.since <= at < purse.until:
            terms = Terms(time_zone=zone)
            purse = _Purse(terms, tuple(self._limits(account, caps, terms, at)), self._tell)
            self._own[account, caps, zone] = purse
        return purse

    def restore(self, recorded: Iterable[Recorded], top_ups: Iterable[TopUp]) -> None:
        self._recorded.clear()
        for row in recorded:
            self._recorded.setdefault(row.account, []).append(row)
        self._top_ups.clear()
        for top_up in top_ups:
            self._top_ups[top_up.account, top_up.cycle].append(top_up)
        for (account, cycle), latest in self._windows.items():
            for window in _chain(latest):
                # Receipts are written after they are settled here: the higher sum is the true one.
                spent = max(window.spent, self._spent(account, window.start))
                window.amend(spent, self._added(account, cycle, window))
        self._close()

    def top_up(self, top_up: TopUp) -> None:
        account, cycle = top_up.account, top_up.cycle
        windows = tuple(_chain(self._windows.get((account, cycle))))
        if windows and top_up.at < windows[-1].start:
            # The clock was ahead when the first one was opened: what comes now is paid from there.
            top_up = replace(top_up, at=windows[-1].start)
        self._top_ups[account, cycle].append(top_up)
        for window in windows:
            window.amend(window.spent, self._added(account, cycle, window))
        self._close()

    def _close(self) -> None:
        """The alarms of purses are set anew when they are opened again."""
        self._purses.clear()
        self._own.clear()

    def _open(self, name: tuple[str, str, str], caller: Caller, at: int) -> _Purse | None:
        terms = caller.terms
        limits = tuple(
            limit
            for account, caps in account_ids(caller)
            for limit in self._limits(account, caps, terms, at)
        )
        if not limits:
            if not has_caps(terms):
                self._free[name[:2]] = terms
            return None
        purse = _Purse(terms, limits, self._tell)
        if name not in self._purses:
            self._forget_purses(at)
        self._purses[name] = purse
        return purse

    def _limits(self, account: AccountId, caps: Caps, terms: Terms, at: int) -> Iterator[_Limit]:
        for cycle, cap in ((Cycle.DAILY, caps.daily), (Cycle.MONTHLY, caps.monthly)):
            if cap is not None:
                window = self._window(account, cycle, at, terms.time_zone)
                limit = _Limit(account, cycle, cap, terms.soft, window)
                limit.arm()
                yield limit

    def _window(self, account: AccountId, cycle: Cycle, at: int, zone: str) -> _Window:
        after: _Window | None = None
        known = self._windows.get((account, cycle))
        while known is not None and at < known.start and known.before is not None:
            after, known = known, known.before
        if known is not None and at < known.end:
            return known
        period = span(cycle, at, zone)
        window = _Window(period.start, period.end, known)
        window.amend(self._spent(account, window.start), self._added(account, cycle, window))
        if known is None:
            self._forget_windows(at)
        else:
            known.before = None
        if after is None:
            self._windows[account, cycle] = window
        else:
            after.before = window
        return window

    def _spent(self, account: AccountId, since: int) -> int:
        """By the journal. What it dates later than this period counts too: the clock stepped back."""
        return sum(row.cost for row in self._recorded.get(account, ()) if row.at >= since)

    def _added(self, account: AccountId, cycle: Cycle, window: _Window) -> int:
        known = self._top_ups.get((account, cycle), ())
        return sum(x.amount for x in known if window.start <= x.at < window.end)

    def _forget_windows(self, at: int) -> None:
        """Of end users who have been quiet since their period ended. Others are few, and a clock
        that was wrong for a while does not make them forgotten."""
        for key in [key for key, _ in zip(self._windows, range(_LOOKS), strict=False)]:
            window = self._windows.pop(key)
            if at < window.end or window.held or key[0].scope is not Scope.USER:
                self._windows[key] = window  # To the end of the queue.

    def _forget_purses(self, at: int) -> None:
        for name in [name for name, _ in zip(self._purses, range(_LOOKS), strict=False)]:
            purse = self._purses.pop(name)
            if at < purse.until:
                self._purses[name] = purse
