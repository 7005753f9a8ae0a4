"""Makes `encoder.npz`. Needs PyTorch (`pip install torch==2.13.0`) and the pretrained weights (e5.py)."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from apps.reviews.training import e5, network, options, tuning
from apps.reviews.training.progress import say


def main() -> None:
    given = _given()
    parts = options.parts_in(given.data)
    seen = [rated.text for name in ("train", "dev") for rated in parts[name]]
    model = e5.cut(e5.read(given.pretrained), seen)
    say(f"{len(model.pieces)} pieces kept")
    starts = [torch.load(path) for path in given.start]
    weights = tuning.mean(starts) if starts else network.initial(model, given.seed)
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
    network.save(network.packed(weights, model), given.weights / "encoder.npz")


def _given() -> argparse.Namespace:
    parser = options.parser("make_encoder", "Fine-tunes the encoder.")
    parser.add_argument("--pretrained", type=Path, required=True, help="e5-small-q4.bin")
    parser.add_argument("--start", type=Path, nargs="*", default=[], help="go on from their mean")
    parser.add_argument("--checkpoint", type=Path, default=Path("reviews-encoder.pt"))
    parser.add_argument("--epochs", type=float, default=3.0, help="0: only write the model file")
    parser.add_argument("--minutes", type=float, default=240.0, help="at most")
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
