"""The analyses of one restaurant: what the routes and jobs of the service call."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gilmok_reviews.analysis.asking import Questions
from gilmok_reviews.analysis.choosing import choose
from gilmok_reviews.analysis.doubts import Doubts
from gilmok_reviews.analysis.moods import aspects, months, moods
from gilmok_reviews.analysis.policy import Policy
from gilmok_reviews.analysis.praise import Praise, distinctions, praise
from gilmok_reviews.analysis.results import (
    AspectSentiment,
    Context,
    Month,
    Moods,
    Note,
    RestaurantSentiment,
    Strengths,
    Summary,
)
from gilmok_reviews.analysis.strengths import Namer
from gilmok_reviews.analysis.summarising import Summariser
from gilmok_reviews.analysis.voices import all_voices, speaks_to_a_model
from gilmok_reviews.analysis.words import is_korean
from gilmok_reviews.domain import (
    Embedder,
    Found,
    Judge,
    Judgement,
    Llm,
    Reading,
    Restaurant,
    Review,
)
from gilmok_reviews.texts import Locale


@dataclass(frozen=True, slots=True)
class _Known:
    """A restaurant's reviews, and a judgement of every one."""

    reviews: list[Review]
    judgements: dict[str, Judgement]


@dataclass(frozen=True, slots=True)
class _Felt:
    moods: Moods | None
    aspects: tuple[AspectSentiment, ...]
    months: tuple[Month, ...]


class Analyst:
    """Holds nothing of any restaurant between calls. Every method may raise `NoSuchRestaurant`; a
    gateway that refuses is never an error here: the result says what it had to do without."""

    def __init__(
        self,
        reading: Reading,
        judge: Judge,
        llm: Llm,
        embedder: Embedder,
        policy: Policy | None = None,
    ) -> None:
        self._reading, self._judge, self._llm = reading, judge, llm
        self._policy = policy or Policy()
        self._doubts = Doubts(self._policy)
        self._summariser = Summariser(judge, embedder, self._policy)
        self._namer = Namer(reading, judge, embedder, self._policy)

    async def mood(self, text: str) -> Judgement:
        """As the classifier reads it."""
        (judged,) = await asyncio.to_thread(self._judge.judge, [text])
        return judged

    async def feeling(self, texts: Sequence[str]) -> list[Judgement]:
        """In the order of the texts. The model decides a bounded number of unsure ones."""
        judged = await asyncio.to_thread(self._judge.judge, texts)
        by_place = {str(index): judgement for index, judgement in enumerate(judged)}
        settled = await self._doubts.settle(
            {str(index): text for index, text in enumerate(texts)}, by_place, Questions(self._llm)
        )
        return [settled.judgements[str(index)] for index in range(len(texts))]

    async def sentiment(self, restaurant_id: str) -> RestaurantSentiment:
        known = await self._known(restaurant_id)
        questions = Questions(self._llm)
        settled = await self._doubts.settle(
            {review.id: review.text for review in known.reviews}, known.judgements, questions
        )
        decided = _Known(known.reviews, settled.judgements)
        felt = await asyncio.to_thread(_felt, decided, self._policy)
        return RestaurantSentiment(
            restaurant_id=restaurant_id,
            reviews=len(known.reviews),
            moods=felt.moods,
            aspects=felt.aspects,
            months=felt.months,
            unsure=settled.unsure,
            judged_by_model=settled.by_model,
            usage=questions.usage,
            notes=(*_size(known.reviews, self._policy), *questions.notes),
        )

    async def summary(self, restaurant_id: str, locale: Locale) -> Summary:
        known = await self._known(restaurant_id)
        told = {
            r.id: known.judgements[r.id] for r in known.reviews if not speaks_to_a_model(r.text)
        }
        nearest = await self._nearest(restaurant_id, known.reviews)
        chosen, evidence = await asyncio.to_thread(
            lambda: [
                _chosen(nearest, told, count)
                for count in (self._policy.context, self._policy.evidence)
            ]
        )
        questions = Questions(self._llm)
        done = await self._summariser.summarise(chosen, evidence, told, locale, questions)
        return Summary(
            restaurant_id=restaurant_id,
            locale=locale,
            sentences=done.sentences,
            by=done.by,
            dropped=done.dropped,
            context=Context(
                reviews=len(chosen),
                of=len(known.reviews),
                characters=sum(len(review.text) for review in chosen),
                characters_of_all=sum(len(review.text) for review in known.reviews),
            ),
            usage=questions.usage,
            notes=(*_size(known.reviews, self._policy), *questions.notes, *done.notes),
        )

    async def strengths(
        self, restaurant_id: str, comparison: Sequence[str] | None, locale: Locale
    ) -> Strengths:
        """`comparison`: ids of the places to compare with; `None`: the most similar ones."""
        here = await self._known(restaurant_id)
        others = await self._others(restaurant_id, comparison)
        praised = {other.id: await self._praise(other.id) for other in others}
        praised = {id: place for id, place in praised.items() if place.reviews}
        questions = Questions(self._llm)
        mine = await asyncio.to_thread(_praised, here)
        found, tested = await asyncio.to_thread(
            distinctions, mine, list(praised.values()), self._policy
        )
        named = await self._namer.name(restaurant_id, found, list(praised), locale, questions)
        none = () if praised else (Note.NO_COMPARISON,)
        return Strengths(
            restaurant_id=restaurant_id,
            locale=locale,
            strengths=named.strengths,
            comparison=tuple(other for other in others if other.id in praised),
            compared_reviews=sum(place.reviews for place in praised.values()),
            tested=tested if praised else 0,
            false_discovery_rate=self._policy.false_discovery_rate,
            dropped=named.dropped,
            usage=questions.usage,
            notes=(*_size(here.reviews, self._policy), *none, *questions.notes, *named.notes),
        )

    async def _nearest(self, restaurant_id: str, reviews: Sequence[Review]) -> list[Found]:
        """All of its reviews: those that have no vector yet, or never get one, come last."""
        near = await self._reading.typical(restaurant_id, len(reviews))
        placed = {found.review.id for found in near}
        return [*near, *(Found(review, 0.0) for review in reviews if review.id not in placed)]

    async def _known(self, restaurant_id: str) -> _Known:
        """Raises `NoSuchRestaurant`. What the store has no judgement of yet is judged now."""
        await self._reading.restaurant(restaurant_id)
        reviews = await self._reading.reviews(restaurant_id)
        stored: Mapping[str, Judgement] = await self._reading.judgements(restaurant_id)
        missing = [review for review in reviews if review.id not in stored]
        judged = await asyncio.to_thread(self._judge.judge, [review.text for review in missing])
        new = {review.id: judgement for review, judgement in zip(missing, judged, strict=True)}
        return _Known(reviews, {r.id: stored.get(r.id) or new[r.id] for r in reviews})

    async def _others(
        self, restaurant_id: str, comparison: Sequence[str] | None
    ) -> list[Restaurant]:
        if comparison is None:
            return await self._reading.similar_restaurants(restaurant_id, self._policy.compared)
        others = [id for id in dict.fromkeys(comparison) if id != restaurant_id]
        return [await self._reading.restaurant(id) for id in others]

    async def _praise(self, restaurant_id: str) -> Praise:
        known = await self._known(restaurant_id)
        return await asyncio.to_thread(_praised, known)


def _felt(known: _Known, policy: Policy) -> _Felt:
    """Of ten thousand reviews this takes a second: not for the event loop."""
    feelings = [judgement.feeling for judgement in known.judgements.values()]
    return _Felt(
        moods=moods(feelings, policy) if feelings else None,
        aspects=aspects(known.judgements, all_voices(known.reviews, known.judgements), policy),
        months=months(known.reviews, known.judgements, policy),
    )


def _chosen(nearest: Sequence[Found], told: Mapping[str, Judgement], count: int) -> list[Review]:
    return [found.review for found in choose(nearest, told, count)]


def _praised(known: _Known) -> Praise:
    korean = {review.id: is_korean(review.text) for review in known.reviews}
    return praise(all_voices(known.reviews, known.judgements), korean)


def _size(reviews: Sequence[Review], policy: Policy) -> tuple[Note, ...]:
    if not reviews:
        return (Note.NO_REVIEWS,)
    return (Note.FEW_REVIEWS,) if len(reviews) < policy.few else ()
