"""Jobs: many at once, bounded, resumable; one failure never loses the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from apps.reviews.tests.scenes import NOW, settings

from gilmok_reviews.domain import GatewayError, NoSuchRestaurant
from gilmok_reviews.jobs.importing import Importer
from gilmok_reviews.jobs.patience import Sleep
from gilmok_reviews.jobs.queue import Jobs
from gilmok_reviews.problems import Refused
from gilmok_reviews.store.library import Store, opened
from gilmok_reviews.store.records import Event, Json, Records, State
from gilmok_reviews.texts import Locale


class Work:
    """Analyses that a test lets go on one by one, or fails."""

    def __init__(self) -> None:
        self.under_way = 0
        self.most = 0
        self.begun: list[str] = []
        self.gate = asyncio.Event()
        self.held: set[str] = set()
        """Restaurants whose analyses wait for the gate."""
        self.errors: dict[str, Exception] = {}
        self.changed = asyncio.Condition()

    async def __call__(self, analysis: str, restaurant_id: str, locale: Locale) -> Json:
        name = f"{restaurant_id}/{analysis}"
        self.begun.append(name)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        async with self.changed:
            self.changed.notify_all()
        try:
            if restaurant_id in self.held:
                await self.gate.wait()
            if restaurant_id in self.errors:
                raise self.errors[restaurant_id]
            return {"of": name, "locale": locale}
        finally:
            self.under_way -= 1

    async def wait_for(self, begun: int) -> None:
        async with self.changed:
            await self.changed.wait_for(lambda: len(self.begun) >= begun)


@asynccontextmanager
async def queue(
    folder: Path, work: Work, concurrency: int = 3, sleep: Sleep = asyncio.sleep
) -> AsyncIterator[tuple[Jobs, Store]]:
    ids = iter(range(10**6))
    chosen = settings(folder, "http://127.0.0.1:9/v1", QDRANT_URL=":memory:")

    def importer(told: object) -> Importer:
        return None  # type: ignore[return-value]  # No import here.

    async with opened(chosen) as store:
        jobs = Jobs(
            store, work, importer, uploads=folder / "uploads", concurrency=concurrency,
            now=lambda: NOW, new_id=lambda: f"job{next(ids)}", sleep=sleep,
        )  # fmt: skip
        await jobs.prepare()
        running = asyncio.create_task(jobs.run())
        try:
            yield jobs, store
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def told(jobs: Jobs, job_id: str, after: int = 0) -> list[Event]:
    return [event async for event in jobs.events(job_id, after) if event is not None]


async def test_no_more_at_once_than_configured_over_all_jobs(tmp_path: Path) -> None:
    work = Work()
    async with queue(tmp_path, work) as (jobs, _):
        work.held = {f"r{n}" for n in range(8)}
        made = [await jobs.analyse([f"r{n}" for n in range(8)], ["sentiment"], "ko") for _ in "ab"]
        await work.wait_for(3)
        while (await jobs.job(made[1].id)).state is not State.RUNNING:
            pass
        for _ in range(20):  # Whatever the second job reads to begin is read by then.
            await jobs.job(made[1].id)
        assert work.under_way == 3
        work.gate.set()
        for job in made:
            await told(jobs, job.id)
    assert work.most == 3
    assert len(work.begun) == 16


async def test_one_failure_costs_no_other(tmp_path: Path) -> None:
    work = Work()
    work.errors = {
        "r1": GatewayError("budget_exceeded", "다 썼습니다"),
        "r2": NoSuchRestaurant("r2"),
        "r3": RuntimeError("국물이 진해요"),
    }
    async with queue(tmp_path, work) as (jobs, store):
        job = await jobs.analyse([f"r{n}" for n in range(5)], ["sentiment", "summary"], "en")
        events = await told(jobs, job.id)
        parts = await jobs.parts(job.id)
        ended = await jobs.job(job.id)
        kept = await store.reading.records.do(Records.events, job.id, 0, 100)
    assert ended.state is State.DONE
    assert ended.progress == {"total": 10, "done": 4, "failed": 6}
    assert [event.number for event in events] == list(range(1, 13))
    assert events == kept
    codes = {part.restaurant_id: part.code for part in parts}
    assert codes == {
        "r0": "", "r1": "budget_exceeded", "r2": "restaurant_not_found", "r3": "internal_error",
        "r4": "",
    }  # fmt: skip
    assert parts[0].result == {"of": "r0/sentiment", "locale": "en"}
    assert "국물" not in repr(parts)  # An unforeseen error may quote a review.


async def test_events_after_a_number_and_while_they_happen(tmp_path: Path) -> None:
    work = Work()
    async with queue(tmp_path, work, concurrency=1) as (jobs, _):
        work.held = {"r0"}
        job = await jobs.analyse(["r0", "r1", "r2"], ["sentiment"], "ko")
        early = asyncio.create_task(told(jobs, job.id))
        await work.wait_for(1)
        work.gate.set()
        whole = await early
        assert [event.kind for event in whole] == ["queued", "part", "part", "part", "done"]
        assert await told(jobs, job.id, after=3) == whole[3:]
        assert await told(jobs, job.id, after=99) == []


async def test_cancelled_it_keeps_what_is_done_and_begins_no_more(tmp_path: Path) -> None:
    work = Work()
    async with queue(tmp_path, work, concurrency=1) as (jobs, _):
        work.held = {"r2"}
        job = await jobs.analyse(["r0", "r1", "r2", "r3"], ["sentiment"], "ko")
        await work.wait_for(3)
        cancelled = await jobs.cancel(job.id)
        assert cancelled.state is State.CANCELLED
        work.gate.set()
        states = [part.state for part in await jobs.parts(job.id)]
        assert states == [State.DONE, State.DONE, State.CANCELLED, State.CANCELLED]
        assert len(work.begun) == 3
        assert (await told(jobs, job.id))[-1].kind == "cancelled"
        with pytest.raises(Refused, match="job_ended"):
            await jobs.cancel(job.id)
        with pytest.raises(Refused, match="job_not_found"):
            await jobs.cancel("nobody")


async def test_after_a_crash_only_the_rest_is_done(tmp_path: Path) -> None:
    work = Work()
    async with queue(tmp_path, work, concurrency=1) as (jobs, _):
        work.held = {"r4"}
        job = await jobs.analyse([f"r{n}" for n in range(6)], ["sentiment"], "ko")
        await work.wait_for(5)
    again = Work()
    async with queue(tmp_path, again, concurrency=2) as (jobs, _):
        events = await told(jobs, job.id)
        assert (await jobs.job(job.id)).progress == {"total": 6, "done": 6, "failed": 0}
    assert again.begun == ["r4/sentiment", "r5/sentiment"]
    assert [event.number for event in events] == list(range(1, 9))


async def test_nothing_to_do_is_said(tmp_path: Path) -> None:
    async with queue(tmp_path, Work()) as (jobs, _):
        with pytest.raises(Refused, match="nothing_to_do"):
            await jobs.analyse([], ["sentiment"], "ko")


async def test_uploads_of_nobody_are_swept(tmp_path: Path) -> None:
    (tmp_path / "uploads").mkdir(parents=True)
    (tmp_path / "uploads" / "orphan").write_text("x", encoding="utf-8")
    async with queue(tmp_path, Work()) as (jobs, _):
        assert list(jobs.uploads.iterdir()) == []
