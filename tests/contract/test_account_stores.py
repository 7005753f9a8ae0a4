"""What every store of accounts promises. A new one is one more entry of `STORES`."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from gilmok.core.calendar import Cycle
from gilmok.core.identity import Caller
from gilmok.core.terms import Caps, Terms
from gilmok.ledger.budgets import (
    NO_CAPS,
    AccountId,
    Accounts,
    Budget,
    BudgetEvent,
    Purse,
    Recorded,
    Scope,
    Tell,
    TopUp,
)
from gilmok.ledger.memory_accounts import MemoryAccounts

STORES: dict[str, Callable[[Tell], Accounts]] = {"memory": MemoryAccounts}
SECOND = 10**9
DAY = 86_400 * SECOND
NOW = int(datetime(2025, 6, 15, 12, tzinfo=ZoneInfo("UTC")).timestamp()) * SECOND
TENANT = AccountId(Scope.TENANT, "acme", "acme")


def caller(
    tenant: Caps = NO_CAPS,
    key: Caps = NO_CAPS,
    user: Caps = NO_CAPS,
    *,
    name: str = "k",
    who: str = "",
    zone: str = "UTC",
) -> Caller:
    terms = Terms(tenant_caps=tenant, key_caps=key, user_caps=user, time_zone=zone)
    return Caller(tenant="acme", key_id=name, user=who, terms=terms)


def at(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


class Shop:
    """A store, and what it told."""

    def __init__(self, make: Callable[[Tell], Accounts]) -> None:
        self.events: list[BudgetEvent] = []
        self._make = make
        self.accounts = make(self.events.append)

    def purse(self, who: Caller, at: int = NOW) -> Purse:
        purse = self.accounts.purse(who, at)
        assert purse is not None
        return purse

    def spend(self, who: Caller, amount: int, at: int = NOW) -> bool:
        purse = self.purse(who, at)
        taken = purse.take(amount)
        if taken:
            purse.settle(amount, amount)
        return taken

    def budget(self, who: Caller, at: int = NOW, cycle: Cycle = Cycle.DAILY) -> Budget:
        return next(b for b in self.purse(who, at).budgets if b.cycle is cycle)

    @property
    def told(self) -> list[tuple[str, Scope]]:
        return [(event.kind, event.budget.account.scope) for event in self.events]

    def restart(self, *recorded: Recorded, top_ups: tuple[TopUp, ...] = ()) -> None:
        self.accounts = self._make(self.events.append)
        self.accounts.restore(recorded, top_ups)


@pytest.fixture(params=STORES)
def shop(request: pytest.FixtureRequest) -> Shop:
    return Shop(STORES[request.param])


class TestAccounts:
    def test_without_caps_there_is_no_purse(self, shop: Shop) -> None:
        assert shop.accounts.purse(caller(), NOW) is None
        # A cap for end users says nothing about a caller who named none.
        assert shop.accounts.purse(caller(user=Caps(daily=1)), NOW) is None

    def test_a_cap_is_reached_exactly(self, shop: Shop) -> None:
        who = caller(Caps(daily=100))
        assert [shop.spend(who, 33) for _ in range(4)] == [True, True, True, False]
        assert shop.spend(who, 1)
        assert not shop.spend(who, 1)
        assert shop.spend(who, 0)

    def test_what_is_held_counts(self, shop: Shop) -> None:
        purse = shop.purse(caller(Caps(daily=100)))
        assert purse.take(60)
        assert not purse.take(41)
        assert purse.remaining == 40
        purse.settle(60, 10)
        assert purse.take(90)

    def test_an_account_can_stand_for_itself(self, shop: Shop) -> None:
        account, caps = AccountId(Scope.ENDPOINT, "", "dear"), Caps(daily=100, monthly=150)

        def purse(at: int = NOW) -> Purse:
            return shop.accounts.purse_of(account, caps, "UTC", at)

        assert purse().take(60)
        assert not purse().take(41)
        purse().settle(60, 90)
        assert purse(NOW + DAY).take(60)
        assert not purse(NOW + DAY).take(1), "the month's"
        assert shop.told == [("budget_soft", Scope.ENDPOINT)]
        shop.restart(Recorded(NOW, account, 70))
        assert (purse().remaining, shop.accounts.purse(caller(), NOW)) == (30, None)

    @pytest.mark.parametrize(
        ("caps", "scope"),
        [
            ((Caps(daily=9), Caps(daily=20), Caps(daily=20)), Scope.TENANT),
            ((Caps(daily=20), Caps(daily=9), Caps(daily=20)), Scope.KEY),
            ((Caps(daily=20), Caps(daily=20), Caps(daily=9)), Scope.USER),
            ((Caps(monthly=9), Caps(daily=20), Caps(daily=20)), Scope.TENANT),
        ],
    )
    def test_the_tightest_wins(
        self, shop: Shop, caps: tuple[Caps, Caps, Caps], scope: Scope
    ) -> None:
        purse = shop.purse(caller(*caps, who="u"))
        assert purse.tightest().account.scope is scope
        assert not purse.take(10)
        assert [b.held for b in purse.budgets] == [0, 0, 0], "a refusal takes nothing"
        assert purse.take(9)
        assert [b.held for b in purse.budgets] == [9, 9, 9]

    def test_keys_share_their_tenants_account_and_nothing_else(self, shop: Shop) -> None:
        caps = Caps(daily=100), Caps(daily=80)
        assert shop.spend(caller(*caps, name="a"), 80)
        assert not shop.spend(caller(*caps, name="a"), 1)
        assert not shop.spend(caller(*caps, name="b"), 21)
        assert shop.spend(caller(*caps, name="b"), 20)

    def test_a_user_is_the_same_through_every_key(self, shop: Shop) -> None:
        caps = Caps(daily=10)
        assert shop.spend(caller(user=caps, name="a", who="u"), 10)
        assert not shop.spend(caller(user=caps, name="b", who="u"), 1)
        assert shop.spend(caller(user=caps, name="b", who="v"), 10)

    def test_an_overrun_stands_and_nothing_is_negative(self, shop: Shop) -> None:
        purse = shop.purse(caller(Caps(daily=100)))
        assert purse.take(100)
        purse.settle(100, 150)
        budget = purse.tightest()
        assert (budget.spent, budget.held, budget.remaining) == (150, 0, 0)
        assert not purse.take(1)
        assert purse.take(0)


class TestPeriods:
    @pytest.mark.parametrize("zone", ["Asia/Seoul", "Europe/Berlin", "America/New_York"])
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("2024-03-09T23:59:59", "2024-03-10T00:00:00"),  # New York's summer time begins
            ("2024-03-31T23:59:59", "2024-04-01T00:00:00"),  # the day of Berlin's
            ("2024-10-26T23:59:59", "2024-10-27T00:00:00"),
            ("2024-02-28T23:59:59", "2024-02-29T00:00:00"),
            ("2024-12-31T23:59:59", "2025-01-01T00:00:00"),
        ],
    )
    def test_a_day_is_renewed_at_local_midnight(
        self, shop: Shop, zone: str, before: str, after: str
    ) -> None:
        who = caller(Caps(daily=10), zone=zone)
        assert shop.spend(who, 10, at(before, zone))
        assert not shop.spend(who, 1, at(before, zone))
        assert shop.budget(who, at(before, zone)).resets_at == at(after, zone)
        assert shop.spend(who, 10, at(after, zone))
        assert not shop.spend(who, 1, at(after, zone))

    @pytest.mark.parametrize(
        ("last", "first"),
        [
            ("2024-02-29T23:59:59", "2024-03-01T00:00:00"),
            ("2023-02-28T23:59:59", "2023-03-01T00:00:00"),
            ("2024-10-31T23:59:59", "2024-11-01T00:00:00"),
        ],
    )
    def test_a_month_is_renewed_on_its_first(self, shop: Shop, last: str, first: str) -> None:
        zone = "America/New_York"
        who = caller(Caps(monthly=10, daily=8), zone=zone)
        assert shop.spend(who, 8, at(last, zone) - DAY)
        assert not shop.spend(who, 3, at(last, zone)), "the day is new and the month is not"
        assert shop.spend(who, 2, at(last, zone))
        assert shop.spend(who, 8, at(first, zone))

    def test_the_repeated_hour_is_no_second_day(self, shop: Shop) -> None:
        zone = "Europe/Berlin"
        who = caller(Caps(daily=25), zone=zone)
        begin = at("2024-10-27T00:00:00", zone)
        taken = [shop.spend(who, 1, begin + hour * 3_600 * SECOND) for hour in range(25)]
        assert all(taken)
        assert not shop.spend(who, 1, begin + 25 * 3_600 * SECOND - 1)
        assert shop.spend(who, 25, begin + 25 * 3_600 * SECOND)

    def test_what_spans_midnight_belongs_to_the_day_it_began(self, shop: Shop) -> None:
        who = caller(Caps(daily=10))
        midnight = at("2025-06-16T00:00:00", "UTC")
        late = shop.purse(who, midnight - 1)
        assert late.take(10)
        assert shop.budget(who, midnight).remaining == 10
        early = shop.purse(who, midnight)
        late.settle(10, 7)
        assert [(b.spent, b.held) for b in late.budgets] == [(7, 0)]
        assert [(b.spent, b.held) for b in early.budgets] == [(0, 0)]

    def test_who_came_before_midnight_and_is_planned_after_it(self, shop: Shop) -> None:
        who = caller(Caps(daily=10))
        midnight = at("2025-06-16T00:00:00", "UTC")
        assert shop.spend(who, 6, midnight - 2)
        assert shop.spend(who, 1, midnight)
        assert not shop.spend(who, 5, midnight - 1)
        assert shop.spend(who, 4, midnight - 1)
        assert shop.budget(who, midnight).spent == 1

    @pytest.mark.parametrize("back", [1, 40])
    def test_a_clock_that_steps_back_refills_nothing(self, shop: Shop, back: int) -> None:
        who = caller(Caps(daily=10, monthly=15))
        assert shop.spend(who, 10, NOW)
        assert not shop.spend(who, 1, NOW - back * DAY)
        assert not shop.spend(who, 1, NOW)

    def test_a_clock_that_was_ahead_for_a_while_refills_nothing(self, shop: Shop) -> None:
        who = caller(Caps(daily=10))
        assert shop.spend(who, 10, NOW)
        assert shop.spend(who, 10, NOW + 400 * DAY)
        assert not shop.spend(who, 1, NOW)
        assert not shop.spend(who, 1, NOW + 400 * DAY)

    def test_a_clock_that_was_ahead_for_a_while_locks_nobody_out(self, shop: Shop) -> None:
        who = caller(Caps(daily=10))
        for days, spends in ((0, 10), (400, 10), (0, 0), (1, 10), (2, 10), (1, 0), (400, 0)):
            spent = sum(shop.spend(who, 1, NOW + days * DAY) for _ in range(12))
            assert spent == spends, days
        later = NOW + 3 * DAY
        shop.accounts.top_up(TopUp(at=later, account=TENANT, cycle=Cycle.DAILY, amount=5))
        assert sum(shop.spend(who, 1, later) for _ in range(20)) == 15

    def test_no_free_refill_over_any_walk_of_the_clock(self, shop: Shop) -> None:
        """However it walks, nobody spends more than once what a day it ever showed allows."""
        chance = random.Random(4)
        who = caller(Caps(daily=10))
        now, days, spent = NOW, set[int](), 0
        for _ in range(2_000):
            now += chance.choice((-2 * DAY, -DAY // 2, DAY // 3, DAY, 1))
            days.add(now // DAY)
            spent += shop.spend(who, 1, now)
        assert spent <= 10 * len(days)


class TestEvents:
    def test_each_threshold_is_told_once_per_account_and_period(self, shop: Shop) -> None:
        who = caller(Caps(daily=100), Caps(daily=1_000))
        other = caller(Caps(daily=100), Caps(daily=1_000), name="other")
        for _ in range(79):
            shop.spend(who, 1)
        assert not shop.told
        for _ in range(21):
            shop.spend(other, 1)
        shop.spend(who, 1)
        assert shop.told == [("budget_soft", Scope.TENANT), ("budget_exhausted", Scope.TENANT)]
        soft = shop.events[0]
        assert (soft.budget.spent, soft.budget.cap) == (80, 100)
        shop.spend(who, 80, NOW + DAY)
        assert shop.told[2:] == [("budget_soft", Scope.TENANT)]
        assert len({event.id for event in shop.events}) == 3

    def test_a_refusal_is_an_exhaustion_where_little_is_left(self, shop: Shop) -> None:
        purse = shop.purse(caller(Caps(daily=100)))
        purse.refused()
        assert not shop.told, "one request was too large, and the budget is not"
        shop.spend(caller(Caps(daily=100)), 90)
        shop.events.clear()
        purse.refused()
        purse.refused()
        shop.purse(caller(Caps(daily=100), name="other")).refused()
        assert shop.told == [("budget_exhausted", Scope.TENANT)]

    def test_soft_is_what_is_spent_or_held(self, shop: Shop) -> None:
        purse = shop.purse(caller(Caps(daily=100)))
        soft = []
        for amount in (79, 1):
            assert purse.take(amount)
            soft.append(purse.is_soft)
        purse.settle(80, 0)
        assert [*soft, purse.is_soft] == [False, True, False]
        assert not shop.told, "nothing was spent"


class TestTopUps:
    def test_it_lasts_until_the_period_ends(self, shop: Shop) -> None:
        who = caller(Caps(daily=10))
        assert shop.spend(who, 10)
        shop.accounts.top_up(TopUp(at=NOW, account=TENANT, cycle=Cycle.DAILY, amount=5))
        assert (shop.budget(who).cap, shop.budget(who).added) == (15, 5)
        assert shop.spend(who, 5)
        assert not shop.spend(who, 1)
        assert shop.spend(who, 10, NOW + DAY)
        assert not shop.spend(who, 1, NOW + DAY)

    def test_it_helps_where_the_clock_was_ahead(self, shop: Shop) -> None:
        who = caller(Caps(daily=10))
        assert shop.spend(who, 10, NOW + DAY)
        assert not shop.spend(who, 1, NOW)
        shop.accounts.top_up(TopUp(at=NOW, account=TENANT, cycle=Cycle.DAILY, amount=5))
        assert shop.spend(who, 5, NOW)
        assert not shop.spend(who, 1, NOW)

    def test_it_may_come_before_the_first_request(self, shop: Shop) -> None:
        shop.accounts.top_up(TopUp(at=NOW, account=TENANT, cycle=Cycle.DAILY, amount=5))
        assert shop.spend(caller(Caps(daily=10)), 15)

    def test_thresholds_are_told_again(self, shop: Shop) -> None:
        who = caller(Caps(daily=100))
        shop.spend(who, 100)
        shop.accounts.top_up(TopUp(at=NOW, account=TENANT, cycle=Cycle.DAILY, amount=100))
        shop.spend(who, 60)
        shop.spend(who, 40)
        assert [kind for kind, _ in shop.told] == [
            "budget_exhausted",
            "budget_soft",
            "budget_exhausted",
        ]


class TestRestarts:
    def test_sums_and_top_ups_are_there_again(self, shop: Shop) -> None:
        who = caller(Caps(daily=10, monthly=50))
        month, today = at("2025-06-01", "UTC"), at("2025-06-15", "UTC")
        shop.restart(
            Recorded(month, TENANT, 30),
            Recorded(today, TENANT, 9),
            top_ups=(
                TopUp(at=NOW - 1, account=TENANT, cycle=Cycle.DAILY, amount=2),
                TopUp(at=NOW - DAY, account=TENANT, cycle=Cycle.DAILY, amount=100),
            ),
        )
        assert (shop.budget(who).spent, shop.budget(who).cap) == (9, 12)
        assert shop.budget(who, cycle=Cycle.MONTHLY).spent == 39
        assert not shop.spend(who, 4)
        assert shop.spend(who, 3)

    def test_what_was_told_is_not_told_again(self, shop: Shop) -> None:
        shop.restart(Recorded(at("2025-06-15", "UTC"), TENANT, 85))
        who = caller(Caps(daily=100))
        shop.spend(who, 1)
        assert shop.told == []
        shop.spend(who, 14)
        assert [kind for kind, _ in shop.told] == ["budget_exhausted"]

    def test_receipts_of_the_future_count_now_and_then(self, shop: Shop) -> None:
        """The clock was ahead, stepped back, and the process restarted."""
        today, tomorrow = at("2025-06-15", "UTC"), at("2025-06-16", "UTC")
        who = caller(Caps(daily=10))
        shop.restart(Recorded(today, TENANT, 2), Recorded(tomorrow, TENANT, 7))
        assert not shop.spend(who, 2)
        assert shop.spend(who, 1)
        assert not shop.spend(who, 4, tomorrow)
        assert shop.spend(who, 3, tomorrow)

    def test_restoring_while_running_never_lowers_a_sum(self, shop: Shop) -> None:
        who = caller(Caps(daily=10))
        assert shop.spend(who, 6)
        today = at("2025-06-15", "UTC")
        shop.accounts.restore([Recorded(today, TENANT, 4)], ())
        assert shop.budget(who).spent == 6
        shop.accounts.restore([Recorded(today, TENANT, 8)], ())
        assert shop.budget(who).spent == 8
