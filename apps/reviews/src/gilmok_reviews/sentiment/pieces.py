"""A text as the pieces of words that the encoder knows: the most probable segmentation (unigram
language model, Kudo 2018), found by dynamic programming."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

START, PADDING, END, UNKNOWN = range(4)
_SPACE = "▁"
_RUN = re.compile(r"(.)\1{3,}", re.DOTALL)
_WHITE = re.compile(r"\s+")
_UNKNOWN_COST = 10.0
_LOWEST = -1e30


def normalise(text: str) -> str:
    """Compatibility forms united (NFKC), white space to one space, and no character more than three
    times in a row: "ㅋㅋㅋㅋㅋㅋ" says what "ㅋㅋㅋ" says."""
    united = _RUN.sub(r"\1\1\1", unicodedata.normalize("NFKC", text))
    return _WHITE.sub(" ", united).strip()


class Pieces:
    """The vocabulary. The first four pieces are the special ones above."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float]) -> None:
        """`scores`: the natural logarithm of each piece's probability."""
        first = UNKNOWN + 1
        self._known = {
            piece: (number, score)
            for number, (piece, score) in enumerate(
                zip(pieces[first:], scores[first:], strict=True), start=first
            )
        }
        self._longest = max(map(len, pieces))
        self._unknown_score = min(scores) - _UNKNOWN_COST

    def split(self, normalised: str) -> list[int]:
        """The numbers of the pieces, without start and end. Takes what `normalise` gave."""
        text = _SPACE + normalised.replace(" ", _SPACE)
        length = len(text)
        best = [0.0] + [_LOWEST] * length
        chosen = [(0, UNKNOWN)] * (length + 1)  # where the piece that ends here begins, and which
        for start in range(length):
            so_far = best[start]
            if so_far + self._unknown_score > best[start + 1]:
                best[start + 1] = so_far + self._unknown_score
                chosen[start + 1] = (start, UNKNOWN)
            for end in range(start + 1, min(length, start + self._longest) + 1):
                known = self._known.get(text[start:end])
                if known and so_far + known[1] > best[end]:
                    best[end] = so_far + known[1]
                    chosen[end] = (start, known[0])
        return _walk_back(chosen)


def _walk_back(chosen: list[tuple[int, int]]) -> list[int]:
    numbers, end = [], len(chosen) - 1
    while end > 0:
        end, number = chosen[end]
        numbers.append(number)
    numbers.reverse()
    return numbers
