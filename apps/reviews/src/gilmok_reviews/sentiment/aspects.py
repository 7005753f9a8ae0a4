"""Which aspects a clause judges, and how: by words. Pure, no weights."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from gilmok_reviews.domain import Aspect
from gilmok_reviews.sentiment import english, korean
from gilmok_reviews.sentiment.words import Words

_HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")
# How much of the text around a word decides whether it is turned ("안", "not", "-지 않").
_BEFORE, _AFTER = 32, 24
_REACH_BACK = 12  # characters before a mention in which its judgement may stand: "착한 가격"


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a clause speaks of an aspect. Offsets are in the clause."""

    aspect: Aspect
    start: int
    end: int
    sign: int | None
    """1 praise, -1 blame, 0 neither; `None`: the words do not say."""


class Lexicon:
    """A language's words, compiled."""

    def __init__(self, words: Words) -> None:
        flags = re.IGNORECASE
        self._mentions = {a: re.compile(p, flags) for a, p in words.mentions.items()}
        self._tellings = {k: re.compile(p, flags) for k, p in words.tellings.items()}
        self._judging = {k: re.compile(p, flags) for k, p in words.judging.items()}
        self._aside = {a: re.compile(p, flags) for a, p in words.aside.items()}
        self._before = re.compile(words.before, flags)
        self._after = re.compile(words.after, flags)
        self._wish = re.compile(words.wish, flags)

    def mentions(self, clause: str) -> list[Mention]:
        """In order of place; at most one of an aspect at a place."""
        told = self._told(clause)
        spans = [(m.start, m.end, m.aspect) for m in told]
        named = []
        for aspect, pattern in self._mentions.items():
            for found in pattern.finditer(clause):
                start, end = found.span()
                if not any(a is aspect and start < e and s < end for s, e, a in spans):
                    named.append((start, end, aspect))
        named.sort()
        return sorted([*told, *self._judged(clause, named, told)], key=lambda m: m.start)

    def mood(self, clause: str, aspect: Aspect | None = None) -> int | None:
        """The sign of what the clause's words judge, the last one deciding; `None`: no such word."""
        for whose in (aspect, None) if aspect else (None,):
            signs = self._signs(clause, 0, len(clause), whose)
            if signs:
                return signs[-1][1]
        return None

    def _told(self, clause: str) -> list[Mention]:
        told = []
        for (aspect, sign), pattern in self._tellings.items():
            for found in pattern.finditer(clause):
                turned = self._turned(clause, *found.span(), sign)
                told.append(Mention(aspect, *found.span(), turned))
        return told

    def _judged(
        self, clause: str, named: list[tuple[int, int, Aspect]], told: list[Mention]
    ) -> list[Mention]:
        """A mention is judged by what follows it, up to the next mention; else by what stands
        right before it; else by the rest of the clause."""
        starts = sorted([s for s, _, _ in named] + [m.start for m in told])
        judged = []
        for start, end, aspect in named:
            if self._is_aside(clause, start, aspect):
                judged.append(Mention(aspect, start, end, 0))
                continue
            until = min((s for s in starts if s >= end), default=len(clause))
            signs = self._signs(clause, end, max(until, end), aspect)
            if not signs:
                signs = self._signs(clause, max(0, start - _REACH_BACK), start, aspect)[-1:]
            if not signs:
                signs = self._signs(clause, end, len(clause), aspect)
            judged.append(Mention(aspect, start, end, signs[0][1] if signs else None))
        return judged

    def _is_aside(self, clause: str, start: int, aspect: Aspect) -> bool:
        pattern = self._aside.get(aspect)
        return (
            bool(pattern) and any(f.start() <= start < f.end() for f in pattern.finditer(clause))
            if pattern
            else False
        )

    def _signs(
        self, clause: str, start: int, end: int, aspect: Aspect | None
    ) -> list[tuple[int, int]]:
        """Judging words between the offsets as (place, sign), first those of the aspect's own."""
        for whose in (aspect, None) if aspect else (None,):
            found = self._words_of(clause, start, end, whose)
            if found:
                return found
        return []

    def _words_of(
        self, clause: str, start: int, end: int, whose: Aspect | None
    ) -> list[tuple[int, int]]:
        spans = []
        for sign in (1, -1, 0):
            pattern = self._judging.get((whose, sign))
            if pattern:
                spans += [(m.start(), m.end(), sign) for m in pattern.finditer(clause, start, end)]
        spans.sort(key=lambda s: (s[0], -s[1]))
        kept = spans[:1] + [b for a, b in pairwise(spans) if b[0] >= a[1]]
        return [(s, self._turned(clause, s, e, sign)) for s, e, sign in kept]

    def _turned(self, clause: str, start: int, end: int, sign: int) -> int:
        rest = clause[end : end + _AFTER]
        if sign > 0 and self._wish.match(rest):
            return -1
        flips = bool(self._before.search(clause[max(0, start - _BEFORE) : start]))
        flips ^= bool(self._after.match(rest))
        return -sign if flips else sign


_KOREAN, _ENGLISH = Lexicon(korean.WORDS), Lexicon(english.WORDS)


def lexicon_of(clause: str) -> Lexicon:
    """Korean where there is any Hangul, else English."""
    return _KOREAN if _HANGUL.search(clause) else _ENGLISH
