"""A small transformer that says whether a text is private, whether it is an attempt to take over the
model, and which of its words are names: the deeper tier's model.

Six layers of multilingual-e5-small (MIT), fine-tuned by `training/deep/` on prompts written for this
project, 8-bit, run by ONNX Runtime. The file holds its own vocabulary, thresholds and provenance.
docs/quality/sensitivity.md is its card. Needs the extra `gilmok[deep]`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from importlib import resources

import msgspec
import numpy as np
import onnxruntime
from msgspec import Struct
from numpy.typing import NDArray

from gilmok.inspection.deep import Name, Reading
from gilmok.inspection.tagging import Window, names, windows
from gilmok.learned.unigram import END, START, Plain, Unigram, placed_plain

WINDOW = 124
"""Pieces read at once: what the training saw."""
WINDOWS = 4
"""At most, evenly over the text, where no names are wanted: 20 ms each on one core, so that is what a
long text may take."""
_LONGEST = 4_000
"""Characters of which these are."""
_MORE_WINDOWS = 0.5
"""A long text has more chances to look like something by accident: logits off for each doubling."""
_OUTPUTS = [0, 2]
"""Of the model: private, attempt. The other one, "medium or high", only helped the training."""


Said = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Logits of privacy and of an attempt (2,); of what each piece is (pieces, tags)."""


class Card(Struct, frozen=True, kw_only=True):
    """What the model file says of itself, as JSON in its metadata."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    high: float
    """The logit from which a text is high."""
    attempt: float
    """The logit from which a user's text is an attempt to take over the model."""
    named: float = 0.0
    """Added to the logits of names: more of them, and more that are none."""
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
        self._begins = [piece.startswith("▁") for piece in self.card.pieces]

    def read(self, text: str, named: bool = False) -> Reading:
        """`named`: its names are wanted, so all of it is read."""
        judged = self.windows(text)
        said = [self._run(part) for part in judged]
        by_chance = _MORE_WINDOWS * math.log2(len(said))
        private, attempt = np.max([logits for logits, _ in said], axis=0) - by_chance
        return Reading(
            private=float(private) - self.card.high,
            attempt=float(attempt) - self.card.attempt,
            names=tuple(self._names(text, judged, said)) if named else None,
        )

    def windows(self, text: str) -> list[Window]:
        """Of the beginning of a text, the parts by which it is judged."""
        return _spread(self._windows(placed_plain(text[:_LONGEST])))

    def _names(self, text: str, judged: list[Window], said: list[Said]) -> Iterator[Name]:
        plain = placed_plain(text)
        parts = self._windows(plain)
        if parts != judged:
            said = [self._run(part) for part in parts]
        pieces = [piece for part in parts for piece in part]
        return names(plain, pieces, np.concatenate([tags for _, tags in said]), self.card.named)

    def _windows(self, plain: Plain) -> list[Window]:
        return windows(self._unigram.placed(plain.text), self._begins, WINDOW)

    def _run(self, window: Window) -> Said:
        given = np.array([[START, *(number for _, number in window), END]], np.int64)
        logits, tags = self._session.run(None, {"pieces": given})
        return logits[0, _OUTPUTS], tags[0, 1:-1]


def _spread(windows: list[Window]) -> list[Window]:
    if len(windows) <= WINDOWS:
        return windows
    last = len(windows) - 1
    return [windows[round(at * last / (WINDOWS - 1))] for at in range(WINDOWS)]


@cache
def shipped() -> PrivateReader:
    """The one that ships."""
    return PrivateReader(
        (resources.files("gilmok.inspection") / "models/private.onnx").read_bytes()
    )
