"""The limiter in the memory of one process."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from gilmok.core.identity import Taken
from gilmok.core.ports import Clock
from gilmok.core.terms import Allowance, Allowances
from gilmok.state.limiter import Refusal, Subject
from gilmok.state.meter import OF_REQUESTS, SECOND, Day, Meter

_LOOKS: Final = 2
"""Idle subjects looked for with every new one, so that forgetting keeps pace with learning."""
_MORE_LOOKS: Final = 8
_KEPT: Final = 256
"""So few are not worth forgetting: they would come again with the next request."""
_LOOK_EVERY: Final = SECOND // 100

_Entry = tuple[Meter, int, int, int]
"""Of one subject: where in the two queues the request and the tokens end, and the day's end."""


class _Taken:
    """Implements `Taken`."""

    __slots__ = ("_clock", "_entries", "_requests", "_tokens")

    def __init__(self, clock: Clock, entries: list[_Entry], requests: int, tokens: int) -> None:
        self._clock = clock
        self._entries = entries
        self._requests = requests
        self._tokens = tokens

    def end(self, tokens: int = 0) -> None:
        if tokens or self._tokens:
            self._give_back(0, self._tokens - max(tokens, 0))
            return
        entries, self._entries = self._entries, []
        for meter, _, _, _ in entries:
            meter.open -= 1
            meter.in_use -= self._requests

    def withdraw(self) -> None:
        self._give_back(self._requests, self._tokens)

    def _give_back(self, requests: int, tokens: int) -> None:
        entries, self._entries = self._entries, []
        now = int(self._clock.monotonic() * SECOND + 0.5)
        for meter, request_tail, token_tail, day_end in entries:
            meter.open -= 1
            meter.in_use -= self._requests
            _, per_minute, _, tokens_per_minute, _, _ = meter.bounds
            if requests and per_minute:
                meter.requests.correct(self._requests, request_tail, requests, per_minute, now)
            if tokens and tokens_per_minute:
                meter.tokens.correct(self._tokens, token_tail, tokens, tokens_per_minute, now)
            if day_end and day_end == meter.day_end:
                # What a day took that has ended is nobody's business any more.
                meter.requests_today = max(0, meter.requests_today - requests)
                meter.tokens_today = max(0, meter.tokens_today - tokens)


class MemoryLimiter:
    """Implements `Limiter` for one process. Single-threaded: every call happens on the event loop.

    A subject is remembered while anything of it is taken. Once it is full again it is forgotten,
    unless there are few.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._meters: dict[str, Meter] = {}
        self._round: deque[str] = deque()
        """Names, in the order in which they are looked at for forgetting."""
        self._look_at = 0
        self._looks = 0
        self._days: dict[str, Day] = {}

    def __len__(self) -> int:
        return len(self._meters)

    def take(
        self, subjects: Sequence[Subject], *, requests: int = 0, tokens: int = 0
    ) -> Taken | Refusal:
        now = int(self._clock.monotonic() * SECOND + 0.5)
        if self._looks or now >= self._look_at:
            self._forget(now)  # Never between two subjects of one call: they may be full yet.
        known = self._meters
        meters: list[Meter] = []
        for subject in subjects:
            meter = known.get(subject.name)
            if meter is None or meter.subject is not subject or meter.bounds.daily:
                meter = self._meter(subject)
            if not meter.fits(requests, tokens, now):
                return self._refusal(subjects, requests, tokens, now)
            meters.append(meter)
        return _Taken(self._clock, [_add(m, requests, tokens) for m in meters], requests, tokens)

    def left(self, subjects: Sequence[Subject]) -> Allowances:
        now = int(self._clock.monotonic() * SECOND + 0.5)
        wall = self._clock.wall()
        requests: Allowance | None = None
        tokens: Allowance | None = None
        for subject in subjects:
            for limit, allowance in self._meter(subject).allowances(now, wall):
                if limit in OF_REQUESTS:
                    requests = _tighter(requests, allowance)
                else:
                    tokens = _tighter(tokens, allowance)
        return Allowances(requests, tokens)

    def wait_s(self, subject: Subject) -> float:
        if subject.name not in self._meters:
            return 0.0
        now = int(self._clock.monotonic() * SECOND + 0.5)
        meter = self._meter(subject)
        if meter.fits(1, 1, now):
            return 0.0
        return self._refusal((subject,), 1, 1, now).wait_s

    def restore(self, subject: Subject, requests: int, tokens: int) -> None:
        meter = self._meter(subject)
        meter.requests_today += requests
        meter.tokens_today += tokens

    def _meter(self, subject: Subject) -> Meter:
        """The subject's counts, in the day that runs."""
        meter = self._meters.get(subject.name)
        if meter is None:
            meter = self._meters[subject.name] = Meter(subject)
            self._round.append(subject.name)
            self._looks += _LOOKS
        elif meter.subject.pace is not subject.pace:
            meter.take_on(subject)
        if meter.bounds.daily:
            zone = subject.time_zone
            day = self._days.get(zone)
            if day is None:
                day = self._days[zone] = Day(zone)
            end = day.turn(self._clock.wall())
            if end != meter.day_end:
                meter.turn(end)
        return meter

    def _refusal(
        self, subjects: Sequence[Subject], requests: int, tokens: int, now: int
    ) -> Refusal:
        wall = self._clock.wall()
        meters = [self._meter(subject) for subject in subjects]
        return max(
            (r for meter in meters for r in meter.in_the_way(requests, tokens, now, wall)),
            key=lambda refusal: refusal.wait_s,
        )

    def _forget(self, now: int) -> None:
        looks, self._looks = self._looks, 0
        if now >= self._look_at:
            self._look_at = now + _LOOK_EVERY
            looks += _MORE_LOOKS
        if len(self._round) <= _KEPT:
            return
        for _ in range(min(looks, len(self._round))):
            name = self._round.popleft()
            meter = self._meters[name]
            day = self._days.get(meter.subject.time_zone)
            end = 0 if day is None else day.turn(self._clock.wall())
            if meter.is_full(now, end):
                del self._meters[name]
            else:
                self._round.append(name)


def _add(meter: Meter, requests: int, tokens: int) -> _Entry:
    """It fits, and time has passed for it."""
    _, per_minute, _, tokens_per_minute, _, daily = meter.bounds
    request_tail = token_tail = day_end = 0
    meter.open += 1
    if requests:
        meter.in_use += requests
        if per_minute:
            request_tail = meter.requests.add(requests)
    if tokens and tokens_per_minute:
        token_tail = meter.tokens.add(tokens)
    if daily:
        day_end = meter.day_end
        meter.requests_today += requests
        meter.tokens_today += tokens
    return meter, request_tail, token_tail, day_end


def _tighter(one: Allowance | None, other: Allowance) -> Allowance:
    if one is None or (other.left, -other.full_s) < (one.left, -one.full_s):
        return other
    return one
