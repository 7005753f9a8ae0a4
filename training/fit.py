"""Fits a `gilmok.learned` model: logistic regression over substrings and dense numbers.

The pieces are chosen by how much they say (chi-squared), then weighted together under an L2
penalty. Calibration comes from predictions on folds that the fit has not seen, so a probability
means what it says on texts of the same kind. Deterministic for a given seed.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import chi2
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from gilmok.learned import Model, ModelFile, normalised
from gilmok.learned.model import Dense

MODELS = Path(__file__).resolve().parent.parent / "src/gilmok/learned/models"


class Recipe(Struct, frozen=True, kw_only=True):
    """What is fitted, apart from the data."""

    name: str
    pieces: int = 8_000
    """The most that are kept."""
    seen_in: int = 3
    """Texts a piece must occur in."""
    words: int = 2
    """The longest run of words; 0 means no words."""
    characters: tuple[int, int] = (2, 5)
    """Lengths of character pieces; (0, 0) means none."""
    penalty: float = 1.0
    """Inverse of the L2 strength (scikit-learn's `C`)."""
    folds: int = 5
    seed: int = 20261122
    balanced: bool = True


def pieces_of(text: str, recipe: Recipe) -> set[str]:
    """Every piece of a normalised text that could be a feature."""
    found: set[str] = set()
    low, high = recipe.characters
    for size in range(low, high + 1) if high else ():
        found.update(text[at : at + size] for at in range(len(text) - size + 1))
    words = text.split()
    for run in range(1, recipe.words + 1):
        found.update(f" {' '.join(words[at : at + run])} " for at in range(len(words) - run + 1))
    found.discard(" ")
    return found


def fit(
    recipe: Recipe,
    texts: Sequence[str],
    labels: Sequence[float],
    *,
    groups: Sequence[object],
    dense: Sequence[Sequence[float]] = (),
    dense_names: Sequence[str] = (),
    weights: Sequence[float] | None = None,
    provenance: dict[str, str],
) -> ModelFile:
    """`labels` are 0 or 1; texts of one group never part between folds of the calibration."""
    y = np.asarray(labels, dtype=np.int64)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64)
    clean = [normalised(text) for text in texts]
    numbers = np.asarray(dense, dtype=np.float64).reshape(len(clean), len(dense_names))
    whole = _once(recipe, clean, y, w, numbers, dense_names, provenance)
    unseen = np.zeros(len(y))
    order = {group: at for at, group in enumerate(dict.fromkeys(groups))}
    keys = np.asarray([order[group] for group in groups])
    for train, test in GroupKFold(recipe.folds).split(clean, y, keys):
        part = _once(
            recipe, [clean[i] for i in train], y[train], w[train], numbers[train], dense_names, {}
        )
        model = Model(part)
        for i in test:
            unseen[i] = model.logit(clean[i], numbers[i].tolist())
    return replace(whole, calibration=_calibration(unseen, y, w))


def fit_once(recipe: Recipe, clean: Sequence[str], y: np.ndarray) -> ModelFile:
    """Of normalised texts, without calibration: for folds of one's own."""
    return _once(recipe, clean, y, np.ones(len(y)), np.zeros((len(y), 0)), (), {})


def save(file: ModelFile) -> Path:
    path = MODELS / f"{file.name}.msgpack"
    path.write_bytes(msgspec.msgpack.encode(file))
    print(f"{path.name}: {len(file.pieces)} pieces, {path.stat().st_size / 1000:.0f} kB")
    return path


def _once(
    recipe: Recipe,
    clean: Sequence[str],
    y: np.ndarray,
    w: np.ndarray,
    numbers: np.ndarray,
    dense_names: Sequence[str],
    provenance: dict[str, str],
) -> ModelFile:
    pieces, present = _present(recipe, clean, y)
    counts = np.maximum(1.0, np.asarray(present.sum(axis=1)).ravel())
    scaled = sparse.diags(1.0 / np.sqrt(counts)) @ present
    mean = numbers.mean(axis=0)
    scale = np.where((deviation := numbers.std(axis=0)) > 0, deviation, 1.0)
    matrix = sparse.hstack([scaled, sparse.csr_matrix((numbers - mean) / scale)]).tocsr()
    regression = LogisticRegression(
        C=recipe.penalty,
        max_iter=3000,
        class_weight="balanced" if recipe.balanced else None,
        random_state=recipe.seed,
    ).fit(matrix, y, sample_weight=w)
    weights = regression.coef_[0]
    return ModelFile(
        name=recipe.name,
        pieces=pieces,
        weights=array("f", weights[: len(pieces)]).tobytes(),
        intercept=float(regression.intercept_[0]),
        dense=tuple(
            Dense(name, float(m), float(s), float(k))
            for name, m, s, k in zip(dense_names, mean, scale, weights[len(pieces) :], strict=True)
        ),
        provenance=provenance,
    )


def _present(
    recipe: Recipe, clean: Sequence[str], y: np.ndarray
) -> tuple[tuple[str, ...], sparse.csr_matrix]:
    """The pieces that are kept, and which texts contain them."""

    def analyse(text: str) -> Iterable[str]:
        return pieces_of(text, recipe)

    vectorizer = CountVectorizer(analyzer=analyse, min_df=recipe.seen_in, binary=True)
    matrix = vectorizer.fit_transform(clean).astype(np.float64)
    names = vectorizer.get_feature_names_out()
    if len(names) > recipe.pieces:
        worth = np.nan_to_num(chi2(matrix, y)[0])
        kept = np.sort(np.argsort(-worth, kind="stable")[: recipe.pieces])
        matrix, names = matrix[:, kept], names[kept]
    return tuple(map(str, names)), matrix


def _calibration(logits: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[float, float]:
    """Platt's: slope and offset."""
    platt = LogisticRegression(C=1e6).fit(logits.reshape(-1, 1), y, sample_weight=w)
    return float(platt.coef_[0][0]), float(platt.intercept_[0])
