"""multilingual-e5-small in PyTorch, as plain functions over named tensors, with dropout and gradients.

Two models are made of it: the gateway's deeper tier (`training.deep`) and the review service's judge
(`apps/reviews/training`). Each computes the same when it runs, without PyTorch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from gilmok.learned.unigram import END, PADDING, START
from training.encoder.pretrained import Pretrained

Tensors = dict[str, Any]
"""Trained tensors by name, as the model file names them."""

LAYERS, HEADS, WIDTH = 12, 12, 384
OUTPUTS = 3
"""Of a text; what each says is its trainer's matter."""
_DROPPED = 0.1
_EPSILON = 1e-12
_MASKED = -1e4


def initial(model: Pretrained, seed: int, layers: int = LAYERS, tags: int = 0) -> Tensors:
    """The pretrained weights of the lowest layers, and fresh heads: one for texts and, where there are
    `tags`, one for their pieces."""
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
    heads = {"hidden": (2 * WIDTH, WIDTH), "out": (WIDTH, OUTPUTS)}
    if tags:
        heads["tags"] = WIDTH, tags
    for name, (inputs, outputs) in heads.items():
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


def padded(texts: Sequence[Sequence[int]], window: int) -> Any:
    """(texts, longest): the pieces between start and end, cut to one window."""
    windows = [[START, *numbers[:window], END] for numbers in texts]
    longest = max(map(len, windows))
    return torch.tensor([w + [PADDING] * (longest - len(w)) for w in windows])


def forward(weights: Mapping[str, Any], numbers: Any, *, training: bool) -> Any:
    """(texts, `OUTPUTS`)."""
    return pooled(weights, encoded(weights, numbers, training=training), numbers, training=training)


def encoded(weights: Mapping[str, Any], numbers: Any, *, training: bool) -> Any:
    """(texts, pieces, `WIDTH`): each piece in its context."""
    present = numbers != PADDING
    mask = torch.zeros(present.shape).masked_fill(~present, _MASKED)[:, None, None, :]
    x = F.embedding(numbers, weights["emb"]) + weights["pos"][: numbers.shape[1]]
    x = _dropped(_normed(x, weights, "eln"), training)
    for number in range(sum(name.endswith(".qkv") for name in weights)):
        x = _layer(x, mask, weights, f"{number}.", training)
    return x.float()


def pooled(weights: Mapping[str, Any], x: Any, numbers: Any, *, training: bool) -> Any:
    """What the texts say as wholes, from their first piece and the mean of all: (texts, `OUTPUTS`)."""
    share = (numbers != PADDING)[..., None].float()
    both = torch.cat([x[:, 0], (x * share).sum(1) / share.sum(1)], 1)
    hidden = F.dropout(both, _DROPPED, training)
    hidden = F.dropout(torch.tanh(_linear(hidden, weights, "hidden")), _DROPPED, training)
    return _linear(hidden, weights, "out").float()


def tagged(weights: Mapping[str, Any], x: Any, *, training: bool) -> Any:
    """What each piece is: (texts, pieces, tags)."""
    return _linear(F.dropout(x, _DROPPED, training), weights, "tags").float()


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
