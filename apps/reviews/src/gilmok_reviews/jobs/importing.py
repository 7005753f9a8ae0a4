"""The import of a file: in batches, each one transaction with how far the file was read."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from gilmok_reviews.domain import GatewayError
from gilmok_reviews.entry import Added, Entry
from gilmok_reviews.importing.columns import entry_of
from gilmok_reviews.importing.reasons import BadLine, Reason
from gilmok_reviews.importing.records import Format, Record, records
from gilmok_reviews.jobs.patience import Sleep, once_there_is_room
from gilmok_reviews.problems import Refused
from gilmok_reviews.store.indexing import Indexer
from gilmok_reviews.store.library import Desk, Store
from gilmok_reviews.store.records import Job, Json, Records

BATCH: Final = 200
_COUNTS: Final = ("added", "changed", "unchanged", "duplicates")


@dataclass(frozen=True, slots=True)
class Read:
    """A batch of records, understood."""

    records: int
    line: int
    """Of the last one."""
    entries: list[Entry]
    bad: list[tuple[int, Reason]]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was taken over: it is the service's own until its import has ended."""

    path: Path
    sha256: str
    form: Format


def take_over(given: Path, form: Format, folder: Path, name: str) -> Upload:
    """A copy of a file under a name of our own: the given one may change or go."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / name
    with given.open("rb") as source:
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
    shutil.copyfile(given, target)
    return Upload(target, sha256, form)


class Importer:
    """Carries out import jobs, one at a time: they share one writer anyway."""

    def __init__(
        self,
        store: Store,
        indexer: Indexer,
        zone: tzinfo,
        now: Callable[[], datetime],
        told: Callable[[], None],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._store = store
        self._indexer = indexer
        self._zone = zone
        self._now = now
        self._told = told
        self._sleep = sleep
        self._turn = asyncio.Lock()

    async def run(self, job: Job, folder: Path) -> None:
        """From where an earlier process stopped to the end. Raises `Refused` for a file of which
        nothing can be understood. Reviews that could get no vector wait for theirs."""
        path = folder / str(job.asked["file"])
        async with self._turn:
            lines = await asyncio.to_thread(_lines, path)
            progress = await self._store_all(job, path, lines)
        await self._index(job, progress)

    async def _store_all(self, job: Job, path: Path, lines: int) -> Json:
        found = records(path, job.asked["form"])
        progress: Json = {"records": 0, "bad": 0, **dict.fromkeys(_COUNTS, 0), **job.progress}
        await asyncio.to_thread(_skip, found, progress["records"])
        while read := await asyncio.to_thread(_read, found, self._zone, job.created_at):
            percent = min(100, round(100 * read.line / max(1, lines)))
            put = partial(self._store.writing.desk.do, _put, job, read, progress, percent)
            progress = await once_there_is_room(put, self._sleep)
            self._told()
        return progress

    async def _index(self, job: Job, progress: Json) -> None:
        indexed = 0

        async def told(more: int) -> None:
            nonlocal indexed
            indexed += more
            await self._progress(job, {**progress, "percent": 100, "indexed": indexed})

        try:
            await self._indexer.catch_up(told)
        except (GatewayError, Refused):
            self._indexer.wake()  # It goes on trying; the job does not wait for it.
        done = {**progress, "percent": 100, "indexed": indexed, "code": self._indexer.trouble}
        await self._progress(job, done)

    async def _progress(self, job: Job, progress: Json) -> None:
        write = partial(self._store.writing.records.do, Records.progress, job.id, progress)
        await once_there_is_room(write, self._sleep)
        self._told()


def _put(desk: Desk, job: Job, read: Read, before: Json, percent: int) -> Json:
    """The reviews, the lines left out and the place in the file: all of it, or nothing."""
    with desk.database.transaction():
        added = desk.catalogue.add(read.entries, job.created_at)
        for line, reason in read.bad:
            desk.records.bad_line(job.id, line, reason.code)
        progress = _after(before, read, added, percent)
        desk.records.progress(job.id, progress)
    return progress


def _after(before: Json, read: Read, added: Added, percent: int) -> Json:
    counts = {name: before[name] + getattr(added, name) for name in _COUNTS}
    return {
        "records": before["records"] + read.records,
        "bad": before["bad"] + len(read.bad),
        **counts,
        "percent": percent,
    }


def _read(found: Iterator[Record], zone: tzinfo, now: datetime) -> Read | None:
    batch = list(islice(found, BATCH))
    return understood(batch, zone, now) if batch else None


def understood(batch: Sequence[Record], zone: tzinfo, now: datetime) -> Read:
    """Entries, and the lines that are none with their reasons."""
    entries: list[Entry] = []
    bad: list[tuple[int, Reason]] = []
    for record in batch:
        if isinstance(record.row, Reason):
            bad.append((record.line, record.row))
            continue
        try:
            entries.append(entry_of(record.row, zone, now))
        except BadLine as error:
            bad.append((record.line, error.reason))
    return Read(len(batch), batch[-1].line, entries, bad)


def _skip(found: Iterator[Record], count: int) -> None:
    next(islice(found, count, count), None)


def _lines(path: Path) -> int:
    """Counted without ever holding one: a file without a line's end is one line."""
    with path.open("rb") as file:
        chunks = iter(partial(file.read, 1 << 20), b"")
        return sum(chunk.count(b"\n") for chunk in chunks) + 1
