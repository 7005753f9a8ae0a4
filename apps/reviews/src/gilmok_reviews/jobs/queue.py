"""The asynchronous queue: every open job runs, and all of their analyses share a few places."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from gilmok_reviews.domain import GatewayError, NoSuchRestaurant
from gilmok_reviews.jobs.importing import Importer, Upload
from gilmok_reviews.jobs.patience import Sleep, once_there_is_room
from gilmok_reviews.problems import Problem, Refused
from gilmok_reviews.store.library import Store
from gilmok_reviews.store.records import Event, Job, Json, Kind, Part, Records, State
from gilmok_reviews.texts import LOCALE, Locale

Analyse = Callable[[str, str, Locale], Awaitable[Json]]
"""An analysis by name, of a restaurant, in a language: what its own route would answer."""

HEARTBEAT_S: Final = 15.0
_EVENTS: Final = 200

_log = logging.getLogger(__name__)


class Jobs:
    """`run` carries out what is asked for by the other methods, and by earlier processes
    (`prepare`)."""

    def __init__(
        self,
        store: Store,
        analyse: Analyse,
        importer: Callable[[Callable[[], None]], Importer],
        *,
        uploads: Path,
        concurrency: int,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._store = store
        self._analyse = analyse
        self._importer = importer(self._ring)
        self._places = asyncio.Semaphore(concurrency)
        self._concurrency = concurrency
        self.uploads = uploads
        self._now = now
        self._sleep = sleep
        self.new_id = new_id
        self._bell = asyncio.Event()
        self._coming: asyncio.Queue[Job] = asyncio.Queue()
        self._running: dict[str, asyncio.Task[None]] = {}

    async def prepare(self) -> None:
        """Before anything is asked for: finds what earlier processes left."""
        known = await self._store.reading.records.do(Records.open_jobs)
        await asyncio.to_thread(self._tidy, known)
        for job in known:
            self._coming.put_nowait(job)

    async def run(self) -> None:
        """Until it is cancelled; what is under way then goes on at the next start."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._start(group, await self._coming.get())

    async def analyse(
        self, restaurant_ids: Sequence[str], analyses: Sequence[str], locale: Locale
    ) -> Job:
        """Raises `Refused` where there is nothing to analyse."""
        if not restaurant_ids:
            raise Refused(Problem.NOTHING_TO_DO)
        parts = [(one, analysis) for one in restaurant_ids for analysis in analyses]
        return await self._add(Kind.ANALYSIS, {"locale": locale}, parts)

    async def take(self, upload: Upload) -> Job:
        """Imports a file that lies in `uploads`. Of one that is being imported already, that job."""
        for job in await self._store.reading.records.do(Records.open_jobs):
            if job.asked.get("sha256") == upload.sha256 and job.asked["form"] == upload.form:
                if job.asked["file"] != upload.path.name:
                    await asyncio.to_thread(upload.path.unlink, missing_ok=True)
                return job
        asked: Json = {
            "file": upload.path.name, "sha256": upload.sha256, "form": upload.form,
        }  # fmt: skip
        return await self._add(Kind.IMPORT, asked)

    async def job(self, job_id: str) -> Job:
        """Raises `Refused`."""
        job = await self._store.reading.records.do(Records.job, job_id)
        if job is None:
            raise Refused(Problem.NO_JOB, id=job_id)
        return job

    async def jobs(self, limit: int) -> list[Job]:
        """Newest first."""
        return await self._store.reading.records.do(Records.jobs, limit)

    async def parts(self, job_id: str) -> list[Part]:
        return await self._store.reading.records.do(Records.parts, job_id)

    async def bad_lines(self, job_id: str, limit: int) -> list[tuple[int, str]]:
        return await self._store.reading.records.do(Records.bad_lines, job_id, limit)

    async def cancel(self, job_id: str) -> Job:
        """What is done stays. Raises `Refused` for a job that has ended, or never was."""
        job = await self.job(job_id)
        if not await self._end(job_id, State.CANCELLED):
            raise Refused(Problem.JOB_ENDED, id=job_id)
        task = self._running.get(job_id)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if job.kind is Kind.IMPORT:
            await self._drop(job)
        return await self.job(job_id)

    async def events(self, job_id: str, after: int) -> AsyncIterator[Event | None]:
        """Those after a number, and those to come, until the job has ended. `None`: nothing new for
        `HEARTBEAT_S`. Raises `Refused`."""
        while True:
            bell = self._bell  # Taken before reading: what happens meanwhile rings it.
            job = await self.job(job_id)
            start = after
            new = await self._store.reading.records.do(Records.events, job_id, start, _EVENTS)
            for event in new:
                yield event
                after = event.number
            if new:
                continue
            if job.ended:
                return
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    await bell.wait()
            except TimeoutError:
                yield None

    async def _add(self, kind: Kind, asked: Json, parts: Sequence[tuple[str, str]] = ()) -> Job:
        job_id, at = self.new_id(), self._now()
        await self._store.writing.records.do(Records.add, job_id, kind, at, asked, parts)
        job = await self.job(job_id)
        self._coming.put_nowait(job)
        return job

    def _start(self, group: asyncio.TaskGroup, job: Job) -> None:
        task = group.create_task(self._carry_out(job))
        self._running[job.id] = task
        task.add_done_callback(lambda _: self._running.pop(job.id, None))

    async def _carry_out(self, job: Job) -> None:
        begin = partial(self._store.writing.records.do, Records.begin, job.id)
        if not await once_there_is_room(begin, self._sleep):
            return
        LOCALE.set("en" if job.asked.get("locale") == "en" else "ko")  # Of this task only.
        try:
            if job.kind is Kind.IMPORT:
                await self._importer.run(job, self.uploads)
            else:
                await self._analyse_all(job)
        except Refused as error:
            await self._end_at_last(job, State.FAILED, str(error))
        except Exception as error:
            # The text of the error may be a reviewer's; its type is not.
            _log.error("job_failed", extra={"kind": job.kind, "error": type(error).__name__})
            await self._end_at_last(job, State.FAILED, Problem.FAILED.code)
        else:
            await self._end_at_last(job, State.DONE)

    async def _analyse_all(self, job: Job) -> None:
        parts = deque(await self._store.reading.records.do(Records.queued_parts, job.id))

        async def work() -> None:
            while parts:
                async with self._places:
                    if parts:
                        await self._part(job, parts.popleft())

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._concurrency, len(parts))):
                group.create_task(work())

    async def _part(self, job: Job, part: Part) -> None:
        """However it ends, the others go on."""
        locale = LOCALE.get()
        result: Json | None = None
        code = message = ""
        try:
            result = await self._analyse(part.analysis, part.restaurant_id, locale)
        except NoSuchRestaurant:
            gone = Refused(Problem.NO_RESTAURANT, id=part.restaurant_id)
            code, message = str(gone), gone.message(locale)
        except GatewayError as error:
            code, message = error.code, str(error)
        except Refused as error:
            code, message = str(error), error.message(locale)
        except Exception as error:
            _log.error("analysis_failed", extra={"error": type(error).__name__})
            code, message = Problem.FAILED.code, Problem.FAILED.says.of(locale)
        write = partial(
            self._store.writing.records.do, Records.end_part, job.id, part,
            result=result, code=code, message=message,
        )  # fmt: skip
        await once_there_is_room(write, self._sleep)
        self._ring()

    async def _end_at_last(self, job: Job, state: State, trouble: str = "") -> None:
        await once_there_is_room(partial(self._end, job.id, state, trouble), self._sleep)
        if job.kind is Kind.IMPORT:
            await self._drop(job)

    async def _end(self, job_id: str, state: State, trouble: str = "") -> bool:
        at = self._now()
        ended = await self._store.writing.records.do(Records.end, job_id, state, at, trouble)
        self._ring()
        return ended

    def _ring(self) -> None:
        self._bell.set()
        self._bell = asyncio.Event()

    async def _drop(self, job: Job) -> None:
        """A file of reviews is kept no longer than its import needs it, however that ended."""
        await asyncio.to_thread((self.uploads / job.asked["file"]).unlink, missing_ok=True)

    def _tidy(self, known: Sequence[Job]) -> None:
        """Files of imports that ended, or never began."""
        wanted = {job.asked.get("file") for job in known}
        for path in self.uploads.glob("*") if self.uploads.exists() else ():
            if path.name not in wanted:
                path.unlink(missing_ok=True)
