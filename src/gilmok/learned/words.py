"""A linear model over the pieces of a text's words, with the sums of common words known ahead.

    logit = intercept + Σ over different words Σ weight[piece of the word] · unit + Σ weight[sign] · value

`unit` is 1/√(pieces of all those words): a long text is no stronger evidence than a short one. A word
always weighs the same, wherever it stands, so what the common ones weigh is worked out once, when the
model is loaded; only the others are taken to pieces. That makes it several times cheaper than looking
for every piece in the text.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from importlib import resources

import msgspec
from ahocorasick_rs import AhoCorasick
from msgspec import Struct

_LARGEST = 60.0
"""Of a logit: beyond it a probability is 0 or 1 to the last digit."""
LONGEST_WORD = 40
"""Characters of a word that are read. Longer ones are codes and addresses."""
_DIGITS = str.maketrans(dict.fromkeys(map(ord, "123456789"), "0"))


class WordModelFile(Struct, frozen=True, kw_only=True):
    """What is written by `training/` and read by `WordModel`: MessagePack."""

    name: str
    pieces: tuple[str, ...]
    """Of a word with a blank at either end."""
    weights: bytes
    """Little-endian float32, one for each piece."""
    intercept: float
    signs: dict[str, float]
    """Weights of numbers that are found out otherwise, by name."""
    common: tuple[str, ...] = ()
    """Words that are worth knowing ahead."""
    calibration: tuple[float, float] = (1.0, 0.0)
    """`probability = sigmoid(slope · logit + offset)`."""
    provenance: dict[str, str] = {}
    """What it was trained on, with licences; by which script."""


class WordModel:
    """Immutable once made; serves every tenant, keeps nothing of what it reads."""

    def __init__(self, file: WordModelFile) -> None:
        weights = array("f", file.weights)
        if len(weights) != len(file.pieces):
            raise ValueError(f"{file.name}: {len(file.pieces)} pieces, {len(weights)} weights")
        self.name = file.name
        self.provenance = file.provenance
        self.signs = tuple(file.signs)
        self._signs = tuple(file.signs.values())
        self._weights = tuple(weights)
        self._intercept = file.intercept
        self.calibration = file.calibration
        self._slope, self._offset = file.calibration
        self._automaton = AhoCorasick(file.pieces)
        self._common = {word: self._of((word,)) for word in file.common}

    def logit(self, text: str, signs: Iterable[tuple[int, float]] = ()) -> float:
        """Of a lower-case text. `signs`: index into `self.signs` and value, where it is not 0."""
        total, count = 0.0, 0
        common = self._common
        rare = []
        for word in set(text.split()):
            known = common.get(word)
            if known is None:
                rare.append(word)
            else:
                total += known[0]
                count += known[1]
        if rare:
            more, found = self._of(set(words("\n".join(rare))))
            total += more
            count += found
        logit = self._intercept + total / math.sqrt(count or 1)
        weights = self._signs
        for index, value in signs:
            logit += weights[index] * value
        return logit

    def probability(self, logit: float) -> float:
        """0..1, calibrated."""
        at = self._slope * logit + self._offset
        return 1.0 / (1.0 + math.exp(-max(-_LARGEST, min(_LARGEST, at))))

    def _of(self, words: Iterable[str]) -> tuple[float, int]:
        """The weight of words, and how many pieces that is. A piece counts once in each word."""
        joined = "\0".join([f" {word} " for word in words])
        found = self._automaton.find_matches_as_indexes(joined, overlapping=True)
        weights = self._weights
        return sum([weights[match[0]] for match in found]), len(found)


def words(text: str) -> list[str]:
    """What stands between blanks in a text, digits as 0, in its order."""
    return [word[:LONGEST_WORD] for word in text.translate(_DIGITS).split()]


def load_words(name: str) -> WordModel:
    """A model that ships with the package. Raises `FileNotFoundError` for a name that none has."""
    file = resources.files("gilmok.learned") / "models" / f"{name}.msgpack"
    return WordModel(msgspec.msgpack.decode(file.read_bytes(), type=WordModelFile))
