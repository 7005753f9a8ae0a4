"""An import of many reviews by a real process that is killed at random moments.

`python -m apps.reviews.tests.killing --reviews 10000 --kills 12`: the long form; it prints its seed
and stops by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from apps.reviews.tests.scenes import service
from apps.reviews.tests.service_http import Process
from apps.reviews.tests.stub_gateway import StubGateway, vector

from gilmok_reviews.domain import Review
from gilmok_reviews.representative import Weights, mean, weigh
from gilmok_reviews.store.catalogue import Catalogue
from gilmok_reviews.store.database import Database
from gilmok_reviews.store.vectors import VectorStore

RESTAURANTS = 7
_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Report:
    kills: int
    """Processes that were killed before they had ended."""
    states: tuple[dict[str, int], ...]
    """What was stored at each kill."""


async def import_under_fire(
    folder: Path, *, reviews: int, kills: int, rng: random.Random
) -> Report:
    """Asserts that after all of it every review is there once, with its vector, and that the
    representative vectors are those of all reviews."""
    file = folder / "reviews.jsonl"
    await asyncio.to_thread(_write, file, reviews)
    data = folder / "data"
    moments = sorted(rng.sample(range(1, 2 * reviews - 1), kills))
    states: list[dict[str, int]] = []
    async with StubGateway() as stub:
        for moment in moments:
            come = asyncio.Event()
            watching = asyncio.create_task(_watch(data / "catalogue.db", moment, come))
            killed = await Process(data, stub.url, "import", str(file)).kill_when(come)
            watching.cancel()
            if killed:
                states.append(_counts(data / "catalogue.db"))
        code, said, complained = await Process(data, stub.url, "import", str(file)).run()
        assert code == 0, complained
        async with service(data, stub.url) as made:
            await made.indexer.catch_up()
            assert await made.library.counts() == {"indexed": reviews}, said
            assert await made.store.vectors.do(VectorStore.count) == reviews
            for job in await made.jobs.jobs(kills + 2):
                assert job.progress["records"] == reviews  # None was read twice.
            for number in range(RESTAURANTS):
                found = await made.library.reviews(f"r{number}")
                kept = await made.store.reading.catalogue.do(Catalogue.mean, f"r{number}")
                assert kept is not None
                _same_mean(found, kept.vector(), kept.count)
    return Report(len(states), tuple(states))


def _same_mean(found: list[Review], kept: np.ndarray | None, count: int) -> None:
    members = [(vector(one.text), weigh(one, Weights())) for one in found]
    anew = mean(len(members[0][0]), members).vector()
    assert count == len(found)
    assert anew is not None
    assert kept is not None
    assert np.allclose(anew, kept, atol=1e-5)


def _write(file: Path, reviews: int) -> None:
    with file.open("w", encoding="utf-8") as lines:
        for number in range(reviews):
            row = {
                "restaurant_id": f"r{number % RESTAURANTS}",
                "id": f"v{number}",
                "text": f"{number}번째 리뷰, 국물이 진하고 고기가 넉넉해요",
                "date": f"2025-{1 + number % 12:02}-{1 + number % 28:02}",
                "rating": 1 + number % 5,
            }
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")


async def _watch(catalogue: Path, moment: int, come: asyncio.Event) -> None:
    """Sets `come` when as many steps are done: a review stored is one, one indexed another."""
    while True:
        counts = await asyncio.to_thread(_counts, catalogue)
        if sum(counts.values()) + counts.get("indexed", 0) >= moment:
            come.set()
            return
        await asyncio.sleep(_POLL_S)


def _counts(catalogue: Path) -> dict[str, int]:
    """As another process sees it."""
    if not catalogue.exists():
        return {}
    try:
        database = Database(catalogue)
    except Exception:  # It is being made just now.
        return {}
    try:
        return dict(database.all("SELECT state, count(*) FROM reviews GROUP BY state"))  # type: ignore[arg-type]
    finally:
        database.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--reviews", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(
            import_under_fire(
                Path(folder),
                reviews=options.reviews,
                kills=options.kills,
                rng=random.Random(options.seed),
            )
        )
    for state in report.states:
        print("killed at", state)
    print(
        f"n={options.reviews} seed={options.seed} kills={report.kills} lost=0 doubled=0 "
        f"seconds={time.monotonic() - began:.0f}"
    )


if __name__ == "__main__":
    main()
