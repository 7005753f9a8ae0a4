"""In which order the texts come, and how fast each layer learns."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

_HEADS = ("hidden", "out", "tags")
_HEAD_FASTER = 5.0
_SORTED_BATCHES = 40
"""Texts of like length are put together within this many batches: less padding."""


def groups(weights: Mapping[str, Any], top_rate: float, decay: float) -> list[dict[str, Any]]:
    """One group for each tensor: lower layers learn more slowly, each by `decay`, the fresh heads
    faster than the top."""
    layers = sum(name.endswith(".qkv") for name in weights)
    found = []
    for name, tensor in weights.items():
        first = name.split(".")[0]
        if first in _HEADS:
            rate = top_rate * _HEAD_FASTER
        else:
            depth = int(first) + 1 if first.isdigit() else 0
            rate = top_rate * decay ** (layers - depth)
        found.append(
            {"params": [tensor], "lr": rate, "weight_decay": 0.01 if tensor.ndim > 1 else 0.0}
        )
    return found


def batches(
    examples: Sequence[T], size: int, chance: random.Random, length: Callable[[T], int]
) -> Iterator[list[T]]:
    """Without end, every epoch in another order."""
    order = list(examples)
    while True:
        chance.shuffle(order)
        for at in range(0, len(order), size * _SORTED_BATCHES):
            near = sorted(order[at : at + size * _SORTED_BATCHES], key=length)
            made = [near[start : start + size] for start in range(0, len(near), size)]
            chance.shuffle(made)
            yield from made
