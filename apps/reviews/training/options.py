"""What every step takes on its command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from apps.reviews.training import corpus
from apps.reviews.training.progress import say

from gilmok_reviews import sentiment


def parser(name: str, does: str) -> argparse.ArgumentParser:
    new = argparse.ArgumentParser(prog=f"python -m apps.reviews.training.{name}", description=does)
    new.add_argument("--data", type=Path, default=Path("../shared/data/reviews"))
    new.add_argument("--weights", type=Path, default=sentiment.WEIGHTS, help="the model files")
    new.add_argument("--seed", type=int, default=7)
    return new


def parts_in(folder: Path) -> dict[str, list[corpus.Rated]]:
    """The splits, or the end of the program where the data is absent."""
    try:
        return corpus.read(folder)
    except corpus.NoData as missing:
        say(f"no training data: {missing}. Name its folder with --data.")
        raise SystemExit(2) from None
