"""A text as the pieces of words that a transformer knows: the most probable segmentation under a
unigram language model (Kudo 2018, https://arxiv.org/abs/1804.10959).

One pass of an automaton finds every piece that occurs; dynamic programming picks among them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick
from msgspec import Struct

START, PADDING, END, UNKNOWN = range(4)
"""The first four pieces of a vocabulary."""
_SPACE = "▁"
_WORD = re.compile(r"\S+")
_RUN = re.compile(r"(.)\1{3,}", re.DOTALL)
_UNKNOWN_COST = 10.0
"""Log-probability that an unknown character lies below the rarest piece, as SentencePiece has it."""


def plain(text: str) -> str:
    """Compatibility forms united (NFKC), white space to one space, and no character more than three
    times in a row: "ㅋㅋㅋㅋㅋㅋ" says what "ㅋㅋㅋ" says. Halves of surrogate pairs become "?"."""
    text = text.encode("utf-8", "replace").decode()
    return " ".join(_RUN.sub(r"\1\1\1", unicodedata.normalize("NFKC", text)).split())


class Plain(Struct, frozen=True):
    """A plain text that knows where each of its characters came from."""

    text: str
    starts: list[int]
    ends: list[int]
    """Of the original's stretch that a character stands for, end exclusive."""

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original behind `text[start:end]`; `start < end`."""
        return self.starts[start], self.ends[end - 1]


def placed_plain(text: str) -> Plain:
    """`plain`, word by word. Where a word's spelling changes its length, each of its characters stands
    for all of the word."""
    made, starts, ends = "", [0], [0]
    for found in _WORD.finditer(text):
        word, start, end = found.group(), found.start(), found.end()
        spelt = plain(word)
        if not spelt:
            continue
        made += " " + spelt
        starts.append(ends[-1])
        ends.append(start)
        if spelt == word or (len(spelt) == len(word) and all(len(plain(c)) == 1 for c in word)):
            starts += range(start, end)
            ends += range(start + 1, end + 1)
        else:
            starts += [start] * len(spelt)
            ends += [end] * len(spelt)
    return Plain(made[1:], starts[2:], ends[2:])


class Unigram:
    """Immutable; keeps nothing of what it reads."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float]) -> None:
        """`scores`: the natural logarithm of each piece's probability."""
        known = pieces[UNKNOWN + 1 :]
        self._known = AhoCorasick(known)
        self._scores = list(scores[UNKNOWN + 1 :])
        self._unknown = min(scores) - _UNKNOWN_COST

    def split(self, text: str) -> list[int]:
        """The numbers of the pieces, without start and end. Takes what `plain` gave."""
        return [number for _, number in self.placed(text)]

    def placed(self, text: str) -> list[tuple[int, int]]:
        """For each piece where it begins in `text`, and its number. The first begins at -1: before a
        text stands a blank that is not in it."""
        spelt = _SPACE + text.replace(" ", _SPACE)
        best = [0.0] * (len(spelt) + 1)
        chosen = [(0, UNKNOWN)] * (len(spelt) + 1)  # where the piece that ends here begins; which
        done = 0
        # Matches come by their ends, so what they begin at is settled before.
        for piece, start, end in self._known.find_matches_as_indexes(spelt, overlapping=True):
            while done < end:
                done += 1
                best[done] = best[done - 1] + self._unknown
                chosen[done] = done - 1, UNKNOWN
            found = best[start] + self._scores[piece]
            if found > best[end]:
                best[end] = found
                chosen[end] = start, piece + UNKNOWN + 1
        for at in range(done + 1, len(spelt) + 1):
            chosen[at] = at - 1, UNKNOWN
        return _walked_back(chosen)


def _walked_back(chosen: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    found, end = [], len(chosen) - 1
    while end > 0:
        end, number = chosen[end]
        found.append((end - 1, number))
    found.reverse()
    return found
