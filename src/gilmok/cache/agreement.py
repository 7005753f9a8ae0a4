"""Whether two answers say the same: how an audit finds out that a cached one would have been right.

Models word one answer in many ways, so agreement is a similarity, bounded by what must not differ:
numbers, and a `not` in otherwise equal words. In doubt two answers disagree, which makes the cache
more careful than it need be.
"""

from __future__ import annotations

from gilmok.cache.exact import CachedAnswer
from gilmok.cache.reading import LONGEST, Reading, read
from gilmok.cache.vectors import Table
from gilmok.cache.verify import FEATURES, features
from gilmok.core.completion import Delta

SIMILAR = 0.72
"""Cosine of the static vectors from which two answers may agree."""
_MUST_NOT = [
    FEATURES.index(name)
    for name in (
        "quantity_conflict", "role_conflicts", "latin_conflict", "exclusive_conflicts",
        "aspect_conflicts",
    )
]  # fmt: skip
_PARITY = FEATURES.index("negation_parity")
_LETTERS = FEATURES.index("letters")
_COSINE = FEATURES.index("cosine")


def agree(one: str, other: str, table: Table) -> bool:
    """Symmetric. Of long answers, their beginnings."""
    if one.split() == other.split():
        return True
    a, b = read(one[:LONGEST], table), read(other[:LONGEST], table)
    return a is not None and b is not None and _agree(a, b)


def _agree(a: Reading, b: Reading) -> bool:
    values = features(a, b, 0.0)
    if any(values[at] > 0 for at in _MUST_NOT):
        return False
    if values[_PARITY] and values[_LETTERS] > 0.7:
        return False
    return values[_COSINE] >= SIMILAR


def text_of(answer: CachedAnswer) -> str:
    """The first choice's words."""
    return "".join(
        event.content or ""
        for event in answer.events
        if isinstance(event, Delta) and event.index == 0
    )
