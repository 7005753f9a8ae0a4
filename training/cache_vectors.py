"""Distils a sentence encoder into the table of pieces of `gilmok.cache.vectors`.

The sum of a text's pieces is fitted, by ridge regression, to the encoder's vector in its 64 main
directions. Single words are texts too, so that a word's own vector means something. Only texts
whose licences allow it are read; of ParaKQC and GPTCache's pairs only the halves that do not
measure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from quality.data import public
from scipy import sparse

from gilmok.cache.vectors import TableFile, pieces, split
from training.cache_verifier import MODELS, encoder, trains_on

ROWS = 1 << 15
WIDTH = 64
LONGEST = 300
_SEED = 20261122
_STEPS = 60
_PENALTY = 1.0
_WORD_WEIGHT = 0.5
_SEEN = 3
_REVIEWS = 15_000

_WHOLE = (
    ("reviews/sentineg", "text"),
    ("privacy/klue_ner", "text"),
    ("privacy/presidio_v2", "text"),
    ("injection/xstest_safe", "text"),
    ("injection/deepset_train", "text"),
    ("routing/rl_mmlu", "prompt"),
    ("routing/rl_gsm8k", "prompt"),
    ("routing/mmlupro_8b_70b", "prompt"),
)


def train(data: Path) -> None:
    texts = list(dict.fromkeys(t for t in _texts(data) if t))
    counted = Counter(w for t in texts for w in set(re.findall(r"[가-힣]+|[a-z]+", t.lower())))
    words = [word for word, count in counted.items() if count >= _SEEN]
    wanted = encoder()(texts + words)
    directions = np.linalg.svd(wanted[: len(texts) : 2], full_matrices=False)[2][:WIDTH]
    goal = wanted @ directions.T
    weight = np.ones(len(goal), dtype=np.float32)
    weight[len(texts) :] = _WORD_WEIGHT
    table = _ridge(_counts(texts + words), goal, weight)
    scale = float(np.quantile(np.abs(table), 0.9995)) / 127
    small = np.clip(np.round(table / scale), -127, 127).astype(np.int8)
    file = TableFile(
        rows=ROWS,
        width=WIDTH,
        scale=scale,
        table=small.tobytes(),
        provenance={
            "trained_by": "training/cache_vectors.py",
            "teacher": "universal-sentence-encoder-multilingual v3 (Apache-2.0)",
            "data": "ParaKQC, KorSTS, KLUE-NER, SentiNeg (CC-BY-SA-4.0), NSMC (CC0), Question_pair, "
            "GPTCache mock, presidio-research, GSM8K, MMLU (MIT), deepset, MMLU-Pro (Apache-2.0), "
            "XSTest (CC-BY-4.0): their texts, no labels",
        },
    )
    path = MODELS / "vectors.msgpack"
    path.write_bytes(msgspec.msgpack.encode(file))
    print(f"{path.name}: {len(texts)} texts, {len(words)} words, {path.stat().st_size} bytes")


def _texts(data: Path) -> Iterator[str]:
    yield from (r["text"] for r in public("cache/parakqc", data) if trains_on(r["group"]))
    for name in ("songys_trainval", "korsts_traindev", "gptcache_mock"):
        for row in public(f"cache/{name}", data):
            if trains_on(row["a"]):
                yield from (row["a"], row["b"])
    reviews = public("reviews/nsmc", data)
    drawn = np.random.default_rng(_SEED).permutation(len(reviews))[:_REVIEWS]
    yield from (reviews[i]["text"][:LONGEST].strip() for i in drawn)
    for name, field in _WHOLE:
        for row in public(name, data):
            yield row[field].split("\n")[0][:LONGEST].strip()


def _counts(texts: list[str]) -> sparse.csr_matrix:
    """Pieces of each text, over the root of their number: a long text is no larger vector."""
    ends, rows, values = [0], [], []
    known: dict[str, list[int]] = {}
    for text in texts:
        found: list[int] = []
        for word in split(text.lower()):
            if word not in known:
                known[word] = pieces(word, ROWS)
            found += known[word]
        rows += found
        values += [1 / np.sqrt(max(1, len(found)))] * len(found)
        ends.append(len(rows))
    return sparse.csr_matrix((values, rows, ends), shape=(len(texts), ROWS), dtype=np.float32)


def _ridge(x: sparse.csr_matrix, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Conjugate gradients on the normal equations, for all columns at once."""
    w = sparse.diags(weight)
    fitted = np.zeros((x.shape[1], y.shape[1]), dtype=np.float32)
    rest = x.T @ (w @ y)
    step, size = rest.copy(), (rest * rest).sum(axis=0)
    for _ in range(_STEPS):
        turned = x.T @ (w @ (x @ step)) + _PENALTY * step
        far = size / ((step * turned).sum(axis=0) + 1e-12)
        fitted += far * step
        rest -= far * turned
        next_size = (rest * rest).sum(axis=0)
        step = rest + next_size / (size + 1e-12) * step
        size = next_size
    return fitted
