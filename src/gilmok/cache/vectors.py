"""Vectors of words and questions from a table of pieces: microseconds, no network, no model runtime.

A word is the sum of the vectors of its pieces (the whole word and short runs of its letters), each
found by a hash; a question is the sum of its words. The table was fitted so that this sum points
where a sentence encoder's vector points (`training/cache_vectors.py`).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from importlib import resources

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]

_WORD = re.compile(r"[가-힣]+|[a-z]+|[0-9]+")


class TableFile(Struct, frozen=True, kw_only=True):
    """MessagePack, written by `training/cache_vectors.py`."""

    rows: int
    width: int
    scale: float
    """Of one step of the table's signed bytes."""
    table: bytes
    provenance: dict[str, str]


class Table:
    """Immutable; serves every tenant and keeps nothing of what it reads."""

    def __init__(self, file: TableFile) -> None:
        raw = np.frombuffer(file.table, dtype=np.int8).reshape(file.rows, file.width)
        self.rows = file.rows
        self.width = file.width
        self.provenance = file.provenance
        self._table = raw.astype(np.float32) * np.float32(file.scale)

    def words(self, words: Sequence[str]) -> Matrix:
        """One row for each word; its length tells how much the word says."""
        found = np.empty((len(words), self.width), dtype=np.float32)
        for i, word in enumerate(words):
            found[i] = self._table[pieces(word, self.rows)].sum(axis=0)
        return found


def split(text: str) -> list[str]:
    """Words of lower-case text: runs of Hangul, of Latin letters, of digits."""
    return _WORD.findall(text)


def pieces(word: str, rows: int) -> list[int]:
    """The rows of a word. Training counts the same way."""
    marked = f"<{word}>"
    lengths = (1, 2, 3) if word[0] >= "가" else (3, 4, 5)
    found = {marked: None}
    for n in lengths:
        for at in range(len(marked) - n + 1):
            found[marked[at : at + n]] = None
    return [zlib.crc32(piece.encode()) % rows for piece in found if piece not in "<>"]


def unit(vector: Vector) -> Vector:
    """Of length 1; a vector of nothing stays as it is."""
    length = float(np.sqrt(vector @ vector))
    return vector / np.float32(length) if length > 0 else vector


def load() -> Table:
    """The table that ships with the package."""
    file = resources.files("gilmok.cache") / "models" / "vectors.msgpack"
    return Table(msgspec.msgpack.decode(file.read_bytes(), type=TableFile))
