"""What every limiter promises, whatever it keeps its counts in."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from datetime import datetime
from math import isinf
from zoneinfo import ZoneInfo

import pytest

from gilmok.core.identity import Taken
from gilmok.core.terms import Allowance, Pace
from gilmok.state import Limit, Limiter, MemoryLimiter, Refusal, Subject

SECOND = 10**9
DAY = 24 * 3600 * SECOND


class Clock:
    """Two clocks: one that only goes on, one that people set."""

    def __init__(self, wall: int = 0) -> None:
        self.now = 1_000 * SECOND
        self.at = wall

    def monotonic(self) -> float:
        return self.now / SECOND

    def wall(self) -> int:
        return self.at

    def go(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)
        self.at += round(seconds * SECOND)


def local(zone: str, *when: int) -> int:
    return int(datetime(*when, tzinfo=ZoneInfo(zone)).timestamp()) * SECOND  # type: ignore[arg-type,misc]


def subject(name: str = "key/a", zone: str = "UTC", **pace: int) -> Subject:
    return Subject(scope="key", name=name, pace=Pace(**pace), time_zone=zone)


def paced(pace: Pace) -> Subject:
    return Subject(scope="key", name="key/a", pace=pace)


def taken(answer: Taken | Refusal) -> Taken:
    assert not isinstance(answer, Refusal), answer
    return answer


def refused(answer: Taken | Refusal) -> Refusal:
    assert isinstance(answer, Refusal)
    return answer


class LimiterContract(ABC):
    @abstractmethod
    def make(self, clock: Clock) -> Limiter: ...

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock(local("UTC", 2026, 3, 14, 12))

    @pytest.fixture
    def limiter(self, clock: Clock) -> Limiter:
        return self.make(clock)

    @pytest.mark.parametrize(
        ("limit", "wait_s"),
        [
            (Limit.CONCURRENCY, 1.0),
            (Limit.REQUESTS_PER_MINUTE, 12.0),
            (Limit.REQUESTS_PER_DAY, 12 * 3600.0),
        ],
    )
    def test_exactly_so_many_requests(self, limiter: Limiter, limit: Limit, wait_s: float) -> None:
        who = paced(Pace(**{limit.value: 5}))
        answers = [limiter.take([who], requests=1) for _ in range(10)]
        assert [isinstance(answer, Refusal) for answer in answers] == [False] * 5 + [True] * 5
        refusal = refused(answers[-1])
        assert (refusal.limit, refusal.most, refusal.left) == (limit, 5, 0)
        assert refusal.wait_s == wait_s

    @pytest.mark.parametrize("limit", [Limit.TOKENS_PER_MINUTE, Limit.TOKENS_PER_DAY])
    def test_exactly_so_many_tokens(self, limiter: Limiter, limit: Limit) -> None:
        who = paced(Pace(**{limit.value: 100}))
        taken(limiter.take([who], tokens=60))
        assert refused(limiter.take([who], tokens=41)).left == 40
        taken(limiter.take([who], tokens=40))
        assert refused(limiter.take([who], tokens=1)).left == 0
        assert isinf(refused(limiter.take([who], tokens=101)).wait_s)

    def test_all_subjects_or_none(self, limiter: Limiter) -> None:
        wide = subject("tenant/a", concurrency=9, requests_per_minute=9, requests_per_day=9)
        narrow = subject("key/a", requests_per_minute=1)
        taken(limiter.take([wide, narrow], requests=1))
        for order in ([wide, narrow], [narrow, wide]):
            assert refused(limiter.take(order, requests=1)).subject == narrow
        allowance = limiter.left([wide]).requests
        assert allowance is not None
        assert allowance.left == 8

    def test_the_longest_wait_is_told(self, limiter: Limiter) -> None:
        """Whoever waits for the shorter one meets the longer one next."""
        short = subject("key/a", requests_per_minute=2)
        long = subject("tenant/a", requests_per_minute=1)
        taken(limiter.take([short, long], requests=1))
        taken(limiter.take([short], requests=1))
        assert refused(limiter.take([short, long], requests=1)).subject == long

    def test_a_wait_is_true_to_the_nanosecond(self, limiter: Limiter, clock: Clock) -> None:
        who = subject(requests_per_minute=7, tokens_per_minute=1000)
        for _ in range(7):
            limiter.take([who], requests=1, tokens=100)
        for requests, tokens in ((1, 0), (0, 777)):
            wait = refused(limiter.take([who], requests=requests, tokens=tokens)).wait_s
            clock.now += round(wait * SECOND) - 1
            refused(limiter.take([who], requests=requests, tokens=tokens))
            clock.now += 1
            taken(limiter.take([who], requests=requests, tokens=tokens))

    def test_what_was_not_used_comes_back(self, limiter: Limiter) -> None:
        who = subject(tokens_per_minute=1000, tokens_per_day=1000)
        hold = taken(limiter.take([who], tokens=900))
        hold.end(100)
        assert limiter.left([who]).tokens == Allowance(1000, 900, 43200.0)
        hold.end(0)
        hold.withdraw()
        assert limiter.left([who]).tokens == Allowance(1000, 900, 43200.0)

    def test_what_was_used_beyond_is_owed(self, limiter: Limiter, clock: Clock) -> None:
        who = subject(tokens_per_minute=60)
        taken(limiter.take([who], tokens=10)).end(90)
        assert limiter.left([who]).tokens == Allowance(60, 0, 90.0)
        assert refused(limiter.take([who], tokens=1)).wait_s == 31.0
        clock.go(31)
        taken(limiter.take([who], tokens=1))

    def test_what_has_grown_back_is_not_given_back_again(
        self, limiter: Limiter, clock: Clock
    ) -> None:
        who = subject(tokens_per_minute=100)
        slow = taken(limiter.take([who], tokens=100))
        clock.go(60)
        taken(limiter.take([who], tokens=100))
        slow.end(10)
        refused(limiter.take([who], tokens=1))

    def test_half_of_it_had_grown_back(self, limiter: Limiter, clock: Clock) -> None:
        who = subject(tokens_per_minute=100)
        slow = taken(limiter.take([who], tokens=100))
        clock.go(30)
        taken(limiter.take([who], tokens=50))
        slow.end(10)
        assert limiter.left([who]).tokens == Allowance(100, 50, 30.0)

    def test_withdrawn_is_as_if_never_taken(self, limiter: Limiter) -> None:
        who = subject(concurrency=1, requests_per_minute=1, requests_per_day=1, tokens_per_minute=9)
        for _ in range(50):
            taken(limiter.take([who], requests=1, tokens=9)).withdraw()
        taken(limiter.take([who], requests=1, tokens=9))

    def test_an_ended_request_still_counts(self, limiter: Limiter) -> None:
        who = subject(concurrency=1, requests_per_minute=2)
        taken(limiter.take([who], requests=1)).end()
        taken(limiter.take([who], requests=1)).end()
        assert refused(limiter.take([who], requests=1)).limit is Limit.REQUESTS_PER_MINUTE

    def test_names_are_apart(self, limiter: Limiter) -> None:
        for name in ("key/a", "key/b", "user/a"):
            taken(limiter.take([subject(name, requests_per_minute=1)], requests=1))

    @pytest.mark.parametrize(
        ("zone", "day", "hours"),
        [
            ("Asia/Seoul", (2026, 11, 22), 24),
            ("America/New_York", (2026, 3, 8), 23),
            ("America/New_York", (2026, 11, 1), 25),
            ("Africa/Cairo", (2026, 4, 24), 23),  # At midnight the clocks go to one o'clock.
            ("Europe/London", (2028, 2, 29), 24),
            ("Pacific/Kiritimati", (2026, 12, 31), 24),
        ],
    )
    def test_a_day_is_the_tenants(self, zone: str, day: tuple[int, int, int], hours: int) -> None:
        """From its first moment to its last, and not a nanosecond longer."""
        clock = Clock(local(zone, *day))
        limiter = self.make(clock)
        who = subject(zone=zone, requests_per_day=1)
        taken(limiter.take([who], requests=1)).end()
        assert refused(limiter.take([who], requests=1)).wait_s == hours * 3600.0
        clock.at += hours * 3600 * SECOND - 1
        refused(limiter.take([who], requests=1))
        clock.at += 1
        taken(limiter.take([who], requests=1))

    def test_a_clock_that_steps_back_refills_nothing(self) -> None:
        midnight = local("Asia/Seoul", 2026, 11, 22)
        clock = Clock(midnight - SECOND)
        limiter = self.make(clock)
        who = subject(zone="Asia/Seoul", requests_per_day=2)
        for _ in range(2):
            taken(limiter.take([who], requests=1)).end()
        clock.at = midnight  # The new day is a new day,
        for _ in range(2):
            taken(limiter.take([who], requests=1)).end()
        for step in (-SECOND, -3600 * SECOND, 0, -SECOND, 1, 3600 * SECOND):
            clock.at = midnight + step  # and it begins once.
            refused(limiter.take([who], requests=1))

    def test_a_clock_that_was_a_year_ahead_locks_nobody_out(self) -> None:
        today = local("UTC", 2026, 11, 22, 12)
        clock = Clock(today + 365 * DAY)
        limiter = self.make(clock)
        who = subject(requests_per_day=1)
        taken(limiter.take([who], requests=1)).end()
        clock.at = today
        refused(limiter.take([who], requests=1))
        clock.at = today + DAY
        taken(limiter.take([who], requests=1))

    def test_a_clock_that_swings_refills_each_day_once(self) -> None:
        today = local("UTC", 2026, 11, 22, 12)
        clock = Clock(today)
        limiter = self.make(clock)
        who = subject(requests_per_day=3)
        admitted = 0
        for _ in range(5):
            for days in (0, 3, 0, 1, 3):
                clock.at = today + days * DAY
                for _ in range(5):
                    if not isinstance(answer := limiter.take([who], requests=1), Refusal):
                        answer.end()
                        admitted += 1
        assert admitted == 3 * 3

    def test_a_clock_that_was_ahead_makes_nobody_forgotten(self) -> None:
        today = local("UTC", 2026, 11, 22, 12)
        clock = Clock(today)
        limiter = self.make(clock)
        who = subject(requests_per_day=1)
        taken(limiter.take([who], requests=1)).end()
        clock.at += 2 * DAY
        for number in range(600):
            clock.now += SECOND
            taken(limiter.take([subject(f"user/{number}", concurrency=1)], requests=1)).end()
        clock.at = today
        refused(limiter.take([who], requests=1))

    def test_yesterdays_tokens_do_not_come_back_today(self, clock: Clock, limiter: Limiter) -> None:
        who = subject(tokens_per_day=100)
        over_midnight = taken(limiter.take([who], tokens=100))
        clock.at += DAY
        taken(limiter.take([who], tokens=100))
        over_midnight.end(0)
        refused(limiter.take([who], tokens=1))

    def test_a_restart_goes_on_from_what_the_day_saw(self, limiter: Limiter) -> None:
        who = subject(requests_per_day=3, tokens_per_day=100)
        limiter.restore(who, 2, 70)
        assert refused(limiter.take([who], tokens=31)).left == 30
        taken(limiter.take([who], requests=1))
        refused(limiter.take([who], requests=1))

    def test_another_pace_keeps_the_counts(self, limiter: Limiter) -> None:
        for _ in range(3):
            taken(limiter.take([subject(requests_per_minute=3)], requests=1))
        more = subject(requests_per_minute=4)
        taken(limiter.take([more], requests=1))
        refused(limiter.take([more], requests=1))

    def test_how_long_until_there_is_room(self, limiter: Limiter) -> None:
        who = subject(concurrency=1, requests_per_minute=60)
        assert limiter.wait_s(who) == 0.0
        one = taken(limiter.take([who], requests=1))
        assert limiter.wait_s(who) == 1.0
        one.end()
        assert limiter.wait_s(who) == 0.0

    @pytest.mark.parametrize("seed", range(40))
    def test_against_a_queue_on_paper(self, seed: int) -> None:
        """Random takes, ends and times. A bucket never has more room than the queue it stands for,
        and exactly as much where holds end in the order in which they were taken."""
        chance = random.Random(seed)
        in_order = seed % 2 == 0
        most = chance.choice((7, 60, 1000))
        clock = Clock()
        limiter = self.make(clock)
        who = subject(tokens_per_minute=most)
        paper = Paper(most)
        holds: list[tuple[Taken, list[int], int]] = []
        for _ in range(400):
            nanoseconds = chance.choice((0, 1, SECOND // 7, SECOND, 20 * SECOND))
            clock.now += nanoseconds
            paper.pass_time(nanoseconds)
            if holds and chance.random() < 0.5:
                hold, place, tokens = holds.pop(0 if in_order else chance.randrange(len(holds)))
                used = chance.choice((0, tokens, chance.randint(0, 2 * tokens)))
                hold.end(used)
                paper.end(place, tokens - used)
            else:
                tokens = chance.randint(1, most)
                room = paper.room
                answer = limiter.take([who], tokens=tokens)
                if isinstance(answer, Refusal):
                    assert tokens > room or not in_order
                else:
                    assert tokens <= room
                    holds.append((answer, paper.take(tokens), tokens))
            left = limiter.left([who]).tokens
            assert left is not None
            assert 0 <= left.left <= paper.room
            if in_order:
                assert left.left == paper.room


class Paper:
    """A bucket as a list of who stands in it. Amounts are tokens times a minute."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.queue: list[list[int]] = []

    @property
    def room(self) -> int:
        debt = sum(amount for (amount,) in self.queue)
        return max(0, (self.most * 60 * SECOND - debt) // (60 * SECOND))

    def pass_time(self, nanoseconds: int) -> None:
        gone = nanoseconds * self.most
        for place in self.queue:
            served = min(gone, place[0])
            place[0] -= served
            gone -= served
        self.queue = [place for place in self.queue if place[0]]

    def take(self, tokens: int) -> list[int]:
        place = [tokens * 60 * SECOND]
        self.queue.append(place)
        return place

    def end(self, place: list[int], spare: int) -> None:
        if spare < 0:
            self.queue.append([-spare * 60 * SECOND])
        else:
            place[0] -= min(place[0], spare * 60 * SECOND)


class TestMemoryLimiter(LimiterContract):
    def make(self, clock: Clock) -> MemoryLimiter:
        return MemoryLimiter(clock)

    def test_idle_subjects_are_forgotten_once_they_are_full(self) -> None:
        clock = Clock()
        limiter = MemoryLimiter(clock)
        for number in range(5000):
            clock.go(1)
            who = subject(f"user/{number}", requests_per_minute=2, concurrency=1)
            taken(limiter.take([who], requests=1)).end()
        # One is full again after 30 s, and two are looked at for each new one.
        assert 200 < len(limiter) < 400

    @pytest.mark.parametrize(
        "pace", [{"requests_per_day": 1}, {"tokens_per_day": 5}, {"concurrency": 1}]
    )
    def test_nobody_is_forgotten_who_is_not_full(self, pace: dict[str, int]) -> None:
        clock = Clock(local("UTC", 2026, 11, 22))
        limiter = MemoryLimiter(clock)
        who = paced(Pace(**pace))
        taken(limiter.take([who], requests=1, tokens=5))
        for number in range(1000):
            clock.go(1)
            other = subject(f"key/{number}", requests_per_minute=1)
            taken(limiter.take([other], requests=1)).end()
        assert len(limiter) < 600
        refused(limiter.take([who], requests=1, tokens=5))

    def test_two_new_subjects_of_one_call_do_not_lose_one_another(self) -> None:
        limiter = MemoryLimiter(Clock())
        for number in range(500):
            limiter.take([subject(f"user/{number}", concurrency=1)], requests=1)
        pair = [subject(name, concurrency=1) for name in ("tenant/a", "key/a")]
        for _ in range(3):
            one = taken(limiter.take(pair, requests=1))
            for who in pair:
                refused(limiter.take([who], requests=1))
            one.end()
