"""How hard a question is, by what it asks for. A cheap prior for routing, not a verdict."""

from __future__ import annotations

from msgspec import Struct

from gilmok.core.inspection import Complexity
from gilmok.inspection.lexicon import Cue
from gilmok.inspection.words import Hits

_SIMPLE, _COMPLEX = 0.25, 0.55
_EASY, _MODERATE, _HARD = Complexity.SIMPLE, Complexity.MODERATE, Complexity.COMPLEX
_WEIGHTS = (
    (Cue.STEPS, 0.09, 3),
    (Cue.MATHS, 0.10, 2),
    (Cue.CODE, 0.07, 3),
    (Cue.THOROUGH, 0.06, 2),
    (Cue.CREATE, 0.05, 1),
)
"""What one word adds to the score, and how many of its kind do."""


class Shape(Struct, frozen=True, kw_only=True):
    """What is measured of a request besides its words."""

    characters: int
    """Of the last user message."""
    context: int
    """Characters of all readable texts."""
    turns: int
    tools: int
    korean: bool


def complexity(hits: Hits, shape: Shape) -> tuple[Complexity, float]:
    """The class and a score 0..1: length, code, maths, steps, tools and turns add up.

    A Hangul syllable says about two and a half Latin letters' worth.
    """
    length = shape.characters * (2.5 if shape.korean else 1.0)
    score = 0.08
    score += 0.25 * min(1.0, length / 1_500)
    score += 0.10 * min(1.0, shape.context / 12_000)
    for cue, weight, most in _WEIGHTS:
        if cue in hits:
            score += weight * min(most, len(hits[cue]))
    if shape.tools:
        score += 0.06 * min(2, shape.tools)
    if shape.turns > 1:
        score += 0.01 * min(8, shape.turns - 1)
    score = min(1.0, score)
    if score < _SIMPLE:
        return _EASY, score
    return (_MODERATE if score < _COMPLEX else _HARD), score


def typical(kind: Complexity) -> float:
    """The middle of a class's scores, for who knows the class only."""
    match kind:
        case Complexity.SIMPLE:
            return _SIMPLE / 2
        case Complexity.MODERATE:
            return (_SIMPLE + _COMPLEX) / 2
        case Complexity.COMPLEX:
            return (_COMPLEX + 1) / 2
