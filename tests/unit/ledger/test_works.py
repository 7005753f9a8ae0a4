"""What the journal keeps of services besides chat, and what files of before lack."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from tests.unit.ledger.samples import NOW, intent, receipt

from gilmok.core.completion import Usage
from gilmok.core.goodput import TWO_SECONDS, met
from gilmok.core.money import Price
from gilmok.core.receipt import Intent, Receipt
from gilmok.core.work import Does
from gilmok.ledger import By, FileArchive, Journal, MemoryJournal, Statistics, schema
from gilmok.ledger.recovery import swept
from gilmok.ledger.rows import receipt_row

DAY = 86_400 * 10**9
REFERENCE = Price(1_000_000_000, 1_000_000_000)


def painted(decision_id: str = "dec_p", **of: object) -> Receipt:
    usage = Usage(30, 0, units=2)
    tried = replace(receipt().attempts[0], endpoint_id="cards", usage=usage, cost=80)
    plain = receipt(
        decision_id,
        does=Does.IMAGES,
        endpoint_id="cards",
        zone="local",
        usage=usage,
        attempts=(tried,),
        cost=80,
    )
    return replace(plain, **of)


async def statistics(rows: Sequence[Receipt]) -> Statistics:
    async with MemoryJournal() as journal:
        for row in rows:
            journal.record(row)
        return await journal.statistics(NOW, NOW + DAY, reference=REFERENCE)


async def test_what_was_done_is_read_back() -> None:
    async with MemoryJournal() as journal:
        journal.record(painted())
        journal.record(receipt())
        found = await journal.read("dec_p")
        chat = await journal.read("dec_1")
        sums = await journal.usage(NOW, NOW + DAY, By.DOES, reference=REFERENCE)
    assert (found.does, found.units, chat.does, chat.units) == ("images", 2, "chat", 0)
    assert type(found.does) is str
    assert [(of.key, of.units, of.cost, of.savings) for of in sums.lines] == [
        ("chat", 0, 27_000, 0),
        ("images", 2, 80, 0),
    ]


async def test_services_are_summed_apart() -> None:
    hit = painted("dec_2", cache="hit", attempts=(), cost=0)
    failed = painted("dec_3", outcome="failed", error="x", usage=None, attempts=(), cost=0)
    found = await statistics([painted(), hit, failed, receipt()])
    (service,) = found.services
    assert (service.does, service.requests, service.completed) == ("images", 3, 2)
    assert (service.cache_hits, service.units, service.cost) == (1, 4, 80)
    cards, cloud = sorted(found.endpoints, key=lambda of: of.endpoint_id)
    assert (cards.does, cards.units, cloud.does, cloud.units) == ("images", 2, "chat", 0)


async def test_a_picture_saves_nothing_against_a_models_price() -> None:
    found = await statistics([painted(), receipt(endpoint_id="here", zone="local")])
    assert found.savings == sum(of.savings or 0 for of in found.endpoints if of.does == "chat")
    assert next(of for of in found.endpoints if of.does == "images").savings == 0
    async with MemoryJournal() as journal:
        journal.record(painted())
        assert (await journal.usage(NOW, NOW + DAY, reference=REFERENCE)).total.savings == 0


async def test_nobody_is_promised_the_first_token_of_a_picture() -> None:
    slow = painted(total_ms=60_000.0, first_token_ms=None)
    assert met(slow, TWO_SECONDS) is None
    async with MemoryJournal() as journal:
        journal.record(slow)
        journal.record(receipt())
        found = await journal.goodput(NOW, NOW + DAY, TWO_SECONDS)
        forecast = await journal.traffic(NOW, NOW + DAY)
    assert (found.total.requests, found.total.met) == (1, 1)
    assert [of.endpoint_id for of in forecast.endpoints] == ["cloud-mini"]
    assert (forecast.requests, forecast.cost) == (2, 27_080)


async def test_an_attempt_that_has_a_row_of_its_own_keeps_its_units() -> None:
    (tried,) = painted().attempts
    failed = replace(tried, outcome="stream_broken")
    found = await statistics([painted(attempts=(failed, replace(tried, number=2)), cost=160)])
    (cards,) = found.endpoints
    assert (cards.successes, cards.failures, cards.units, cards.cost) == (1, 1, 2, 160)


def test_an_intent_is_written_without_what_is_as_usual_and_read_back_whole() -> None:
    for one in (intent(), intent(does="speech", user="u", plan_id="paid", spent=0)):
        line = msgspec.json.encode(one)
        assert msgspec.json.decode(line, type=Intent) == one
        assert (b'"does"' in line) == (one.does != "chat")


def test_what_a_crash_leaves_is_what_was_wanted_at_its_worst_case() -> None:
    first = intent(does="video", worst_cost=70, spent=0)
    row = swept([first, intent(does="video", number=2, worst_cost=50, spent=30)])
    assert (row.does, row.cost) == ("video", 80)


WIDTHS = {1: 25, 2: 25, 3: 25, 4: 27, 5: 27, 6: 30}


@pytest.fixture(params=WIDTHS)
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file as every earlier version wrote it, with one receipt and one attempt."""
    version: int = request.param
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for step in range(version):
            file.executescript(schema.MIGRATIONS[step])
        file.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        file.execute(f"PRAGMA user_version = {version}")
        row = receipt_row(1, receipt())[: WIDTHS[version]]
        file.execute(f"INSERT INTO receipts VALUES ({', '.join('?' * len(row))})", row)
        file.execute("INSERT INTO explanations VALUES (1, x'7B7D')")
        if version > 1:
            tried = (1, 1, "cloud-mini", "cloud", "answer", "stream_broken", 5.0, 3, 4, 9)
            rest = (None,) * (3 if version == 6 else 0)
            marks = ", ".join("?" * (len(tried) + len(rest)))
            file.execute(f"INSERT INTO attempts VALUES ({marks})", tried + rest)
    return path


async def test_a_file_of_before_is_read_as_chat_and_then_migrated(older: Path) -> None:
    async def look(archive: FileArchive) -> tuple[object, ...]:
        found = await archive.statistics(NOW, NOW + DAY)
        decision = await archive.read("dec_1")
        sums = await archive.usage(NOW, NOW + DAY, By.DOES)
        endpoints = [(of.does, of.units, of.cost) for of in found.endpoints]
        return decision.does, decision.units, found.services, sums.lines[0].key, endpoints

    beside = await look(FileArchive(older))
    assert beside[:4] == ("chat", 0, (), "chat")
    async with Journal(older) as journal:
        assert await look(journal) == beside
        sums = await journal.sums(("UTC",), NOW, ("cloud-mini",))
        assert sum(r.cost for r in sums.recorded if r.account.name == "cloud-mini") in (9, 27_000)
        journal.record(painted())
        await journal.flush()
        assert (await journal.read("dec_p")).units == 2
    with closing(sqlite3.connect(older)) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
