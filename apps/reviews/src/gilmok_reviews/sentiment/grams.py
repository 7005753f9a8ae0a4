"""A linear model over hashed character n-grams: spelling, slang and names that the encoder's pieces
break up. Syllables for words, letters (jamo) for endings and mis-spellings: "재밋어" is near "재밌어"."""

from __future__ import annotations

import unicodedata
from binascii import crc32
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gilmok_reviews.sentiment.pieces import normalise

BUCKETS = 1 << 20
_SYLLABLES, _LETTERS = range(1, 6), range(4, 8)
_FAR = 2000
"""Characters at most, from the end: the verdict of a very long text stands there."""


def buckets(text: str) -> NDArray[np.int64]:
    """Which features the text has, each once, in ascending order."""
    syllables = f" {normalise(text)[-_FAR:].lower()} "
    letters = unicodedata.normalize("NFD", syllables)
    found = set(_grams(syllables, _SYLLABLES, "s")) if syllables.strip() else set()
    if letters != syllables:
        found.update(_grams(letters, _LETTERS, "l"))
    return np.array(sorted({crc32(gram.encode()) % BUCKETS for gram in found}), np.int64)


def _grams(text: str, sizes: range, kind: str) -> list[str]:
    return [kind + text[at : at + n] for n in sizes for at in range(len(text) - n + 1)]


@dataclass(frozen=True, slots=True)
class Grams:
    weights: NDArray[np.float32]
    bias: float

    @classmethod
    def load(cls, path: Path) -> Grams:
        with np.load(path, allow_pickle=False) as file:
            scale = file["scale"].astype(np.float32)
            return cls(file["weights"].astype(np.float32) * scale, float(file["bias"]))

    def read(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The log-odds of praise of each text; the mean feature weight scaled by its length."""
        return np.array([self._read(text) for text in texts], np.float32)

    def _read(self, text: str) -> float:
        features = buckets(text)
        if not len(features):
            return 0.0
        return float(self.weights[features].sum() / np.sqrt(len(features))) + self.bias
