"""How much a request asks for: little (a greeting, an order, a fact), something (an explanation, a
short text) or a lot (several steps, code, a long text).

Rules, because nothing is published to learn from: what is asked for, how long the answer will be and
how many conditions it has to meet add up. docs/quality/complexity.md says how often that is right.
"""

from __future__ import annotations

import re
from math import log

from ahocorasick_rs import AhoCorasick
from msgspec import Struct

from gilmok.core.inspection import Complexity
from gilmok.inspection.complexity_cues import CUES

_SIMPLE, _COMPLEX = 0.25, 0.58
_EASY, _MODERATE, _HARD = Complexity.SIMPLE, Complexity.MODERATE, Complexity.COMPLEX
EDGE = 500
"""Characters at each end that are read: what is wanted stands before or behind the material."""
_SHORT, _LONG = 25, 800
"""Tokens of an answer that say nothing, and all they can."""
_SYLLABLE = 2.5
"""Latin letters that say as much as a syllable of Hangul."""
_PARTS, _STORY = 8, 3
"""So many count where there is something to make or to solve, and where somebody tells a story."""


class Shape(Struct, frozen=True, kw_only=True):
    """What is measured of a request besides its words."""

    characters: int
    """Of the last user message."""
    context: int
    """Characters of all readable texts."""
    turns: int
    tools: int
    korean: bool
    expected: int
    """Tokens of the answer."""


def _compile() -> tuple[AhoCorasick, list[str]]:
    pieces: list[str] = []
    kinds: list[str] = []
    for kind, words in CUES.items():
        for word in re.sub(r"\n *", "", words).split("|"):
            pieces.append(f" {word}" if word[0].isalpha() and word[0].isascii() else word)
            kinds.append(kind)
    return AhoCorasick(pieces), kinds


_AUTOMATON, _KINDS = _compile()
_WANTED = frozenset({"explain", "advise", "compose", "rework", "long", "plan"})
"""More than a fact."""
_WORK = frozenset({"build", "compose", "plan", "prove", "steps"})
"""Something to make or to solve."""
_WEIGHTS = (("prove", 0.40, 0.08, 2), ("steps", 0.07, 0.07, 2), ("bound", 0.04, 0.04, 3))
"""What the first word of a kind adds to the score, what each further one does, and how many count."""
_PLAN = 0.12
_MARKS = b".,;:!?()[]{}\"'\n\t"
_UNMARKED = bytes.maketrans(_MARKS, b" " * len(_MARKS))
"""Of a text in UTF-8: bytes of ASCII stand for nothing else there."""
_JOINTS = ", ", ". ", "? ", "! ", " and ", "고 "
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")


def complexity(lower: str, shape: Shape) -> tuple[Complexity, float]:
    """The class and a score 0..1. `lower`: the last user message in lower case, of whose first and
    last `EDGE` characters the words are read."""
    score = min(1.0, _asked(lower, shape) + _around(shape))
    if score < _SIMPLE:
        return _EASY, score
    return (_MODERATE if score < _COMPLEX else _HARD), score


def _asked(lower: str, shape: Shape) -> float:
    """By the message itself."""
    edges = lower if len(lower) <= 2 * EDGE else f"{lower[:EDGE]} {lower[-EDGE:]}"
    letters = shape.characters * (_SYLLABLE if shape.korean else 1.0)
    score = 0.10
    if shape.expected > _SHORT:
        score += 0.25 * min(1.0, log(shape.expected / _SHORT) / log(_LONG / _SHORT))
    found = _found(edges)
    if not found:  # more than an order, if there is much of it: people tell what troubles them
        return score + 0.15 * _share(letters, 60, 140)
    score += 0.10 * _share(letters, 40, 200)
    if not _WANTED.isdisjoint(found):
        score += 0.15
    if "program" in found and "build" in found:
        score += 0.42
    for kind, first, further, most in _WEIGHTS:
        if kind in found:
            score += first + further * (min(most, found[kind]) - 1)
    if "rework" in found:  # numbers, plans and reports are those of the material
        return score
    score += _PLAN * min(2, found.get("plan", 0))
    if "long" in found and ("compose" in found or "build" in found):
        score += 0.22
    at_most = _STORY if _WORK.isdisjoint(found) else _PARTS
    return score + 0.02 * max(0, min(at_most, _parts(edges) - 1))


def _share(value: float, low: float, high: float) -> float:
    return max(0.0, min(1.0, (value - low) / (high - low)))


def _parts(edges: str) -> int:
    """Where a request goes on to a further wish, and its numbers."""
    return sum(map(edges.count, _JOINTS)) + len(_NUMBER.findall(edges))


def _around(shape: Shape) -> float:
    """By what comes with the message."""
    score = 0.10 * min(1.0, shape.context / 12_000) + 0.06 * min(2, shape.tools)
    return score + 0.01 * min(8, shape.turns - 1) if shape.turns > 1 else score


def _found(edges: str) -> dict[str, int]:
    """How many different words of each kind there are."""
    bare = f" {edges} ".encode().translate(_UNMARKED).decode()
    matches = _AUTOMATON.find_matches_as_indexes(bare, overlapping=True)
    found: dict[str, int] = {}
    for piece in {piece for piece, _, _ in matches}:
        kind = _KINDS[piece]
        found[kind] = found.get(kind, 0) + 1
    return found


def typical(kind: Complexity) -> float:
    """The middle of a class's scores, for who knows the class only."""
    match kind:
        case Complexity.SIMPLE:
            return _SIMPLE / 2
        case Complexity.MODERATE:
            return (_SIMPLE + _COMPLEX) / 2
        case Complexity.COMPLEX:
            return (_COMPLEX + 1) / 2
