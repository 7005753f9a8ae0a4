"""A long text in pieces, cut where it breathes."""

from __future__ import annotations

import re

_BREATHS = (
    re.compile(r"\n\s*"),
    re.compile(r"[.!?…。！？]+\s+"),
    re.compile(r"[,;:，、]+\s+"),
    re.compile(r"\s+"),
)
"""Where a text may be cut, best first: paragraph, sentence, clause, word."""


def cut(text: str, most: int) -> list[str]:
    """All of the text, in pieces of at most `most` characters; an empty one is one piece."""
    found, begin = [], 0
    while len(text) - begin > most:
        end = _end_of_piece(text, begin, most)
        found.append(text[begin:end])
        begin = end
    return [*found, text[begin:]]


def _end_of_piece(text: str, begin: int, most: int) -> int:
    """The last breath in the second half of what fits; a word that long is cut anywhere."""
    for breath in _BREATHS:
        ends = [found.end() for found in breath.finditer(text, begin + most // 2, begin + most)]
        if ends:
            return ends[-1]
    return begin + most
