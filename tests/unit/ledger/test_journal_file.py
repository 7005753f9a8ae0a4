"""The journal's file against kill -9, damage, a full disk and other processes."""

from __future__ import annotations

import asyncio
import itertools
import os
import sqlite3
import stat
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.ledger.crashing import child, lines, segments
from tests.unit.ledger.samples import NOW, intent, receipt

from gilmok.core.errors import ConfigError, JournalUnavailable
from gilmok.ledger import schema
from gilmok.ledger.archive import FileArchive
from gilmok.ledger.journal import Journal
from gilmok.ledger.records import Decision
from gilmok.ledger.recovery import SWEPT
from gilmok.ledger.rows import Writer
from gilmok.ledger.write_ahead import WriteAheadLog, line, records


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


async def test_after_kill_9_every_acknowledged_decision_is_there(path: Path) -> None:
    with child(path, "stream") as process:
        acknowledged = lines(process, 400)
        process.kill()
        assert process.stdout is not None
        acknowledged += process.stdout.read().split("\n")[:-1]  # The last line may be torn.
    async with Journal(path) as journal:
        assert journal.swept > 0
        decisions = {d.decision_id: d for d in await journal.recent(10**6)}
    assert set(acknowledged) <= set(decisions)
    swept = [d for d in decisions.values() if d.error == SWEPT]
    assert len(swept) == journal.swept
    assert all(d.cost == 5_000 and d.cost_estimated and d.tenant == "acme" for d in swept)
    assert all(d.outcome == "completed" for d in decisions.values() if d.error is None)


async def test_a_swept_decision_is_charged_every_attempt_at_worst_case(path: Path) -> None:
    with child(path, "hold") as process:
        assert lines(process, 1) == ["ready"]
    async with Journal(path) as journal:
        assert journal.swept == 1
        decision = await journal.read("dec_1", tenant="acme")
        assert (await journal.read("dec_2")).error is None
    assert (decision.outcome, decision.error) == ("failed", SWEPT)
    assert (decision.cost, decision.held, decision.cost_estimated) == (5_007, 5_007, True)
    assert [(a.number, a.endpoint_id, a.cost) for a in decision.explanation.attempts] == [
        (1, "cloud-mini", 5_000),
        (2, "local", 7),
    ]
    async with Journal(path) as journal:
        assert journal.swept == 0


async def test_a_living_writer_is_neither_swept_nor_joined(path: Path) -> None:
    with child(path, "hold") as process:
        assert lines(process, 1) == ["ready"]
        with pytest.raises(ConfigError, match=r"journal\.db.*Another gateway"):
            await Journal(path).__aenter__()
        archive = FileArchive(path)
        assert [d.decision_id for d in await archive.recent()] == ["dec_2"]
    async with Journal(path) as journal:
        assert journal.swept == 1


async def test_two_journals_of_one_process_do_not_share_a_file(path: Path) -> None:
    async with Journal(path):
        with pytest.raises(ConfigError, match="Another gateway"):
            await Journal(path).__aenter__()
    async with Journal(path) as journal:
        assert journal.healthy


async def test_another_process_reads_while_this_one_writes(path: Path) -> None:
    with child(path, "stream") as process:
        lines(process, 50)
        archive = FileArchive(path)
        first = len(await archive.recent(10**6))
        later = await archive.recent(10**6)
        while len(later) <= first:  # The pipe holds more lines than the file has rows.
            lines(process, 200)
            later = await archive.recent(10**6)
        assert (await archive.read(later[0].decision_id)).outcome == "completed"


async def test_a_closed_journal_can_be_read(path: Path) -> None:
    async with Journal(path) as journal:
        journal.record(receipt())
    assert (await FileArchive(path).read("dec_1")).cost == 27_000
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        schema.open_reader(path).execute("DELETE FROM receipts")


async def test_a_file_that_cannot_grow_refuses_intents_and_keeps_receipts(path: Path) -> None:
    with child(path, "full") as process:
        assert process.stdout is not None
        said = process.stdout.read().splitlines()
        assert process.wait() == 0
    assert said == [
        "healthy False queued 1",
        "refused journal_unavailable",
        "healthy True queued 0",
        """whole b'{"decision_id":"dec_after","'""",
    ]
    archive = FileArchive(path)
    assert {d.decision_id for d in await archive.recent()} == {"dec_before", "dec_after"}


async def test_a_full_database_is_tried_again_by_itself(path: Path) -> None:
    async with Journal(path) as journal:
        pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
        journal._connection.execute(f"PRAGMA max_page_count = {pages}")
        for number in range(50):
            journal.record(receipt(f"dec_{number}"))
        await journal.flush()
        assert (journal.healthy, journal.queued) == (False, 50)
        journal._connection.execute("PRAGMA max_page_count = 1000000")
        await journal.flush()
        assert journal.healthy
        assert len(await journal.recent(100)) == 50


async def test_a_rollback_that_fails_does_not_block_what_follows(path: Path) -> None:
    """Whatever step of a group is broken off, its own undoing included."""

    def from_step(first: int) -> Callable[[], bool]:
        steps = itertools.count()
        return lambda: first <= next(steps) < first + 2

    async with Journal(path, linger_s=60) as journal:
        for first in range(60):
            journal._connection.set_progress_handler(from_step(first), 1)
            journal.record(receipt(f"dec_{first}"))
            await journal.flush()
            journal._connection.set_progress_handler(None, 1)
            await journal.flush()
            assert (journal.healthy, journal.queued) == (True, 0), first
        assert len(await journal.recent(100)) == 60


async def test_a_read_waits_for_the_group_that_is_being_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, go_on = threading.Event(), threading.Event()
    write = Writer.write

    def slowly(self: Writer, *rows: Any) -> None:
        taken.set()
        go_on.wait()
        write(self, *rows)

    async with Journal(path, linger_s=0) as journal:
        monkeypatch.setattr(Writer, "write", slowly)
        journal.record(receipt())
        await asyncio.to_thread(taken.wait)
        assert journal.queued == 0
        reading = asyncio.create_task(journal.read("dec_1"))
        await asyncio.to_thread(lambda: None)  # Reading has begun, and has nothing to flush.
        go_on.set()
        assert (await reading).cost == 27_000


async def test_the_file_is_for_its_owner_only(path: Path) -> None:
    async with Journal(path) as journal:
        await journal.intend(intent())
        modes = await asyncio.to_thread(
            lambda: {
                stat.S_IMODE(os.stat(f"{path}{end}").st_mode)
                for end in ("", "-wal", ".log.00000001")
            }
        )
    assert modes == {0o600}


async def test_while_too_many_receipts_wait_nothing_new_is_begun(path: Path) -> None:
    async with Journal(path, max_receipts=3, linger_s=60) as journal:
        for number in range(5):
            await journal.intend(intent(f"dec_{number}"))
        for number in range(5):  # What was under way is written down, however many it is.
            journal.record(receipt(f"dec_{number}"))
        with pytest.raises(JournalUnavailable, match="database"):
            journal.intend(intent("dec_late"))
        journal.record(receipt("dec_refused", attempts=(), cost=0))
        assert (journal.queued, journal.dropped) == (5, 1)
        await journal.flush()
        await journal.intend(intent("dec_later"))
        journal.record(receipt("dec_later"))
    assert segments(path) == []
    assert len(await FileArchive(path).recent()) == 6
    async with Journal(path) as journal:
        assert journal.swept == 0


async def test_receipts_nobody_could_write_until_the_end_are_swept(path: Path) -> None:
    async with Journal(path, linger_s=60) as journal:
        await journal.intend(intent())
        pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
        journal._connection.execute(f"PRAGMA max_page_count = {pages}")
        for number in range(50):
            journal.record(receipt(f"dec_{number}"))
    assert journal.dropped == 50
    async with Journal(path) as journal:
        assert journal.swept == 1
        assert (await journal.read("dec_1")).error == SWEPT


async def test_a_disk_that_fails_between_two_rows_loses_none(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The group is written row by row because one of its rows is there already."""
    write, failures = Writer.write, [sqlite3.OperationalError("disk I/O error")]

    def fail_once(self: Writer, rows: Any) -> None:
        if len(rows) == 1 and rows[0].decision_id == "dec_2" and failures:
            raise failures.pop()
        write(self, rows)

    async with Journal(path, linger_s=60) as journal:
        journal.record(receipt())
        await journal.flush()
        monkeypatch.setattr(Writer, "write", fail_once)
        for number in range(1, 4):
            journal.record(receipt(f"dec_{number}"))
        await journal.flush()
        assert (journal.healthy, journal.queued) == (False, 2)
        await journal.flush()
        assert (journal.healthy, journal.queued, journal.dropped) == (True, 0, 1)
    assert len(await FileArchive(path).recent()) == 3


async def fill(path: Path) -> None:
    async with Journal(path) as journal:
        for number in range(100):
            journal.record(receipt(f"dec_{number}"))


@pytest.mark.parametrize(
    "content", [b"not a database at all" * 300, b"SQLite format 3\x00" + b"\xff" * 5_000]
)
def test_a_foreign_or_damaged_file_is_refused_with_the_way_out(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"journal\.db: ledger\.path: .*damaged.*move it away"):
        asyncio.run(Journal(path).__aenter__())
    with pytest.raises(ConfigError, match="move it away"):
        asyncio.run(FileArchive(path).recent())
    assert path.read_bytes() == content


def test_a_truncated_file_is_refused(path: Path) -> None:
    asyncio.run(fill(path))
    path.write_bytes(path.read_bytes()[:5_000])
    with pytest.raises(ConfigError, match="damaged"):
        asyncio.run(Journal(path).__aenter__())


async def test_a_truncated_database_log_loses_its_tail_only(path: Path) -> None:
    with child(path, "hold") as process:
        assert lines(process, 1) == ["ready"]
    log = path.with_name("journal.db-wal")
    log.write_bytes(log.read_bytes()[:-3_000])
    async with Journal(path) as journal:
        assert {d.decision_id for d in await journal.recent()} == {"dec_1", "dec_2"}
        assert (await journal.read("dec_2")).error == SWEPT


async def test_another_programs_database_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(ConfigError, match="another program"):
        await Journal(path).__aenter__()


async def test_a_newer_journal_is_refused_with_the_way_out(path: Path) -> None:
    async with Journal(path):
        pass
    with closing(sqlite3.connect(path)) as newer:
        newer.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    with pytest.raises(ConfigError, match=r"newer gateway.*Upgrade"):
        await Journal(path).__aenter__()
    with pytest.raises(ConfigError, match="newer gateway"):
        await FileArchive(path).recent()


async def test_a_migration_keeps_the_rows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Journal(path) as journal:
        journal.record(receipt())
    steps = {**schema.MIGRATIONS, schema.VERSION: "CREATE TABLE later (n INTEGER);"}
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    async with Journal(path) as journal:
        assert (await journal.read("dec_1")).at == NOW
        assert await journal.query(lambda c: c.execute("SELECT * FROM later").fetchall()) == []


async def test_no_journal_to_read_and_no_place_to_write(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no journal here yet"):
        await FileArchive(path).recent()
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ConfigError, match="cannot be opened"):
        await Journal(blocked / "journal.db").__aenter__()


def test_checkpoints_keep_the_log_short(path: Path) -> None:
    async def fill_and_measure() -> tuple[int, int]:
        async with Journal(path) as journal:
            for start in range(0, 6_000, 500):
                for number in range(start, start + 500):
                    journal.record(receipt(f"dec_{number}"))
                await journal.flush()
            return await asyncio.to_thread(sizes)

    def sizes() -> tuple[int, int]:
        return os.path.getsize(path), os.path.getsize(f"{path}-wal")

    size, log = asyncio.run(fill_and_measure())
    assert size > 4_000_000
    assert log < 8_000_000


async def test_segments_are_deleted_once_the_database_has_what_they_hold(path: Path) -> None:
    async with Journal(path, linger_s=0, segment_bytes=2_000) as journal:
        await journal.intend(intent("dec_open"))
        for number in range(40):
            await journal.intend(intent(f"dec_{number}"))
            journal.record(receipt(f"dec_{number}"))
            await asyncio.sleep(0)
            await journal.flush()
        while len(used := [s for s in segments(path) if records(path.with_name(s))]) > 1:
            await journal.flush()
        (last,) = used
        assert int(last[-8:]) > 2
        carried = [r for r in records(path.with_name(last)) if b"dec_open" in r]
        assert len(carried) == 1
    async with Journal(path) as journal:
        assert journal.swept == 1
        assert (await journal.read("dec_open")).error == SWEPT
    assert segments(path) == []


async def test_an_intent_whose_receipt_is_there_is_charged_no_more(path: Path) -> None:
    async with Journal(path) as journal:
        journal.record(receipt())
    log = WriteAheadLog(path)
    log.start()
    log.append(line(msgspec.json.encode(intent())))
    log.close(delete=False)
    async with Journal(path) as journal:
        assert journal.swept == 0
        assert (await journal.read("dec_1")).error is None


async def test_a_synced_intent_is_awaited_together(path: Path) -> None:
    async with Journal(path, synchronous="full") as journal:
        await asyncio.gather(*(journal.intend(intent(f"dec_{n}")) for n in range(20)))
        journal.intend(intent("dec_unawaited"))
        assert journal.open_decisions == 21
        for number in range(20):
            journal.record(receipt(f"dec_{number}"))
        assert len(await journal.recent(100)) == 20


def test_intents_of_the_first_format_are_settled(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.executescript(schema.MIGRATIONS[0])
        file.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        file.execute("PRAGMA user_version = 1")
        row = "('dec_1', ?, 'cloud-mini', 'cloud', ?, 5000, 'acme', 'k')"
        for number in (1, 2):
            file.execute(f"INSERT INTO intents VALUES {row}", (number, NOW + number))
        file.commit()

    async def read() -> Decision:
        async with Journal(path) as journal:
            return await journal.read("dec_1", tenant="acme")

    decision = asyncio.run(read())
    assert (decision.error, decision.cost, decision.at) == (SWEPT, 10_000, NOW + 1)
    assert decision.cost_estimated
