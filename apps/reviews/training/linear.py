"""Fits the linear model over hashed character n-grams: logistic regression on features scaled by how
much more often praise has them than blame (naive Bayes log-count ratios; Wang and Manning 2012)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from apps.reviews.training.corpus import Rated
from apps.reviews.training.progress import say
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from gilmok_reviews.sentiment.grams import BUCKETS, Grams, buckets

_SEEN_AT_LEAST = 2
_STRENGTH = 4.0
"""Inverse of the penalty; 1, 4 and 10 were tried on dev."""


def fit(parts: dict[str, list[Rated]], at: Path, seed: int) -> None:
    """Writes the model file."""
    sided = [rated for rated in parts["train"] if rated.label is not None]
    labels = np.array([rated.label for rated in sided])
    say(f"features of {len(sided)} texts")
    present = _present([rated.text for rated in sided])
    scaled, ratios = _scaled(present, labels)
    model = LogisticRegression(
        C=_STRENGTH, solver="liblinear", dual=True, tol=1e-2, max_iter=60, random_state=seed
    )
    model.fit(scaled, labels)
    weights = (model.coef_[0] * ratios).astype(np.float32)
    scale = np.float32(np.abs(weights).max() / 127)
    np.savez_compressed(
        at,
        weights=np.round(weights / scale).astype(np.int8),
        scale=scale,
        bias=np.float32(model.intercept_[0]),
    )
    dev = [rated for rated in parts["dev"] if rated.label is not None]
    said = Grams.load(at).read([rated.text for rated in dev]) > 0
    say(f"right on dev: {np.mean(said == np.array([rated.label == 1 for rated in dev])):.4f}")


def _present(texts: list[str]) -> sparse.csr_matrix:
    """(texts, buckets): one over the square root of how many features the text has."""
    found = [buckets(text) for text in texts]
    counts = np.array([max(1, len(some)) for some in found])
    return sparse.csr_matrix(
        (
            np.repeat(1 / np.sqrt(counts), [len(some) for some in found]).astype(np.float32),
            np.concatenate(found),
            np.concatenate([[0], np.cumsum([len(some) for some in found])]),
        ),
        shape=(len(texts), BUCKETS),
    )


def _scaled(
    present: sparse.csr_matrix, labels: NDArray[np.int64]
) -> tuple[sparse.csr_matrix, NDArray[np.float32]]:
    has = present.astype(bool).astype(np.float32)
    praise = np.asarray(has[labels == 1].sum(axis=0)).ravel() + 1
    blame = np.asarray(has[labels == 0].sum(axis=0)).ravel() + 1
    ratios = np.log((praise / praise.sum()) / (blame / blame.sum()))
    ratios[praise + blame - 2 < _SEEN_AT_LEAST] = 0
    return (present @ sparse.diags(ratios)).tocsr(), ratios.astype(np.float32)
