"""A disk without room: what was asked for is refused and said to be, nothing half stands, and work
that nobody waits for goes on by itself once there is room again."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path
from typing import Any

from apps.reviews.tests.scenes import NOW, StandIn, entries, settings
from apps.reviews.tests.service_http import serving
from apps.reviews.tests.stub_gateway import StubGateway
from apps.reviews.tests.test_reviews_jobs import Work, queue, told

from gilmok_reviews.store.catalogue import Catalogue
from gilmok_reviews.store.judging import Judging
from gilmok_reviews.store.library import opened
from gilmok_reviews.store.records import State


class FullDisk:
    """While it is, no file of this process can grow: writes fail as on a disk without room. Whoever
    sleeps meanwhile has room when he wakes."""

    def __init__(self) -> None:
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)
        self.slept: list[float] = []

    def __enter__(self) -> FullDisk:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, self._before[1]))
        return self

    def __exit__(self, *raised: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.__exit__()


def reviews(first: int, count: int = 20) -> dict[str, Any]:
    numbers = range(first, first + count)
    rows = [
        {"restaurant_id": "r", "id": f"v{n}", "text": f"{n}번째 국물 맛있어요"} for n in numbers
    ]
    return {"reviews": rows}


async def test_what_finds_no_room_is_refused_and_nothing_half_stands(tmp_path: Path) -> None:
    async with StubGateway() as gateway, serving(tmp_path, gateway.url) as client:
        await client.post("/api/v1/reviews", json=reviews(0))
        with FullDisk():
            answers = [
                await client.post("/api/v1/reviews", json=reviews(100, 1000)),
                await client.post("/api/v1/jobs", json={}),
                await client.post("/api/v1/reviews/import?name=a.csv", content=b"id,text\n" * 99),
            ]
            stored = await client.get("/api/v1/restaurants/r")
        for answer in answers:
            error = answer.json()["error"]
            assert (answer.status_code, error["code"], error["retryable"]) == (
                507,
                "storage_full",
                True,
            )
        assert stored.json()["reviews"] == 20
        assert not list((tmp_path / "uploads").glob("*"))
        again = await client.post("/api/v1/reviews", json=reviews(20))
        assert again.json()["added"] == 20
    async with StubGateway() as gateway, serving(tmp_path, gateway.url) as client:
        assert (await client.get("/api/v1/restaurants/r")).json()["reviews"] == 40


async def test_a_job_whose_results_find_no_room_waits_and_goes_on(tmp_path: Path) -> None:
    work, disk = Work(), FullDisk()
    async with queue(tmp_path, work, sleep=disk.sleep) as (jobs, _):
        work.held = {"r0"}
        job = await jobs.analyse(["r0", "r1"], ["sentiment"], "ko")
        await work.wait_for(2)
        with disk:
            work.gate.set()
            events = await told(jobs, job.id)
        assert disk.slept
        assert events[-1].kind == "done"
        assert work.begun.count("r0/sentiment") == 1
        assert (await jobs.job(job.id)).progress == {"total": 2, "done": 2, "failed": 0}
        later = await jobs.analyse(["r2"], ["sentiment"], "ko")
        await told(jobs, later.id)
        assert (await jobs.job(later.id)).state is State.DONE


async def test_judging_goes_on_after_the_disk_was_full(tmp_path: Path) -> None:
    disk = FullDisk()
    async with opened(settings(tmp_path, "http://127.0.0.1:9/v1", QDRANT_URL=":memory:")) as store:
        await store.writing.catalogue.do(Catalogue.add, list(entries(40, 1)), NOW)
        judge = StandIn()
        judging = Judging(store, judge, disk.sleep)
        running = asyncio.create_task(judging.run())
        with disk:
            judging.wake()
            while len(await store.reading.catalogue.do(Catalogue.judgements, "r0")) < 40:
                assert not running.done()
                await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert disk.slept
