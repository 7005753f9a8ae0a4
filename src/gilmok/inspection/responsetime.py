"""Whether an answer is wanted soon, as good as possible, or in between."""

from __future__ import annotations

from gilmok.core.inspection import Complexity, ResponseTime
from gilmok.inspection.complexity import Shape
from gilmok.inspection.lexicon import Cue
from gilmok.inspection.words import Hits

_SHORT_CHAT = 60
"""Characters: a greeting, an order, a small question."""

_HURRY, _THOROUGH, _COMPLEX = Cue.HURRY, Cue.THOROUGH, Complexity.COMPLEX


_FAST, _QUALITY, _BALANCED = ResponseTime.FAST, ResponseTime.QUALITY, ResponseTime.BALANCED
_SIMPLE = Complexity.SIMPLE


def response_time(hits: Hits, shape: Shape, complexity: Complexity) -> ResponseTime:
    """Words that say so decide first; haste beats thoroughness, because a late answer is none."""
    if _HURRY in hits:
        return _FAST
    if _THOROUGH in hits or complexity is _COMPLEX:
        return _QUALITY
    length = shape.characters * (2 if shape.korean else 1)
    if complexity is _SIMPLE and length <= _SHORT_CHAT and shape.tools == 0:
        return _FAST
    return _BALANCED
