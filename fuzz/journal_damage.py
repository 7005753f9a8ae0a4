"""The journal's files as a power cut, a bad disk or a careless hand leaves them.

An `Image` is what `kill -9` leaves of a journal at work, with what is known about it. `damaged` cuts,
tears, flips and empties one of its files; `check` opens what is left and compares it with what has to
be there.
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct
from tests.unit.ledger.samples import NOW, intent, receipt

from gilmok.core.completion import Usage
from gilmok.core.errors import ConfigError
from gilmok.core.receipt import Attempt, Intent
from gilmok.ledger import schema
from gilmok.ledger.audit import audit
from gilmok.ledger.journal import Journal
from gilmok.ledger.recovery import SWEPT

LEDGER = "ledger.db"
LOG = f"{LEDGER}.log."
SQLITE_LOG = f"{LEDGER}-wal"
_PAGE = 4_096
_SECTOR = 512


class Harm(StrEnum):
    """What happens to a file at an offset."""

    CUT = "cut"
    TORN = "torn"
    """Cut, and then noise."""
    FLIPPED = "flipped"
    """One bit."""
    ZEROED = "zeroed"
    """The page around it: ext4 knew the length already and had not written the data."""
    ZERO_TAIL = "zero tail"
    """All pages from here on."""
    MISSING = "missing"


class Damage(Struct, frozen=True):
    file: str
    harm: Harm
    at: int
    end: int
    """The bytes from `at` on that are not what they were."""


class Image(Struct, frozen=True):
    """A journal's files at one moment, and what they have to tell."""

    files: dict[str, bytes]
    costs: dict[str, int]
    """Of every decision whose receipt was in the database."""
    begun: frozenset[str]
    """Every decision with an intent."""
    is_read: bool
    """A reader kept SQLite's log from being emptied. A part of it is in the database then, and no
    power cut tears that part; where it rots, older pages hide newer ones."""

    def logged(self, damage: Damage | None = None) -> dict[str, int]:
        """What each decision of the log costs where nothing else is known of it: by the whole
        records that the damage leaves. A worst case, and what the attempts before it cost."""
        last: dict[str, Intent] = {}
        for name in sorted(self.files):
            if not name.startswith(LOG):
                continue
            for start, end, found in _lines(self.files[name]):
                spoiled = damage is not None and damage.file == name
                if spoiled and damage is not None and start < damage.end and damage.at < end:
                    continue
                known = last.get(found.decision_id)
                if known is None or known.number < found.number:
                    last[found.decision_id] = found
        return {d: i.worst_cost + (i.spent or 0) for d, i in last.items()}


def _lines(segment: bytes) -> Iterator[tuple[int, int, Intent]]:
    start = 0
    for text in segment.splitlines(keepends=True):
        yield start, start + len(text), msgspec.json.decode(text[8:], type=Intent)
        start += len(text)


async def images(folder: Path, seed: int, count: int) -> list[Image]:
    """`count` moments in the lives of as many journals: some rolled their log, some have a reader
    that keeps SQLite's log from being emptied, some have receipts that still wait."""
    return [await _image(folder / str(n), random.Random(f"{seed} {n}")) for n in range(count)]


async def _image(folder: Path, chance: random.Random) -> Image:
    os.makedirs(folder)
    path = folder / LEDGER
    costs: dict[str, int] = {}
    begun: set[str] = set()
    reader: sqlite3.Connection | None = None
    segment_bytes = chance.choice((1_500, 8_000, 10**9))
    async with Journal(path, linger_s=0, segment_bytes=segment_bytes) as journal:
        for number in range(chance.randrange(5, 120)):
            cost = _decide(journal, f"dec_{number}", chance)
            begun.add(f"dec_{number}")
            if cost is not None:
                costs[f"dec_{number}"] = cost
            if chance.random() < 0.1:
                await journal.flush()
            if reader is None and chance.random() < 0.01:
                await journal.flush()
                reader = schema.open_reader(path)
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM receipts").fetchone()
        await journal.flush()
        # The thread has nothing to do now, and gets nothing before the copy is made.
        files = _files(folder)
        if reader is not None:
            reader.close()
    return Image(files, costs, frozenset(begun), reader is not None)


def _files(folder: Path) -> dict[str, bytes]:
    """Without locks and shared memory, which die with the process or the machine."""
    left = (p for p in folder.iterdir() if not ("-shm" in p.name or ".lock" in p.name))
    return {p.name: p.read_bytes() for p in left}


def _decide(journal: Journal, name: str, chance: random.Random) -> int | None:
    """One decision with its attempts; its cost where its receipt was given to the journal."""
    attempts: list[Attempt] = []
    for number in range(1, chance.choice((1, 1, 1, 2, 3)) + 1):
        spent = sum(attempt.cost for attempt in attempts)
        worst = chance.randrange(1, 9_000)
        journal.intend(
            intent(name, number, spent=spent, worst_cost=worst, at=NOW + number, user="u")
        )
        attempts.append(_attempt(number, chance.randrange(worst)))
    if chance.random() < 0.2:
        return None  # under way
    cost = sum(attempt.cost for attempt in attempts)
    journal.record(receipt(name, attempts=tuple(attempts), cost=cost, held=cost, user="u"))
    return cost


def _attempt(number: int, cost: int) -> Attempt:
    return Attempt(
        number=number,
        endpoint_id="cloud-mini",
        zone="cloud",
        masked=True,
        started_ms=0.5,
        ended_ms=200.0,
        outcome="answered",
        usage=Usage(100, 20),
        cost=cost,
    )


def some_damage(image: Image, chance: random.Random) -> Damage:
    file = chance.choice(sorted(image.files))
    size = len(image.files[file])
    at = chance.randrange(size + 1)
    harm = chance.choice([*Harm][:-1] * 8 + [Harm.MISSING])
    if size == 0 or harm is Harm.MISSING:
        return Damage(file, Harm.MISSING, 0, size)
    match harm:
        case Harm.FLIPPED:
            at = min(at, size - 1)
            return Damage(file, harm, at, at + 1)
        case Harm.ZEROED:
            block = chance.choice((_SECTOR, _PAGE))
            at = min(at, size - 1) // block * block
            return Damage(file, harm, at, min(at + block, size))
    return Damage(file, harm, at, size)


def lay_out(image: Image, damage: Damage, folder: Path, chance: random.Random) -> None:
    """The image's files in this folder, one of them damaged."""
    for name, content in image.files.items():
        if name != damage.file:
            (folder / name).write_bytes(content)
        elif damage.harm is not Harm.MISSING:
            (folder / name).write_bytes(_harmed(content, damage, chance))


def _harmed(content: bytes, damage: Damage, chance: random.Random) -> bytes:
    before, after = content[: damage.at], content[damage.end :]
    match damage.harm:
        case Harm.TORN:
            return before + chance.randbytes(chance.randrange(1, 3_000))
        case Harm.FLIPPED:
            return before + bytes([content[damage.at] ^ 1 << chance.randrange(8)]) + after
        case Harm.ZEROED | Harm.ZERO_TAIL:
            return before + bytes(damage.end - damage.at) + after
    return before


class Verdict(StrEnum):
    WHOLE = "whole"
    """Everything that the damage left is there, and the sums agree."""
    REPORTED = "reported"
    """It opened, and the audit says what is wrong."""
    REFUSED = "refused"
    """It did not open, said which file is damaged, and left everything where it was."""


async def check(image: Image, damage: Damage, folder: Path) -> Verdict:
    """Opens what is left. Raises `AssertionError`."""
    path = folder / LEDGER
    harmed = {name: content for name, content in _files(folder).items() if content}
    journal = Journal(path)
    try:
        await journal.__aenter__()
    except ConfigError as refusal:
        _is_refused_well(image, damage, folder, harmed, refusal)
        return Verdict.REFUSED
    try:
        costs = await _gone_on(journal)
    finally:
        await journal.close()
    if costs is None or not _agree(path):
        assert _may_be_beyond_repair(image, damage)
        return Verdict.REPORTED
    assert costs.pop("dec_new") == (27_000, None)
    _compare(image, damage, costs)
    if damage.file.startswith(LOG) and damage.harm is not Harm.MISSING:
        harmed_log = harmed.get(damage.file, b"")
        _is_kept_aside(folder, damage, harmed_log, image.files[damage.file])
    return Verdict.WHOLE


async def _gone_on(journal: Journal) -> dict[str, tuple[int, str | None]] | None:
    """What every decision cost and why it failed, one more included; `None` where the journal says
    that it cannot be written or read."""
    await journal.intend(intent("dec_new"))
    journal.record(receipt("dec_new", attempts=(_attempt(1, 27_000),)))
    await journal.flush()
    assert journal.open_decisions == 0
    try:
        found = await journal.recent(10**6)
    except ConfigError:
        return None
    return {d.decision_id: (d.cost, d.error) for d in found} if journal.healthy else None


def _agree(path: Path) -> bool:
    try:
        return audit(path, now=NOW, longest_s=0.0).agrees
    except ConfigError:
        return False


def _may_be_beyond_repair(image: Image, damage: Damage) -> bool:
    return damage.file == LEDGER or (image.is_read and damage.file == SQLITE_LOG)


def _is_refused_well(
    image: Image, damage: Damage, folder: Path, harmed: dict[str, bytes], refusal: ConfigError
) -> None:
    assert _may_be_beyond_repair(image, damage)
    assert str(folder / LEDGER) in str(refusal)
    left = _files(folder)
    if left == {**left, **harmed}:
        return
    # What only its rows betray is found while writing. Closed, SQLite moved its log into the file.
    assert harmed.pop(SQLITE_LOG)
    assert len(left[LEDGER]) >= len(harmed.pop(LEDGER)), "cut"
    assert left == {**left, **harmed}, (
        f"not as they were: {[n for n in harmed if left.get(n) != harmed[n]]}"
    )


def _compare(image: Image, damage: Damage, costs: dict[str, tuple[int, str | None]]) -> None:
    assert set(costs) <= image.begun, "a decision nobody made"
    logged = image.logged(damage)
    missing = set(logged) - set(costs)
    assert not missing, f"{len(missing)} whole intents are not in the books"
    if damage.file.startswith(LOG):
        assert set(image.costs) <= set(costs), "a receipt is gone"
    elif damage.file != LEDGER or damage.end > damage.at > 0:
        # What SQLite's log lost is swept by ours, or was never only there.
        assert set(costs) == image.begun, "neither a receipt nor an intent is left"
    for name, (cost, error) in costs.items():
        if error is None:
            assert cost == image.costs[name], f"{name} cost {cost}"
        elif name in logged and not _cuts_newline(image, damage):
            assert (cost, error) == (logged[name], SWEPT), f"{name} was swept at {cost}"


def _cuts_newline(image: Image, damage: Damage) -> bool:
    """True where a record may be whole although its line is not."""
    spoiled = image.files[damage.file][damage.at : damage.end]
    return damage.file.startswith(LOG) and b"\n" in spoiled


def _is_kept_aside(folder: Path, damage: Damage, harmed: bytes, before: bytes) -> None:
    is_prefix = before.startswith(harmed) and harmed[-1:] in (b"", b"\n")
    if harmed != before and not is_prefix:
        assert (folder / f"{damage.file}.damaged").read_bytes() == harmed


async def reopens(path: Path) -> None:
    """Nothing is left to sweep."""
    async with Journal(path) as journal:
        assert journal.swept == 0
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
