"""A summary whose every sentence names the reviews that say it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gilmok_reviews.analysis.asking import Questions
from gilmok_reviews.analysis.evidence import Claim, Support, claim, cosines, supported
from gilmok_reviews.analysis.extracting import extract, weights
from gilmok_reviews.analysis.meaning import vectors
from gilmok_reviews.analysis.policy import Policy
from gilmok_reviews.analysis.prompts import SUMMARY_TOKENS, summary_question, summary_schema
from gilmok_reviews.analysis.results import By, Note, SummarySentence
from gilmok_reviews.analysis.voices import Voice, all_voices
from gilmok_reviews.analysis.words import is_korean
from gilmok_reviews.domain import (
    Embedder,
    Judge,
    Judgement,
    Polarity,
    Review,
    Vectors,
)
from gilmok_reviews.texts import Locale

_ENOUGH = 3
"""Claims that must be left for a model's summary to be one."""
_REPEATS = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Summarised:
    sentences: tuple[SummarySentence, ...]
    by: By
    dropped: int
    notes: tuple[Note, ...]


class Summariser:
    def __init__(self, judge: Judge, embedder: Embedder, policy: Policy) -> None:
        self._judge, self._embedder, self._policy = judge, embedder, policy

    async def summarise(
        self,
        reviews: Sequence[Review],
        evidence: Sequence[Review],
        judgements: Mapping[str, Judgement],
        locale: Locale,
        questions: Questions,
    ) -> Summarised:
        """The model reads `reviews`; these and `evidence` confirm its claims, or are quoted.
        `judgements`: of all reviews, those that speak to a model left out."""
        heard = list({review.id: review for review in (*reviews, *evidence)}.values())
        said = all_voices(heard, judgements)
        near, meant = await vectors(self._embedder, [voice.text for voice in said])
        extracted = extract(said, near, weights(judgements.values()), self._policy)
        if not meant:
            return _extract(extracted, 0, Note.EMBEDDINGS_UNREACHABLE)
        claims, broken = await self._claims(reviews, locale, questions)
        kept = await self._verified(claims, said, near, len(heard))
        dropped = len(claims) - len(kept) + broken
        if len(kept) < min(_ENOUGH, len(extracted)) or not kept:
            unsupported = (Note.MODEL_CLAIMS_UNSUPPORTED,) if kept or dropped else ()
            return _extract(extracted, dropped, *unsupported)
        missing = [s for s in extracted if s.polarity not in {k.polarity for k in kept}]
        missing = [s for s in missing if s.polarity is not Polarity.NEUTRAL][:1]
        sentences = (*kept[: self._policy.sentences], *missing)
        return Summarised(sentences=sentences, by=By.MODEL, dropped=dropped, notes=())

    async def _claims(
        self, reviews: Sequence[Review], locale: Locale, questions: Questions
    ) -> tuple[list[Claim], int]:
        """What the model claims, and how many of its claims were not even well formed."""
        if not reviews:
            return [], 0
        most = self._policy.sentences + 2
        answer = await questions.ask(
            summary_question([review.text for review in reviews], most, locale),
            task="summary",
            max_tokens=SUMMARY_TOKENS,
            schema=summary_schema(len(reviews), most),
        )
        if answer is None:
            return [], 0
        rows = answer.get("claims")
        if not isinstance(rows, list):
            questions.note(Note.MODEL_ANSWER_INVALID)
            return [], 0
        read = [_read(row, reviews, locale) for row in rows[:most]]
        whole = [one for one in read if one is not None]
        judged = await asyncio.to_thread(self._judge.judge, [text for text, _ in whole])
        claims = [claim(*one, judgement) for one, judgement in zip(whole, judged, strict=True)]
        return claims, len(rows) - len(claims)

    async def _verified(
        self, claims: Sequence[Claim], said: Sequence[Voice], near: Vectors, reviews: int
    ) -> list[SummarySentence]:
        """Those that reviews support, repetitions left out."""
        wanted, meant = await vectors(self._embedder, [one.text for one in claims])
        kept: list[SummarySentence] = []
        rows: list[Vectors] = []
        for one, row in zip(claims, wanted, strict=True):
            found = supported(one, cosines(row, said, near), reviews, self._policy)
            repeated = any(float(other @ row) >= _REPEATS for other in rows)
            if meant and found is not None and not repeated:
                kept.append(_sentence(one, found))
                rows.append(row)
        return kept


def _read(row: object, reviews: Sequence[Review], locale: Locale) -> tuple[str, list[str]] | None:
    """A sentence in the language asked for, and the ids it cites; a citation that names no review of
    these is none."""
    if not isinstance(row, dict):
        return None
    text, cited = row.get("text"), row.get("reviews")
    if not isinstance(text, str) or not isinstance(cited, list):
        return None
    ids = [reviews[n - 1].id for n in cited if type(n) is int and 1 <= n <= len(reviews)]
    if not text.strip() or not ids or is_korean(text) is not (locale == "ko"):
        return None
    return " ".join(text.split()), ids


def _sentence(one: Claim, found: Support) -> SummarySentence:
    voices = found.voices[:5]
    aspects = [voice.aspect for voice in voices if voice.aspect in one.aspects]
    return SummarySentence(
        text=one.text,
        review_ids=tuple(voice.review_id for voice in voices),
        aspect=aspects[0] if aspects else None,
        polarity=one.polarity,
        support=found.degree,
        quotes=tuple(voice.quote() for voice in voices),
    )


def _extract(sentences: Sequence[SummarySentence], dropped: int, *notes: Note) -> Summarised:
    return Summarised(sentences=tuple(sentences), by=By.EXTRACT, dropped=dropped, notes=notes)
