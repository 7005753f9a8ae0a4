"""From what a model says of each piece of a text to the names that stand in it. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gilmok.core.inspection import NameKind
from gilmok.inspection.deep import Name
from gilmok.learned.unigram import Plain

Piece = tuple[int, int]
"""Where it begins in the plain text, and its number."""
Window = Sequence[Piece]
KINDS: tuple[NameKind, ...] = ("person", "organisation", "place")
"""Tags: 0 is no name; 1 begins a person, 2 goes on with it; 3 begins an organisation, …"""
_SLACK = 12
"""Pieces by which a window may be shorter or longer, so that it begins with a word."""
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_LETTER = re.compile(r"[^\W\d_가-힣]")


def windows(pieces: Sequence[Piece], begins: Sequence[bool], most: int) -> list[Window]:
    """Parts of like length, at most `most` long; at least one part, which may be empty.

    `begins`: by number, whether a piece begins a word.
    """
    total = len(pieces)
    if total <= most:
        return [pieces]
    count = math.ceil(total / (most - _SLACK))
    cuts = [_near(pieces, begins, round(at * total / count)) for at in range(1, count)]
    return [pieces[start:end] for start, end in pairwise([0, *cuts, total])]


def _near(pieces: Sequence[Piece], begins: Sequence[bool], at: int) -> int:
    for off in range(_SLACK // 2):
        for place in (at - off, at + off):
            if begins[pieces[place][1]]:
                return place
    return at


def names(
    plain: Plain, pieces: Sequence[Piece], said: NDArray[np.float32], margin: float
) -> Iterator[Name]:
    """`said`: (pieces, tags), logits. `margin`: what is added to those of names."""
    tags = np.argmax(said + np.where(np.arange(said.shape[1]) > 0, margin, 0.0), axis=1).tolist()
    for kind, first, after in _runs(tags):
        start = max(0, pieces[first][0])
        end = pieces[after][0] if after < len(pieces) else len(plain.text)
        start, end = _whole(plain.text, start, end)
        if start < end:
            yield Name(KINDS[kind], *plain.origin(start, end))


def _runs(tags: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Kind, first piece and the piece after the last."""
    at = 0
    while at < len(tags):
        if tags[at] == 0:
            at += 1
            continue
        kind, first = (tags[at] - 1) // 2, at
        at += 1
        while at < len(tags) and tags[at] == 2 * kind + 2:
            at += 1
        yield kind, first, at


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """Without signs at its edges, and with all of a word in letters of which a part was marked."""
    if (edge := _EDGES.match(text[start:end])) is not None:
        start += edge.end()
    while end > start and not text[end - 1].isalnum():
        end -= 1
    while (
        start < end and start > 0 and _LETTER.match(text[start]) and _LETTER.match(text[start - 1])
    ):
        start -= 1
    while start < end < len(text) and _LETTER.match(text[end - 1]) and _LETTER.match(text[end]):
        end += 1
    return start, end
