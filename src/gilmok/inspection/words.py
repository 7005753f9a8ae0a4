"""Which words of the lexicon stand in a text, and where. Linear in the text, whatever the text.

A Latin word that must stand alone is looked up among the text's own words: as a pattern, `i` would
be met in every second word of English and refused each time. One pass of an Aho-Corasick automaton
finds the rest: Hangul, beginnings of words, phrases.
"""

from __future__ import annotations

import re
import string

from ahocorasick_rs import AhoCorasick
from msgspec import Struct

from gilmok.inspection.lexicon import WORDS, Cue
from gilmok.inspection.senses import SENSES

Hits = dict[Cue, list[tuple[int, int]]]
"""Spans of each cue's words, in order of their ends."""

_LETTERS = frozenset(string.ascii_letters + string.digits)
_LOWER = (string.ascii_lowercase + string.digits).encode()
_ALONE = bytes(byte if byte in _LOWER else ord(" ") for byte in range(256))
"""Leaves an encoded text's Latin words and numbers, with blanks between."""
_LEFT, _HANGUL_LEFT, _RIGHT = 1, 2, 4
"""What must not stand beside a word: an ASCII letter or digit before it, a syllable before it, an
ASCII letter or digit behind it."""
STRETCH = 600
"""Characters that `personal` reads together: within so few, where a sense stands is no matter."""
_SOMEWHERE = [(0, 0)]
"""Shared, never changed."""
_Rule = tuple[int, tuple[Cue, ...]]
"""What must hold around a word, and what it points at."""


class _Lexicon(Struct, frozen=True):
    alone: dict[bytes, tuple[tuple[Cue, ...], tuple[Cue, ...]]]
    """Words of Latin letters and digits that stand alone: their cues, and their senses."""
    automaton: AhoCorasick
    rules: list[_Rule]
    """Of the automaton's patterns, by their index."""


def find(lower: str) -> Hits:
    """In a text in lower case."""
    hits: Hits = {}
    rules = _LEXICON.rules
    for index, start, end in _LEXICON.automaton.find_matches_as_indexes(lower, overlapping=True):
        edges, cues = rules[index]
        if edges:
            before = lower[start - 1] if start else ""
            if edges & _LEFT and before in _LETTERS:
                continue
            if edges & _HANGUL_LEFT and "가" <= before <= "힣":
                continue
            if edges & _RIGHT and lower[end : end + 1] in _LETTERS:
                continue
        for cue in cues:
            if cue in hits:
                hits[cue].append((start, end))
            else:
                hits[cue] = [(start, end)]
    present = _LEXICON.alone.keys() & lower.encode().translate(_ALONE).split()
    if present:
        _add_alone(hits, lower, present)
    return hits


def _add_alone(hits: Hits, lower: str, present: set[bytes]) -> None:
    changed: set[Cue] = set()
    short = len(lower) <= STRETCH
    for word in present:
        cues, senses = _LEXICON.alone[word]
        if not short:
            cues += senses
        else:
            for sense in senses:
                if sense not in hits:
                    hits[sense] = _SOMEWHERE
        if not cues:
            continue
        spans = _spans(lower, word.decode())
        for cue in cues:
            hits.setdefault(cue, []).extend(spans)
        changed.update(cues)
    for cue in changed:
        hits[cue].sort(key=_end)


def _spans(lower: str, word: str) -> list[tuple[int, int]]:
    found = []
    size = len(word)
    start = lower.find(word)
    while start >= 0:
        end = start + size
        if lower[end : end + 1] not in _LETTERS and (not start or lower[start - 1] not in _LETTERS):
            found.append((start, end))
        start = lower.find(word, end)
    return found


def _end(span: tuple[int, int]) -> int:
    return span[1]


def _compile() -> _Lexicon:
    cues: dict[str, list[Cue]] = {}
    for cue, words in (WORDS | SENSES).items():
        # Line breaks only lay the table out; a blank at the end of a word belongs to it.
        for word in re.sub(r"\n *", "", words).split("|"):
            cues.setdefault(word, []).append(cue)
    alone: dict[bytes, tuple[tuple[Cue, ...], tuple[Cue, ...]]] = {}
    patterns: list[str] = []
    rules: list[_Rule] = []
    for word, kinds in cues.items():
        if _LETTERS.issuperset(word):
            cues_of = tuple(kind for kind in kinds if kind not in SENSES)
            alone[word.encode()] = cues_of, tuple(kind for kind in kinds if kind in SENSES)
            continue
        text = word.removeprefix("^").removesuffix("*")
        edges = _LEFT * (text[0] in _LETTERS) | _HANGUL_LEFT * word.startswith("^")
        edges |= _RIGHT * (text[-1] in _LETTERS and not word.endswith("*"))
        patterns.append(text)
        rules.append((edges, tuple(kinds)))
    return _Lexicon(alone, AhoCorasick(patterns), rules)


_LEXICON = _compile()
