"""Fits how the two models' numbers become probabilities, on the `dev` split, and writes `mix.json`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from apps.reviews.training.corpus import Rated
from apps.reviews.training.progress import say
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from gilmok_reviews.sentiment.classifier import parts_of, tone
from gilmok_reviews.sentiment.encoder import Encoder
from gilmok_reviews.sentiment.grams import Grams

Numbers = NDArray[np.float64]

_WORDS_KOREAN, _WORDS_ENGLISH = 2.0, 3.0
"""Log-odds for each clause whose words praise or blame an aspect of a restaurant. Set, not fitted to
films, which hardly have such clauses: of 1.2, 2, 3 and 4 this did best on the sample reviews that ship
and the sets written for this project, while NSMC and SentiNeg lose nothing on `dev`."""


def fit(parts: dict[str, list[Rated]], weights: Path) -> None:
    """Reads the model files in `weights` and writes `mix.json` beside them."""
    dev = parts["dev"]
    texts = [rated.text for rated in dev]
    encoded = Encoder.load(weights / "encoder.npz").read(texts).astype(float)
    grams = Grams.load(weights / "grams.npz").read(texts).astype(float)
    sided = np.array([rated.label is not None for rated in dev])
    praised = np.array([rated.label == 1 for rated in dev])[sided]
    tones = np.array([tone(parts_of(text)) for text in texts])
    both = np.stack([encoded[:, 0], grams], axis=1)
    korean = _logistic(both[sided], praised)
    english = _logistic(encoded[sided, :1], praised)
    said = korean[0] + both @ korean[1:] + _WORDS_KOREAN * tones
    neither = np.stack([encoded[:, 1], np.abs(said), np.abs(encoded[:, 2])], axis=1)
    neutral = _logistic(neither, ~sided)
    (weights / "mix.json").write_text(
        json.dumps(
            {
                "korean": _short([*korean, _WORDS_KOREAN]),
                # English reviews are not films: no constant
                "english": _short([0.0, english[1], _WORDS_ENGLISH]),
                "neutral": _short(neutral),
            },
            indent=2,
        )
        + "\n",
        encoding="utf-8",
    )
    right = ((said > 0)[sided] == praised).mean()
    say(f"right on dev ({len(praised)} texts): {right:.4f}")


def _logistic(features: Numbers, labels: NDArray[np.bool_]) -> Numbers:
    """Constant and coefficients, practically unpenalised."""
    model = LogisticRegression(C=1e4, max_iter=1000).fit(features, labels)
    return np.concatenate([model.intercept_, model.coef_[0]])


def _short(numbers: list[float] | Numbers) -> list[float]:
    return [round(float(number), 4) for number in numbers]
