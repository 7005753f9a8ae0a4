"""Topics that are sensitive without any identifier, in Korean and English.

A topic word alone is a knowledge question ("what is diabetes?") and stays low. It becomes
sensitive beside a person: oneself, a relative, an employee, a named person. The distances are
in characters and span about one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from gilmok.core.inspection import Sensitivity
from gilmok.inspection.lexicon import Cue
from gilmok.inspection.names import names
from gilmok.inspection.view import MAX_LOOKS, Finding, View

HIGH, MEDIUM = Sensitivity.HIGH, Sensitivity.MEDIUM

_REACH = 48
"""Characters between a topic word and the person it is about."""
_SENTENCE_END = re.compile(r"[.?!。\n]\s")


class _Topic(Struct, frozen=True):
    kind: str
    words: Cue
    about: tuple[Cue, ...]
    """The words of which one must stand near; empty: the topic words say whose it is."""
    level: Sensitivity


_TOPICS = (
    _Topic("topic.health", Cue.HEALTH_OWN, (), HIGH),
    _Topic("topic.health", Cue.HEALTH, (Cue.SELF, Cue.PERSON), HIGH),
    _Topic("topic.health_mild", Cue.MILD, (), MEDIUM),
    _Topic("topic.finance", Cue.MONEY, (Cue.SELF,), HIGH),
    _Topic("topic.finance", Cue.MONEY, (Cue.PERSON,), MEDIUM),
    _Topic("topic.finance", Cue.MONEY_MILD, (Cue.SELF,), MEDIUM),
    _Topic("topic.hr", Cue.HR, (Cue.PERSON,), HIGH),
    _Topic("topic.hr", Cue.HR, (Cue.SELF,), MEDIUM),
    _Topic("topic.legal", Cue.LEGAL, (Cue.SELF,), HIGH),
    _Topic("topic.belief", Cue.BELIEF, (Cue.SELF, Cue.PERSON), HIGH),
    _Topic("topic.company", Cue.FIGURES, (Cue.COMPANY,), HIGH),
    _Topic("topic.records", Cue.RECORDS, (Cue.COMPANY, Cue.AT_HAND), HIGH),
    _Topic("topic.keep_local", Cue.KEEP_LOCAL, (), HIGH),
)
_OF_A_NAMED_PERSON = frozenset({Cue.HEALTH, Cue.MONEY, Cue.HR, Cue.LEGAL, Cue.BELIEF})


_WORDS = frozenset({Cue.CONFIDENTIAL, *(topic.words for topic in _TOPICS)})


def topics(view: View) -> Iterable[Finding]:
    """Each topic once, at its first word that is about somebody."""
    return () if _WORDS.isdisjoint(view.hits) else _topics(view)


def _topics(view: View) -> Iterator[Finding]:
    hits = view.hits
    for topic in _TOPICS:
        if topic.words in hits:
            place = _first(view, topic)
            if place is not None:
                yield Finding(topic.kind, topic.level, *place, maskable=False)
    if Cue.CONFIDENTIAL in hits:
        yield from _confidential(view)
    if not _OF_A_NAMED_PERSON.isdisjoint(hits):
        yield from _named(view)


def _named(view: View) -> Iterator[Finding]:
    """홍길동 씨의 우울증: a topic beside a name is about that person."""
    people = [(finding.start, finding.end) for finding in names(view)][:MAX_LOOKS]
    if not people:
        return
    for topic in _TOPICS:
        if topic.level is HIGH and topic.words in _OF_A_NAMED_PERSON and topic.words in view.hits:
            for place in view.hits[topic.words][:MAX_LOOKS]:
                if any(_in_reach(view, place, person) for person in people):
                    yield Finding(topic.kind, HIGH, *place, maskable=False)
                    break


def _first(view: View, topic: _Topic) -> tuple[int, int] | None:
    """The first topic word that is about somebody."""
    for place in view.hits[topic.words]:
        if not topic.about:
            return place
        for cue in topic.about:
            if cue is Cue.PERSON and Cue.EXERCISE in view.hits:
                continue
            if cue in view.hits and _beside(view, cue, place):
                return place
    return None


def _beside(view: View, cue: Cue, place: tuple[int, int]) -> bool:
    start, end = place
    others = view.around(cue, start - _REACH, end + _REACH)
    return any(_in_reach(view, place, other) for other in others)


def _in_reach(view: View, place: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether the two stand near in one sentence without being the same word."""
    first, second = (other, place) if other < place else (place, other)
    gap = second[0] - first[1]
    if not 0 <= gap <= _REACH:
        return False
    return _SENTENCE_END.search(view.text, first[1], second[0]) is None


def _confidential(view: View) -> Iterator[Finding]:
    """A marking is high, unless the sentence only asks what such a marking means."""
    for start, end in view.hits[Cue.CONFIDENTIAL]:
        if view.near(Cue.GENERIC, start, end, 40, 24):
            continue
        asked = view.near(Cue.DEFINITION, start, end, 16, 12)
        owned = view.near(Cue.COMPANY, start, end, 40, 40) or view.near(
            Cue.SELF, start, end, 40, 40
        )
        if owned or not asked:
            yield Finding("topic.confidential", HIGH, start, end, maskable=False)
            return
