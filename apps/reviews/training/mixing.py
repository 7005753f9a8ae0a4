"""Fits how the two models' numbers become probabilities, on the `dev` split, and writes `mix.json`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from apps.reviews.training.corpus import Rated
from apps.reviews.training.progress import say
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from gilmok_reviews.sentiment.classifier import has_hangul, parts_of, tone
from gilmok_reviews.sentiment.encoder import Encoder
from gilmok_reviews.sentiment.grams import Grams

Numbers = NDArray[np.float64]

_RESTAURANTS = ("reviews", "clauses")


def fit(parts: dict[str, list[Rated]], weights: Path) -> None:
    """Reads the model files in `weights` and writes `mix.json` beside them.

    Praise against blame: on all of `dev`, where restaurants weigh as much as films and shops. What is
    neither: on reviews of restaurants alone, because film ratings of 5 to 8 mean something else.
    """
    dev = parts["dev"]
    texts = [rated.text for rated in dev]
    encoded = Encoder.load(weights / "encoder.npz").read(texts).astype(float)
    grams = Grams.load(weights / "grams.npz").read(texts).astype(float)
    tones = np.array([tone(parts_of(text)) for text in texts])
    ours = np.array([rated.source in _RESTAURANTS for rated in dev])
    sided = np.array([rated.label is not None for rated in dev])
    praised = np.array([rated.label == 1 for rated in dev])
    hangul = np.array([has_hangul(text) for text in texts])
    worth = np.where(ours, (~ours).sum() / ours.sum(), 1.0)
    all_three = np.stack([encoded[:, 0], grams, tones], axis=1)
    in_korean, in_english = sided & hangul, sided & ~hangul & ours
    korean = _logistic(all_three[in_korean], praised[in_korean], worth[in_korean])
    english = _logistic(all_three[in_english][:, [0, 2]], praised[in_english])
    said = np.where(
        hangul, korean[0] + all_three @ korean[1:], english[0] + all_three[:, [0, 2]] @ english[1:]
    )
    neither = np.stack([encoded[:, 1], np.abs(said), np.abs(encoded[:, 2])], axis=1)
    reviews = np.array([rated.source == "reviews" for rated in dev])
    neutral = _logistic(neither[reviews], ~sided[reviews])
    mix = {"korean": _short(korean), "english": _short(english), "neutral": _short(neutral)}
    (weights / "mix.json").write_text(json.dumps(mix, indent=2) + "\n", encoding="utf-8")
    for name, some in (("films and shops", in_korean & ~ours), ("restaurants", sided & ours)):
        say(f"{name}: right on dev {((said > 0) == praised)[some].mean():.4f} (n = {some.sum()})")
    shares = [(praised & sided)[reviews].mean(), (~sided)[reviews].mean()]
    say(f"of {reviews.sum()} reviews {shares[0]:.2f} praise, {shares[1]:.2f} are neither")


def _logistic(
    features: Numbers, labels: NDArray[np.bool_], worth: Numbers | None = None
) -> Numbers:
    """Constant and coefficients, hardly penalised."""
    model = LogisticRegression(C=10.0, max_iter=1000).fit(features, labels, sample_weight=worth)
    return np.concatenate([model.intercept_, model.coef_[0]])


def _short(numbers: Numbers) -> list[float]:
    return [round(float(number), 4) for number in numbers]
