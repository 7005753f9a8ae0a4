"""What a review feels, and about what: on the CPU, in Korean and English.

`load()` reads the model files of this package once (about half a second); nothing is read after that.
"""

from __future__ import annotations

from pathlib import Path

from gilmok_reviews.sentiment.classifier import Classifier, Mix
from gilmok_reviews.sentiment.encoder import Encoder
from gilmok_reviews.sentiment.grams import Grams

WEIGHTS = Path(__file__).parent / "weights"

__all__ = ["WEIGHTS", "Classifier", "load"]


def load(weights: Path = WEIGHTS) -> Classifier:
    """The judge that ships. Raises `OSError` where a model file is missing."""
    return Classifier(
        Encoder.load(weights / "encoder.npz"),
        Grams.load(weights / "grams.npz"),
        Mix.load(weights / "mix.json"),
    )
