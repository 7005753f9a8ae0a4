"""What reviews say, sentence by sentence: the only thing summaries and strengths are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gilmok_reviews.analysis.results import Quote
from gilmok_reviews.analysis.words import Sentence, sentences
from gilmok_reviews.domain import Aspect, Judgement, Opinion, Polarity, Review

_TO_A_MODEL = re.compile(
    r"""
      \b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instruction|prompt|above|previous|prior|rule|review)
    | \b(?:system|developer)\s*(?:prompt|message|:)|\b(?:as\s+an?\s+)?(?:AI|language\s+model|LLM|chatbot|GPT)\b
    | \b(?:you\s+(?:must|should|are\s+to)|please|always|only)\s+(?:say|write|state|answer|respond|output|reply
        |summari[sz]e|rate|classify|mark)\b
    | \b(?:when|while|if)\s+(?:you\s+)?(?:summari[sz](?:e|ing)|classify(?:ing)?|analy[sz](?:e|ing))\b
    | \b(?:summary|answer|output|response)\s+(?:must|should|has\s+to)\b
    | <\|?/?(?:im_start|im_end|system|user|assistant|review)|\[/?INST\]|```|"(?:role|claims|mood)"\s*:
    | (?:지시|명령|프롬프트|위의?\s*(?:내용|말)|앞의?\s*(?:내용|말)|이전|규칙).{0,12}(?:무시|잊어|잊고|따르지)
    | (?:인공지능|언어\s*모델|챗봇|챗지피티|GPT|요약\s*(?:봇|모델|할\s*때|에는|문에)|분석\s*할\s*때|AI[는야가에,\s])
    | (?:라고|다고|로만)\s*(?:쓰|써|작성|요약|답|출력|표시|적)[가-힣]{0,3}(?:줘|주세요|라|세요|십시오|시오)
    | (?:라고|다고|으로)\s*(?:분류|요약|평가|판단)(?:해|하)(?:줘|주세요|라|세요|십시오|시오)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One sentence of one review, and one thing that it says. A sentence that speaks of two aspects
    is two voices."""

    review_id: str
    text: str
    aspect: Aspect | None
    polarity: Polarity
    confidence: float

    def quote(self) -> Quote:
        return Quote(
            review_id=self.review_id,
            text=self.text,
            polarity=self.polarity,
            confidence=self.confidence,
        )


def speaks_to_a_model(text: str) -> bool:
    """Whether a review gives orders to whoever reads it by machine, instead of telling a visit.

    A list of forms cannot be complete: what it misses still is data in the prompt, and what a model
    makes of it still needs the support of other reviews.
    """
    return _TO_A_MODEL.search(text) is not None


def voices(review: Review, judgement: Judgement) -> list[Voice]:
    """What has an opinion first, then other sentences with the whole review's mood at half its
    confidence; none of a review that speaks to a model.

    An opinion is shown by its clause, and by the whole sentence where nothing in it is of another
    mood: clauses end in the middle of things.
    """
    if speaks_to_a_model(review.text):
        return []
    whole = sentences(review.text)
    said: dict[tuple[int, int, Aspect | None], Voice] = {}
    for opinion in judgement.opinions:
        start, end = _shown(opinion, whole, judgement.opinions)
        voice = _voice(review, start, end, opinion.aspect, opinion.polarity, opinion.confidence)
        known = said.get((start, end, opinion.aspect))
        if known is None or known.confidence < voice.confidence:
            said[start, end, opinion.aspect] = voice
    feeling = judgement.feeling
    for sentence in whole:
        if not any(_touch(opinion, sentence) for opinion in judgement.opinions):
            said[sentence.start, sentence.end, None] = _voice(
                review, sentence.start, sentence.end, None, feeling.polarity, feeling.confidence / 2
            )
    return [voice for voice in said.values() if voice.text]


def _shown(
    opinion: Opinion, whole: Sequence[Sentence], opinions: Sequence[Opinion]
) -> tuple[int, int]:
    for sentence in whole:
        if sentence.start <= opinion.start and opinion.end <= sentence.end:
            moods = {other.polarity for other in opinions if _touch(other, sentence)}
            if len(moods) == 1:
                return sentence.start, sentence.end
    return opinion.start, opinion.end


def _touch(opinion: Opinion, sentence: Sentence) -> bool:
    return opinion.start < sentence.end and sentence.start < opinion.end


def _voice(
    review: Review, start: int, end: int, aspect: Aspect | None, polarity: Polarity, sure: float
) -> Voice:
    text = _SPACE.sub(" ", review.text[start:end]).strip()
    return Voice(review_id=review.id, text=text, aspect=aspect, polarity=polarity, confidence=sure)


def all_voices(reviews: Sequence[Review], judgements: Mapping[str, Judgement]) -> list[Voice]:
    """Of every review once: who says the same words twice is one voice."""
    seen: set[str] = set()
    found: list[Voice] = []
    for review in reviews:
        words = _SPACE.sub("", review.text).lower()
        if words not in seen and review.id in judgements:
            seen.add(words)
            found += voices(review, judgements[review.id])
    return found
