"""The encoder in PyTorch, as plain functions over named tensors: what `gilmok_reviews.sentiment.encoder`
computes in NumPy, with dropout and gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from apps.reviews.training.e5 import Pretrained
from numpy.typing import NDArray

from gilmok_reviews.sentiment.encoder import HEADS, LAYERS, WIDTH, WINDOW
from gilmok_reviews.sentiment.pieces import END, PADDING, START

Tensors = dict[str, Any]
"""Trained tensors by name, as the model file names them."""

OUTPUTS = 3
"""Log-odds of praise, log-odds of neither, expected rating."""
_DROPPED = 0.1
_EPSILON = 1e-12
_MASKED = -1e4


def initial(model: Pretrained, seed: int, layers: int = LAYERS) -> Tensors:
    """The pretrained weights of the lowest layers, and a fresh head."""
    torch.manual_seed(seed)
    arrays = model.arrays
    weights: Tensors = {
        "emb": arrays["emb.word"],
        "pos": arrays["emb.pos"],
        "eln": arrays["emb.ln.w"],
        "eln.bias": arrays["emb.ln.b"],
    }
    for number in range(layers):
        old, new = f"l{number}.", f"{number}."
        for kind, ending in ((".w", ""), (".b", ".bias")):
            weights[new + "qkv" + ending] = np.concatenate([arrays[old + k + kind] for k in "qkv"])
            for name in ("ao", "fi", "fo", "aln", "oln"):
                weights[new + name + ending] = arrays[old + name + kind]
    for name, inputs, outputs in (("hidden", 2 * WIDTH, WIDTH), ("out", WIDTH, OUTPUTS)):
        weights[name] = (torch.rand(outputs, inputs).numpy() * 2 - 1) * inputs**-0.5
        weights[name + ".bias"] = np.zeros(outputs, np.float32)
    return {name: torch.tensor(array).requires_grad_() for name, array in weights.items()}


def resumed(begun: Mapping[str, Any], pieces: Sequence[str], model: Pretrained) -> Tensors:
    """Tuned weights whose vocabulary is `pieces`, with that of `model`: pieces that are new begin as
    they were pretrained."""
    words = torch.tensor(model.arrays["emb.word"]).clone()
    places = {piece: number for number, piece in enumerate(pieces)}
    for number, piece in enumerate(model.pieces):
        if piece in places:
            words[number] = begun["emb"][places[piece]]
    return {**begun, "emb": words}


def padded(texts: Sequence[Sequence[int]], window: int = WINDOW) -> Any:
    """(texts, longest): the pieces between start and end, cut to one window."""
    windows = [[START, *numbers[:window], END] for numbers in texts]
    longest = max(map(len, windows))
    return torch.tensor([w + [PADDING] * (longest - len(w)) for w in windows])


def forward(weights: Mapping[str, Any], numbers: Any, *, training: bool) -> Any:
    """(texts, `OUTPUTS`)."""
    present = numbers != PADDING
    mask = torch.zeros(present.shape).masked_fill(~present, _MASKED)[:, None, None, :]
    x = F.embedding(numbers, weights["emb"]) + weights["pos"][: numbers.shape[1]]
    x = _dropped(_normed(x, weights, "eln"), training)
    for number in range(sum(name.endswith(".qkv") for name in weights)):
        x = _layer(x, mask, weights, f"{number}.", training)
    x = x.float()
    share = present[..., None].float()
    pooled = torch.cat([x[:, 0], (x * share).sum(1) / share.sum(1)], 1)
    hidden = F.dropout(pooled, _DROPPED, training)
    hidden = F.dropout(torch.tanh(_linear(hidden, weights, "hidden")), _DROPPED, training)
    return _linear(hidden, weights, "out").float()


def _layer(x: Any, mask: Any, weights: Mapping[str, Any], prefix: str, training: bool) -> Any:
    rows, length, _ = x.shape
    each = WIDTH // HEADS
    qkv = _linear(x, weights, prefix + "qkv").view(rows, length, 3, HEADS, each)
    q, k, v = qkv.permute(2, 0, 3, 1, 4)
    # written out: on a CPU the fused attention's backward pass is several times slower
    shares = torch.softmax((q @ k.transpose(-1, -2)).float() * each**-0.5 + mask, -1)
    mixed = (shares.to(v.dtype) @ v).transpose(1, 2).reshape(rows, length, WIDTH)
    mixed = _dropped(_linear(mixed, weights, prefix + "ao"), training)
    x = _normed(x + mixed, weights, prefix + "aln")
    wide = F.gelu(_linear(x, weights, prefix + "fi"), approximate="tanh")
    narrow = _dropped(_linear(wide, weights, prefix + "fo"), training)
    return _normed(x + narrow, weights, prefix + "oln")


def _linear(x: Any, weights: Mapping[str, Any], name: str) -> Any:
    return F.linear(x, weights[name], weights[name + ".bias"])


def _normed(x: Any, weights: Mapping[str, Any], name: str) -> Any:
    return F.layer_norm(x, (WIDTH,), weights[name], weights[name + ".bias"], _EPSILON)


def _dropped(x: Any, training: bool) -> Any:
    """Dropout with one mask for all pieces of a text: a fresh one for each costs a tenth of the time."""
    if not training:
        return x
    kept = torch.rand(x.shape[0], 1, x.shape[2]) >= _DROPPED
    return x * kept.to(x.dtype).div_(1 - _DROPPED)


def packed(weights: Mapping[str, Any], model: Pretrained) -> dict[str, NDArray[np.generic]]:
    """The arrays of the model file: matrices as 8-bit integers with a scale for each row."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, tensor in weights.items():
        array = tensor.detach().float().numpy()
        if array.ndim == 1:
            arrays[name] = array
        elif name == "pos":
            arrays[name] = array.astype(np.float16)
        else:
            arrays[name], arrays[name + ".scale"] = quantised(array)
    arrays["pieces"] = np.frombuffer("\n".join(model.pieces).encode(), np.uint8)
    arrays["piece_scores"] = np.array(model.scores, np.float16)
    return arrays


def save(arrays: Mapping[str, NDArray[np.generic]], at: Path) -> None:
    named: dict[str, Any] = dict(arrays)
    np.savez_compressed(at, **named)


def quantised(
    matrix: NDArray[np.float32],
) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
    """Of five scales for each row the one that loses least: clipping the largest weights a little
    often pays."""
    largest = np.abs(matrix).max(axis=1)
    options = []
    for share in (1.0, 0.95, 0.9, 0.85, 0.8):
        scale = np.maximum(largest * share / 127, 1e-8).astype(np.float32)[:, None]
        whole = np.clip(np.round(matrix / scale), -127, 127)
        options.append((((whole * scale - matrix) ** 2).sum(axis=1), whole, scale))
    best = np.argmin([loss for loss, _, _ in options], axis=0)
    rows = np.arange(len(matrix))
    whole = np.stack([w for _, w, _ in options])[best, rows]
    scale = np.stack([s for _, _, s in options])[best, rows, 0]
    return whole.astype(np.int8), scale
