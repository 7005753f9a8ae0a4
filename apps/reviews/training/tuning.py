"""Fine-tunes the encoder on the rated reviews."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from apps.reviews.training.corpus import WRITTEN, Rated
from apps.reviews.training.progress import say

from gilmok_reviews.sentiment.encoder import WINDOW
from gilmok_reviews.sentiment.pieces import Pieces, normalise
from training.encoder import network
from training.encoder.pretrained import Pretrained
from training.encoder.schedule import batches, groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    epochs: float = 3.0
    minutes: float = 240.0
    """The learning rate falls to zero by then at the latest: on a busy machine the run ends in time,
    with fewer steps. Such a run cannot be repeated exactly."""
    rate: float = 1e-4
    decay: float = 0.9
    """What each lower layer's learning rate is multiplied by."""
    batch: int = 48
    seed: int = 7
    threads: int = 2
    warm_up: int = 200
    look_every: int = 300
    written: int = 3
    """How often each text that was written for this project comes in an epoch."""


_SMOOTHED = 0.03
_NEITHER, _RATING = 0.3, 0.3
"""How much the other two outputs count beside praise or blame."""

Example = tuple[Rated, list[int]]


def _pieces(example: Example) -> int:
    return len(example[1])


def tune(
    weights: network.Tensors, model: Pretrained, parts: dict[str, list[Rated]], plan: Plan, at: Path
) -> None:
    """Changes `weights` in place; saves them at every look, to go on from after an interruption."""
    torch.manual_seed(plan.seed)
    torch.set_num_threads(plan.threads)
    chance = random.Random(plan.seed)
    train, dev = (_split(parts[name], model) for name in ("train", "dev"))
    # Few, so more than once.
    train += [example for example in train if example[0].source == "sentineg"]
    train += [example for example in train if example[0].source in WRITTEN] * (plan.written - 1)
    steps = int(len(train) / plan.batch * plan.epochs)
    optimiser = torch.optim.AdamW(
        groups(weights, plan.rate, plan.decay), betas=(0.9, 0.98), fused=True
    )
    rates = [group["lr"] for group in optimiser.param_groups]
    begun = time.monotonic()
    for step, batch in enumerate(batches(train, plan.batch, chance, _pieces), start=1):
        done = max(step / steps, (time.monotonic() - begun) / 60 / plan.minutes)
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * min(step / plan.warm_up, max(0.003, 1 - done))
        loss = _loss(weights, batch)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(weights.values()), 1.0)
        optimiser.step()
        if step % 50 == 0:
            say(f"step {step}/{steps}, loss {loss.item():.3f}, {time.monotonic() - begun:.0f} s")
        if step % plan.look_every == 0 or done >= 1:
            torch.save(weights, at)
            say(f"step {step}: right on dev {_right(weights, dev):.4f}")
        if done >= 1:
            return


def mean(several: Sequence[network.Tensors]) -> network.Tensors:
    """The plain mean of weights that were tuned from the same start."""
    return {
        name: sum(weights[name].detach() for weights in several) / len(several)
        for name in several[0]
    }


def _split(some: Sequence[Rated], model: Pretrained) -> list[Example]:
    splitter = Pieces(model.pieces, model.scores)
    return [(rated, splitter.split(normalise(rated.text))) for rated in some]


def _loss(weights: network.Tensors, batch: Sequence[Example]) -> Any:
    label = torch.tensor([-1 if rated.label is None else rated.label for rated, _ in batch])
    rating = torch.tensor([float(rated.rating or 0) for rated, _ in batch])
    with torch.autocast("cpu", torch.bfloat16):
        out = network.forward(weights, network.padded([n for _, n in batch], WINDOW), training=True)
    goal = (label == 1).float() * (1 - 2 * _SMOOTHED) + _SMOOTHED
    praise = F.binary_cross_entropy_with_logits(out[:, 0], goal, reduction="none")
    neither = F.binary_cross_entropy_with_logits(out[:, 1], (label < 0).float())
    stars = (out[:, 2] - (rating - 5.5) / 4.5) ** 2
    # Of those of whom it is known.
    return (
        (praise * (label >= 0)).mean()
        + _NEITHER * neither
        + _RATING * (stars * (rating > 0)).mean()
    )


def _right(weights: network.Tensors, examples: Sequence[Example]) -> float:
    sided = sorted((e for e in examples if e[0].label is not None), key=lambda e: len(e[1]))
    right = 0
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for at in range(0, len(sided), 64):
            some = sided[at : at + 64]
            out = network.forward(
                weights, network.padded([n for _, n in some], WINDOW), training=False
            )
            labels = np.array([rated.label for rated, _ in some])
            right += int(((out[:, 0].numpy() > 0) == (labels == 1)).sum())
    return right / len(sided)
