"""What a question says, taken apart once, so that comparing it with another is cheap.

Pure and local: nothing here leaves the machine. A `Reading` is derived from user text, so its
`repr` shows none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TypeVar

import numpy as np
from msgspec import Struct

from gilmok.cache import lexicon
from gilmok.cache.aspects import Found, aspects
from gilmok.cache.numerals import Quantity, quantities
from gilmok.cache.vectors import Matrix, Table, Vector, split, unit

LONGEST = 600
"""Characters of a question that is compared at all: of longer ones, one word more is too little."""

_SPACES = re.compile(r"\s+")
_BETWEEN = re.compile(r"[^0-9a-z가-힣'$€%]+")
_LATIN = re.compile(r"[a-z][a-z0-9+#.]*")


_Key = TypeVar("_Key", int, str)


class Reading(Struct, frozen=True, eq=False):
    """Everything about a question that the verifier looks at."""

    plain: str
    """Lower case, single blanks, no punctuation."""
    words: tuple[str, ...]
    stems: tuple[str, ...]
    """Each word without particles, for words of Hangul."""
    vectors: Matrix
    """Unit vectors of the words."""
    weights: Vector
    """How much each word says; they sum to 1."""
    sentence: Vector
    """Unit."""
    pairs: frozenset[str]
    """Neighbouring letters, blanks left out."""
    quantities: tuple[Quantity, ...]
    negations: int
    past: bool
    future: bool
    questions: frozenset[str]
    groups: dict[int, frozenset[str]]
    """By exclusive group, its members that occur."""
    roles: dict[str, frozenset[str]]
    """`from`, `to`, `who`, `whom`, … and the stems that the text gives this role."""
    hangul: float
    """Share of Hangul among letters."""
    names: frozenset[str]
    """Names in Latin letters inside a Korean question: products, codes, files."""
    places: dict[str, int]
    """Where each stem stands; the last place of one that occurs twice."""
    heads: tuple[str, ...]
    """The unchanging start of each word that says something; empty for the others."""
    aspects: Found

    def __repr__(self) -> str:
        return f"<reading of {len(self.words)} words>"


def read(text: str, table: Table) -> Reading | None:
    """`None` where there is nothing to compare, or too much."""
    if len(text) > LONGEST:
        return None
    lower = _SPACES.sub(" ", text.lower()).strip()
    plain = _BETWEEN.sub(" ", lower).strip()
    words = tuple(w for w in split(plain) if w not in lexicon.POLITE)
    if not words:
        return None
    vectors = table.words(words)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors)) + np.float32(1e-6)
    stems = tuple(map(_stem, words))
    tokens = plain.replace("'", "").split()
    letters = plain.replace(" ", "")
    hangul = sum("가" <= c <= "힣" for c in letters)
    latin = sum("a" <= c <= "z" for c in letters)
    return Reading(
        plain=plain,
        words=words,
        stems=stems,
        vectors=vectors / lengths[:, None],
        weights=lengths / lengths.sum(),
        sentence=unit(vectors.sum(axis=0)),
        pairs=frozenset(map("".join, pairwise(letters))),
        quantities=quantities(lower),
        negations=_negations(plain, plain.split()),
        past=_past(plain, words),
        future=_future(plain, words),
        questions=frozenset(_questions(plain)),
        groups=_together(_groups(tokens)),
        roles=_together(_roles(words, stems)),
        hangul=(share := hangul / max(1, hangul + latin)),
        names=frozenset(_LATIN.findall(plain)) if share > 0.3 else frozenset(),
        places={stem: i for i, stem in enumerate(stems)},
        heads=tuple(map(_head, stems)),
        aspects=aspects(plain),
    )


def _together(pairs: Iterator[tuple[_Key, str]]) -> dict[_Key, frozenset[str]]:
    found: dict[_Key, set[str]] = {}
    for key, member in pairs:
        found.setdefault(key, set()).add(member)
    return {key: frozenset(members) for key, members in found.items()}


_LONGEST_PARTICLE = max(map(len, lexicon.PARTICLES))


def _particle(word: str) -> str:
    """The longest one that leaves something of the word."""
    for length in range(min(_LONGEST_PARTICLE, len(word) - 1), 0, -1):
        if word[-length:] in lexicon.PARTICLES:
            return word[-length:]
    return ""


def _stem(word: str) -> str:
    if word[0] >= "가":
        particle = _particle(word)
        stem = word[: len(word) - len(particle)] if particle else word
        return lexicon.SPEAKERS.get(stem, stem)
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def _head(stem: str) -> str:
    """A Korean verb changes from its second or third syllable on, an English word at its end."""
    if stem in lexicon.FUNCTION_WORDS:
        return ""
    if stem[0] >= "가":
        head = stem[:2]
        return "" if head in lexicon.FUNCTION_HEADS else head
    return stem[:5]


def _roles(words: tuple[str, ...], stems: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for i, (word, stem) in enumerate(zip(words, stems, strict=True)):
        if word in lexicon.PREPOSITIONS or (word[0] < "가" and word in lexicon.FUNCTION_WORDS):
            continue
        if word[0] < "가":
            role = _announced(words[max(0, i - 3) : i])
        elif i and words[i - 1][0] < "가" and word in lexicon.PARTICLES:
            # A particle behind a name in Latin letters is a word of its own here.
            role, stem = lexicon.PARTICLES[word], stems[i - 1]
        else:
            role = lexicon.PARTICLES.get(word[len(stem) :], "")
        if role:
            yield role, stem


def _announced(before: tuple[str, ...]) -> str:
    """The role that a preposition gives what follows, over articles and the like."""
    for word in reversed(before):
        if role := lexicon.PREPOSITIONS.get(word):
            return role
        if word not in lexicon.FUNCTION_WORDS:
            return ""
    return ""


def _negations(plain: str, words: list[str]) -> int:
    spoken = sum(w in lexicon.NEGATING_WORDS for w in words)
    if plain.isascii():
        return spoken
    return spoken + sum(1 for _ in _NEGATING.finditer(plain))


_NEGATING = re.compile("|".join(lexicon.NEGATING_PARTS))


_PAST = re.compile(rf"(?:[가-힣](?:{'|'.join(lexicon.PAST)})|\b[했갔왔됐봤])|\b[a-z]{{3,}}ed\b")


def _past(plain: str, words: tuple[str, ...]) -> bool:
    return _PAST.search(plain) is not None or not lexicon.PAST_WORDS.isdisjoint(words)


def _future(plain: str, words: tuple[str, ...]) -> bool:
    return any(w in lexicon.FUTURE_WORDS for w in words) or any(
        part in plain for part in lexicon.FUTURE
    )


def _questions(plain: str) -> Iterator[str]:
    if not plain.isascii():
        yield from (kind for kind, signs in lexicon.KOREAN_QUESTIONS if _any(signs, plain))
    padded = f" {plain} "
    for kind, signs in lexicon.ENGLISH_QUESTIONS:
        if any(f" {sign} " in padded for sign in signs):
            yield kind
            padded = padded.replace(" how ", " ") if kind in {"howmuch", "count"} else padded


def _any(signs: Iterable[str], text: str) -> bool:
    return any(sign in text for sign in signs)


_MEMBERS: dict[str, list[tuple[int, str]]] = {}
for _index, _group in enumerate(lexicon.EXCLUSIVE):
    for _member in _group.split():
        _MEMBERS.setdefault(_member, []).append((_index, _member))
_KOREAN_MEMBERS = {m: rows for m, rows in _MEMBERS.items() if m[0] >= "가"}
_LONGEST_MEMBER = max(map(len, _MEMBERS))


def _groups(tokens: list[str]) -> Iterator[tuple[int, str]]:
    for token in tokens:
        if token in _MEMBERS:
            yield from _MEMBERS[token]
        elif token[0] >= "가":
            for end in range(min(len(token) - 1, _LONGEST_MEMBER), 0, -1):
                if token[:end] in _KOREAN_MEMBERS and (end > 1 or _may_go_on(token)):
                    yield from _KOREAN_MEMBERS[token[:end]]
                    break


def _may_go_on(token: str) -> bool:
    """One syllable begins many a word that is another: only verbs, and nouns with their particle."""
    return token[0] in lexicon.SHORT_VERBS or token[1:] in lexicon.PARTICLES
