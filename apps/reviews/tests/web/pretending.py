"""The service's HTTP API over the sample reviews, judged by their stars: for the page alone.

Fast, without a model, and as hostile or broken as a test wants it. The answers are made of the
analyses' own nouns, so that their field names cannot drift apart unseen.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from gilmok_reviews.analysis.results import (
    AspectSentiment,
    By,
    Context,
    Difference,
    Month,
    Moods,
    Note,
    Quote,
    Rate,
    RestaurantSentiment,
    Share,
    Strength,
    Strengths,
    Summary,
    SummarySentence,
    Usage,
)
from gilmok_reviews.domain import Aspect, Polarity, Restaurant
from gilmok_reviews.texts import Locale

SAMPLE = resources.files("gilmok_reviews") / "sample"
WORDS = {
    Aspect.PRICE: ("가격", "원", "비싸", "저렴", "싸고", "price", "cheap", "pricey"),
    Aspect.TASTE: ("맛", "국물", "바삭", "육수", "떡", "broth", "coffee", "taste"),
    Aspect.DELIVERY: ("배달", "늦", "분만", "식어", "delivery", "Delivered"),
    Aspect.SERVICE: ("친절", "사장님", "직원", "이모", "staff", "kind", "barista"),
    Aspect.QUANTITY: ("양", "푸짐", "portion", "refill"),
}


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLE / name).read_text("utf-8").splitlines()]


def polarity_of(rating: float | None) -> Polarity:
    if rating is None or rating == 3:
        return Polarity.NEUTRAL
    return Polarity.POSITIVE if rating > 3 else Polarity.NEGATIVE


def rate(count: int, of: int) -> Rate:
    """Some interval that is wider the fewer there are; the real one is the analyses' own."""
    value = count / of if of else 0.0
    reach = 0.5 / (of + 1) ** 0.5
    return Rate(value=value, low=max(0.0, value - reach), high=min(1.0, value + reach))


def moods(polarities: Iterable[Polarity]) -> Moods:
    found = list(polarities)
    shares = {one: found.count(one) for one in Polarity}
    return Moods(
        **{one.value: Share(count=n, rate=rate(n, len(found))) for one, n in shares.items()}
    )


def judged(review: dict[str, Any]) -> dict[str, Any]:
    """A review as the API gives it."""
    polarity = polarity_of(review["rating"])
    spoken = [one for one, words in WORDS.items() if any(w in review["text"] for w in words)]
    opinions = [
        {"aspect": one, "polarity": polarity, "confidence": 0.8, "start": 0}
        | {"end": len(review["text"])}
        for one in spoken
    ]
    feeling = {one.value: 0.9 if one is polarity else 0.05 for one in Polarity}
    judgement = {"polarity": polarity, "confidence": 0.9, "feeling": feeling, "by": "classifier"}
    return review | {"judgement": judgement | {"opinions": opinions}}


def plain(id: str, text: str, rating: int = 5, *, place: str = "here") -> dict[str, Any]:
    """A review somewhere, as the API gives it."""
    at = "2026-03-02T12:00:00+09:00"
    return judged(
        {"id": id, "restaurant_id": place, "text": text, "rating": rating, "written_at": at}
    )


def quote(review: dict[str, Any]) -> Quote:
    polarity = review["judgement"]["polarity"]
    return Quote(review_id=review["id"], text=review["text"], polarity=polarity, confidence=0.8)


@dataclass
class Shop:
    """What the pretended service knows, and how it misbehaves."""

    restaurants: list[Restaurant] = field(default_factory=list)
    reviews: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    key: str = ""
    broken: set[str] = field(default_factory=set)
    """Paths that answer 503."""
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    """Restaurants of which nothing is told before their event."""
    listed: int = 1000
    """At most so many reviews are listed."""
    unreadable: bool = False
    """No import succeeds."""

    def add(self, row: dict[str, Any]) -> None:
        """A review, and its restaurant where it is new."""
        id = row["restaurant_id"]
        if id not in self.reviews:
            self.restaurants.append(Restaurant(id=id, name=id))
        given = {"id": f"{id}-{len(self.reviews.get(id, []))}", "rating": None}
        at = {"written_at": "2026-09-30T12:00:00+09:00"}
        self.reviews.setdefault(id, []).insert(0, judged(given | at | row))

    @classmethod
    def sample(cls) -> Shop:
        by_place: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for review in reversed(rows("reviews.jsonl")):
            by_place[review["restaurant_id"]].append(judged(review))
        return cls([Restaurant(**row) for row in rows("restaurants.jsonl")], dict(by_place))

    def sentiment(self, id: str) -> RestaurantSentiment:
        reviews = self.reviews.get(id, [])
        months = defaultdict(list)
        for review in reviews:
            months[review["written_at"][:7]].append(review["judgement"]["polarity"])
        return RestaurantSentiment(
            restaurant_id=id,
            reviews=len(reviews),
            moods=moods(review["judgement"]["polarity"] for review in reviews) if reviews else None,
            aspects=tuple(self.aspects(reviews)),
            months=tuple(
                Month(month=month, reviews=len(found), moods=moods(found))
                for month, found in sorted(months.items())
            ),
            unsure=3,
            judged_by_model=0,
            usage=Usage(),
            notes=() if len(reviews) > 10 else (Note.FEW_REVIEWS,),
        )

    def aspects(self, reviews: list[dict[str, Any]]) -> Iterable[AspectSentiment]:
        for aspect in Aspect:
            about = [
                review
                for review in reviews
                if any(one["aspect"] == aspect for one in review["judgement"]["opinions"])
            ]
            if about:
                yield AspectSentiment(
                    aspect=aspect,
                    mentions=len(about),
                    mention_rate=rate(len(about), len(reviews)),
                    moods=moods(review["judgement"]["polarity"] for review in about),
                    quotes=tuple(quote(review) for review in about[:4]),
                )

    def summary(self, id: str, locale: Locale) -> Summary:
        reviews = self.reviews.get(id, [])
        sentences = tuple(
            SummarySentence(
                text=first["text"],
                review_ids=(first["id"], second["id"]),
                aspect=None,
                polarity=first["judgement"]["polarity"],
                support=1.0,
                quotes=(quote(first), quote(second)),
            )
            for first, second in zip(reviews[:3], reviews[3:6], strict=False)
        )
        read = Context(
            reviews=min(20, len(reviews)), of=len(reviews), characters=900, characters_of_all=3000
        )
        return Summary(
            restaurant_id=id, locale=locale, sentences=sentences, by=By.EXTRACT, dropped=0,
            context=read, usage=Usage(), notes=(Note.MODEL_UNREACHABLE,),
        )  # fmt: skip

    def strengths(self, id: str, locale: Locale) -> Strengths:
        reviews = self.reviews.get(id, [])
        others = tuple(one for one in self.restaurants if one.id != id)[:2]
        happy = [review for review in reviews if review["judgement"]["polarity"] == "positive"][:2]
        claim = "국물을 칭찬하는 손님이 많습니다" if locale == "ko" else "Praised for its broth"
        found = Strength(
            claim=claim, aspect=Aspect.TASTE, phrase="국물",
            here=Share(count=24, rate=Rate(value=0.51, low=0.37, high=0.65)),
            there=Share(count=4, rate=Rate(value=0.11, low=0.04, high=0.24)),
            difference=Difference(value=0.40, low=0.22, high=0.55),
            q_value=0.001, likeness=None, by=By.EXTRACT,
            quotes=tuple(quote(review) for review in happy),
        )  # fmt: skip
        return Strengths(
            restaurant_id=id, locale=locale, strengths=(found,) if happy and others else (),
            comparison=others, compared_reviews=71, tested=34, false_discovery_rate=0.05,
            dropped=0, usage=Usage(), notes=() if others else (Note.NO_COMPARISON,),
        )  # fmt: skip
