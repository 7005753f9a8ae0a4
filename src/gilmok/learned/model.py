"""A linear model over the substrings of a text, and how it is kept in a file.

Every feature is a piece of the normalised text: a word with its blanks, two neighbouring words, a
few characters within one. One pass of an Aho-Corasick automaton finds all of them, so the cost is
linear in the text and does not depend on how many features there are.

    logit = intercept + Σ weight[piece present] · unit + Σ weight[dense] · (value - mean) / scale

where `unit` is 1/√(pieces present): a long text is no stronger evidence than a short one. The
calibration turns the logit into a probability.
"""

from __future__ import annotations

import math
import string
from array import array
from collections.abc import Sequence
from importlib import resources

import msgspec
from ahocorasick_rs import AhoCorasick
from msgspec import Struct

_SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f"
"""What white space there is in ASCII but for the blank."""
_UPPER, _LOWER = string.ascii_uppercase, string.ascii_lowercase
_FOLDED = bytes.maketrans(
    f"{_UPPER}{string.digits}{_SPACES}".encode(),
    f"{_LOWER}{'0' * 10}{' ' * len(_SPACES)}".encode(),
)
"""ASCII in lower case, every digit 0, every white space a blank."""
_LARGEST = 60.0
"""Of a logit: beyond it a probability is 0 or 1 to the last digit."""


class Dense(Struct, frozen=True):
    """A number that is computed of the text, standardised as in training."""

    name: str
    mean: float
    scale: float
    weight: float


class ModelFile(Struct, frozen=True, kw_only=True):
    """What is written by `training/` and read by `Model`: MessagePack."""

    name: str
    pieces: tuple[str, ...]
    weights: bytes
    """Little-endian float32, one for each piece."""
    intercept: float
    dense: tuple[Dense, ...] = ()
    calibration: tuple[float, float] = (1.0, 0.0)
    """`probability = sigmoid(slope · logit + offset)`."""
    provenance: dict[str, str]
    """What it was trained on, with licences; by which script; when."""


class Model:
    """Immutable once made; serves every tenant, keeps nothing of what it reads."""

    def __init__(self, file: ModelFile) -> None:
        weights = array("f", file.weights)
        if len(weights) != len(file.pieces):
            raise ValueError(f"{file.name}: {len(file.pieces)} pieces, {len(weights)} weights")
        self.name = file.name
        self.provenance = file.provenance
        self.dense = tuple(d.name for d in file.dense)
        self._weights = tuple(weights)
        self._intercept = file.intercept
        self._dense = file.dense
        self._slope, self._offset = file.calibration
        self._automaton = AhoCorasick(file.pieces)

    def logit(self, text: str, dense: Sequence[float] = ()) -> float:
        """Of `normalised` text, with the dense values in the order of `self.dense`."""
        total = self._intercept
        for value, d in zip(dense, self._dense, strict=True):
            total += d.weight * (value - d.mean) / d.scale
        found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        present = {match[0] for match in found}
        if present:
            weights = self._weights
            total += sum([weights[piece] for piece in present]) / math.sqrt(len(present))
        return total

    def probability(self, text: str, dense: Sequence[float] = ()) -> float:
        """0..1, calibrated."""
        return self.calibrated(self.logit(text, dense))

    def calibrated(self, logit: float) -> float:
        at = self._slope * logit + self._offset
        return 1.0 / (1.0 + math.exp(-max(-_LARGEST, min(_LARGEST, at))))


def normalised(text: str) -> str:
    """The spelling that pieces are found in: lower case, every digit 0, single blanks, one blank
    at either end."""
    if not text.isascii():
        low = text.lower()
        # Nine searches that mostly find nothing: `str.translate` looks up every character by itself.
        for digit in "123456789":
            low = low.replace(digit, "0")
        low = " ".join(low.split())
    elif "  " in (low := text.encode().translate(_FOLDED).decode()):
        low = " ".join(low.split())
    return f" {low.strip()} "


def load(name: str) -> Model:
    """A model that ships with the package. Raises `FileNotFoundError` for a name that none has."""
    file = resources.files("gilmok.learned") / "models" / f"{name}.msgpack"
    return Model(msgspec.msgpack.decode(file.read_bytes(), type=ModelFile))
