"""The rated reviews that the models are trained on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gilmok_reviews.sentiment.evaluation import rows, split_of

OWN = Path(__file__).resolve().parent / "sets"
SOURCES = ("nsmc", "nsmc_neutral", "sentineg")
"""Film reviews (CC0), those rated 5 to 8 (CC0), shop reviews with negations (CC-BY-SA-4.0). The food
reviews, whose licence is unclear, are for measuring only and never read here."""
WRITTEN = ("reviews", "clauses")
"""Reviews of restaurants and clauses of such, Korean and English, written for this project. Their own
held-out texts are files of another writer, so here only a part is kept to fit `mix.json` on."""


class NoData(Exception):
    """The folder does not hold the sets."""


@dataclass(frozen=True, slots=True)
class Rated:
    source: str
    text: str
    label: int | None
    """1 praise, 0 blame, `None` neither."""
    rating: int | None
    """1 to 10 stars."""


def read(folder: Path) -> dict[str, list[Rated]]:
    """By split: `train`, `dev`, `test`. Raises `NoData`."""
    missing = [name for name in SOURCES if not (folder / f"{name}.jsonl.gz").exists()]
    if missing:
        raise NoData(f"{folder} lacks {', '.join(f'{name}.jsonl.gz' for name in missing)}")
    parts: dict[str, list[Rated]] = {"train": [], "dev": [], "test": []}
    for source in SOURCES:
        for row in rows(folder / f"{source}.jsonl.gz"):
            rated = Rated(source, row["text"], row["label"], row.get("rating"))
            parts[split_of(rated.text)].append(rated)
    for source in WRITTEN:
        for row in rows(OWN / f"{source}.jsonl"):
            stars = row.get("stars")
            rating = None if stars is None else 2 * stars
            rated = Rated(source, row["text"], _LABELS[row["mood"]], rating)
            parts["train" if split_of(rated.text) == "train" else "dev"].append(rated)
    return parts


_LABELS = {"positive": 1, "neutral": None, "negative": 0}
