"""What this place has that similar places have not, with the sentences that show it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from gilmok_reviews.analysis.asking import Questions
from gilmok_reviews.analysis.estimates import difference, wilson
from gilmok_reviews.analysis.evidence import claim, cosines, supported
from gilmok_reviews.analysis.meaning import vectors
from gilmok_reviews.analysis.policy import Policy
from gilmok_reviews.analysis.praise import Distinction
from gilmok_reviews.analysis.prompts import WORDING_SCHEMA, WORDING_TOKENS, wording_question
from gilmok_reviews.analysis.results import By, Likeness, Note, Rate, Share, Strength
from gilmok_reviews.analysis.words import is_korean
from gilmok_reviews.domain import Aspect, Embedder, GatewayError, Judge, Reading
from gilmok_reviews.problems import Refused
from gilmok_reviews.texts import Locale

_NEAREST = 3
"""Reviews of a place whose cosines are averaged."""
_TRANSLATION = 0.6
"""Cosine from which words of two languages are taken for one thing: `국물` and `broth` have 0.62,
`국물` and `rice` 0.57."""
_EVIDENCE = 12
"""Sentences a wording is verified against."""
_TRIES = 2
"""Wordings that may fail, while none succeeded, before no more are asked for."""

_ASPECTS: dict[Locale, dict[Aspect, str]] = {
    "ko": {
        Aspect.PRICE: "가격",
        Aspect.TASTE: "맛",
        Aspect.DELIVERY: "배달",
        Aspect.SERVICE: "서비스",
        Aspect.QUANTITY: "양",
    },
    "en": {aspect: aspect.value for aspect in Aspect},
}
_PATTERN: dict[Locale, str] = {
    "ko": "{subject} 칭찬이 {reviews}의 {here}%에 있습니다 (비슷한 곳은 {there}%).",
    "en": "{here}% of {reviews} praise {subject}, against {there}% at similar places.",
}
_REVIEWS: dict[Locale, dict[bool | None, str]] = {
    "ko": {None: "리뷰", True: "한국어 리뷰", False: "영어 리뷰"},
    "en": {None: "reviews", True: "Korean reviews", False: "English reviews"},
}
"""Words are counted among reviews of their own language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    strengths: tuple[Strength, ...]
    dropped: int
    notes: tuple[Note, ...]


class Namer:
    def __init__(self, reading: Reading, judge: Judge, embedder: Embedder, policy: Policy) -> None:
        self._reading, self._judge = reading, judge
        self._embedder, self._policy = embedder, policy

    async def name(
        self,
        restaurant_id: str,
        found: Sequence[Distinction],
        others: Sequence[str],
        locale: Locale,
        questions: Questions,
    ) -> Named:
        """`others`: the compared places' ids. Candidates that another of them comes clearly nearer to
        in meaning are left out: there it is said in other words."""
        strengths: list[Strength] = []
        notes: dict[Note, None] = {}
        tried, worded = 0, 0
        for one in await self._without_translations(found):
            if len(strengths) == self._policy.strengths:
                break
            likeness = await self._likeness(restaurant_id, one, others)
            if likeness is None:
                notes[Note.EMBEDDINGS_UNREACHABLE] = None
            elif likeness.distinct < -self._policy.likeness_margin:
                continue
            strength = _strength(one, likeness, locale, self._policy)
            if worded or tried < _TRIES:
                sentence = await self._worded(strength, one, locale, questions)
                tried += 1
                if sentence is not None:
                    worded += 1
                    strength = _with_claim(strength, sentence)
            strengths.append(strength)
        dropped = len(questions.usage.decision_ids) - worded
        return Named(strengths=tuple(strengths), dropped=dropped, notes=tuple(notes))

    async def _without_translations(self, found: Sequence[Distinction]) -> list[Distinction]:
        """Of what is praised in two languages with words of one meaning, the surer."""
        written = [one.phrase for one in found]
        if len({one.subject.korean for one in found} - {None}) < 2:
            return list(found)
        rows, meant = await vectors(self._embedder, written)
        kept: list[int] = []
        for at, one in enumerate(found):
            said = [
                k for k in kept if {one.subject.korean, found[k].subject.korean} == {True, False}
            ]
            if not meant or all(float(rows[at] @ rows[k]) < _TRANSLATION for k in said):
                kept.append(at)
        return [found[at] for at in kept]

    async def _likeness(
        self, restaurant_id: str, one: Distinction, others: Sequence[str]
    ) -> Likeness | None:
        """Of the surest quote with the reviews of each place; those that are quoted do not count for
        their own place."""
        quoted = {voice.review_id for voice in one.voices[: self._policy.quotes]}
        text = one.voices[0].text
        try:
            here = await self._nearest(text, restaurant_id, quoted)
            elsewhere = {id: await self._nearest(text, id, set()) for id in others}
        except (GatewayError, Refused):  # Refused: the stored vectors are another model's, or away.
            return None
        nearest = max(elsewhere, key=lambda id: elsewhere[id])
        return Likeness(here=here, elsewhere=elsewhere[nearest], nearest_restaurant_id=nearest)

    async def _nearest(self, text: str, restaurant_id: str, without: set[str]) -> float:
        found = await self._reading.search(
            text, restaurant_id=restaurant_id, limit=_NEAREST + len(without), min_score=-1.0
        )
        scores = [hit.score for hit in found if hit.review.id not in without][:_NEAREST]
        return fmean(scores) if scores else 0.0

    async def _worded(
        self, strength: Strength, one: Distinction, locale: Locale, questions: Questions
    ) -> str | None:
        """The model's sentence, where the evidence, which is all praise, supports it."""
        evidence = one.voices[:_EVIDENCE]
        subject = strength.phrase or _subject(one, locale)
        answer = await questions.ask(
            wording_question(subject, [voice.text for voice in evidence[:6]], locale),
            task="strengths",
            max_tokens=WORDING_TOKENS,
            schema=WORDING_SCHEMA,
        )
        text = " ".join(str(answer.get("sentence", "")).split()) if answer else ""
        if not text or is_korean(text) is not (locale == "ko"):
            return None
        (judged,) = await asyncio.to_thread(self._judge.judge, [text])
        said = claim(text, [voice.review_id for voice in evidence], judged)
        rows, meant = await vectors(self._embedder, [text, *(voice.text for voice in evidence)])
        near = cosines(rows[0], evidence, rows[1:])
        holds = meant and supported(said, near, len(evidence), self._policy) is not None
        return text if holds else None


def _strength(
    one: Distinction,
    likeness: Likeness | None,
    locale: Locale,
    policy: Policy,
) -> Strength:
    here, there = wilson(one.here, one.here_of), wilson(one.there, one.there_of)
    sentence = _PATTERN[locale].format(
        subject=_subject(one, locale),
        reviews=_REVIEWS[locale][one.korean],
        here=_percent(here),
        there=_percent(there),
    )
    return Strength(
        claim=sentence,
        aspect=one.aspect,
        phrase=one.phrase,
        here=Share(count=one.here, rate=here),
        there=Share(count=one.there, rate=there),
        difference=difference(here, there),
        q_value=one.q_value,
        likeness=likeness,
        quotes=tuple(voice.quote() for voice in one.voices[: policy.quotes]),
        by=By.EXTRACT,
    )


def _with_claim(strength: Strength, sentence: str) -> Strength:
    return replace(strength, claim=sentence, by=By.MODEL)


def _subject(one: Distinction, locale: Locale) -> str:
    if one.subject.aspect is not None:
        return _ASPECTS[locale][one.subject.aspect]
    return f"‘{one.phrase}’"


def _percent(rate: Rate) -> str:
    return f"{rate.value:.0%}".removesuffix("%")
