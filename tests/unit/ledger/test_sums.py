"""What the journal knows of the running days and months."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.unit.ledger.samples import candidate, intent, plan, receipt

from gilmok.core.calendar import Cycle
from gilmok.core.endpoint import PriceSource
from gilmok.core.errors import JournalUnavailable
from gilmok.ledger.budgets import AccountId, Recorded, Scope, TopUp
from gilmok.ledger.journal import Journal
from gilmok.ledger.memory import MemoryJournal

SECOND = 10**9
TENANT = AccountId(Scope.TENANT, "acme", "acme")
KEY = AccountId(Scope.KEY, "acme", "key-1")
USER = AccountId(Scope.USER, "acme", "u-1")

AnyJournal = Journal | MemoryJournal


@pytest.fixture(params=["file", "memory"])
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AnyJournal]:
    made: AnyJournal = Journal(tmp_path / "j.db") if request.param == "file" else MemoryJournal()
    async with made as opened:
        yield opened


def at(text: str, zone: str = "Asia/Seoul") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


NOW = at("2024-03-15T12:00")


def spent(recorded: tuple[Recorded, ...], account: AccountId, since: int) -> int:
    return sum(row.cost for row in recorded if row.account == account and row.at >= since)


async def test_days_and_months_begin_where_the_tenant_is(journal: AnyJournal) -> None:
    """Half past midnight in Seoul is still yesterday in UTC, and last month on the first."""
    costs = {
        "2024-02-29T23:59:59": 1,
        "2024-03-01T00:00:00": 10,
        "2024-03-14T23:59:59": 100,
        "2024-03-15T00:00:00": 1_000,
        "2024-03-15T11:59:59": 10_000,
    }
    for n, (moment, cost) in enumerate(costs.items()):
        journal.record(receipt(f"dec_{n}", at=at(moment), cost=cost, user="u-1" if n % 2 else ""))
    found = (await journal.sums(("Asia/Seoul",), NOW)).recorded
    month, today = at("2024-03-01"), at("2024-03-15")
    assert (spent(found, TENANT, month), spent(found, TENANT, today)) == (11_110, 11_000)
    assert (spent(found, KEY, month), spent(found, USER, month)) == (11_110, 1_010)
    in_utc = (await journal.sums(("UTC",), NOW)).recorded
    assert spent(in_utc, TENANT, at("2024-03-01", "UTC")) == 11_100
    assert spent(in_utc, TENANT, at("2024-03-15", "UTC")) == 10_000


async def test_several_calendars_at_once(journal: AnyJournal) -> None:
    zones = ("Asia/Seoul", "America/New_York", "Europe/Berlin")
    moments = [at("2024-03-01T00:30", zone) for zone in zones]
    for n, moment in enumerate(moments):
        journal.record(receipt(f"dec_{n}", at=moment, cost=10**n))
    found = (await journal.sums(zones, NOW)).recorded
    sums = [spent(found, TENANT, at("2024-03-01", zone)) for zone in zones]
    assert sums == [111, 10, 110]


async def test_what_is_dated_in_the_future_is_kept_apart(journal: AnyJournal) -> None:
    journal.record(receipt("dec_1", at=at("2024-03-15T01:00"), cost=1))
    journal.record(receipt("dec_2", at=at("2024-03-16T01:00"), cost=10))
    journal.record(receipt("dec_3", at=at("2024-04-02T01:00"), cost=100))
    found = (await journal.sums(("Asia/Seoul",), NOW)).recorded
    assert spent(found, TENANT, at("2024-03-15")) == 111
    assert spent(found, TENANT, at("2024-03-16")) == 110
    assert spent(found, TENANT, at("2024-04-01")) == 100


async def test_answers_without_a_price_are_counted(journal: AnyJournal) -> None:
    unpriced = plan(candidate(price_source=PriceSource.ASSUMED))
    journal.record(receipt("dec_1", at=NOW, plan=unpriced))
    journal.record(receipt("dec_2", at=NOW))
    assert (await journal.sums(("UTC",), NOW)).unpriced == 1


async def test_top_ups_of_the_month_are_found_again(journal: AnyJournal) -> None:
    old = TopUp(at=at("2024-02-20"), account=USER, cycle=Cycle.DAILY, amount=1)
    new = TopUp(at=NOW, account=USER, cycle=Cycle.MONTHLY, amount=2)
    await journal.add_top_up(old)
    await journal.add_top_up(new)
    assert (await journal.sums(("Asia/Seoul",), NOW)).top_ups == (new,)


async def test_a_top_up_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    async with MemoryJournal() as journal:
        journal.fail = True
        with pytest.raises(JournalUnavailable):
            await journal.add_top_up(TopUp(at=1, account=USER, cycle=Cycle.DAILY, amount=1))


async def test_swept_attempts_count_at_what_is_known_of_them(tmp_path: Path) -> None:
    """Those that had ended cost what the next one's intent says; the last one its worst case."""
    path = tmp_path / "j.db"
    journal = Journal(path)
    await journal.__aenter__()
    for number, known in ((1, 0), (2, 700), (3, 700)):
        await journal.intend(
            intent("dec_1", number, at=NOW, worst_cost=5_000, spent=known, user="u-1")
        )
    await journal.intend(intent("dec_2", 1, at=NOW, worst_cost=40))
    await journal.close()  # Without receipts, as a crash leaves them.
    async with Journal(path) as again:
        assert again.swept == 2
        found = (await again.sums(("UTC",), NOW)).recorded
        attempts = (await again.read("dec_1")).explanation.attempts
    assert spent(found, USER, 0) == 5_700
    assert spent(found, TENANT, 0) == 5_740
    assert [attempt.cost for attempt in attempts] == [700, 0, 5_000]
