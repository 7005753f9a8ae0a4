"""A small transformer that says how private a text is: the deeper tier's model.

Six layers of multilingual-e5-small (MIT), fine-tuned by `training/deep/` on prompts written for this
project, 8-bit, run by ONNX Runtime. The file holds its own vocabulary, threshold and provenance.
docs/quality/sensitivity.md is its card. Needs the extra `gilmok[deep]`.
"""

from __future__ import annotations

import math
from functools import cache
from importlib import resources

import msgspec
import numpy as np
import onnxruntime
from msgspec import Struct

from gilmok.learned.unigram import END, START, Unigram, plain

WINDOW = 124
"""Pieces read at once: what the training saw."""
WINDOWS = 4
"""At most, evenly over the text: 20 ms each on one core, so that is what a long text may take."""
_LONGEST = 4_000
"""Characters that are split into pieces."""
_MORE_WINDOWS = 0.5
"""A long text has more chances to look private by accident: logits off for each doubling."""


class Card(Struct, frozen=True, kw_only=True):
    """What the model file says of itself, as JSON in its metadata."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    high: float
    """The logit from which a text is high."""
    provenance: dict[str, str]


class PrivateReader:
    """Immutable once made; keeps nothing of what it reads. Its calls block."""

    def __init__(self, model: bytes) -> None:
        onnxruntime.disable_telemetry_events()  # Windows builds report to their maker otherwise.
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )
        written = self._session.get_modelmeta().custom_metadata_map["card"]
        self.card = msgspec.json.decode(written, type=Card)
        self._unigram = Unigram(self.card.pieces, self.card.scores)

    @property
    def high(self) -> float:
        return self.card.high

    def logit(self, text: str) -> float:
        """Above `high` the text is private."""
        windows = self.windows(text)
        most = max(map(self._logit, windows))
        return most - _MORE_WINDOWS * math.log2(len(windows))

    def windows(self, text: str) -> list[list[int]]:
        """Numbers of the pieces, in parts that fit; at least one part, which may be empty."""
        numbers = self._unigram.split(plain(text[:_LONGEST]))
        count = max(1, math.ceil(len(numbers) / WINDOW))
        size = max(1, math.ceil(len(numbers) / count))
        parts = [numbers[at : at + size] for at in range(0, max(1, len(numbers)), size)]
        if len(parts) <= WINDOWS:
            return parts
        last = len(parts) - 1
        return [parts[round(at * last / (WINDOWS - 1))] for at in range(WINDOWS)]

    def _logit(self, numbers: list[int]) -> float:
        given = np.array([[START, *numbers, END]], np.int64)
        return float(self._session.run(None, {"pieces": given})[0][0, 0])


@cache
def shipped() -> PrivateReader:
    """The one that ships."""
    return PrivateReader(
        (resources.files("gilmok.inspection") / "models/private.onnx").read_bytes()
    )
