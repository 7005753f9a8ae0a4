"""Clocks that people set, in time zones that change theirs: limits and budgets refill by the
calendar and by nothing else.

The calendar here is `zoneinfo`'s date of a moment, not the gateway's own arithmetic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from gilmok.core.calendar import Cycle, span
from gilmok.core.identity import Caller
from gilmok.core.terms import Caps, Pace, Terms
from gilmok.ledger.memory_accounts import MemoryAccounts
from gilmok.state import MemoryLimiter, Refusal, Subject

SECOND = 10**9
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
ODD_ZONES = (
    "Asia/Seoul", "America/New_York", "Europe/Berlin", "UTC",
    "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham",  # halves and quarters of an hour
    "Australia/Lord_Howe",  # half an hour of summer time
    "America/Havana", "Africa/Cairo", "America/Santiago", "Asia/Beirut",  # change at midnight
    "Pacific/Kiritimati", "Pacific/Niue", "Africa/Casablanca", "America/Nuuk",
)  # fmt: skip
"""Where days are shorter, longer, shifted, or begin at one o'clock."""
WRONG_BY = (2 * DAY, 40 * DAY, 400 * DAY)


class Clock:
    """Two clocks: one that only goes on, one that people set."""

    def __init__(self, wall: int) -> None:
        self.now = 1_000 * SECOND
        self.at = wall

    def monotonic(self) -> float:
        return self.now / SECOND

    def wall(self) -> int:
        return self.at


def walk(chance: Random, zone: str, steps: int, *, back: bool) -> Iterator[int]:
    """Moments, mostly near a midnight or the end of a month; only onward unless `back`.

    Else it also steps back by a day at most, or is wrong for a while, by weeks, and returns.
    """
    at = latest = _moment(chance)
    while steps > 0:
        steps -= 1
        yield at
        if back and chance.random() < 0.2:
            at = max(at - chance.choice((1, SECOND, HOUR, 25 * HOUR)), latest - 25 * HOUR)
        elif back and chance.random() < 0.1:
            yield from _wrong_for_a_while(chance, at)
        elif chance.random() < 0.4:
            cycle = chance.choice((Cycle.DAILY, Cycle.DAILY, Cycle.MONTHLY))
            at = max(at, span(cycle, at, zone).end + chance.choice((-1, 0, 1, -HOUR, HOUR)))
        else:
            at += chance.choice((1, SECOND, HOUR // 2, HOUR, 23 * HOUR, 25 * HOUR, 3 * DAY))
        latest = max(latest, at)


def _wrong_for_a_while(chance: Random, at: int) -> Iterator[int]:
    off = chance.choice(WRONG_BY)
    for _ in range(chance.randint(1, 4)):
        yield at + chance.choice((off, -off))


def _moment(chance: Random) -> int:
    """Of the next years: any, or shortly before a leap day, a turn of the year or of the clocks."""
    year = chance.randint(2024, 2037)
    days = date(year, 2, 28), date(year, 12, 31), date(year, 3, 8), date(year, 10, 24)
    day = chance.choice((*days, date(year, 1, 1) + timedelta(chance.randrange(365))))
    start = datetime(day.year, day.month, day.day, chance.randrange(24), tzinfo=UTC)
    return int(start.timestamp()) * SECOND


def date_of(at: int, zone: str) -> date:
    return datetime.fromtimestamp(at // SECOND, ZoneInfo(zone)).date()


def limiter_onward(seed: int, zone: str, steps: int) -> None:
    """While the clock only goes on, a day's counter is exactly a count by date."""
    chance = Random(seed)
    most = chance.randint(1, 5)
    who = Subject(scope="key", name="key/a", pace=Pace(requests_per_day=most), time_zone=zone)
    taken: Counter[date] = Counter()
    clock = Clock(0)
    limiter = MemoryLimiter(clock)
    for at in walk(chance, zone, steps, back=False):
        clock.at = at
        today = date_of(at, zone)
        fits = taken[today] < most
        answer = limiter.take([who], requests=1)
        assert isinstance(answer, Refusal) != fits, f"{zone} {today}: {taken[today]} of {most}"
        if isinstance(answer, Refusal):
            after = date_of(at + round(answer.wait_s * SECOND), zone)
            assert after > today, f"{zone} {today}: told to wait until {after}"
            continue
        taken[today] += 1
        (answer.withdraw if chance.random() < 0.2 else answer.end)()
        taken[today] = most - _left(limiter, who)


def limiter_anyway(seed: int, zone: str, steps: int) -> None:
    """However it is set: each date admits what it allows once, one that is new among the latest
    admits at once, and a minute knows nothing of it."""
    chance = Random(seed)
    most, per_minute = chance.randint(1, 4), 30
    day = Subject(scope="key", name="key/a", pace=Pace(requests_per_day=most), time_zone=zone)
    minute = Subject(scope="key", name="key/b", pace=Pace(requests_per_minute=per_minute))
    shown: set[date] = set()
    admitted = in_minutes = 0
    clock = Clock(0)
    limiter = MemoryLimiter(clock)
    for at in walk(chance, zone, steps, back=True):
        clock.at = at
        today = date_of(at, zone)
        answer = limiter.take([day], requests=1)
        if not isinstance(answer, Refusal):
            answer.end()
            admitted += 1
        elif not shown or today > max(shown):
            raise AssertionError(f"{zone} {today}: refused on a new day")
        shown.add(today)
        assert admitted <= most * len(shown), f"{zone} {today}: refilled for nothing"
        assert 0 <= _left(limiter, day) <= most
        if not isinstance(passing := limiter.take([minute], requests=1), Refusal):
            passing.end()
            in_minutes += 1
    assert in_minutes == per_minute, "a wall clock moved a minute"


def _left(limiter: MemoryLimiter, who: Subject) -> int:
    allowance = limiter.left([who]).requests
    assert allowance is not None
    return allowance.left


def accounts_onward(seed: int, zone: str, steps: int) -> None:
    """While the clock only goes on, a budget is exactly a sum by date and one by month."""
    chance = Random(seed)
    daily, monthly = chance.randint(5, 20), chance.randint(20, 60)
    who = _caller(zone, daily, monthly)
    accounts = MemoryAccounts()
    days: Counter[date] = Counter()
    months: Counter[tuple[int, int]] = Counter()
    for at in walk(chance, zone, steps, back=False):
        today = date_of(at, zone)
        month = today.year, today.month
        purse = accounts.purse(who, at)
        assert purse is not None
        left = min(daily - days[today], monthly - months[month])
        assert purse.remaining == left, f"{zone} {today}: {purse.remaining} left, not {left}"
        amount = chance.randint(1, 8)
        if purse.take(amount):
            assert amount <= left
            cost = chance.randint(0, amount)
            purse.settle(amount, cost)
            days[today] += cost
            months[month] += cost
        else:
            assert amount > left


def accounts_anyway(seed: int, zone: str, steps: int) -> None:
    """However it is set: each date and each month is spent once, nothing is negative, and a later
    month than all others can be spent from at once."""
    chance = Random(seed)
    daily, monthly = 10, 25
    who = _caller(zone, daily, monthly)
    accounts = MemoryAccounts()
    days: set[date] = set()
    months: set[tuple[int, int]] = set()
    spent = 0
    for at in walk(chance, zone, steps, back=True):
        today = date_of(at, zone)
        purse = accounts.purse(who, at)
        assert purse is not None
        amount = chance.randint(1, 5)
        if purse.take(amount):
            purse.settle(amount, amount)
            spent += amount
        elif not months or (today.year, today.month) > max(months):
            raise AssertionError(f"{zone} {today}: refused in a new month")
        days.add(today)
        months.add((today.year, today.month))
        assert spent <= daily * len(days), f"{zone} {today}: a day was refilled for nothing"
        assert spent <= monthly * len(months), f"{zone} {today}: a month was refilled for nothing"
        assert all(b.held == 0 and b.spent >= 0 and b.remaining >= 0 for b in purse.budgets)


def _caller(zone: str, daily: int, monthly: int) -> Caller:
    terms = Terms(tenant_caps=Caps(daily=daily, monthly=monthly), time_zone=zone)
    return Caller(tenant="acme", key_id="k", terms=terms)


def spans(seed: int, zone: str, steps: int) -> None:
    """Days and months follow each other without a gap, and each holds one date or month only."""
    chance = Random(seed)
    for at in walk(chance, zone, steps, back=True):
        for cycle in Cycle:
            present = span(cycle, at, zone)
            assert present.start <= at < present.end
            assert span(cycle, present.end, zone).start == present.end
            assert span(cycle, present.end - 1, zone) == present
            first, last = date_of(present.start, zone), date_of(present.end - 1, zone)
            assert (first == last) if cycle is Cycle.DAILY else (first.month == last.month)


LAWS = (limiter_onward, limiter_anyway, accounts_onward, accounts_anyway, spans)
