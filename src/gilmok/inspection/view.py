"""A reading with every cue word found in it: what all detectors look at.

Detectors look only where a cue or a sign says that there may be something.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable

from msgspec import Struct

from gilmok.core.inspection import Sensitivity
from gilmok.inspection.lexicon import Cue
from gilmok.inspection.normal import Layer
from gilmok.inspection.signs import Signs, signs
from gilmok.inspection.words import Hits, find


class Finding(Struct, frozen=True, gc=False):
    """What a detector saw, by its place in the view's text. Never the text itself."""

    kind: str
    level: Sensitivity
    start: int
    end: int
    maskable: bool = True


class View(Struct, frozen=True):
    layer: Layer
    text: str
    """Canonical spelling."""
    lower: str
    """The same in lower case, of the same length."""
    hits: Hits
    signs: Signs
    inherited: frozenset[Cue] = frozenset()
    """Cues around the token this view was decoded from."""

    def has(self, cue: Cue) -> bool:
        return cue in self.hits or cue in self.inherited

    def near(self, cue: Cue, start: int, end: int, before: int = 30, after: int = 16) -> bool:
        """Whether a word of `cue` ends at most `before` characters ahead of the span, or starts
        at most `after` behind it."""
        if cue in self.inherited:
            return True
        spans = self.hits.get(cue)
        if spans is None:
            return False
        at = bisect_left(spans, start - before, key=_end)
        return at < len(spans) and spans[at][0] <= end + after

    def around(self, cue: Cue, start: int, end: int) -> list[tuple[int, int]]:
        """The first `MAX_LOOKS` words of `cue` that end after `start` and begin before `end`."""
        spans = self.hits.get(cue, [])
        at = bisect_left(spans, start, key=_end)
        found = []
        for span in spans[at : at + MAX_LOOKS]:
            if span[0] >= end:
                break
            found.append(span)
        return found


MAX_LOOKS = 64
"""Neighbours of one word that are looked at: a bound for hostile repetition."""

Detector = Callable[[View], Iterable[Finding]]


def _end(span: tuple[int, int]) -> int:
    return span[1]


def look(layer: Layer, inherited: frozenset[Cue] = frozenset()) -> View:
    text = layer.text
    lower = _lower(text)
    return View(layer, text, lower, find(lower), signs(text), inherited)


def _lower(text: str) -> str:
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
