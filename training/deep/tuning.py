"""Fine-tunes the lowest layers of the encoder: how private is a prompt, is it an attempt to take over
the model, and which of its pieces are names? One pass answers all."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from msgspec import Struct

from gilmok.inspection.reader import WINDOW
from training.encoder import network
from training.encoder.schedule import batches, groups


class Example(Struct, frozen=True):
    pieces: list[int]
    level: int | None
    """0 low, 1 medium, 2 high."""
    attempt: bool | None
    """`None` where nobody has said, as above."""
    tags: list[int] | None = None
    """What each piece is: `names.TAGS`."""


class Plan(Struct, frozen=True, kw_only=True):
    epochs: float = 4.0
    rate: float = 2e-4
    decay: float = 0.9
    """What each lower layer's learning rate is multiplied by."""
    batch: int = 32
    seed: int = 7
    threads: int = 2
    warm_up: int = 60


_SMOOTHED = 0.02
_MEDIUM = 0.3
"""How much "medium or high" counts beside "high"."""
_ATTEMPT = 0.7
_NAMES = 1.0
_DROPPED_PIECES = 0.05
_UNTOLD = -100
"""Pieces of which nobody said what they are."""


def tune(weights: network.Tensors, train: Sequence[Example], plan: Plan) -> Iterator[str]:
    """Changes `weights` in place; yields a line of progress now and then."""
    torch.manual_seed(plan.seed)
    torch.set_num_threads(plan.threads)
    chance = random.Random(plan.seed)
    steps = int(len(train) / plan.batch * plan.epochs)
    optimiser = torch.optim.AdamW(
        groups(weights, plan.rate, plan.decay), betas=(0.9, 0.98), fused=True
    )
    rates = [group["lr"] for group in optimiser.param_groups]
    begun = time.monotonic()
    for step, batch in enumerate(batches(train, plan.batch, chance, _length), start=1):
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * min(step / plan.warm_up, max(0.003, 1 - step / steps))
        loss = _loss(weights, batch, chance)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(weights.values()), 1.0)
        optimiser.step()
        if step % 50 == 0 or step >= steps:
            yield f"step {step}/{steps}, loss {loss.item():.3f}, {time.monotonic() - begun:.0f} s"
        if step >= steps:
            return


def _length(example: Example) -> int:
    return len(example.pieces)


def _loss(weights: network.Tensors, batch: Sequence[Example], chance: random.Random) -> Any:
    level = torch.tensor([-1 if example.level is None else example.level for example in batch])
    attempt = torch.tensor([-1 if e.attempt is None else int(e.attempt) for e in batch])
    thinned = [_thinned(example, chance) for example in batch]
    numbers = network.padded([pieces for pieces, _ in thinned], WINDOW)
    tags = _aligned([tags for _, tags in thinned], numbers)
    with torch.autocast("cpu", torch.bfloat16):
        x = network.encoded(weights, numbers, training=True)
        out = network.pooled(weights, x, numbers, training=True)
        pieces = network.tagged(weights, x, training=True)
    return (
        _told(out[:, 0], level == 2, level >= 0)
        + _MEDIUM * _told(out[:, 1], level >= 1, level >= 0)
        + _ATTEMPT * _told(out[:, 2], attempt == 1, attempt >= 0)
        + _NAMES * _named(pieces, tags)
    )


def _thinned(example: Example, chance: random.Random) -> tuple[list[int], list[int]]:
    """Without some of the pieces, and what the others are."""
    tags = example.tags or [_UNTOLD] * len(example.pieces)
    kept = [at for at in range(len(tags)) if chance.random() > _DROPPED_PIECES]
    if not kept:
        return example.pieces, tags
    return [example.pieces[at] for at in kept], [tags[at] for at in kept]


def _aligned(tags: Sequence[list[int]], numbers: Any) -> Any:
    """As the pieces stand in `numbers`: after the start."""
    placed = torch.full(numbers.shape, _UNTOLD)
    for row, some in enumerate(tags):
        told = some[: min(WINDOW, numbers.shape[1] - 2)]
        placed[row, 1 : 1 + len(told)] = torch.tensor(told, dtype=torch.long)
    return placed


def _named(logits: Any, tags: Any) -> Any:
    """Mean over the texts of the batch, of the pieces of which it is known."""
    each = F.cross_entropy(
        logits.flatten(0, 1), tags.flatten(), ignore_index=_UNTOLD, reduction="none"
    ).view(tags.shape)
    known = (tags != _UNTOLD).float()
    return (each.sum(1) / known.sum(1).clamp(min=1)).mean()


def _told(logits: Any, so: Any, known: Any) -> Any:
    """Mean over the batch, of those of whom it is known."""
    goal = so.float() * (1 - 2 * _SMOOTHED) + _SMOOTHED
    each = F.binary_cross_entropy_with_logits(logits, goal, reduction="none")
    return (each * known).mean()
