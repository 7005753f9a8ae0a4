"""Whether reviews say what somebody claims they say. Pure.

Vectors alone cannot tell: to every encoder tried, "the soup was not hot" lies nearer to "the soup was
hot" than any paraphrase does. So a sentence supports a claim only if it is near in meaning, shares
the claim's words, speaks of the same aspect in the same mood, and has every number the claim has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gilmok_reviews.analysis.policy import Policy
from gilmok_reviews.analysis.voices import Voice
from gilmok_reviews.analysis.words import coverage, is_korean, numbers
from gilmok_reviews.domain import Aspect, Judgement, Polarity, Vectors

_BOLD = re.compile(
    r"\b(?:best|worst|greatest|perfect|only|number\s+one|no\.?\s*1|most|all|every\w*|always|never|nobody|"
    r"must|definitely|unanimous\w*)\b|최고|최악|제일|가장|유일|완벽|대부분|모두|모든|전부|항상|언제나|누구나|"
    r"무조건|반드시|절대|만장일치|일등|1등|하나같이",
    re.IGNORECASE,
)
_CORROBORATION = 0.7
"""What a second review needs of the support the first must give."""
_SHARED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    text: str
    aspects: frozenset[Aspect]
    """None: it is about no aspect in particular."""
    polarity: Polarity
    cited: tuple[str, ...]
    """Ids of reviews. A claim that cites nothing has no support."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """The voices that say the same: those cited first, best first, one of each review."""

    voices: tuple[Voice, ...]
    degree: float


def claim(text: str, cited: Iterable[str], judged: Judgement) -> Claim:
    """A sentence as the classifier reads it: what it is about, and in which mood."""
    moods = {opinion.polarity for opinion in judged.opinions}
    return Claim(
        text=text,
        aspects=frozenset(opinion.aspect for opinion in judged.opinions),
        polarity=moods.pop() if len(moods) == 1 else judged.feeling.polarity,
        cited=tuple(dict.fromkeys(cited)),
    )


def supported(
    claim: Claim, near: Mapping[Voice, float], reviews: int, policy: Policy
) -> Support | None:
    """`None` where the claim must be dropped.

    `near`: cosine of the claim with each voice there is; `reviews`: how many these are of. A review that
    was not cited can confirm a claim, never carry it. Where there are `few` reviews or more, `voices`
    different ones must say it, so that nobody writes the summary alone.
    """
    degrees = {voice: support(claim, voice, cosine) for voice, cosine in near.items()}
    carrying = _best_of_each(
        {v: d for v, d in degrees.items() if v.review_id in claim.cited and d >= policy.support}
    )
    if not carrying:
        return None
    known = {voice.review_id for voice in carrying}
    confirming = _best_of_each(
        {
            v: d
            for v, d in degrees.items()
            if v.review_id not in known and d >= policy.support * _CORROBORATION
        }
    )
    voices = (*carrying, *confirming)
    wanted = policy.voices if reviews >= policy.few else 1
    agreeing = {v.review_id for v in near if v.aspect in claim.aspects and _same_mood(claim, v)}
    if len(known | {v.review_id for v in confirming} | agreeing) < wanted:
        return None
    if wanted > 1 and not _shared(claim, carrying[0], near):
        return None
    if not _as_bold(claim.text, [voice.text for voice in voices], wanted):
        return None
    return Support(voices=voices, degree=max(degrees[voice] for voice in carrying))


def support(claim: Claim, voice: Voice, cosine: float) -> float:
    """0..1. Across languages no words are shared: there the meaning counts alone, and the aspect must
    be named on both sides."""
    if not _same_mood(claim, voice) or not numbers(claim.text) <= numbers(voice.text):
        return 0.0
    if claim.aspects and voice.aspect is not None and voice.aspect not in claim.aspects:
        return 0.0
    meaning = max(0.0, min(1.0, cosine))
    if is_korean(claim.text) is not is_korean(voice.text):
        return meaning if voice.aspect in claim.aspects else 0.0
    words = coverage(claim.text, voice.text)
    return (meaning + words) / 2 if words >= 0.25 else 0.0


def _shared(claim: Claim, first: Voice, voices: Iterable[Voice]) -> bool:
    """Whether half of the claim's words are others' too, and not only the first writer's own."""
    others = [v.text for v in voices if v.review_id != first.review_id and _same_mood(claim, v)]
    if is_korean(claim.text) is not is_korean(first.text):
        return bool(others)
    return coverage(claim.text, " ".join(others)) >= _SHARED


def _same_mood(claim: Claim, voice: Voice) -> bool:
    return voice.polarity is claim.polarity


def _best_of_each(degrees: Mapping[Voice, float]) -> tuple[Voice, ...]:
    best: dict[str, Voice] = {}
    for voice in sorted(degrees, key=lambda v: (-degrees[v], v.review_id, v.text)):
        best.setdefault(voice.review_id, voice)
    return tuple(best.values())


def _as_bold(claim: str, texts: Sequence[str], wanted: int) -> bool:
    """Superlatives and "everybody" are in the words of as many reviews as must say it."""
    return all(
        sum(word.group().lower() in text.lower() for text in texts) >= wanted
        for word in _BOLD.finditer(claim)
    )


def cosines(claim: Vectors, voices: Sequence[Voice], vectors: Vectors) -> dict[Voice, float]:
    """Of one claim's vector with each voice's."""
    return dict(zip(voices, (vectors @ claim).tolist(), strict=True))
