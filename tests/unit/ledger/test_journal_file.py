"""The journal's file against kill -9, damage, a full disk and other processes."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.unit.ledger.samples import NOW, intent, receipt

from gilmok.core.errors import ConfigError, JournalUnavailable
from gilmok.ledger import schema
from gilmok.ledger.archive import FileArchive
from gilmok.ledger.journal import Journal
from gilmok.ledger.rows import SWEPT, Writer


@contextmanager
def child(path: Path, mode: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.unit.ledger.crashing", str(path), mode]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().rstrip("\n") for _ in range(count)]


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
        lines(process, 200)
        later = await archive.recent(10**6)
        assert len(later) > first
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
        await journal.intend(intent("dec_50"))
        assert journal.healthy
        assert len(await journal.recent(100)) == 50


async def test_a_journal_with_nothing_to_write_notices_that_it_can(path: Path) -> None:
    async with Journal(path) as journal:
        pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
        journal._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(JournalUnavailable):
            await journal.intend(intent(endpoint_id="e" * 100_000))
        assert not journal.healthy
        journal._connection.execute("PRAGMA max_page_count = 1000000")
        while not journal.healthy:  # noqa: ASYNC110  (it is noticed, not announced)
            await asyncio.sleep(0.01)


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
            lambda: {stat.S_IMODE(os.stat(f"{path}{end}").st_mode) for end in ("", "-wal")}
        )
    assert modes == {0o600}


async def test_queues_are_bounded(path: Path) -> None:
    async with Journal(path, max_intents=2, max_receipts=3, linger_s=60) as journal:
        for number in range(5):
            journal.record(receipt(f"dec_{number}"))
        assert (journal.queued, journal.dropped) == (3, 2)
        results = await asyncio.gather(
            *(journal.intend(intent(f"dec_{n}")) for n in range(9)), return_exceptions=True
        )
        assert any(isinstance(r, JournalUnavailable) for r in results)
        assert results[0] is None
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


async def test_a_truncated_log_loses_its_tail_only(path: Path) -> None:
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


async def test_an_intent_is_never_written_after_its_receipt(path: Path) -> None:
    """Both may be queued while the writer takes what waits: between the one and the other."""

    class Interrupted(deque[Any]):
        """The loop's thread gets its turn right after the writer looked at this queue."""

        armed = False

        def __len__(self) -> int:
            seen = super().__len__()
            if self.armed and threading.current_thread() is journal._thread:
                self.armed = False
                journal._intents.append((intent(), done))
                journal._receipts.append(receipt())
            return seen

    async with Journal(path) as journal:
        done = asyncio.get_running_loop().create_future()
        journal._intents = interrupted = Interrupted()
        interrupted.armed = True
        await journal.flush()
        assert not interrupted.armed
        await journal.flush()
        assert (await journal.read("dec_1")).error is None
    async with Journal(path) as journal:
        assert journal.swept == 0


async def test_an_intent_whose_receipt_is_there_is_charged_no_more(path: Path) -> None:
    async with Journal(path) as journal:
        journal.record(receipt())
    with closing(sqlite3.connect(path)) as file:
        file.execute("INSERT INTO intents VALUES ('dec_1', 1, 'a', 'cloud', 0, 5000, 'acme', 'k')")
        file.commit()
    async with Journal(path) as journal:
        assert journal.swept == 0
        assert (await journal.read("dec_1")).error is None
