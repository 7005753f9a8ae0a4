"""Makes `encoder.npz`. Needs PyTorch (`pip install torch==2.13.0`) and the pretrained weights (training/encoder/pretrained.py)."""

from __future__ import annotations

import argparse
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from apps.reviews.training import options, packing, tuning
from apps.reviews.training.corpus import Rated
from apps.reviews.training.progress import say

from training.encoder import network, pretrained


def main() -> None:
    given = _given()
    parts = options.parts_in(given.data)
    seen = [rated.text for name in ("train", "dev") for rated in parts[name]]
    model = pretrained.cut(pretrained.read(given.pretrained), seen)
    say(f"{len(model.pieces)} pieces kept")
    weights = network.initial(model, given.seed)
    if given.start:
        begun = tuning.mean([torch.load(path) for path in given.start])
        weights = network.resumed(begun, _pieces(given.weights / "encoder.npz"), model)
    parts["train"] = _fewer_films(parts["train"], given.films, given.seed)
    weights = {name: tensor.detach().requires_grad_() for name, tensor in weights.items()}
    if given.epochs > 0:
        plan = replace(
            tuning.Plan(),
            epochs=given.epochs,
            minutes=given.minutes,
            rate=given.rate,
            seed=given.seed,
            threads=given.threads,
        )
        tuning.tune(weights, model, parts, plan, given.checkpoint)
    given.weights.mkdir(parents=True, exist_ok=True)
    packing.save(packing.packed(weights, model), given.weights / "encoder.npz")


def _pieces(file: Path) -> list[str]:
    with np.load(file) as arrays:
        pieces: list[str] = arrays["pieces"].tobytes().decode().split("\n")
    return pieces


def _fewer_films(train: list[Rated], most: int, seed: int) -> list[Rated]:
    films = [rated for rated in train if rated.source.startswith("nsmc")]
    others = [rated for rated in train if not rated.source.startswith("nsmc")]
    return others + random.Random(seed).sample(films, min(most, len(films)))


def _given() -> argparse.Namespace:
    parser = options.parser("make_encoder", "Fine-tunes the encoder.")
    parser.add_argument("--pretrained", type=Path, required=True, help="e5-small-q4.bin")
    parser.add_argument(
        "--start",
        type=Path,
        nargs="*",
        default=[],
        help="go on from their mean; --weights has the encoder.npz of the first",
    )
    parser.add_argument("--films", type=int, default=1_000_000, help="at most so many film reviews")
    parser.add_argument("--checkpoint", type=Path, default=Path("reviews-encoder.pt"))
    parser.add_argument("--epochs", type=float, default=3.0, help="0: only write the model file")
    parser.add_argument("--minutes", type=float, default=240.0, help="at most")
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
