"""Sentences as vectors: through the gateway, or from their letters where it cannot be reached."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from gilmok_reviews.domain import Embedder, GatewayError, Vectors

_WIDTH = 512


async def vectors(embedder: Embedder, texts: Sequence[str]) -> tuple[Vectors, bool]:
    """One row of length 1 for each text, and whether they mean something: `False` where only letters
    were compared, which is enough to tell repetition but not to confirm a claim."""
    if not texts:
        return np.zeros((0, _WIDTH), dtype=np.float32), True
    try:
        return await embedder.embed(texts), True
    except GatewayError:
        return by_letters(texts), False


def by_letters(texts: Sequence[str]) -> Vectors:
    """Counts of pairs and threes of letters, hashed."""
    rows = np.zeros((len(texts), _WIDTH), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        letters = f" {' '.join(text.lower().split())} "
        for size in (2, 3):
            for at in range(len(letters) - size + 1):
                row[zlib.crc32(letters[at : at + size].encode()) % _WIDTH] += 1.0
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return rows
