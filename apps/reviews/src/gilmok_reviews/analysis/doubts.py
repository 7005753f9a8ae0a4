"""Reviews of which the classifier is unsure, put to the language model.

A model's word counts only after it judged known examples rightly: the small embedded one does not read
Korean, and would turn a doubt into a coin toss. Each review is asked about alone, so that what somebody
wrote into a review can change the judgement of that review at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gilmok_reviews.analysis.asking import Questions
from gilmok_reviews.analysis.policy import Policy
from gilmok_reviews.analysis.prompts import MOOD_SCHEMA, MOOD_TOKENS, mood_question
from gilmok_reviews.analysis.results import Note
from gilmok_reviews.analysis.voices import speaks_to_a_model
from gilmok_reviews.analysis.words import is_korean
from gilmok_reviews.domain import Feeling, Judgement, Polarity
from gilmok_reviews.texts import Locale

_EXAMPLES: dict[Locale, tuple[tuple[str, Polarity], ...]] = {
    "ko": (
        ("기대했는데 국물이 미지근하고 면이 다 불어서 왔네요", Polarity.NEGATIVE),
        ("줄이 길어도 기다린 보람이 있었습니다 또 갈게요", Polarity.POSITIVE),
        ("사진이랑 다르게 나와서 당황했어요 다시는 안 시킬 듯", Polarity.NEGATIVE),
        ("비싸지 않은데 나쁜 점을 찾을 수가 없었어요", Polarity.POSITIVE),
        ("친절하다더니 불러도 대답이 없더라고요", Polarity.NEGATIVE),
        ("아이가 남김없이 다 먹었어요 덕분에 편한 저녁이었네요", Polarity.POSITIVE),
    ),
    "en": (
        ("We waited an hour and the noodles came cold.", Polarity.NEGATIVE),
        ("The queue was long but it was worth every minute.", Polarity.POSITIVE),
        ("It looked nothing like the picture, never again.", Polarity.NEGATIVE),
        ("Not expensive, and I could not find a single fault.", Polarity.POSITIVE),
        ("Friendly staff, they say; nobody answered when we called.", Polarity.NEGATIVE),
        ("My child finished the whole plate and asked for more.", Polarity.POSITIVE),
    ),
}
_MISSES = 1
"""Known examples that a model may get wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    judgements: dict[str, Judgement]
    """All that were given, those that the model decided replaced."""
    unsure: int
    by_model: int


class Doubts:
    """Remembers for which languages the model was found able."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._able: dict[Locale, bool] = {}
        self._lock = asyncio.Lock()

    async def settle(
        self, texts: Mapping[str, str], judgements: Mapping[str, Judgement], questions: Questions
    ) -> Settled:
        """`texts` and `judgements` by the same ids."""
        unsure = sorted(
            (
                id
                for id, known in judgements.items()
                if self._is_unsure(known) and texts[id].strip()
            ),
            key=lambda id: (judgements[id].feeling.confidence, id),
        )
        asked = unsure[: self._policy.ask_at_most]
        decided: dict[str, Judgement] = {}
        for locale in ("ko", "en"):
            mine = [id for id in asked if is_korean(texts[id]) is (locale == "ko")]
            if mine and await self._is_able(locale, questions):
                decided |= await self._decide(
                    {id: texts[id] for id in mine}, judgements, locale, questions
                )
        if decided and len(unsure) > len(asked):
            questions.note(Note.MODEL_LIMIT_REACHED)
        return Settled(
            judgements={**judgements, **decided}, unsure=len(unsure), by_model=len(decided)
        )

    def _is_unsure(self, judgement: Judgement) -> bool:
        sure = judgement.feeling.confidence >= self._policy.unsure_below
        return judgement.by == "classifier" and not sure

    async def _is_able(self, locale: Locale, questions: Questions) -> bool:
        async with self._lock:
            if locale not in self._able:
                misses = await self._misses(locale, questions)
                if misses is None:
                    return False
                self._able[locale] = misses <= _MISSES
        if not self._able[locale]:
            questions.note(Note.MODEL_UNFIT)
        return self._able[locale]

    async def _misses(self, locale: Locale, questions: Questions) -> int | None:
        """`None` where the model could not be reached: that says nothing of it."""
        misses = 0
        for text, polarity in _EXAMPLES[locale]:
            misses += await _mood(text, locale, questions) is not polarity
            if questions.silent:
                return None
            if misses > _MISSES:
                break
        return misses

    async def _decide(
        self,
        texts: Mapping[str, str],
        judgements: Mapping[str, Judgement],
        locale: Locale,
        questions: Questions,
    ) -> dict[str, Judgement]:
        places = asyncio.Semaphore(self._policy.ask_at_once)
        decided: dict[str, Judgement] = {}

        async def one(id: str, text: str) -> None:
            if speaks_to_a_model(text):
                return
            async with places:
                mood = await _mood(text, locale, questions)
            if mood is not None:
                feeling = _feeling(mood, self._policy.model_confidence)
                decided[id] = replace(judgements[id], feeling=feeling, by="model")

        async with asyncio.TaskGroup() as group:
            for id, text in texts.items():
                group.create_task(one(id, text))
        return decided


async def _mood(text: str, locale: Locale, questions: Questions) -> Polarity | None:
    answer = await questions.ask(
        mood_question(text, locale), task="sentiment", max_tokens=MOOD_TOKENS, schema=MOOD_SCHEMA
    )
    if answer is None:
        return None
    try:
        return Polarity(str(answer.get("mood")))
    except ValueError:
        questions.note(Note.MODEL_ANSWER_INVALID)
        return None


def _feeling(mood: Polarity, confidence: float) -> Feeling:
    rest = (1 - confidence) / 2
    return Feeling(
        positive=confidence if mood is Polarity.POSITIVE else rest,
        neutral=confidence if mood is Polarity.NEUTRAL else rest,
        negative=confidence if mood is Polarity.NEGATIVE else rest,
    )
