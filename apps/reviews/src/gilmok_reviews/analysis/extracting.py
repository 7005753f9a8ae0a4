"""A summary in the reviewers' own sentences, and the choice of which. Pure.

Sentences are grouped by aspect and mood; groups get places by how many reviews they are of (Sainte-Laguë), and
each place goes to the sentence nearest to its group that does not repeat one already there (maximal
marginal relevance: Carbonell, Goldstein 1998).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from gilmok_reviews.analysis.evidence import Claim, support
from gilmok_reviews.analysis.policy import Policy
from gilmok_reviews.analysis.praise import SAYS_LITTLE
from gilmok_reviews.analysis.results import SummarySentence
from gilmok_reviews.analysis.voices import Voice
from gilmok_reviews.analysis.words import coverage, is_korean, stem, words
from gilmok_reviews.domain import Aspect, Judgement, Polarity, Vectors

_RELEVANCE, _SURENESS, _POOR_FORM = 0.7, 0.6, 0.3
"""Weights of typical against new, and beside them of the judge's confidence and of form."""
_SAYS_THE_SAME = 0.45
"""Support (`evidence.support`) from which another sentence of the group is cited too: with 0.35 there
are half as many again, and a third of these is of another mood (`design.md`)."""
_CITED = 5
_SHORT, _LONG = 8, 90
"""Characters: shorter says little, longer is not a summary."""
_BROKEN_OFF = re.compile(r"(?:고|지만|[는은한던]데|니까|[해아어]서|으면|면서)[\s.,…~]*$")
"""A clause that leads to another one, which is not there."""
_UNSPECIFIC, _UNDECIDED = 0.4, 0.4
"""What a sentence about no aspect, and a neutral one, count."""

Group = tuple[Aspect | None, Polarity]


def weights(judgements: Iterable[Judgement]) -> Counter[Group]:
    """How many reviews say what; a review that has no opinion on any aspect says its mood. Of all
    reviews, not only of those that were chosen to be read: this takes no reading."""
    found: Counter[Group] = Counter()
    for judgement in judgements:
        said: set[Group] = {(one.aspect, one.polarity) for one in judgement.opinions}
        found.update(said or {(None, judgement.feeling.polarity)})
    return found


def extract(
    said: Sequence[Voice], vectors: Vectors, weights: Mapping[Group, int], policy: Policy
) -> list[SummarySentence]:
    """At most `policy.sentences`; what most reviews say first. A mood that two voices share is never
    left out."""
    groups = _groups(said)
    chosen: list[int] = []
    owners: dict[int, Group] = {}
    for group in _places(groups, weights, policy.sentences):
        index = _next(groups[group], said, vectors, chosen)
        if index is not None:
            chosen.append(index)
            owners[index] = group
    order = {group: rank for rank, group in enumerate(dict.fromkeys(owners.values()))}
    chosen.sort(key=lambda index: order[owners[index]])
    return [_sentence(index, groups[owners[index]], said, vectors) for index in chosen]


def _groups(said: Sequence[Voice]) -> dict[Group, list[int]]:
    groups: dict[Group, list[int]] = defaultdict(list)
    for index, voice in enumerate(said):
        if len(voice.text) >= _SHORT:
            groups[voice.aspect, voice.polarity].append(index)
    return dict(groups)


def _places(
    groups: dict[Group, list[int]], weights: Mapping[Group, int], places: int
) -> list[Group]:
    """Which group each place goes to, in order."""
    weight = {
        group: max(1, weights.get(group, 0))
        * (_UNSPECIFIC if group[0] is None else 1.0)
        * (_UNDECIDED if group[1] is Polarity.NEUTRAL else 1.0)
        for group in groups
    }
    given: list[Group] = []
    for _ in range(places):
        open_ = [group for group in groups if given.count(group) < len(groups[group])]
        if not open_:
            break
        given.append(max(open_, key=lambda group: weight[group] / (2 * given.count(group) + 1)))
    return _with_minority(given, groups, weight)


def _with_minority(
    given: list[Group], groups: dict[Group, list[int]], weight: dict[Group, float]
) -> list[Group]:
    """The last place goes to a mood, other than neutral, that has none though two share it."""
    for polarity in (Polarity.POSITIVE, Polarity.NEGATIVE):
        absent = [group for group in groups if group[1] is polarity]
        if absent and given and not any(group[1] is polarity for group in given):
            heaviest = max(absent, key=weight.__getitem__)
            if len(groups[heaviest]) > 1 or len(given) == 1:
                given = [*given[: max(1, len(given) - 1)], heaviest]
    return given


def _next(
    members: Sequence[int], said: Sequence[Voice], vectors: Vectors, chosen: Sequence[int]
) -> int | None:
    free = [index for index in members if not _taken(said[index], said, chosen)]
    if not free:
        return None
    centre = vectors[list(members)].mean(axis=0)
    near = vectors[free] @ (centre / max(float(np.linalg.norm(centre)), 1e-9))
    again = (vectors[free] @ vectors[list(chosen)].T).max(axis=1) if chosen else np.zeros(len(free))
    poor = np.array([_is_poor(said[index].text) for index in free])
    sure = np.array([said[index].confidence for index in free])
    worth = _RELEVANCE * (near + _SURENESS * sure) - (1 - _RELEVANCE) * again - _POOR_FORM * poor
    return free[int(worth.argmax())]


def _is_poor(text: str) -> bool:
    return len(text) > _LONG or _BROKEN_OFF.search(text) is not None


def _taken(voice: Voice, said: Sequence[Voice], chosen: Sequence[int]) -> bool:
    return any(said[index].text == voice.text for index in chosen)


def _sentence(
    index: int, members: Sequence[int], said: Sequence[Voice], vectors: Vectors
) -> SummarySentence:
    """With its writer, and others of its group who say the same by the measure that a model's claims
    are held to: near in meaning alone is also who says the opposite."""
    mine = said[index]
    aspects = frozenset(() if mine.aspect is None else (mine.aspect,))
    claim = Claim(text=mine.text, aspects=aspects, polarity=mine.polarity, cited=(mine.review_id,))
    near = (vectors[list(members)] @ vectors[index]).tolist()
    degrees = [
        (support(claim, said[other], cosine), other)
        for other, cosine in zip(members, near, strict=True)
        if _share_a_subject(mine.text, said[other].text)
    ]
    cited = {mine.review_id: mine}
    for degree, other in sorted(degrees, key=lambda pair: (-pair[0], pair[1])):
        if degree >= _SAYS_THE_SAME and len(cited) < _CITED:
            cited.setdefault(said[other].review_id, said[other])
    return SummarySentence(
        text=mine.text,
        review_ids=tuple(cited),
        aspect=mine.aspect,
        polarity=mine.polarity,
        support=1.0,
        quotes=tuple(voice.quote() for voice in cited.values()),
    )


def _share_a_subject(one: str, other: str) -> bool:
    """Whether they have a word in common that tells what is meant: "the price is fair" and "the price
    is a joke" share no such word. Across languages there is nothing to compare."""
    if is_korean(one) is not is_korean(other):
        return True
    subjects = " ".join(word for word in words(one) if stem(word) not in SAYS_LITTLE)
    return coverage(subjects, other) > 0.0
