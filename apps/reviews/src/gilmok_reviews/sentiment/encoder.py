"""A small transformer (12 layers, width 384) in NumPy: what mood each text is of.

The weights are those of multilingual-e5-small with a vocabulary cut to Korean and English, fine-tuned
on rated reviews (`training/`), and kept as 8-bit integers with one scale per row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gilmok_reviews.sentiment.pieces import END, PADDING, START, Pieces, normalise

Array = NDArray[np.float32]

LAYERS, HEADS, WIDTH = 12, 12, 384
WINDOW = 80
"""Pieces read at once: what the training saw. Longer texts are read in windows."""
WINDOWS = 6
"""At most, evenly spread over the text: bounds the time that a very long review takes."""
_BATCH = 16
_EPSILON = np.float32(1e-12)
_MASKED = np.float32(-1e4)


@dataclass(frozen=True, slots=True)
class Layer:
    qkv: tuple[Array, Array]
    """Matrix (inputs, outputs) and bias; so are the next three."""
    attended: tuple[Array, Array]
    wide: tuple[Array, Array]
    narrow: tuple[Array, Array]
    first_norm: tuple[Array, Array]
    """Scale and shift."""
    second_norm: tuple[Array, Array]


class Encoder:
    """Read-only once made: any number of threads may use one."""

    def __init__(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        """`weights`: the arrays of the model file, see `training/reviews_encoder.py`."""
        vocabulary = weights["pieces"].tobytes().decode().split("\n")
        self._pieces = Pieces(vocabulary, weights["piece_scores"].astype(float).tolist())
        self._words = weights["emb"].astype(np.int8, copy=False)
        self._word_scales = weights["emb.scale"].astype(np.float32)
        self._places = weights["pos"].astype(np.float32)
        self._norm = _pair(weights, "eln")
        self._layers = [_layer(weights, f"{number}.") for number in range(LAYERS)]
        self._hidden, self._out = _linear(weights, "hidden"), _linear(weights, "out")

    @classmethod
    def load(cls, path: Path) -> Encoder:
        with np.load(path, allow_pickle=False) as file:
            return cls({name: file[name] for name in file.files})

    def read(self, texts: Sequence[str]) -> Array:
        """(texts, 3): the log-odds of praise, the log-odds of neither, the expected rating from -1
        to 1. Long texts: the mean over their windows."""
        windows = [self._windows(text) for text in texts]
        flat = [(number, window) for number, parts in enumerate(windows) for window in parts]
        flat.sort(key=lambda entry: len(entry[1]))
        total = np.zeros((len(texts), 3), np.float32)
        for at in range(0, len(flat), _BATCH):
            some = flat[at : at + _BATCH]
            np.add.at(total, [number for number, _ in some], self._forward([w for _, w in some]))
        counts = np.array([[len(parts)] for parts in windows], np.float32)
        return np.asarray(total / counts, np.float32)

    def _windows(self, text: str) -> list[list[int]]:
        numbers = self._pieces.split(normalise(text))
        count = max(1, -(-len(numbers) // WINDOW))
        size = -(-len(numbers) // count) if numbers else 1
        parts = [numbers[at : at + size] for at in range(0, max(1, len(numbers)), size)]
        if len(parts) > WINDOWS:
            chosen = np.linspace(0, len(parts) - 1, WINDOWS).round().astype(int)
            parts = [parts[number] for number in chosen]
        return [[START, *part, END] for part in parts]

    def _forward(self, windows: Sequence[Sequence[int]]) -> Array:
        longest = max(map(len, windows))
        numbers = np.full((len(windows), longest), PADDING)
        for row, window in enumerate(windows):
            numbers[row, : len(window)] = window
        present = numbers != PADDING
        x = self._words[numbers] * self._word_scales[numbers][..., None] + self._places[:longest]
        x = _normed(x, self._norm)
        mask = np.where(present, np.float32(0), _MASKED)[:, None, None, :]
        for layer in self._layers:
            x = _normed(x + _attention(x, mask, layer), layer.first_norm)
            wide = _gelu(x @ layer.wide[0] + layer.wide[1])
            x = _normed(x + wide @ layer.narrow[0] + layer.narrow[1], layer.second_norm)
        weight = present[..., None].astype(np.float32)
        mean = (x * weight).sum(axis=1) / weight.sum(axis=1)
        pooled = np.concatenate([x[:, 0], mean], axis=1)
        hidden = np.tanh(pooled @ self._hidden[0] + self._hidden[1])
        return np.asarray(hidden @ self._out[0] + self._out[1], np.float32)


def _attention(x: Array, mask: Array, layer: Layer) -> Array:
    rows, length, _ = x.shape
    each = WIDTH // HEADS
    qkv = (x @ layer.qkv[0] + layer.qkv[1]).reshape(rows, length, 3, HEADS, each)
    q, k, v = qkv.transpose(2, 0, 3, 1, 4)
    scores = q @ k.swapaxes(-1, -2) * np.float32(each**-0.5) + mask
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    mixed = (scores @ v).transpose(0, 2, 1, 3).reshape(rows, length, WIDTH)
    return np.asarray(mixed @ layer.attended[0] + layer.attended[1], np.float32)


def _normed(x: Array, norm: tuple[Array, Array]) -> Array:
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = (centred * centred).mean(axis=-1, keepdims=True)
    return np.asarray(centred / np.sqrt(variance + _EPSILON) * norm[0] + norm[1], np.float32)


def _gelu(x: Array) -> Array:
    """The tanh form, which the training used too."""
    inner = np.float32(0.7978845608) * (x + np.float32(0.044715) * x * x * x)
    return np.asarray(np.float32(0.5) * x * (np.float32(1) + np.tanh(inner)), np.float32)


def _layer(weights: Mapping[str, NDArray[np.generic]], prefix: str) -> Layer:
    return Layer(
        qkv=_linear(weights, prefix + "qkv"),
        attended=_linear(weights, prefix + "ao"),
        wide=_linear(weights, prefix + "fi"),
        narrow=_linear(weights, prefix + "fo"),
        first_norm=_pair(weights, prefix + "aln"),
        second_norm=_pair(weights, prefix + "oln"),
    )


def _linear(weights: Mapping[str, NDArray[np.generic]], name: str) -> tuple[Array, Array]:
    scale = weights[name + ".scale"].astype(np.float32)[:, None]
    matrix = weights[name].astype(np.float32) * scale  # (outputs, inputs), as it was trained
    return np.ascontiguousarray(matrix.T), weights[name + ".bias"].astype(np.float32)


def _pair(weights: Mapping[str, NDArray[np.generic]], name: str) -> tuple[Array, Array]:
    return weights[name].astype(np.float32), weights[name + ".bias"].astype(np.float32)
