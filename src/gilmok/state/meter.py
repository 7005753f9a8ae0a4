"""The counts of one subject. Pure arithmetic in whole nanoseconds; time is an argument.

See `limiter` for what a bucket and a day promise.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Final, NamedTuple

from gilmok.core.calendar import Cycle, span
from gilmok.core.terms import Allowance, Pace
from gilmok.state.limiter import Limit, Refusal, Subject

SECOND: Final = 10**9
UNIT: Final = 60 * SECOND
"""What one request or token adds to a bucket; `most` of it drain in every nanosecond."""
_DAY: Final = 24 * 3600 * SECOND
_KEPT_DAYS: Final = 3
_KEPT_IN_DOUBT: Final = 8
"""Days that are kept where the clock may be wrong."""
_LATER_S: Final = 1.0
"""When an answer under way will end, nobody knows."""
OF_REQUESTS: Final = frozenset({Limit.REQUESTS_PER_MINUTE, Limit.REQUESTS_PER_DAY})


class Bucket:
    """What was taken and has not grown back, as a queue: it drains from its head."""

    __slots__ = ("at", "debt", "drained")

    def __init__(self) -> None:
        self.debt = 0
        self.drained = 0
        """All that ever left at the head; `drained + debt` is where the queue ends."""
        self.at = 0

    def drain(self, most: int, now: int) -> int:
        """Lets time pass; returns the debt."""
        debt = self.debt
        if now > self.at:
            if debt:
                gone = (now - self.at) * most
                if gone > debt:
                    gone = debt
                self.debt = debt = debt - gone
                self.drained += gone
            self.at = now
        return debt

    def wait(self, units: int, most: int, now: int) -> int:
        """Nanoseconds until so many units fit; 0 where they do."""
        over = self.drain(most, now) + (units - most) * UNIT
        return -(-over // most) if over > 0 else 0

    def fits(self, units: int, most: int, now: int) -> bool:
        """Lets time pass, like `drain`; the same question as `wait`, for the hot path."""
        debt = self.debt
        if debt:
            gone = (now - self.at) * most
            if gone >= debt:
                self.drained += debt
                self.debt = debt = 0
            elif gone > 0:
                self.drained += gone
                self.debt = debt = debt - gone
        if now > self.at:
            self.at = now
        return debt + units * UNIT <= most * UNIT

    def add(self, units: int) -> int:
        """Takes so many, and returns where in the queue they end. Time has passed before."""
        self.debt = debt = self.debt + units * UNIT
        return self.drained + debt

    def correct(self, units: int, tail: int, spare: int, most: int, now: int) -> None:
        """Of `units` that end at `tail`, `spare` were not needed; negative: more were used."""
        debt = self.drain(most, now)
        if spare <= 0:
            self.debt = debt - spare * UNIT
            return
        # Comparisons and no `min`: this runs for every answer.
        back = spare * UNIT
        still = tail - self.drained
        if still > units * UNIT:
            still = units * UNIT
        if back > still:
            back = still
        if back > debt:
            back = debt
        if back > 0:
            self.debt = debt - back
            self.drained += back  # Whoever stands behind moves forward.


class Day:
    """The day of one time zone that runs. It moves on, and back only by more than a day."""

    __slots__ = ("_zone", "end", "start")

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self.start = self.end = 0

    def turn(self, now: int) -> int:
        """The end of the running day, by which counters know whether they are of it."""
        if now >= self.end or now < self.start - _DAY:
            # Far behind its start the clock was wrong before: counters follow it.
            today = span(Cycle.DAILY, now, self._zone)
            self.start, self.end = today.start, today.end
        return self.end


class Bounds(NamedTuple):
    """A pace in the form the hot path reads: 0 for no limit."""

    concurrency: int
    requests_per_minute: int
    requests_per_day: int
    tokens_per_minute: int
    tokens_per_day: int
    daily: bool

    @classmethod
    def of(cls, pace: Pace) -> Bounds:
        return cls(
            pace.concurrency or 0,
            pace.requests_per_minute or 0,
            pace.requests_per_day or 0,
            pace.tokens_per_minute or 0,
            pace.tokens_per_day or 0,
            bool(pace.requests_per_day or pace.tokens_per_day),
        )


class Meter:
    """All counts of one subject."""

    __slots__ = ("_days", "_over_since", "bounds", "day_end", "in_use", "open", "requests",
                 "requests_today", "subject", "tokens", "tokens_today")  # fmt: skip

    def __init__(self, subject: Subject) -> None:
        self.take_on(subject)
        self.in_use = 0
        self.open = 0
        self.requests = Bucket()
        self.tokens = Bucket()
        self.day_end = 0
        self.requests_today = 0
        self.tokens_today = 0
        self._days: dict[int, tuple[int, int]] = {}
        """What other days saw, by their ends: those just before, to which a clock may step back, and
        those ahead, of which a clock that was wrong knew already."""
        self._over_since = 0

    def take_on(self, subject: Subject) -> None:
        """The same subject, perhaps with another pace. The counts stay."""
        self.subject = subject
        self.bounds = Bounds.of(subject.pace)

    def turn(self, day_end: int) -> None:
        """The day that runs ends then. Each day has its own counts, whichever way the clock goes;
        what comes before all days that are known goes on with the counts of the last one."""
        days, self._over_since = self._days, 0
        if self.day_end:
            days[self.day_end] = self.requests_today, self.tokens_today
        earlier = [end for end in days if end < day_end]
        if day_end in days:
            self.requests_today, self.tokens_today = days.pop(day_end)
        elif earlier or not days:
            self.requests_today = self.tokens_today = 0
        oldest = self.day_end - _KEPT_DAYS * _DAY
        if self.day_end < day_end <= self.day_end + _KEPT_DAYS * _DAY and len(earlier) == len(days):
            past = [end for end in earlier if end < oldest]
        else:
            past = earlier[:-_KEPT_IN_DOUBT]  # In the order in which they ran.
        for end in past:
            del days[end]
        self.day_end = day_end

    def fits(self, requests: int, tokens: int, now: int) -> bool:
        """Whether so much fits now. Lets time pass; `turn` comes first."""
        concurrency, per_minute, per_day, tokens_per_minute, tokens_per_day, _ = self.bounds
        if requests:
            if concurrency and self.in_use + requests > concurrency:
                return False
            if per_minute and not self.requests.fits(requests, per_minute, now):
                return False
            if per_day and self.requests_today + requests > per_day:
                return False
        if tokens:
            if tokens_per_minute and not self.tokens.fits(tokens, tokens_per_minute, now):
                return False
            if tokens_per_day and self.tokens_today + tokens > tokens_per_day:
                return False
        return True

    def is_full(self, now: int, day_end: int) -> bool:
        """True where it is as if nothing had ever been taken. Of a day that is over nothing is known
        only a day later: the clock that said so may be wrong."""
        if self.open:
            return False
        bounds = self.bounds
        if bounds.requests_per_minute and self.requests.drain(bounds.requests_per_minute, now):
            return False
        if bounds.tokens_per_minute and self.tokens.drain(bounds.tokens_per_minute, now):
            return False
        used = self.requests_today or self.tokens_today
        latest = max(self.day_end if used else 0, *self._days, 0)
        if not latest:
            return True
        if day_end <= latest:
            self._over_since = 0
            return False
        self._over_since = self._over_since or now
        return now - self._over_since >= _DAY

    def allowances(self, now: int, wall: int) -> Iterator[tuple[Limit, Allowance]]:
        """`turn` comes first."""
        bounds = self.bounds
        if most := bounds.requests_per_minute:
            yield Limit.REQUESTS_PER_MINUTE, _per_minute(self.requests, most, now)
        if most := bounds.tokens_per_minute:
            yield Limit.TOKENS_PER_MINUTE, _per_minute(self.tokens, most, now)
        if bounds.daily:
            rest_s = max(1, self.day_end - wall) / SECOND
            if most := bounds.requests_per_day:
                yield Limit.REQUESTS_PER_DAY, _per_day(self.requests_today, most, rest_s)
            if most := bounds.tokens_per_day:
                yield Limit.TOKENS_PER_DAY, _per_day(self.tokens_today, most, rest_s)

    def in_the_way(self, requests: int, tokens: int, now: int, wall: int) -> Iterator[Refusal]:
        """Every limit that so much does not fit. `turn` comes first."""
        most = self.bounds.concurrency
        if requests and most and self.in_use + requests > most:
            left = max(0, most - self.in_use)
            yield self._refusal(Limit.CONCURRENCY, Allowance(most, left, _LATER_S), _LATER_S)
        for limit, allowance in self.allowances(now, wall):
            wanted = requests if limit in OF_REQUESTS else tokens
            if wanted and (wait_s := self._until(limit, allowance, wanted, now)):
                yield self._refusal(limit, allowance, wait_s)

    def _refusal(self, limit: Limit, allowance: Allowance, wait_s: float) -> Refusal:
        return Refusal(
            subject=self.subject,
            limit=limit,
            most=allowance.most,
            left=allowance.left,
            wait_s=wait_s,
            full_s=allowance.full_s,
        )

    def _until(self, limit: Limit, allowance: Allowance, wanted: int, now: int) -> float:
        """Seconds until so much fits."""
        if wanted > allowance.most:
            return inf
        match limit:
            case Limit.REQUESTS_PER_MINUTE:
                return self.requests.wait(wanted, allowance.most, now) / SECOND
            case Limit.TOKENS_PER_MINUTE:
                return self.tokens.wait(wanted, allowance.most, now) / SECOND
        return 0.0 if wanted <= allowance.left else allowance.full_s


def _per_minute(bucket: Bucket, most: int, now: int) -> Allowance:
    debt = bucket.drain(most, now)
    left = max(0, (most * UNIT - debt) // UNIT)
    return Allowance(most, left, -(-debt // most) / SECOND)


def _per_day(used: int, most: int, rest_s: float) -> Allowance:
    return Allowance(most, max(0, most - used), rest_s if used else 0.0)
