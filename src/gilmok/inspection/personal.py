"""Whether a text is about somebody's own affairs, or a company's, though no rule says so.

"Two pink lines and I'm 17" names no illness and nobody. A rule finds no such text, but its words
stand together as they do in private matters and seldom in questions of knowledge. Two logistic
regressions weigh that, trained by `training/sensitivity.py`; docs/quality/sensitivity.md is their
card.

    senses = intercept + Σ weight[sense] + Σ weight[sense, other]
    logit = senses · share + pieces

The senses were found already, by the automaton's one pass, so the first costs a few microseconds;
most texts end there. Only where they leave it open are the text's words and pieces of words looked
up, which costs about 40 µs. Where a deeper tier follows they always are: it is spared what even
the pieces take for harmless, seven everyday texts in ten. A long text is read in stretches: senses
far apart have nothing to do with one another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from importlib import resources
from itertools import combinations, compress

import msgspec
from msgspec import Struct

from gilmok.core.inspection import Evidence, Sensitivity
from gilmok.inspection.lexicon import Cue
from gilmok.inspection.senses import SENSES
from gilmok.inspection.view import View
from gilmok.inspection.words import STRETCH
from gilmok.learned import Model, load, normalised

_MORE_STRETCHES = 0.5
"""A long text has more chances to look private by accident: logits off for each doubling."""

_CUES = (
    Cue.SELF, Cue.PERSON, Cue.COMPANY, Cue.AT_HAND, Cue.FIGURES, Cue.RECORDS, Cue.CONFIDENTIAL,
    Cue.HEALTH, Cue.HEALTH_OWN, Cue.MILD, Cue.MONEY, Cue.MONEY_MILD, Cue.HR, Cue.LEGAL, Cue.BELIEF,
    Cue.DEFINITION, Cue.CREATE, Cue.CODE, Cue.NAME_IS, Cue.HONORIFIC, Cue.CONTACT, Cue.KEEP_LOCAL,
    *SENSES,
)  # fmt: skip
_PLACES = {cue: at for at, cue in enumerate(_CUES)}
_SHAPES = ("asks", "lines", "numbers", "brief", "long", "latin")
_SHAPE_PLACES = range(len(_CUES), len(_CUES) + len(_SHAPES))
FLAGS = tuple(cue.name.lower() for cue in _CUES) + _SHAPES
"""What a stretch is described by, in the order of a model's weights."""
PAIRS = tuple(combinations(range(len(FLAGS)), 2))
_BRIEF, _LONG, _NUMBERS = 25, 150, 8


class PersonalFile(Struct, frozen=True, kw_only=True):
    """What `training/sensitivity.py` writes: JSON, so that it can be read and compared."""

    flags: tuple[str, ...]
    intercept: float
    single: tuple[float, ...]
    pairs: dict[str, float]
    """By `first+second`; pairs that say nothing are left out."""
    gate: float
    """Senses below it settle that a text is not private."""
    share: float
    """Of the senses in the logit, beside the pieces."""
    high: float
    """The logit from which a text is high."""
    unsure: float
    """The logit from which a text is not cleared: medium."""
    doubt: float
    """The logit below which nobody needs to look again: nearly no private text of ours lies there."""
    provenance: dict[str, str]


class Personal:
    """Immutable; keeps nothing of what it reads."""

    def __init__(self, file: PersonalFile, pieces: Model) -> None:
        if file.flags != FLAGS:
            raise ValueError("the model of private matters was trained on other senses")
        at = {name: i for i, name in enumerate(FLAGS)}
        self.high, self.unsure, self._doubt = file.high, file.unsure, file.doubt
        self._gate, self._share = file.gate, file.share
        self._pieces = pieces
        self._intercept = file.intercept
        self._single = file.single
        pairs = [[0.0] * len(FLAGS) for _ in FLAGS]
        for names, weight in file.pairs.items():
            first, second = names.split("+")
            pairs[at[first]][at[second]] = weight
        self._pairs = tuple(tuple(row).__getitem__ for row in pairs)

    def logit(self, view: View) -> float | None:
        """`None` where the senses alone settle it."""
        stretches = described(view)
        scores = [self.senses(flags) for flags in stretches]
        most = max(scores)
        at = scores.index(most)
        if most < self._gate or not _means_something(stretches[at]):
            return None
        whole = self._share * most + self._in_pieces(view, at)
        return whole - _MORE_STRETCHES * math.log2(len(stretches))

    def is_open(self, view: View) -> bool:
        """Whether a better reader might find it private. Of a long text that is always so."""
        stretches = described(view)
        if len(stretches) > 1:
            return True
        score = self._share * self.senses(stretches[0]) + self._in_pieces(view, 0)
        return score >= self._doubt

    def _in_pieces(self, view: View, stretch: int) -> float:
        begin = stretch * STRETCH
        return self._pieces.logit(normalised(view.text[begin : begin + STRETCH]))

    def senses(self, flags: Sequence[int]) -> float:
        """`flags` rise."""
        total = self._intercept
        for at, first in enumerate(flags):
            total += self._single[first] + sum(map(self._pairs[first], flags[at + 1 :]))
        return total


def _means_something(flags: Sequence[int]) -> bool:
    """Whether any sense is among them, not the shape alone."""
    return bool(flags) and flags[0] < len(_CUES)


def described(view: View) -> list[list[int]]:
    """The flags of each stretch, rising; at least one stretch."""
    text, hits = view.text, view.hits
    if len(text) <= STRETCH:
        present = [_PLACES[cue] for cue in hits.keys() & _PLACES.keys()]
        present.sort()
        return [present + _shape(text, view.signs.digits)]
    found: list[set[int]] = [set() for _ in range(-(-len(text) // STRETCH))]
    for at, cue in enumerate(_CUES):
        for start, _ in hits.get(cue, ()):
            found[start // STRETCH].add(at)
    parts = [text[begin : begin + STRETCH] for begin in range(0, len(text), STRETCH)]
    return [
        sorted(flags) + _shape(part, sum(map(part.count, "0123456789")))
        for flags, part in zip(found, parts, strict=True)
    ]


def _shape(text: str, digits: int) -> list[int]:
    length = len(text)
    holds = (
        "?" in text,
        "\n" in text,
        digits >= _NUMBERS,
        length < _BRIEF,
        length > _LONG,
        text.isascii(),
    )
    return list(compress(_SHAPE_PLACES, holds))


@cache
def model() -> Personal:
    """The one that ships."""
    file = resources.files("gilmok.inspection") / "models" / "personal.json"
    return Personal(msgspec.json.decode(file.read_bytes(), type=PersonalFile), load("private"))


def is_open(view: View) -> bool:
    """Whether a user's text is worth a better reader's time."""
    return model().is_open(view)


def personal(view: View, where: int) -> Evidence | None:
    """Evidence where a text that a user wrote looks private. It names no span, so it cannot be masked
    away."""
    shipped = model()
    logit = shipped.logit(view)
    if logit is None or logit < shipped.unsure:
        return None
    if logit >= shipped.high:
        return Evidence("topic.private", Sensitivity.HIGH, where)
    return Evidence("topic.unsure", Sensitivity.MEDIUM, where)
