"""Jobs: many restaurants at once, with progress as server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Query
from fastapi.responses import StreamingResponse

from gilmok_reviews.api.answers import refusals
from gilmok_reviews.api.dependencies import Allowed, TheJobs, TheLibrary, TheLocale
from gilmok_reviews.api.wire import stored as wire
from gilmok_reviews.importing.reasons import REASONS
from gilmok_reviews.problems import Problem
from gilmok_reviews.store.records import Event
from gilmok_reviews.texts import Locale

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"], dependencies=[Allowed])

_DIGITS: Final = 15
JobId = Annotated[str, Path(description="As `POST /api/v1/jobs` or an import answered")]


@router.post(
    "",
    status_code=202,
    summary="Analyse many restaurants",
    responses=refusals(Problem.NOTHING_TO_DO, Problem.STORAGE_FULL),
)
async def start(
    asked: wire.NewJob, jobs: TheJobs, library: TheLibrary, locale: TheLocale
) -> wire.JobAnswer:
    """Answers at once. A few analyses run at the same time; one that fails costs no other, and a
    service that is stopped or killed goes on with the rest when it starts again."""
    restaurants = asked.restaurant_ids
    if restaurants is None:
        restaurants = await library.reviewed()
    chosen = list(dict.fromkeys(restaurants))
    analyses = list(dict.fromkeys(asked.analyses))
    job = await jobs.analyse(chosen, analyses, asked.locale or locale)
    return wire.JobAnswer.of(job, locale)


@router.get("", summary="The newest jobs", responses=refusals())
async def newest(
    jobs: TheJobs,
    locale: TheLocale,
    limit: Annotated[int, Query(ge=1, le=200, description="At most so many")] = 20,
) -> wire.Jobs:
    """Without their parts."""
    return wire.Jobs(jobs=[wire.JobAnswer.of(job, locale) for job in await jobs.jobs(limit)])


@router.get("/{job_id}", summary="A job, its results so far", responses=refusals(Problem.NO_JOB))
async def job(job_id: JobId, jobs: TheJobs, locale: TheLocale) -> wire.JobDetail:
    """Results appear one by one, long before the job has ended."""
    found = await jobs.job(job_id)
    return wire.JobDetail(
        **wire.JobAnswer.of(found, locale).model_dump(),
        parts=[wire.PartAnswer.of(part) for part in await jobs.parts(job_id)],
        bad_lines=_bad_lines(await jobs.bad_lines(job_id, 1000), locale),
    )


@router.get(
    "/{job_id}/events",
    summary="A job's progress, as it happens",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events, each of this form",
            "content": {"text/event-stream": {"schema": wire.JobEvent.model_json_schema()}},
        },
        **refusals(Problem.NO_JOB),
    },
)
async def events(
    job_id: JobId,
    jobs: TheJobs,
    last_event_id: Annotated[
        str, Header(description="The `id` of the last event that arrived: those after it follow")
    ] = "",
) -> StreamingResponse:
    """From the first event, or after `Last-Event-ID`, until the job has ended. Events are kept: who
    comes late, or comes back after a restart of the service, misses none."""
    await jobs.job(job_id)
    # Of no job are there so many events; SQLite's numbers end sooner than Python's.
    after = int(last_event_id[:_DIGITS]) if last_event_id.isdecimal() else 0
    return StreamingResponse(
        _frames(jobs.events(job_id, after)),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


@router.delete(
    "/{job_id}", summary="Cancel a job", responses=refusals(Problem.NO_JOB, Problem.JOB_ENDED)
)
async def cancel(job_id: JobId, jobs: TheJobs, locale: TheLocale) -> wire.JobAnswer:
    """What is done stays; the rest is not begun."""
    return wire.JobAnswer.of(await jobs.cancel(job_id), locale)


async def _frames(events: AsyncIterator[Event | None]) -> AsyncIterator[str]:
    async for event in events:
        if event is None:
            yield ": still here\n\n"
        else:
            data = json.dumps(event.data, ensure_ascii=False)
            yield f"id: {event.number}\nevent: {event.kind}\ndata: {data}\n\n"


def _bad_lines(found: list[tuple[int, str]], locale: Locale) -> list[wire.BadLineAnswer]:
    return [
        wire.BadLineAnswer(line=line, code=code, message=REASONS[code].says.of(locale))
        for line, code in found
    ]
