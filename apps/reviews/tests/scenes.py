"""What the tests of the service have in common: a judge that needs no files, settings, texts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gilmok_reviews.domain import Feeling, Judgement
from gilmok_reviews.entry import Entry
from gilmok_reviews.service import Service, running
from gilmok_reviews.settings import Settings, load

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class StandIn:
    """A judge by one word. `seen`: every text it was shown."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def judge(self, texts: Sequence[str]) -> list[Judgement]:
        self.seen += texts
        return [_judged(text) for text in texts]


def _judged(text: str) -> Judgement:
    happy = 0.9 if "맛있" in text else 0.05
    return Judgement(feeling=Feeling(positive=happy, neutral=0.05, negative=0.95 - happy))


def settings(folder: Path, gateway_url: str, **more: str) -> Settings:
    return load({"REVIEWS_DATA": str(folder), "GILMOK_URL": gateway_url, **more})


@asynccontextmanager
async def service(
    folder: Path, gateway_url: str, *, reindex: bool = False, **more: str
) -> AsyncIterator[Service]:
    """Without HTTP, on a fixed day."""
    chosen = settings(folder, gateway_url, **more)
    async with running(chosen, judge=StandIn(), reindex=reindex, now=lambda: NOW) as made:
        yield made


def entry(number: int, restaurant: str = "r0", text: str = "", **more: Any) -> Entry:
    given: dict[str, Any] = {
        "restaurant_id": restaurant,
        "review_id": f"v{number}",
        "text": text or f"{number}번째 리뷰, 국물이 {'맛있' if number % 2 else '짜'}어요",
        "rating": float(1 + number % 5),
        "written_at": NOW - timedelta(days=number),
        "restaurant_name": f"가게 {restaurant}",
        "category": "국밥",
    }
    return Entry(**{**given, **more})


def entries(count: int, restaurants: int = 3) -> Iterator[Entry]:
    return (entry(number, f"r{number % restaurants}") for number in range(count))
