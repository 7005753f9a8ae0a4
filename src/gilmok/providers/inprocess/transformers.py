"""Any model of the sentence-transformers library, by its name or by the folder it lies in.

On a GPU where there is one, with 16-bit floats if wanted. A batch that does not fit is halved until
it does, and one that fails for another reason is tried text by text.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from gilmok.core.completion import Batch
from gilmok.core.endpoint import Endpoint
from gilmok.providers.inprocess.letters import Order
from gilmok.providers.inprocess.options import Options
from gilmok.providers.inprocess.upstream import Work
from gilmok.providers.inprocess.vectors import Floats, steps

log = logging.getLogger(__name__)

_LEAST_CONTEXT = 128


def begin(endpoint: Endpoint, options: Options) -> Work:
    """Raises what the library raises where there is no such model."""
    place = device(options.device, endpoint.id)
    model = SentenceTransformer(endpoint.model, device=place)
    if options.half_precision and place == "cuda":
        model = model.half()
    return partial(_steps, Transformer(model))


def _steps(model: Transformer, order: Order) -> Iterator[Batch]:
    return steps(model, order)


def device(asked: str, endpoint_id: str) -> str:
    """`cuda` where it is wanted and there."""
    there = torch.cuda.is_available()
    if asked == "cuda" and not there:
        log.warning("gpu_absent", extra={"endpoint": endpoint_id})
    return "cuda" if there and asked != "cpu" else "cpu"


class Transformer:
    """See `vectors.Model`. `model` is a `SentenceTransformer`, or behaves like one."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._context = max(int(model.max_seq_length or 0), _LEAST_CONTEXT)
        self.width = int(model.get_embedding_dimension())

    def piece(self, text: str) -> int:
        """What is longer than the context would be cut off by the model without a word."""
        if len(text) <= self._context:
            return self._context
        (tokens,) = self.tokens([text])
        # A tenth is kept back: tokens are not spread evenly.
        return max(self._context // 2, len(text) * self._context * 9 // (10 * max(tokens, 1)))

    def tokens(self, texts: Sequence[str]) -> list[int]:
        found = self._model.tokenizer(
            list(texts), add_special_tokens=False, truncation=False, verbose=False
        )
        return [len(ids) for ids in found["input_ids"]]

    def encode(self, texts: Sequence[str]) -> Floats:
        try:
            return self._encode(texts)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            if len(texts) == 1:
                raise
            half = len(texts) // 2
            log.warning("gpu_out_of_memory", extra={"texts": len(texts)})
            return np.concatenate([self.encode(texts[:half]), self.encode(texts[half:])])
        except Exception as error:
            if len(texts) == 1:
                raise
            log.warning("batch_failed", extra={"texts": len(texts), "error": type(error).__name__})
            return np.concatenate([self.encode([text]) for text in texts])

    def _encode(self, texts: Sequence[str]) -> Floats:
        rows = self._model.encode(
            list(texts),
            batch_size=len(texts),
            convert_to_numpy=True,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.asarray(rows, dtype=np.float32)
