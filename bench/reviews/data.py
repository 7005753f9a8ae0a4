"""Labelled reviews, and the part of them that no model was trained on."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from gilmok_reviews.domain import Aspect, Polarity
from gilmok_reviews.sentiment.evaluation import split_of

_ASPECTS = {
    "가격": Aspect.PRICE,
    "맛": Aspect.TASTE,
    "배달": Aspect.DELIVERY,
    "서비스": Aspect.SERVICE,
    "양": Aspect.QUANTITY,
}
_POLARITIES = {1: Polarity.POSITIVE, 0: Polarity.NEUTRAL, -1: Polarity.NEGATIVE}

Pair = tuple[Aspect, Polarity]


class NoData(Exception):
    """The development data is not in the folder: it may not all be passed on, so it is not shipped."""


@dataclass(frozen=True, slots=True)
class Labelled:
    id: str
    text: str
    said: frozenset[Pair]
    """What the annotators marked: not all that a review says."""


def rows(folder: Path, name: str) -> Iterator[Mapping[str, object]]:
    """Raises `NoData`."""
    path = folder / f"{name}.jsonl.gz"
    if not path.is_file():
        raise NoData(f"no {path.name} in {folder}: give the folder of labelled reviews with --data")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def check(folder: Path) -> None:
    """Raises `NoData` before anything was measured in vain."""
    for name in ("food_absa", "nsmc", "sentineg"):
        next(rows(folder, name))


def food(folder: Path) -> list[Labelled]:
    """The food reviews, each text once."""
    found: dict[str, Labelled] = {}
    for row in rows(folder, "food_absa"):
        marks = row["aspects"]
        assert isinstance(marks, list)
        said = frozenset((_ASPECTS[m["aspect"]], _POLARITIES[m["polarity"]]) for m in marks)
        text = str(row["text"])
        found.setdefault(text, Labelled(str(row["id"]), text, said))
    return list(found.values())


def held_out(text: str) -> bool:
    """Films and shops: a tenth, which no model of the judge was trained, fitted or tuned on."""
    return split_of(text) == "test"


def unseen(text: str) -> bool:
    """Food: the half that nobody looked at when the words of aspects were written."""
    return int(sha256(" ".join(text.split()).encode()).hexdigest()[:8], 16) % 2 == 1
