"""`/v1/video/analyses`: `POST` takes a job on, `GET` tells how far it is, `DELETE` ends it.

What cannot be done is refused at once where that can be known without waiting: a label that lets
nobody look at the video, a model that does not exist, a budget that is spent.
"""

from __future__ import annotations

from typing import Final, cast

import msgspec
from msgspec import Raw

from gilmok.core.beside import beside
from gilmok.core.errors import UnsupportedMediaType
from gilmok.core.identity import Caller
from gilmok.core.request import Attachment, Request
from gilmok.core.work import VideoAnalysis
from gilmok.state import Owner
from gilmok.state.jobs import Job, JobStore
from gilmok.surfaces import headers
from gilmok.surfaces.chat import is_json
from gilmok.surfaces.http import HttpRequest
from gilmok.surfaces.routes import Turn
from gilmok.surfaces.services.door import Door, Wish, refuse_other_sites
from gilmok.surfaces.services.form import is_form
from gilmok.surfaces.services.video_runs import VideoRuns, analysed
from gilmok.surfaces.services.videos_wire import (
    VideoJob,
    VideoJobList,
    read_video,
    read_video_form,
)

JOB: Final = "x-gilmok-job"
_encode = msgspec.json.Encoder().encode


class Videos:
    def __init__(self, door: Door, store: JobStore, runs: VideoRuns) -> None:
        self._door = door
        self._store = store
        self._runs = runs

    async def submit(self, turn: Turn) -> None:
        door = self._door
        caller = door.caller(turn.http)
        permit = door.pipeline.admit(caller)
        try:
            wish = await self._read(turn.http)
            request = door.request(turn, wish, door.policy.job_deadline_s)
            caller = door.on_behalf(caller, request, turn, permit)
            told = _taken_on(door.ids.new("job"), request)
            _, plan = await door.pipeline.plan(request, caller)
            if not plan.candidates:
                # Nobody is asked, so nobody waits: it is refused now, and leaves its receipt, or
                # what was made before is given.
                told = await analysed(told, door, request, caller)
            job = Job(
                told.id, _owner(caller), request.received_at, _encode(told), _carried(request)
            )
            self._store.begin(job)
        except BaseException:
            permit.release(refused=True)
            raise
        if plan.candidates:
            self._runs.start(job, told, door, request, caller, permit)
        else:
            permit.release()
            self._runs.end(job, told)
        _send(turn, job, status=202)

    async def state(self, turn: Turn) -> None:
        _send(turn, self._job(turn))

    async def cancel(self, turn: Turn) -> None:
        """Ends it, and tells what it came to; of one that has ended already, only the latter."""
        job = self._job(turn)
        await self._runs.stop(job)
        _send(turn, job)

    async def all(self, turn: Turn) -> None:
        owner = _owner(self._door.caller(turn.http))
        body = VideoJobList(data=[Raw(job.summary) for job in self._store.of(owner)])
        turn.reply.send(200, [headers.JSON, *headers.named(turn.decision_id)], _encode(body))

    def _job(self, turn: Turn) -> Job:
        """Raises `InvalidKey`, `JobNotFound`."""
        return self._store.find(turn.argument, _owner(self._door.caller(turn.http)))

    async def _read(self, http: HttpRequest) -> Wish:
        policy = self._door.policy
        if is_json(http):
            return read_video(http.body, policy.longest_video_ms, policy.video_buckets)
        content_type = http.headers.get("content-type", "")
        if not is_form(content_type):
            raise UnsupportedMediaType
        refuse_other_sites(http)
        most, longest = policy.max_recording_bytes, policy.longest_video_ms
        return await beside(
            len(http.body), lambda: read_video_form(http.body, content_type, most, longest)
        )


def _taken_on(id: str, request: Request) -> VideoJob:
    return VideoJob(
        id=id,
        status="running",
        created_at=request.received_at // 10**9,
        decision=request.id,
        model=request.target.asked,
        features=cast(VideoAnalysis, request.work).features,
    )


def _carried(request: Request) -> int:
    """Bytes of the video, as it is sent on: a tenant's jobs hold so much memory until they end."""
    parts = (part for message in request.messages for part in message.parts)
    return sum(len(part.payload) for part in parts if isinstance(part, Attachment))


def _owner(caller: Caller) -> Owner:
    return Owner(caller.tenant, caller.key_id)


def _send(turn: Turn, job: Job, *, status: int = 200) -> None:
    fields = [headers.JSON, *headers.named(turn.decision_id), (JOB, job.id)]
    turn.reply.send(status, fields, job.body)
