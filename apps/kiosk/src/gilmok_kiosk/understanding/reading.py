"""From a sentence to marks: the segmentation that leaves the fewest letters unexplained.

Korean runs words together and English does not, so every cut is tried and the cheapest covers the
sentence (Viterbi over the lexicon; linear in the text, times the longest word). Letters that no
word explains become one UNKNOWN mark, and whoever would change an order has to look for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gilmok_kiosk.understanding.lexicon import Lexicon
from gilmok_kiosk.understanding.marks import POINTING, Kind, Mark
from gilmok_kiosk.understanding.normal import jamo, within_one
from gilmok_kiosk.understanding.vocabulary import COUNTERS

LONGEST = 300
"""Letters of a sentence; nobody orders coffee with more."""

_UNKNOWN_COST, _WORD_COST, _TYPO_COST = 1000, 10, 40
_LOOSE_PARTICLE_COST = 5
"""A particle that stands alone is rarer than one that clings to its noun."""
_PARTICLES = POINTING | {Kind.AS, Kind.ONLY}
_NUMBER = re.compile(rf"[x×]?([0-9]{{1,4}})(?![0-9])({'|'.join(COUNTERS)}|x)?")
_SIGNS = {",": Kind.JOIN, "&": Kind.JOIN, "+": Kind.JOIN, "/": Kind.JOIN}
_PLEASE = re.compile(r"\bplease (?=\w)")
"""Could I please have: it stands in the middle of other words, and says nothing."""
_BLANK = frozenset(" .?!:;()'-")


@dataclass(frozen=True, slots=True)
class _Step:
    """A word that ends where the step is kept; `back` is where it began."""

    cost: int
    back: int
    marks: tuple[Mark, ...]


def read(sentence: str, words: Lexicon) -> tuple[Mark, ...]:
    """The marks of a folded sentence, in order."""
    letters, starts = _letters(_PLEASE.sub("", sentence))
    if len(letters) > LONGEST:
        return (Mark(Kind.UNKNOWN),)
    found = _cheapest(letters, starts, words, typos=False)
    if any(mark.kind is Kind.UNKNOWN for mark in found):
        found = _cheapest(letters, starts, words, typos=True)
    return found


def _letters(sentence: str) -> tuple[str, frozenset[int]]:
    """The sentence without its blanks, and where a word begins after one."""
    letters: list[str] = []
    starts = {0}
    for at, letter in enumerate(sentence):
        if letter in "-.:" and sentence[at + 1 : at + 2].isdigit():
            letters.append(letter)  # A minus, a half; no word explains it.
        elif letter == "'" and 0 < at < len(sentence) - 1 and sentence[at - 1].isalpha():
            letters.append(letter)
        elif letter in _BLANK:
            starts.add(len(letters))
        else:
            letters.append(letter)
    return "".join(letters), frozenset(starts)


def _cheapest(
    letters: str, starts: frozenset[int], words: Lexicon, *, typos: bool
) -> tuple[Mark, ...]:
    best: list[_Step | None] = [_Step(0, 0, ()), *([None] * len(letters))]
    for at in range(len(letters)):
        here = best[at]
        if here is None:
            continue
        for length, cost, marks in _words_at(letters, at, starts, words, typos=typos):
            old = best[at + length]
            if old is None or here.cost + cost < old.cost:
                best[at + length] = _Step(here.cost + cost, at, marks)
    return tuple(_merged(_path(best, starts)))


def _path(best: list[_Step | None], starts: frozenset[int]) -> list[Mark]:
    found: list[Mark] = []
    at = len(best) - 1
    while at > 0:
        step = best[at]
        assert step is not None, "every letter can be unknown"
        spaced = step.back in starts
        for position in range(len(step.marks) - 1, -1, -1):
            found.append(replace(step.marks[position], spaced=spaced and position == 0))
        at = step.back
    return found[::-1]


def _merged(marks: list[Mark]) -> Iterator[Mark]:
    """Neighbouring unknown letters as one. Two items run together are no two items."""
    last: Mark | None = None
    for mark in marks:
        if last is not None and mark.kind is last.kind is Kind.UNKNOWN:
            continue
        if last is not None and mark.kind is last.kind is Kind.ITEM and not mark.spaced:
            mark = Mark(Kind.UNKNOWN)
        yield mark
        last = mark


def _words_at(
    letters: str, at: int, starts: frozenset[int], words: Lexicon, *, typos: bool
) -> Iterator[tuple[int, int, tuple[Mark, ...]]]:
    """What may begin here: its length, cost and marks."""
    yield 1, _UNKNOWN_COST, (Mark(Kind.UNKNOWN),)
    if letters[at] in _SIGNS:
        yield 1, _WORD_COST, (Mark(_SIGNS[letters[at]], ("sign",)),)
    if (number := _NUMBER.match(letters, at)) and not starts & set(
        range(number.start(1) + 1, number.end(1))
    ):
        unit = (COUNTERS[number[2]],) if number[2] in COUNTERS else ()
        if number[2] != "x" or number.end() in starts:
            yield len(number[0]), _WORD_COST, (Mark(Kind.QUANTITY, unit, int(number[1])),)
    for length in range(1, min(words.longest, len(letters) - at) + 1):
        entry = words.entries.get(letters[at : at + length])
        if entry is not None and _fits(letters, at, length, starts, entry.spaces):
            loose = at in starts and entry.marks[0].kind in _PARTICLES
            cost = _WORD_COST + (_LOOSE_PARTICLE_COST if loose else 0)
            yield length, cost, entry.marks
    if typos and at in starts:
        yield from _nearly(letters, at, starts, words)


def _fits(
    letters: str, at: int, length: int, starts: frozenset[int], spaces: frozenset[int]
) -> bool:
    """English words begin and end where words do, and are cut only where they have a space."""
    if not letters[at].isascii():
        return True
    end = at + length
    if at not in starts and _is_latin(letters[at - 1]) and _is_latin(letters[at]):
        return False
    if end < len(letters) and end not in starts and _is_latin(letters[end]):
        return False
    return all(cut - at in spaces for cut in starts if at < cut < end)


def _is_latin(letter: str) -> bool:
    return letter.isascii() and (letter.isalpha() or letter == "'")


def _nearly(
    letters: str, at: int, starts: frozenset[int], words: Lexicon
) -> Iterator[tuple[int, int, tuple[Mark, ...]]]:
    """Items whose name is one letter away, where only one item is."""
    for length in range(4, min(len(letters) - at, words.longest + 1) + 1):
        end = at + length
        piece = letters[at:end]
        if not piece.isalpha() or end - 1 in starts:
            return  # A mistyped word is one word.
        if piece.isascii() and end < len(letters) and end not in starts:
            continue
        spelled = jamo(piece)
        near = {
            marks
            for name, marks in words.names.items()
            if abs(len(name) - length) <= 1 and within_one(spelled, jamo(name))
        }
        if len(near) == 1:
            yield length, _TYPO_COST + _WORD_COST, near.pop()
