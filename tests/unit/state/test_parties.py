"""Subjects who are known again by their tuple are limited like those who are looked up each time:
whatever the clocks do, and whoever is forgotten or gets another pace meanwhile."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from gilmok.core.identity import Taken
from gilmok.core.terms import Allowances, Pace
from gilmok.state import MemoryLimiter, Refusal, Subject

SECOND = 10**9
HOUR = 3600 * SECOND
ZONES = ("UTC", "Asia/Seoul", "America/New_York")
STEPS_S = (0.01, 0.4, 7.0, 61.0, 61.0, 3 * 3600.0, 5 * 3600.0)


class Clock:
    """One that only goes on, and one that people set."""

    def __init__(self) -> None:
        self.now, self.at = 1_000 * SECOND, 1_800_000_000 * SECOND

    def monotonic(self) -> float:
        return self.now / SECOND

    def wall(self) -> int:
        return self.at


def someone(rng: random.Random, number: int) -> Subject:
    def some(most: int) -> int | None:
        return rng.randrange(1, most) if rng.random() < 0.5 else None

    daily = number % 2  # The others are full again after some minutes, and may be forgotten.
    pace = Pace(
        concurrency=some(6),
        requests_per_minute=some(30),
        requests_per_day=some(60) if daily else None,
        tokens_per_minute=some(3_000),
        tokens_per_day=some(20_000) if daily else None,
    )
    zone = ZONES[number % len(ZONES)]
    return Subject(scope="key", name=f"key/{number}", pace=pace, time_zone=zone)


class Twice:
    """The same asked of two limiters: of one by tuples it knows, of the other by new lists."""

    def __init__(self, clock: Clock) -> None:
        self.knows, self.looks = MemoryLimiter(clock), MemoryLimiter(clock)
        self._open: list[tuple[Taken, Taken]] = []

    def take(self, subjects: tuple[Subject, ...], requests: int, tokens: int) -> Refusal | None:
        one = self.knows.take(subjects, requests=requests, tokens=tokens)
        other = self.looks.take([*subjects], requests=requests, tokens=tokens)
        if isinstance(one, Refusal) or isinstance(other, Refusal):
            assert one == other
            return one if isinstance(one, Refusal) else None
        self._open.append((one, other))
        return None

    def end(self, rng: random.Random) -> None:
        """All but a few."""
        while len(self._open) > 3:
            used = rng.choice((0, 0, 10, 900))
            withdrawn = rng.random() < 0.2
            for taken in self._open.pop(rng.randrange(len(self._open))):
                if withdrawn:
                    taken.withdraw()
                else:
                    taken.end(used)

    def left(self, subjects: Sequence[Subject]) -> Allowances:
        left = self.knows.left(subjects)
        assert left == self.looks.left([*subjects])
        return left


@pytest.mark.parametrize("seed", range(8))
def test_who_is_known_is_limited_like_who_is_not(seed: int) -> None:
    rng, clock = random.Random(seed), Clock()
    twice = Twice(clock)
    people = [someone(rng, number) for number in range(12)]
    groups = [tuple(rng.sample(people[n % 3 :: 3], rng.randrange(1, 5))) for n in range(20)]
    refusals = 0
    for turn in range(1_500):
        step = round(rng.choice(STEPS_S) * SECOND) if rng.random() < 0.3 else 0
        clock.now += step
        clock.at += step + (rng.choice((-30, -5, 5, 30)) * HOUR if rng.random() < 0.03 else 0)
        group = rng.choice(groups)
        match rng.randrange(5):
            case 0:
                twice.left(group)
            case 1:
                refusals += twice.take(group, 0, rng.randrange(1, 1_000)) is not None
            case _:
                refusals += twice.take(group, 1, rng.choice((0, 0, 50))) is not None
        if turn % 200 == 199:  # A reload: somebody has another pace from now on.
            at = rng.randrange(len(people))
            people[at] = someone(rng, at)
            groups[rng.randrange(len(groups))] = (people[at], people[at - 3])
        # So many come that those who are full are forgotten.
        twice.take((Subject(scope="key", name=f"other/{turn}", pace=Pace(concurrency=1)),), 1, 0)
        twice.end(rng)
    assert 50 < refusals < 1_000
