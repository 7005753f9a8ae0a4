"""Prints how well the shipped judge does. Needs nothing but NumPy."""

from __future__ import annotations

from pathlib import Path

from apps.reviews.training import options
from apps.reviews.training.progress import say

from gilmok_reviews import sentiment
from gilmok_reviews.sentiment.evaluation import figures

OWN_SETS = Path(__file__).parent / "sets"


def main() -> None:
    given = options.parser("show_figures", "Measures the judge on held-out texts.").parse_args()
    for figure in figures(sentiment.load(given.weights), given.data, OWN_SETS):
        target = f" (target {figure.target:.2%})" if figure.target else ""
        note = f" ({figure.note})" if figure.note else ""
        say(f"{figure.value:7.2%}  n={figure.n:<6,} {figure.what}{target}{note}")


if __name__ == "__main__":
    main()
