"""The journal's files against damage: what rots, what is torn, what is gone, and who reads meanwhile."""

from __future__ import annotations

import asyncio
import errno
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.ledger.crashing import child, lines, segments
from tests.unit.ledger.samples import intent, receipt

from gilmok.ledger import schema, write_ahead
from gilmok.ledger.journal import Journal
from gilmok.ledger.write_ahead import WriteAheadLog, line, records


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


async def test_a_segment_stays_while_a_reader_keeps_the_checkpoint_from_being_whole(
    path: Path,
) -> None:
    """Until then its receipts are only in SQLite's own log, which a power cut may shorten."""
    async with Journal(path, linger_s=0, segment_bytes=1) as journal:
        await journal.intend(intent())
        journal.record(receipt())
        await journal.flush()
        with closing(schema.open_reader(path)) as reader:
            reader.execute("BEGIN")
            assert reader.execute("SELECT count(*) FROM receipts").fetchone() == (1,)
            for number in range(2, 9):
                await journal.intend(intent(f"dec_{number}"))
                journal.record(receipt(f"dec_{number}"))
                await asyncio.sleep(0)
                await journal.flush()
            assert len(segments(path)) > 2, "it rolled"
            kept = [r for name in segments(path) for r in records(path.with_name(name))]
            assert [f"dec_{n}" for n in range(2, 9)] == [
                msgspec.json.decode(r)["decision_id"] for r in kept
            ][-7:]
    assert segments(path) == []


async def test_a_start_deletes_no_log_before_the_database_is_on_the_disk(path: Path) -> None:
    with child(path, "hold") as process:
        assert lines(process, 1) == ["ready"]
        reader = schema.open_reader(path)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM receipts").fetchone() == (1,)
    async with Journal(path) as journal:
        assert journal.swept == 1
        assert len(segments(path)) == 2
        reader.close()
    assert segments(path) == []


async def test_a_damaged_segment_is_kept_aside_and_what_is_whole_is_swept(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = WriteAheadLog(path)
    log.start()
    for number in range(3):
        log.append(line(msgspec.json.encode(intent(f"dec_{number}"))))
    log.close(delete=False)
    (segment,) = log.segments()
    spoiled = bytearray(segment.read_bytes())
    spoiled[spoiled.index(b"dec_1")] ^= 1
    for aside in ("journal.db.log.00000001.damaged", "journal.db.log.00000001.damaged-2"):
        segment.write_bytes(spoiled)
        async with Journal(path) as journal:
            assert {d.decision_id for d in await journal.recent()} == {"dec_0", "dec_2"}
        assert path.with_name(aside).read_bytes() == spoiled
        told = [r for r in caplog.records if r.getMessage() == "log_segment_damaged"]
        assert [(r.__dict__["kept_as"], r.__dict__["lines"]) for r in told] == [(aside, 1)]
        caplog.clear()


async def test_a_newline_that_rotted_loses_no_record(path: Path) -> None:
    log = WriteAheadLog(path)
    log.start()
    for number in range(3):
        log.append(line(msgspec.json.encode(intent(f"dec_{number}"))))
    log.close(delete=False)
    (segment,) = log.segments()
    segment.write_bytes(segment.read_bytes().replace(b"\n", b"\x1a", 1))
    async with Journal(path) as journal:
        assert journal.swept == 3
    assert len(segments(path)) == 1, "kept aside"


async def test_the_cost_of_attempts_whose_intents_rotted_is_swept_too(path: Path) -> None:
    log = WriteAheadLog(path)
    log.start()
    log.append(line(msgspec.json.encode(intent(number=2, spent=300, worst_cost=7))))
    log.close(delete=False)
    async with Journal(path) as journal:
        decision = await journal.read("dec_1")
    assert decision.cost == 307 == sum(a.cost for a in decision.explanation.attempts)


async def test_a_log_whose_database_is_gone_is_kept(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with child(path, "hold") as process:
        assert lines(process, 1) == ["ready"]
    left = path.with_name("journal.db-wal").read_bytes()
    os.unlink(path)
    async with Journal(path) as journal:
        assert journal.swept == 2, "of what is in the log, nothing is known to have ended"
    assert path.with_name("journal.db-wal.orphaned").read_bytes() == left
    told = [record.getMessage() for record in caplog.records]
    assert told == ["database_log_orphaned", "database_missing", "intents_swept"]


@pytest.mark.parametrize("part", range(4))
def test_a_log_cut_anywhere_yields_its_whole_records(tmp_path: Path, part: int) -> None:
    ledger = tmp_path / "journal.db"
    log = WriteAheadLog(ledger)
    log.start()
    wholes = [msgspec.json.encode(intent(f"dec_{n}")) for n in range(4)]
    for whole in wholes:
        log.append(line(whole))
    log.close(delete=False)
    (segment,) = log.segments()
    content = segment.read_bytes()
    ends = [content.index(b"\n", content.index(whole)) + 1 for whole in wholes]
    for cut in range(part, len(content) + 1, 4):
        segment.write_bytes(content[:cut])
        assert list(records(segment)) == wholes[: sum(end <= cut for end in ends)]
    spoiled = bytearray(content)
    spoiled[ends[0] + 20] ^= 1
    segment.write_bytes(spoiled)
    assert list(records(segment)) == [wholes[0], *wholes[2:]]


class _Disk:
    """`os`, as the log sees it: the calls named fail, or write a part only."""

    def __init__(self, *failing: str, short: bool = False) -> None:
        self.failing = set(failing)
        self.short = short

    def __getattr__(self, name: str) -> Any:
        return self._fail if name in self.failing else getattr(os, name)

    def write(self, file: int, data: bytes) -> int:
        if "write" in self.failing:
            self._fail()
        return os.write(file, data[:20] if self.short else data)

    def _fail(self, *_: object) -> None:
        raise OSError(errno.EIO, "no")


def test_a_torn_line_that_cannot_be_taken_back_harms_no_other(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = WriteAheadLog(path)
    log.start()
    wholes = [msgspec.json.encode(intent(f"dec_{n}")) for n in range(3)]
    log.append(line(wholes[0]))
    bad = _Disk("ftruncate", short=True)
    monkeypatch.setattr(write_ahead, "os", bad)
    with pytest.raises(OSError, match="No space"):
        log.append(line(wholes[1]))
    bad.short = False
    log.append(line(wholes[1]))
    bad.failing = {"write"}
    with pytest.raises(OSError, match="no"):
        log.append(line(wholes[2]))
    bad.failing.clear()
    log.append(line(wholes[2]))
    log.close(delete=False)
    assert records(log.segments()[0]) == wholes


def test_what_a_full_disk_cut_off_is_taken_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = WriteAheadLog(path)
    log.start()
    first = line(msgspec.json.encode(intent()))
    log.append(first)
    monkeypatch.setattr(write_ahead, "os", _Disk(short=True))
    with pytest.raises(OSError, match="No space"):
        log.append(line(msgspec.json.encode(intent("dec_2"))))
    log.close(delete=False)
    assert log.segments()[0].read_bytes() == first


def test_a_segment_that_cannot_be_begun_leaves_the_old_one_in_use(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = WriteAheadLog(path)
    log.start()
    first = line(msgspec.json.encode(intent()))
    log.append(first)
    with pytest.raises(OSError, match="prepare"):
        log.roll([first])
    log.prepare()
    with monkeypatch.context() as failing:
        failing.setattr(write_ahead, "os", _Disk("write"))
        with pytest.raises(OSError, match="no"):
            log.roll([first])
    assert log.size == len(first)
    log.append(line(msgspec.json.encode(intent("dec_2"))))
    rolled = log.roll([first])
    assert (len(records(rolled.old)), len(records(rolled.new))) == (2, 1)
    os.close(rolled.file)
    log.prepare()
    log.close(delete=True)
    assert log.segments() == [rolled.old]
