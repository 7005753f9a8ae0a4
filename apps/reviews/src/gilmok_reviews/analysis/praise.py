"""What visitors praise at one place more often than at similar ones. Pure.

Candidates are the aspects, and the words and pairs of words in sentences that praise. Each is counted by
reviews, not by occurrences, and tested against the other places (`estimates.more_often`); all tests
together are held to a false discovery rate, because among a hundred words some always stand out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gilmok_reviews.analysis.estimates import more_often, q_values
from gilmok_reviews.analysis.policy import Policy
from gilmok_reviews.analysis.voices import Voice
from gilmok_reviews.analysis.words import bare, content, stem, words
from gilmok_reviews.domain import Aspect, Polarity

_SAYS_LITTLE_WORDS = (
    "맛있 맛나 존맛 맛집 최고 굿 짱 추천 만족 강추 대박 잘먹 잘 먹었 먹 재방문 재주문 단골 또시 방문 주문 시켰 "
    "시키 음식 메뉴 감사 번창 배달 서비스 가격 양 맛 사장님 생각 오늘 처음 "
    "delici tast excell amaz awesom fantast perfect love lov best recommend def definit visit order eat eaten "
    "delivery service price portion taste"
)
_SAYS_LITTLE = frozenset(_SAYS_LITTLE_WORDS.split())
"""Stems that praise without saying what, and the names of aspects, which are candidates already."""
_SAME, _WITHIN = 0.5, 0.8
"""Two candidates are one strength from this overlap of their reviews (Jaccard) on, and two phrases
also where this part of the smaller one's lies within the other's."""
_COMMON = 0.04
"""A word that fewer of the place's reviews praise is not looked at."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An aspect, or stems that stand side by side."""

    aspect: Aspect | None = None
    stems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Praise:
    """One place: which reviews praise what."""

    reviews: int
    by_subject: Mapping[Subject, Mapping[str, Voice]]
    """Review id to the voice that praises, the surest."""
    surfaces: Mapping[Subject, Counter[str]]
    """How the stems are written."""

    def count(self, subject: Subject) -> int:
        return len(self.by_subject.get(subject, {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinction:
    """A subject that is praised here more than elsewhere."""

    subject: Subject
    phrase: str
    aspect: Aspect | None
    """Of a phrase: the aspect that most of its sentences are about."""
    here: int
    there: int
    p_value: float
    q_value: float
    voices: tuple[Voice, ...]
    """One of each review, the surest first."""


def praise(said: Iterable[Voice], reviews: int) -> Praise:
    """`reviews`: all there are, those that praise nothing included."""
    surfaces: dict[Subject, Counter[str]] = defaultdict(Counter)
    voices: dict[Subject, dict[str, Voice]] = defaultdict(dict)
    for voice in said:
        if voice.polarity is not Polarity.POSITIVE:
            continue
        for subject, surface in _subjects(voice):
            surfaces[subject][surface] += 1
            known = voices[subject].get(voice.review_id)
            if known is None or known.confidence < voice.confidence:
                voices[subject][voice.review_id] = voice
    return Praise(reviews=reviews, by_subject=dict(voices), surfaces=dict(surfaces))


def _subjects(voice: Voice) -> list[tuple[Subject, str]]:
    found: list[tuple[Subject, str]] = []
    if voice.aspect is not None:
        found.append((Subject(aspect=voice.aspect), ""))
    written = words(voice.text)
    stems = [(stem(word), word) for word in written if content(word)]
    telling = [(cut, word) for cut, word in stems if cut not in _SAYS_LITTLE and not cut.isdigit()]
    found += [(Subject(stems=(cut,)), word) for cut, word in telling]
    for (one, word), (two, other) in pairwise(stems):
        if one != two and not {one, two} <= _SAYS_LITTLE:
            found.append((Subject(stems=(one, two)), f"{word} {other}"))
    return found


def distinctions(
    here: Praise, others: Sequence[Praise], policy: Policy
) -> tuple[list[Distinction], int]:
    """Those that hold at the policy's false discovery rate, surest first; and how many were tested."""
    least = max(policy.least_praise, round(here.reviews * _COMMON))
    subjects = sorted(
        (s for s in here.by_subject if here.count(s) >= least),
        key=lambda s: (s.aspect or "", s.stems),
    )
    p_values = [
        more_often(here.count(s), here.reviews, [(o.count(s), o.reviews) for o in others])
        for s in subjects
    ]
    named = [
        _distinction(subject, here, others, p, q)
        for subject, p, q in zip(subjects, p_values, q_values(p_values), strict=True)
        if q <= policy.false_discovery_rate
    ]
    named.sort(key=lambda d: (d.p_value, -d.here, d.subject.aspect or "", d.subject.stems))
    return _merged(named), len(subjects)


def _distinction(
    subject: Subject, here: Praise, others: Sequence[Praise], p_value: float, q_value: float
) -> Distinction:
    voices = sorted(here.by_subject[subject].values(), key=lambda v: (-v.confidence, v.review_id))
    about = Counter(voice.aspect for voice in voices if voice.aspect is not None)
    usual = about.most_common(1)
    surface = here.surfaces[subject]
    return Distinction(
        subject=subject,
        phrase=_phrase(surface),
        aspect=subject.aspect or (usual[0][0] if usual and usual[0][1] * 2 > len(voices) else None),
        here=here.count(subject),
        there=sum(other.count(subject) for other in others),
        p_value=p_value,
        q_value=q_value,
        voices=tuple(voices),
    )


def _phrase(surfaces: Mapping[str, int]) -> str:
    """As it is mostly written, without the particle at its end."""
    usual = min(surfaces, key=lambda text: (-surfaces[text], len(text), text))
    before, _, last = usual.rpartition(" ")
    return f"{before} {bare(last)}".strip()


def _merged(named: Sequence[Distinction]) -> list[Distinction]:
    """Of those that are mostly the same reviews, the surest."""
    kept: list[Distinction] = []
    for one in named:
        if not any(_same(one, other) for other in kept):
            kept.append(one)
    return kept


def _same(one: Distinction, two: Distinction) -> bool:
    mine = {voice.review_id for voice in one.voices}
    yours = {voice.review_id for voice in two.voices}
    both = len(mine & yours)
    phrases = one.subject.aspect is None and two.subject.aspect is None
    within = both / min(len(mine), len(yours)) >= _WITHIN
    return both / len(mine | yours) >= _SAME or (phrases and within)
