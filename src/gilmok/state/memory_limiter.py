"""The limiter in the memory of one process."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import inf
from typing import Final

from gilmok.core.identity import Taken
from gilmok.core.ports import Clock
from gilmok.core.terms import Allowances
from gilmok.state.limiter import Refusal, Subject
from gilmok.state.meter import SECOND, Day, Entry, Meter, Standing, tightest

_LOOKS: Final = 2
"""Idle subjects looked for with every new one, so that forgetting keeps pace with learning."""
_MORE_LOOKS: Final = 8
_KEPT: Final = 256
"""So few are not worth forgetting: they would come again with the next request."""
_LOOK_EVERY: Final = SECOND // 100
_PARTIES: Final = 10_000


class _Taken:
    """Implements `Taken`."""

    __slots__ = ("_clock", "_entries", "_requests", "_tokens")

    def __init__(self, clock: Clock, entries: list[Entry], requests: int, tokens: int) -> None:
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


class _Party:
    """Subjects who are asked for together, and their counts, of which nothing has changed but numbers
    while `stamp` is the limiter's."""

    __slots__ = ("meters", "stamp", "subjects")

    def __init__(self, subjects: Sequence[Subject], meters: Sequence[Meter], stamp: int) -> None:
        self.subjects = subjects
        self.meters = meters
        self.stamp = stamp


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
        self._since, self._until = -inf, inf
        """Between these moments of the wall clock no day ends that a party is in."""
        self._parties: dict[int, _Party] = {}
        """By the identity of their subjects' tuple, which is kept so that it is nobody else's."""
        self._stamp = 0
        """Raised by whatever makes parties other ones: a new day, a new pace, a forgotten subject."""

    def __len__(self) -> int:
        return len(self._meters)

    def take(
        self, subjects: Sequence[Subject], *, requests: int = 0, tokens: int = 0
    ) -> Taken | Refusal:
        now = int(self._clock.monotonic() * SECOND + 0.5)
        if self._looks or now >= self._look_at:
            self._forget(now)  # Never between two subjects of one call: they may be full yet.
        entries: list[Entry] = []
        for meter in self._present(subjects, self._clock.wall()):
            entry = meter.take(requests, tokens, now)
            if entry is None:
                for taken in entries:
                    taken[0].undo(requests, tokens)
                return self._refusal(subjects, requests, tokens, now)
            entries.append(entry)
        return _Taken(self._clock, entries, requests, tokens)

    def left(self, subjects: Sequence[Subject]) -> Allowances:
        now, wall = int(self._clock.monotonic() * SECOND + 0.5), self._clock.wall()
        requests: list[Standing] = []
        tokens: list[Standing] = []
        for meter in self._present(subjects, wall):
            meter.standings(now, wall, requests, tokens)
        return Allowances(tightest(requests), tightest(tokens))

    def wait_s(self, subject: Subject) -> float:
        if subject.name not in self._meters:
            return 0.0
        now = int(self._clock.monotonic() * SECOND + 0.5)
        meter = self._meter(subject, self._clock.wall())
        if meter.take(1, 1, now) is not None:
            meter.undo(1, 1)
            return 0.0
        return self._refusal((subject,), 1, 1, now).wait_s

    def restore(self, subject: Subject, requests: int, tokens: int) -> None:
        meter = self._meter(subject, self._clock.wall())
        meter.requests_today += requests
        meter.tokens_today += tokens

    def _present(self, subjects: Sequence[Subject], wall: int) -> Sequence[Meter]:
        """The subjects' counts, in the days that run."""
        party = self._parties.get(id(subjects))
        if party is None or party.stamp != self._stamp or not self._since <= wall < self._until:
            return self._gather(subjects, wall)
        return party.meters

    def _gather(self, subjects: Sequence[Subject], wall: int) -> Sequence[Meter]:
        if not self._since <= wall < self._until:
            self._turn(wall)
        meters = [self._meter(subject, wall) for subject in subjects]
        if isinstance(subjects, tuple):
            if len(self._parties) >= _PARTIES:
                self._parties.clear()
            self._parties[id(subjects)] = _Party(subjects, meters, self._stamp)
        return meters

    def _turn(self, wall: int) -> None:
        """A day has ended, or the clock was set: whoever comes next is looked at anew."""
        self._stamp += 1
        running = [day for day in self._days.values() if day.since <= wall < day.end]
        self._since = max([day.since for day in running], default=-inf)
        self._until = min([day.end for day in running], default=inf)

    def _meter(self, subject: Subject, wall: int) -> Meter:
        """The subject's counts, in the day that runs."""
        meter = self._meters.get(subject.name)
        if meter is None:
            meter = self._meters[subject.name] = Meter(subject)
            self._round.append(subject.name)
            self._looks += _LOOKS
        elif meter.subject is not subject:
            meter.take_on(subject)
            self._stamp += 1
        if meter.bounds.daily:
            end = self._day(subject.time_zone, wall).end
            if end != meter.day_end:
                meter.turn(end)
        return meter

    def _day(self, zone: str, wall: int) -> Day:
        day = self._days.get(zone)
        if day is None:
            day = self._days[zone] = Day(zone)
        before = day.end
        if day.turn(wall) != before:
            self._stamp += 1
        self._since, self._until = max(self._since, day.since), min(self._until, day.end)
        return day

    def _refusal(
        self, subjects: Sequence[Subject], requests: int, tokens: int, now: int
    ) -> Refusal:
        wall = self._clock.wall()
        meters = [self._meter(subject, wall) for subject in subjects]
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
            zone = meter.subject.time_zone
            end = self._day(zone, self._clock.wall()).end if zone in self._days else 0
            if meter.is_full(now, end):
                del self._meters[name]
                self._stamp += 1
            else:
                self._round.append(name)
