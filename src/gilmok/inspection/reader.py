"""A small transformer that says whether a text is private, and whether it is an attempt to take over
the model: the deeper tier's model.

Six layers of multilingual-e5-small (MIT), fine-tuned by `training/deep/` on prompts written for this
project, 8-bit, run by ONNX Runtime. The file holds its own vocabulary, thresholds and provenance.
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
from numpy.typing import NDArray

from gilmok.inspection.deep import Reading
from gilmok.learned.unigram import END, START, Unigram, plain

WINDOW = 124
"""Pieces read at once: what the training saw."""
WINDOWS = 4
"""At most, evenly over the text: 20 ms each on one core, so that is what a long text may take."""
_LONGEST = 4_000
"""Characters that are split into pieces."""
_MORE_WINDOWS = 0.5
"""A long text has more chances to look like something by accident: logits off for each doubling."""
_OUTPUTS = [0, 2]
"""Of the model: private, attempt. The other one, "medium or high", only helped the training."""


class Card(Struct, frozen=True, kw_only=True):
    """What the model file says of itself, as JSON in its metadata."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    high: float
    """The logit from which a text is high."""
    attempt: float
    """The logit from which a user's text is an attempt to take over the model."""
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

    def read(self, text: str) -> Reading:
        windows = self.windows(text)
        private, attempt = np.max([self._logits(numbers) for numbers in windows], axis=0)
        by_chance = _MORE_WINDOWS * math.log2(len(windows))
        return Reading(
            private=float(private) - by_chance - self.card.high,
            attempt=float(attempt) - by_chance - self.card.attempt,
        )

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

    def _logits(self, numbers: list[int]) -> NDArray[np.float32]:
        """Of privacy and of an attempt."""
        given = np.array([[START, *numbers, END]], np.int64)
        found: NDArray[np.float32] = self._session.run(None, {"pieces": given})[0][0, _OUTPUTS]
        return found


@cache
def shipped() -> PrivateReader:
    """The one that ships."""
    return PrivateReader(
        (resources.files("gilmok.inspection") / "models/private.onnx").read_bytes()
    )
