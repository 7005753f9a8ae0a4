"""The counts of one subject. Pure arithmetic in whole nanoseconds; time is an argument.

See `limiter` for what a bucket and a day promise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from operator import itemgetter
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
_REQUESTS_PER_MINUTE: Final = Limit.REQUESTS_PER_MINUTE
_REQUESTS_PER_DAY: Final = Limit.REQUESTS_PER_DAY
_TOKENS_PER_MINUTE: Final = Limit.TOKENS_PER_MINUTE
_TOKENS_PER_DAY: Final = Limit.TOKENS_PER_DAY

Standing = tuple[int, int, int, Limit]
"""How a limit over time stands: what is left; nanoseconds until all of it is there again, negative;
the most there is. So the least is the tightest."""
_TIGHTNESS: Final = itemgetter(0, 1)

Entry = tuple["Meter", int, int, int]
"""What one subject gave: where in its two queues the request and the tokens end, and the day's end."""


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

    def take(self, units: int, most: int, now: int) -> int:
        """Takes so many where they fit, and returns where in the queue they end; else 0. Lets time
        pass, like `drain`, written out for the hot path."""
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
        debt += units * UNIT
        if debt > most * UNIT:
            return 0
        self.debt = debt
        return self.drained + debt

    def undo(self, units: int) -> None:
        """As if they had not been taken a moment ago: nobody stands behind them yet."""
        self.debt -= units * UNIT

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

    __slots__ = ("_zone", "end", "since")

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self.since = self.end = 0
        """Between these two a clock may step without another day."""

    def turn(self, now: int) -> int:
        """The end of the running day, by which counters know whether they are of it."""
        if not self.since <= now < self.end:
            today = span(Cycle.DAILY, now, self._zone)
            # Far behind its start the clock was wrong before: counters follow it.
            self.since, self.end = today.start - _DAY, today.end
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

    __slots__ = ("_days", "_over_since", "bounds", "day_end", "in_use", "open",
                 "requests", "requests_today", "subject", "tokens", "tokens_today")  # fmt: skip

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.bounds = Bounds.of(subject.pace)
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
        if subject.pace is not self.subject.pace:
            self.bounds = Bounds.of(subject.pace)
        self.subject = subject

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

    def take(self, requests: int, tokens: int, now: int) -> Entry | None:
        """Takes so much, or nothing and returns `None` where it does not fit. Lets time pass; `turn`
        comes first."""
        concurrency, per_minute, per_day, tokens_per_minute, tokens_per_day, daily = self.bounds
        request_tail = token_tail = day_end = 0
        if requests:
            if concurrency and self.in_use + requests > concurrency:
                return None
            if per_day and self.requests_today + requests > per_day:
                return None
        if tokens:
            if tokens_per_day and self.tokens_today + tokens > tokens_per_day:
                return None
            if tokens_per_minute:
                token_tail = self.tokens.take(tokens, tokens_per_minute, now)
                if not token_tail:
                    return None
        if requests and per_minute:
            request_tail = self.requests.take(requests, per_minute, now)
            if not request_tail:
                if token_tail:
                    self.tokens.undo(tokens)
                return None
        self.open += 1
        self.in_use += requests
        if daily:
            day_end = self.day_end
            self.requests_today += requests
            self.tokens_today += tokens
        return self, request_tail, token_tail, day_end

    def undo(self, requests: int, tokens: int) -> None:
        """As if it had not been taken a moment ago."""
        bounds = self.bounds
        self.open -= 1
        self.in_use -= requests
        if bounds.requests_per_minute:
            self.requests.undo(requests)
        if bounds.tokens_per_minute:
            self.tokens.undo(tokens)
        if bounds.daily:
            self.requests_today -= requests
            self.tokens_today -= tokens

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

    def standings(
        self, now: int, wall: int, requests: list[Standing], tokens: list[Standing]
    ) -> None:
        """Adds those of its limits over time. Lists are filled, not made: this runs for every
        answer. Lets time pass; `turn` comes first."""
        _, per_minute, per_day, tokens_per_minute, tokens_per_day, daily = self.bounds
        if per_minute:
            debt = self.requests.drain(per_minute, now)
            requests.append(_of_minute(per_minute, debt, _REQUESTS_PER_MINUTE))
        if tokens_per_minute:
            debt = self.tokens.drain(tokens_per_minute, now)
            tokens.append(_of_minute(tokens_per_minute, debt, _TOKENS_PER_MINUTE))
        if daily:
            rest = max(1, self.day_end - wall)
            if per_day:
                requests.append(_of_day(per_day, self.requests_today, rest, _REQUESTS_PER_DAY))
            if tokens_per_day:
                tokens.append(_of_day(tokens_per_day, self.tokens_today, rest, _TOKENS_PER_DAY))

    def in_the_way(self, requests: int, tokens: int, now: int, wall: int) -> Iterator[Refusal]:
        """Every limit that so much does not fit. `turn` comes first."""
        most = self.bounds.concurrency
        if requests and most and self.in_use + requests > most:
            left = max(0, most - self.in_use)
            yield self._refusal(Limit.CONCURRENCY, Allowance(most, left, _LATER_S), _LATER_S)
        of_requests: list[Standing] = []
        of_tokens: list[Standing] = []
        self.standings(now, wall, of_requests, of_tokens)
        for wanted, standings in ((requests, of_requests), (tokens, of_tokens)):
            for standing in standings:
                allowance, limit = _allowance(standing), standing[3]
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


def tightest(standings: Sequence[Standing]) -> Allowance | None:
    """The one with the least left; of equals the one that takes longest, and then the first."""
    return _allowance(min(standings, key=_TIGHTNESS)) if standings else None


def _allowance(standing: Standing) -> Allowance:
    left, until_full, most, _ = standing
    return Allowance(most, left, -until_full / SECOND)


def _of_minute(most: int, debt: int, limit: Limit) -> Standing:
    left = (most * UNIT - debt) // UNIT
    return left if left > 0 else 0, -debt // most, most, limit


def _of_day(most: int, used: int, rest: int, limit: Limit) -> Standing:
    return max(0, most - used), -rest if used else 0, most, limit
