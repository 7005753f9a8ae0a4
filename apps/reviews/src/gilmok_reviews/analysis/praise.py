"""What visitors praise at one place more often than at similar ones. Pure.

Candidates are the aspects, and the words and pairs of words in sentences that praise. Each is counted by
reviews, not by occurrences, and tested against the other places (`estimates.more_often`); all tests
together are held to a false discovery rate, because among a hundred words some always stand out.
A word is looked for in reviews of its own language only: where one place is reviewed in English and
its neighbours in Korean, every English word would be a strength.
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
SAYS_LITTLE = frozenset(_SAYS_LITTLE_WORDS.split())
"""Stems that praise without saying what, and the names of aspects, which are candidates already."""
_SAME, _WITHIN = 0.5, 0.8
"""Two candidates are one strength from this overlap of their reviews (Jaccard) on, and two phrases
also where this part of the smaller one's lies within the other's."""
_SURE = 0.5
"""A sentence that the judge is less sure of praises nothing."""
_COMMON = 0.04
"""A word that fewer of the place's reviews praise is not looked at."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An aspect, or stems that stand side by side."""

    aspect: Aspect | None = None
    stems: tuple[str, ...] = ()
    korean: bool | None = None
    """The language of the reviews that the stems are from: Korean, or another; `None` of an aspect,
    which every language speaks of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Praise:
    """One place: which reviews praise what."""

    reviews: int
    korean: int
    """Of these, how many are in Korean."""
    by_subject: Mapping[Subject, Mapping[str, Voice]]
    """Review id to the voice that praises, the surest."""
    surfaces: Mapping[Subject, Counter[str]]
    """How the stems are written."""

    def of(self, subject: Subject) -> int:
        """The reviews that could have said it: those in its language."""
        if subject.korean is None:
            return self.reviews
        return self.korean if subject.korean else self.reviews - self.korean

    def count(self, subject: Subject) -> int:
        return len(self.by_subject.get(subject, {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinction:
    """A subject that is praised here more than elsewhere."""

    subject: Subject
    phrase: str
    aspect: Aspect | None
    """Of a phrase: the aspect that most of its sentences are about."""
    korean: bool | None
    """The language of the reviews it was looked for in; `None` where these are all there are."""
    here: int
    here_of: int
    there: int
    there_of: int
    p_value: float
    q_value: float
    voices: tuple[Voice, ...]
    """One of each review, the surest first."""


def praise(said: Iterable[Voice], korean: Mapping[str, bool]) -> Praise:
    """`korean`: of every review there is whether it is in Korean, those that praise nothing
    included."""
    surfaces: dict[Subject, Counter[str]] = defaultdict(Counter)
    voices: dict[Subject, dict[str, Voice]] = defaultdict(dict)
    for voice in said:
        if voice.polarity is not Polarity.POSITIVE or _sureness(voice) < _SURE:
            continue
        for subject, surface in _subjects(voice, korean[voice.review_id]):
            surfaces[subject][surface] += 1
            known = voices[subject].get(voice.review_id)
            if known is None or known.confidence < voice.confidence:
                voices[subject][voice.review_id] = voice
    return Praise(
        reviews=len(korean),
        korean=sum(korean.values()),
        by_subject=dict(voices),
        surfaces=dict(surfaces),
    )


def _sureness(voice: Voice) -> float:
    """A sentence about no aspect has the mood of its review, at half the confidence."""
    return voice.confidence if voice.aspect is not None else 2 * voice.confidence


def _subjects(voice: Voice, korean: bool) -> list[tuple[Subject, str]]:
    found: list[tuple[Subject, str]] = []
    if voice.aspect is not None:
        found.append((Subject(aspect=voice.aspect), ""))
    stems = [(stem(word), word) for word in words(voice.text) if content(word)]
    telling = [(cut, word) for cut, word in stems if cut not in SAYS_LITTLE and not cut.isdigit()]
    found += [(Subject(stems=(cut,), korean=korean), word) for cut, word in telling]
    for (one, word), (two, other) in pairwise(stems):
        if one != two and not {one, two} <= SAYS_LITTLE:
            found.append((Subject(stems=(one, two), korean=korean), f"{word} {other}"))
    return found


def distinctions(
    here: Praise, others: Sequence[Praise], policy: Policy
) -> tuple[list[Distinction], int]:
    """Those that hold at the policy's false discovery rate, surest first; and how many were tested."""
    subjects = sorted(
        (s for s in here.by_subject if here.count(s) >= _least(here.of(s), policy)),
        key=lambda s: (s.aspect or "", s.stems, s.korean is True),
    )
    p_values = [
        more_often(here.count(s), here.of(s), [(o.count(s), o.of(s)) for o in others])
        for s in subjects
    ]
    named = [
        _distinction(subject, here, others, p, q)
        for subject, p, q in zip(subjects, p_values, q_values(p_values), strict=True)
        if q <= policy.false_discovery_rate
    ]
    named.sort(key=lambda d: (d.p_value, -d.here, d.subject.aspect or "", d.subject.stems))
    return _merged(named), len(subjects)


def _least(reviews: int, policy: Policy) -> int:
    return max(policy.least_praise, round(reviews * _COMMON))


def _distinction(
    subject: Subject, here: Praise, others: Sequence[Praise], p_value: float, q_value: float
) -> Distinction:
    voices = sorted(here.by_subject[subject].values(), key=lambda v: (-v.confidence, v.review_id))
    about = Counter(voice.aspect for voice in voices if voice.aspect is not None)
    usual = about.most_common(1)
    return Distinction(
        subject=subject,
        phrase=_phrase(subject, here),
        aspect=subject.aspect or (usual[0][0] if usual and usual[0][1] * 2 > len(voices) else None),
        korean=subject.korean if any(o.of(subject) < o.reviews for o in (here, *others)) else None,
        here=here.count(subject),
        here_of=here.of(subject),
        there=sum(other.count(subject) for other in others),
        there_of=sum(other.of(subject) for other in others),
        p_value=p_value,
        q_value=q_value,
        voices=tuple(voices),
    )


def _phrase(subject: Subject, here: Praise) -> str:
    """As it is mostly written, without the ending of its last word. A stem of one syllable, such as
    the `많` of `많고`, tells nothing alone: it is shown beside its most usual neighbour."""
    surfaces = here.surfaces[subject]
    if len(subject.stems) == 1 and subject.korean and len(subject.stems[0]) == 1:
        beside = {s: here.count(s) for s in here.by_subject if subject.stems[0] in s.stems[1:]}
        usual = max(beside, key=lambda s: (beside[s], s.stems), default=subject)
        if beside.get(usual, 0) * 2 >= here.count(subject):
            surfaces = here.surfaces[usual]
    written = min(surfaces, key=lambda text: (-surfaces[text], len(text), text))
    before, _, last = written.rpartition(" ")
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
