"""Texts into vectors, whatever the model: in batches, long texts in pieces, cut to the width that is
wanted.

* **Batches** of at most 32 pieces and 4,096 characters: measured, a larger one is hardly faster, and
  between two others get their turn.
* **Long texts.** A sentence encoder is made for sentences, and time and memory of this one grow with
  the text. A text longer than a piece is cut where it breathes (paragraph, sentence, word), and its
  vector is the mean of the pieces', weighted by tokens: every part counts, none is dropped.
* **Dimensions.** The first ones, brought back to length 1. The models here were not trained for that
  (no Matryoshka): it saves room and costs quality; see docs/services.md.
* **An empty text** has the model's vector of nothing: of length 1, so that no reader divides by 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gilmok.core.completion import Batch, Usage, Vector
from gilmok.core.errors import UpstreamStatus
from gilmok.providers.inprocess.letters import Order
from gilmok.providers.inprocess.pieces import cut

Floats = NDArray[np.float32]
BATCH_PIECES = 32
BATCH_CHARACTERS = 4096


class Model(Protocol):
    width: int

    def piece(self, text: str) -> int:
        """How many characters of this text may go into one piece."""
        ...

    def tokens(self, texts: Sequence[str]) -> list[int]: ...

    def encode(self, texts: Sequence[str]) -> Floats:
        """A row for each."""
        ...


def steps(model: Model, order: Order) -> Iterator[Batch]:
    """The vectors in the order of the texts, and the tokens that were read."""
    wanted = order.embedding.dimensions if order.embedding else None
    if wanted is not None and not 1 <= wanted <= model.width:
        raise UpstreamStatus(400, kind="unsupported_value")
    pieces = [
        (at, piece) for at, text in enumerate(order.texts) for piece in cut(text, model.piece(text))
    ]
    last = {at: number for number, (at, _) in enumerate(pieces)}
    whole, read, done = np.zeros(model.width, np.float32), 0, 0
    for batch in _batches(pieces):
        texts = [piece for _, piece in batch]
        counts = model.tokens(texts)
        found: list[Vector] = []
        for (at, _), row, count in zip(batch, model.encode(texts), counts, strict=True):
            whole += row * max(count, 1)
            if done == last[at]:
                found.append(Vector(at, shortened(whole, wanted)))
                whole = np.zeros(model.width, np.float32)
            done += 1
        read += sum(counts)
        yield found
    yield (Usage(max(read, 1), 0),)


def shortened(vector: Floats, width: int | None) -> bytes:
    """The first `width` numbers, of length 1, little-endian."""
    kept = vector[:width].astype("<f4")
    length = float(np.linalg.norm(kept))
    return bytes((kept / length if length > 0 else kept).astype("<f4").tobytes())


def _batches(pieces: Sequence[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    batch: list[tuple[int, str]] = []
    characters = 0
    for piece in pieces:
        size = len(piece[1])
        if batch and (len(batch) == BATCH_PIECES or characters + size > BATCH_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(piece)
        characters += size
    if batch:
        yield batch
