"""Fits a `gilmok.learned.words` model: logistic regression over the pieces of words and over signs.

Pieces are chosen by what a first fit of all of them makes of them, times how often they occur; then
the chosen ones are weighted together. Deterministic for a given seed.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from gilmok.learned.words import WordModel, WordModelFile, words
from training.fit import MODELS

Sign = tuple[tuple[int, float], ...]
"""Index and value of what is not 0."""


class WordRecipe(Struct, frozen=True, kw_only=True):
    """What is fitted, apart from the data."""

    name: str
    signs: tuple[str, ...]
    pieces: int = 8_000
    """The most that are kept."""
    lengths: tuple[int, int] = (2, 5)
    """Characters of a piece."""
    seen_in: int = 2
    """Texts a piece must occur in."""
    common: int = 3_000
    """Words known ahead."""
    penalty: float = 3.0
    """Inverse of the L2 strength (scikit-learn's `C`)."""
    folds: int = 4
    seed: int = 20261122


class Table(Struct, frozen=True):
    """Labelled texts, lower case, with their signs."""

    texts: Sequence[str]
    signs: Sequence[Sign]
    labels: np.ndarray
    weights: np.ndarray
    groups: Sequence[str]

    def part(self, rows: np.ndarray) -> Table:
        return Table(
            [self.texts[i] for i in rows],
            [self.signs[i] for i in rows],
            self.labels[rows],
            self.weights[rows],
            [self.groups[i] for i in rows],
        )


def fit(recipe: WordRecipe, table: Table, provenance: dict[str, str]) -> WordModelFile:
    """The model of all texts, calibrated by what models of a part say about the others."""
    unseen = out_of_fold(recipe, table)
    platt = LogisticRegression(C=1e6).fit(
        unseen.reshape(-1, 1), table.labels, sample_weight=table.weights
    )
    return replace(
        once(recipe, table),
        calibration=(float(platt.coef_[0][0]), float(platt.intercept_[0])),
        provenance=provenance,
    )


def out_of_fold(recipe: WordRecipe, table: Table) -> np.ndarray:
    """For every text the logit of a model that saw neither it nor its near duplicates."""
    unseen = np.zeros(len(table.labels))
    folds = StratifiedGroupKFold(recipe.folds, shuffle=True, random_state=recipe.seed)
    for known, rest in folds.split(table.texts, table.labels, table.groups):
        unseen[rest] = logits(WordModel(once(recipe, table.part(known))), table.part(rest))
    return unseen


def logits(model: WordModel, table: Table) -> np.ndarray:
    return np.array([model.logit(t, s) for t, s in zip(table.texts, table.signs, strict=True)])


def once(recipe: WordRecipe, table: Table) -> WordModelFile:
    low, high = recipe.lengths

    def analyse(text: str) -> list[str]:
        return [piece for word in set(words(text)) for piece in pieces_of(word, low, high)]

    vectorizer = CountVectorizer(analyzer=analyse, min_df=recipe.seen_in)
    counts = vectorizer.fit_transform(table.texts).astype(np.float64)
    signs = _matrix(table.signs, len(recipe.signs))
    names = vectorizer.get_feature_names_out()
    first = _regression(recipe, counts, signs, table)
    often = np.sqrt(np.asarray((counts > 0).mean(axis=0)).ravel())
    worth = np.abs(first.coef_[0][: len(names)]) * often
    kept = np.sort(np.argsort(-worth, kind="stable")[: recipe.pieces])
    fitted = _regression(recipe, counts[:, kept], signs, table)
    weights = fitted.coef_[0]
    return WordModelFile(
        name=recipe.name,
        pieces=tuple(map(str, names[kept])),
        weights=array("f", weights[: len(kept)]).tobytes(),
        intercept=float(fitted.intercept_[0]),
        signs={n: float(w) for n, w in zip(recipe.signs, weights[len(kept) :], strict=True)},
        common=_common(table.texts, recipe.common),
    )


def pieces_of(word: str, low: int, high: int) -> list[str]:
    framed = f" {word} "
    return [
        framed[at : at + size]
        for size in range(low, high + 1)
        for at in range(len(framed) - size + 1)
    ]


def save(file: WordModelFile) -> Path:
    path = MODELS / f"{file.name}.msgpack"
    path.write_bytes(msgspec.msgpack.encode(file))
    print(f"{path.name}: {len(file.pieces)} pieces, {path.stat().st_size / 1000:.0f} kB")
    return path


def _regression(
    recipe: WordRecipe, counts: sparse.csr_matrix, signs: sparse.csr_matrix, table: Table
) -> LogisticRegression:
    total = np.maximum(1.0, np.asarray(counts.sum(axis=1)).ravel())
    matrix = sparse.hstack([sparse.diags(1.0 / np.sqrt(total)) @ counts, signs]).tocsr()
    return LogisticRegression(
        C=recipe.penalty, max_iter=3000, class_weight="balanced", random_state=recipe.seed
    ).fit(matrix, table.labels, sample_weight=table.weights)


def _matrix(signs: Sequence[Sign], width: int) -> sparse.csr_matrix:
    rows = [i for i, sign in enumerate(signs) for _ in sign]
    columns = [index for sign in signs for index, _ in sign]
    values = [value for sign in signs for _, value in sign]
    return sparse.csr_matrix((values, (rows, columns)), shape=(len(signs), width))


def _common(texts: Sequence[str], most: int) -> tuple[str, ...]:
    seen = Counter(word for text in texts for word in set(words(text)))
    ranked = sorted(seen.items(), key=lambda item: (-item[1], item[0]))
    return tuple(word for word, count in ranked[:most] if count > 1)
