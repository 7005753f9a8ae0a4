"""Jobs as they are written down: what was asked, what is done, and every event since the first.

A part's end and the event that tells of it are one transaction: who reads the events has missed
nothing, and after a crash no part is done twice that was told as done.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from gilmok_reviews.store import statements as sql
from gilmok_reviews.store.database import Database
from gilmok_reviews.store.rows import Row, microseconds, moment

Json = dict[str, Any]


class Kind(StrEnum):
    ANALYSIS = "analysis"
    IMPORT = "import"


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    """Everything was tried; parts may have failed."""
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED: Final = frozenset({State.DONE, State.FAILED, State.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    id: str
    kind: Kind
    state: State
    created_at: datetime
    ended_at: datetime | None
    asked: Json
    progress: Json
    """Of an import: lines, counts. Of an analysis: parts by state."""
    trouble: str
    """A stable code, where it failed."""

    @property
    def ended(self) -> bool:
        return self.state in ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One analysis of one restaurant."""

    position: int
    restaurant_id: str
    analysis: str
    state: State
    result: Json | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Event:
    number: int
    """1, 2, … within its job."""
    kind: str
    data: Json


class Records:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        job_id: str,
        kind: Kind,
        at: datetime,
        asked: Json,
        parts: Sequence[tuple[str, str]] = (),
    ) -> None:
        """`parts`: restaurant and analysis."""
        with self._database.transaction():
            progress: Json = {"total": len(parts), "done": 0, "failed": 0} if parts else {}
            self._database.run(
                sql.ADD_JOB, job_id, kind, microseconds(at), _text(asked), _text(progress)
            )
            for position, (restaurant_id, analysis) in enumerate(parts):
                self._database.run(sql.ADD_PART, job_id, position, restaurant_id, analysis)
            self.tell(job_id, "queued", progress)

    def job(self, job_id: str) -> Job | None:
        row = self._database.one(sql.JOB, job_id)
        return None if row is None else _job(row)

    def jobs(self, limit: int) -> list[Job]:
        """Newest first."""
        return [_job(row) for row in self._database.all(sql.JOBS, limit)]

    def open_jobs(self) -> list[Job]:
        """Oldest first."""
        return [_job(row) for row in self._database.all(sql.OPEN_JOBS)]

    def parts(self, job_id: str) -> list[Part]:
        return [_part(row) for row in self._database.all(sql.PARTS, job_id)]

    def queued_parts(self, job_id: str) -> list[Part]:
        return [_part(row) for row in self._database.all(sql.QUEUED_PARTS, job_id)]

    def begin(self, job_id: str) -> bool:
        """Whether it may run: not where it has ended meanwhile."""
        return bool(self._database.run(sql.SET_JOB, State.RUNNING, None, "", job_id))

    def end_part(
        self, job_id: str, part: Part, *, result: Json | None, code: str = "", message: str = ""
    ) -> None:
        """Done with a result, else failed. Of a job that was cancelled meanwhile nothing is kept."""
        state = State.DONE if result is not None else State.FAILED
        with self._database.transaction():
            ended = self._database.run(
                sql.SET_PART, state, _text(result) if result is not None else "", code, message,
                job_id, part.position,
            )  # fmt: skip
            if not ended:
                return
            progress = self._count(job_id)
            told: Json = {
                "position": part.position,
                "restaurant_id": part.restaurant_id,
                "analysis": part.analysis,
                "state": state,
                **({"code": code, "message": message} if code else {}),
            }
            self.tell(job_id, "part", {**told, "progress": progress})

    def progress(self, job_id: str, progress: Mapping[str, object]) -> None:
        """With the event that tells of it."""
        with self._database.transaction():
            self._database.run(sql.SET_PROGRESS, _text(progress), job_id)
            self.tell(job_id, "progress", progress)

    def end(self, job_id: str, state: State, at: datetime, trouble: str = "") -> bool:
        """Whether this ended it: a job ends once."""
        with self._database.transaction():
            if not self._database.run(sql.SET_JOB, state, microseconds(at), trouble, job_id):
                return False
            if state is State.CANCELLED:
                self._database.run(sql.CANCEL_PARTS, job_id)
            job = self.job(job_id)
            progress = {} if job is None else job.progress
            self.tell(job_id, state, {**progress, **({"code": trouble} if trouble else {})})
        return True

    def tell(self, job_id: str, kind: str, data: Mapping[str, object]) -> None:
        self._database.run(sql.ADD_EVENT, job_id, kind, _text(data))

    def events(self, job_id: str, after: int, limit: int) -> list[Event]:
        rows: list[Row] = self._database.all(sql.EVENTS, job_id, after, limit)
        return [Event(row[0], row[1], json.loads(row[2])) for row in rows]

    def bad_line(self, job_id: str, line: int, reason: str) -> None:
        self._database.run(sql.ADD_BAD_LINE, job_id, line, reason)

    def bad_lines(self, job_id: str, limit: int) -> list[tuple[int, str]]:
        rows: list[Row] = self._database.all(sql.BAD_LINES, job_id, limit)
        return [(row[0], row[1]) for row in rows]

    def _count(self, job_id: str) -> Json:
        rows: list[Row] = self._database.all(sql.PART_COUNTS, job_id)
        counts = {row[0]: row[1] for row in rows}
        progress: Json = {
            "total": sum(counts.values()),
            "done": counts.get(State.DONE, 0),
            "failed": counts.get(State.FAILED, 0),
        }
        self._database.run(sql.SET_PROGRESS, _text(progress), job_id)
        return progress


def _text(data: Mapping[str, object] | None) -> str:
    return json.dumps(data, ensure_ascii=False)


def _job(row: Row) -> Job:
    id_, kind, state, created, ended, asked, progress, trouble = row
    return Job(
        id=id_, kind=Kind(kind), state=State(state), created_at=moment(created),
        ended_at=None if ended is None else moment(ended), asked=json.loads(asked),
        progress=json.loads(progress), trouble=trouble,
    )  # fmt: skip


def _part(row: Row) -> Part:
    position, restaurant_id, analysis, state, result, code, message = row
    return Part(
        position=position, restaurant_id=restaurant_id, analysis=analysis, state=State(state),
        result=json.loads(result) if result else None, code=code, message=message,
    )  # fmt: skip
