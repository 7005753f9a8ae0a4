"""Carries video jobs out: each is one request through the gateway, with nobody waiting for it.

The provider is asked, polled and, where the job is cancelled, told to stop by its own dialect: to
this module an analysis is one long answer.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import CancelledError, Task
from types import TracebackType
from typing import Final, Self

import msgspec

from gilmok.core.beside import beside
from gilmok.core.errors import (
    AnswerUnusable,
    HttpError,
    InternalError,
    ServerStopping,
    StreamBroken,
    reason_of,
)
from gilmok.core.identity import Caller, Permit
from gilmok.core.ports import Clock
from gilmok.core.request import Request
from gilmok.state.jobs import Job, JobStore
from gilmok.surfaces.services.door import Door
from gilmok.surfaces.services.made import Things
from gilmok.surfaces.services.videos_wire import JobError, VideoJob, result_of

log = logging.getLogger(__name__)
_SWEEP_S: Final = 60.0
_encode = msgspec.json.Encoder().encode


class VideoRuns:
    """Lives as long as the gateway; leaving its context ends what is still running."""

    def __init__(self, store: JobStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._running: dict[Job, Task[None]] = {}
        self._sweeper: Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._sweeper = asyncio.create_task(self._sweep(), name="job-sweep")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        tasks: list[Task[None]] = list(self._running.values())
        if self._sweeper is not None:
            tasks.append(self._sweeper)
        for task in tasks:
            task.cancel(ServerStopping())
        if tasks:
            await asyncio.wait(tasks)

    def start(
        self, job: Job, told: VideoJob, door: Door, request: Request, caller: Caller, permit: Permit
    ) -> None:
        """Takes the permit over: it is given back when the job ends. `told`: the job as it began."""
        running = self._carry_out(job, told, door, request, caller)
        task = asyncio.create_task(running, name="video-job")
        self._running[job] = task

        def done(task: Task[None]) -> None:
            del self._running[job]
            permit.release()
            if not job.ended:  # cancelled before its first step
                self.end(job, msgspec.structs.replace(told, status="cancelled"))

        task.add_done_callback(done)

    async def stop(self, job: Job) -> None:
        """Ends it now; the upstream is told. Of one that has ended, nothing."""
        if (task := self._running.get(job)) is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _carry_out(
        self, job: Job, told: VideoJob, door: Door, request: Request, caller: Caller
    ) -> None:
        try:
            self.end(job, await analysed(told, door, request, caller))
        except CancelledError as cancelled:
            self.end(job, _stopped(told, reason_of(cancelled), request.locale))
            raise
        except HttpError as error:
            self.end(job, _failed(told, error, request.locale))
        except Exception as error:
            # The type only: an exception's text may quote what the client sent.
            log.error("job_failed", extra={"decision": request.id, "kind": type(error).__name__})
            self.end(job, _failed(told, InternalError(request.id), request.locale))

    def end(self, job: Job, told: VideoJob) -> None:
        """Remembers what it came to."""
        summary = _encode(msgspec.structs.replace(told, result=None))
        job.end(told.status, _encode(told), summary, self._clock.monotonic())
        self._store.ended(job)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            self._store.sweep()


async def analysed(told: VideoJob, door: Door, request: Request, caller: Caller) -> VideoJob:
    """The job when it is done, once it is. Raises `HttpError`."""
    things = Things()
    try:
        async with door.pipeline.answer(request, caller) as passage:
            async for batch in passage.events():
                for event in batch:
                    things.add(event)
            (report,) = things.in_order()
    except StreamBroken as error:
        raise AnswerUnusable(error.reason) from error
    data, media_type = report.data, report.media_type
    result = await beside(len(data), lambda: result_of(data, media_type))
    return msgspec.structs.replace(told, status="done", result=result, gilmok=door.note(passage))


def _failed(told: VideoJob, error: HttpError, locale: str) -> VideoJob:
    said = JobError(code=error.code, message=error.message(locale))
    return msgspec.structs.replace(told, status="failed", error=said)


def _stopped(told: VideoJob, reason: HttpError | None, locale: str) -> VideoJob:
    if reason is not None:
        return _failed(told, reason, locale)
    return msgspec.structs.replace(told, status="cancelled")
