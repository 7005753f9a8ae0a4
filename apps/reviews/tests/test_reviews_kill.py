"""kill -9 of a real process in the middle of its work, again and again, and then to the end."""

from __future__ import annotations

import random
from pathlib import Path

from apps.reviews.tests.killing import import_under_fire
from apps.reviews.tests.scenes import service
from apps.reviews.tests.stub_gateway import StubGateway

from gilmok_reviews.store.records import Records


async def test_an_import_that_is_killed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """600 reviews; `python -m apps.reviews.tests.killing` does 10,000."""
    report = await import_under_fire(tmp_path, reviews=600, kills=2, rng=random.Random(7))
    assert report.kills == 2


async def test_a_job_that_is_killed_does_the_rest_and_nothing_twice(tmp_path: Path) -> None:
    """The job's process is cancelled in the middle, as a crash would end it: nothing is told to the
    catalogue any more."""
    async with StubGateway() as stub:
        async with service(tmp_path, stub.url, REVIEWS_CONCURRENCY="1") as made:
            from_many = [f"r{n}" for n in range(20)]
            job = await made.jobs.analyse(from_many, ["sentiment"], "ko")
            seen = 0
            async for event in made.jobs.events(job.id, 0):
                seen += event is not None and event.kind == "part"
                if seen == 5:
                    break
        async with service(tmp_path, stub.url, REVIEWS_CONCURRENCY="1") as made:
            numbers = [e.number async for e in made.jobs.events(job.id, 0) if e is not None]
            ended = await made.jobs.job(job.id)
            told = await made.store.reading.records.do(Records.events, job.id, 0, 1000)
    assert ended.progress["done"] + ended.progress["failed"] == 20
    assert numbers == list(range(1, 23))  # queued, twenty parts, done: none twice.
    positions = [event.data["position"] for event in told if event.kind == "part"]
    assert sorted(positions) == list(range(20))
