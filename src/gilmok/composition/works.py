"""The services besides chat, from their settings."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from gilmok.composition.world import World
from gilmok.config import Settings
from gilmok.core.endpoint import Snapshot
from gilmok.pipeline import Pipeline
from gilmok.state.jobs import JobBounds, JobStore
from gilmok.surfaces.routes import Handler
from gilmok.surfaces.services.door import Door, ServicePolicy
from gilmok.surfaces.services.embeddings import Embeddings
from gilmok.surfaces.services.pictures import Pictures
from gilmok.surfaces.services.planning import Planning
from gilmok.surfaces.services.speech import Speech
from gilmok.surfaces.services.transcriptions import Transcriptions
from gilmok.surfaces.services.video_runs import VideoRuns
from gilmok.surfaces.services.videos import Videos

_MINUTE_MS = 60_000


class Works:
    """What of them outlives a change of settings: jobs that run, and those that are remembered."""

    def __init__(self, world: World, fleet: Callable[[], Snapshot]) -> None:
        self._world = world
        self._fleet = fleet
        self._store = JobStore(world.clock, JobBounds())
        self._runs = VideoRuns(self._store, world.clock)

    async def __aenter__(self) -> Self:
        await self._runs.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runs.__aexit__(kind, error, trace)

    def handlers(
        self, settings: Settings, pipeline: Pipeline, route: Handler
    ) -> dict[str, Handler]:
        """Takes new settings. What is under way ends as it began. `route`: the plan of a chat."""
        chosen, world = settings.services, self._world
        self._store.bounds = JobBounds(ttl_s=chosen.job_ttl_s, max_entries=chosen.jobs_kept)
        door = Door(pipeline, self._fleet, world.clock, world.ids, policy(settings))
        videos = Videos(door, self._store, self._runs)
        return {
            "route": Planning(door, route).route,
            "embeddings": Embeddings(door).embed,
            "images": Pictures(door).draw,
            "speech": Speech(door).say,
            "transcriptions": Transcriptions(door).transcribe,
            "submit_video": videos.submit,
            "video_jobs": videos.all,
            "video_job": videos.state,
            "cancel_video": videos.cancel,
        }


def policy(settings: Settings) -> ServicePolicy:
    chosen = settings.services
    return ServicePolicy(
        deadline_s=settings.server.deadline_s,
        job_deadline_s=chosen.job_deadline_s,
        max_recording_bytes=chosen.max_recording_bytes,
        longest_video_ms=int(chosen.max_video_minutes * _MINUTE_MS),
        video_buckets=chosen.video_buckets,
        embedding_model=chosen.embedding_model,
    )
