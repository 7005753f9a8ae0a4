"""How well the judge does: figures on texts that nothing was fitted to.

Held-out texts are told by a hash of the text, so a split cannot drift as rows come and go.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gilmok_reviews.domain import Aspect, Feeling, Judge, Judgement, Polarity

_ASPECTS = {
    "맛": Aspect.TASTE,
    "가격": Aspect.PRICE,
    "배달": Aspect.DELIVERY,
    "서비스": Aspect.SERVICE,
    "양": Aspect.QUANTITY,
}
_SIGNS = {1: Polarity.POSITIVE, 0: Polarity.NEUTRAL, -1: Polarity.NEGATIVE}
_BINS = 10

Pair = tuple[Polarity | None, Polarity | None]
"""What is so, and what was said."""


@dataclass(frozen=True, slots=True)
class Figure:
    what: str
    value: float
    """A share from 0 to 1."""
    n: int
    target: float | None = None
    note: str = ""


def split_of(text: str) -> str:
    """`test` (10 %), `dev` (5 %) or `train`. White space does not matter."""
    digest = hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
    part = int(digest[:8], 16) % 100
    return "test" if part < 10 else "dev" if part < 15 else "train"


def rows(path: Path) -> list[dict[str, Any]]:
    """A JSONL file's rows, compressed or not. Raises `FileNotFoundError`."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    return [json.loads(line) for line in text.splitlines()]


def accuracy(pairs: Sequence[Pair]) -> float:
    return sum(true == said for true, said in pairs) / max(1, len(pairs))


def macro_f1(pairs: Sequence[Pair], classes: Iterable[Polarity]) -> float:
    """The plain mean of the classes' F1."""
    scores = [_f1(pairs, {one}) for one in classes]
    return sum(scores) / len(scores)


def calibration_error(feelings: Sequence[Feeling], true: Sequence[Polarity]) -> float:
    """The expected calibration error: the mean distance between confidence and accuracy in ten
    equal-width bins, weighted by their texts."""
    held: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for feeling, label in zip(feelings, true, strict=True):
        place = min(_BINS - 1, int(feeling.confidence * _BINS))
        held[place].append((feeling.confidence, feeling.polarity is label))
    gaps = (abs(sum(c for c, _ in some) - sum(right for _, right in some)) for some in held)
    return sum(gaps) / max(1, len(true))


def figures(judge: Judge, data: Path, own: Path, part: str = "test") -> list[Figure]:
    """On the downloaded sets in `data` and those written for this project in `own`. A set that is
    not there is left out. `part`: which split of the rated texts."""
    found = []
    for name, measure in (
        ("nsmc.jsonl.gz", _films),
        ("sentineg.jsonl.gz", _negation),
        ("food_absa.jsonl.gz", _food),
    ):
        if (data / name).exists():
            found += measure(judge, data, part)
    return found + _written(judge, own)


def _labelled(judge: Judge, path: Path, part: str) -> tuple[list[Feeling], list[Polarity]]:
    kept = [row for row in rows(path) if split_of(row["text"]) == part]
    judged = judge.judge([row["text"] for row in kept])
    true = [
        Polarity.NEUTRAL
        if row["label"] is None
        else (Polarity.POSITIVE if row["label"] else Polarity.NEGATIVE)
        for row in kept
    ]
    return [judgement.feeling for judgement in judged], true


def _sided(feeling: Feeling) -> Polarity:
    """Praise or blame, whichever is likelier: for sets that know no third."""
    return Polarity.POSITIVE if feeling.positive >= feeling.negative else Polarity.NEGATIVE


def _films(judge: Judge, data: Path, part: str) -> list[Figure]:
    feelings, true = _labelled(judge, data / "nsmc.jsonl.gz", part)
    two = [(label, _sided(feeling)) for feeling, label in zip(feelings, true, strict=True)]
    three = [(label, feeling.polarity) for feeling, label in zip(feelings, true, strict=True)]
    found = [
        Figure("NSMC accuracy (positive or negative)", accuracy(two), len(two), 0.9197),
        Figure("NSMC accuracy, where `neutral` is wrong", accuracy(three), len(three), 0.9197),
    ]
    if (data / "nsmc_neutral.jsonl.gz").exists():
        more, neutral = _labelled(judge, data / "nsmc_neutral.jsonl.gz", part)
        feelings, true = feelings + more, true + neutral
        pairs = [(label, feeling.polarity) for feeling, label in zip(feelings, true, strict=True)]
        found += [
            Figure("NSMC with ratings 5-8 as neutral: accuracy", accuracy(pairs), len(pairs)),
            Figure("the same: macro-F1", macro_f1(pairs, Polarity), len(pairs)),
            Figure(
                "the same: calibration error (ECE)",
                calibration_error(feelings, true),
                len(true),
                note="lower is better",
            ),
        ]
    return found


def _negation(judge: Judge, data: Path, part: str) -> list[Figure]:
    feelings, true = _labelled(judge, data / "sentineg.jsonl.gz", part)
    pairs = [(label, _sided(feeling)) for feeling, label in zip(feelings, true, strict=True)]
    return [Figure("SentiNeg accuracy", accuracy(pairs), len(pairs), 0.90)]


def _food(judge: Judge, data: Path, _part: str) -> list[Figure]:
    """No row of this set was fitted to, so all of it is measured; the words were written while
    reading the half whose hash is even, so the odd half counts."""
    found = []
    all_rows = rows(data / "food_absa.jsonl.gz")
    for name, odd, target in (("unread half", 1, 0.88), ("half read while writing words", 0, None)):
        kept = [row for row in all_rows if _parity(row["text"]) == odd]
        judged = judge.judge([row["text"] for row in kept])
        pairs = [
            (_SIGNS[label["polarity"]], _said(judgement, _ASPECTS[label["aspect"]], label["start"]))
            for row, judgement in zip(kept, judged, strict=True)
            for label in row["aspects"]
        ]
        seen = sum(said is not None for _, said in pairs) / max(1, len(pairs))
        two = [pair for pair in pairs if pair[0] is not Polarity.NEUTRAL]
        sides = (Polarity.POSITIVE, Polarity.NEGATIVE)
        found += [
            Figure(
                f"food aspects, {name}: macro-F1, 3 polarities",
                macro_f1(pairs, Polarity),
                len(pairs),
                target,
            ),
            Figure(
                f"food aspects, {name}: macro-F1, praise and blame", macro_f1(two, sides), len(two)
            ),
            Figure(f"food aspects, {name}: labelled mentions that were found", seen, len(pairs)),
        ]
    return found


def _parity(text: str) -> int:
    return int(hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:8], 16) % 2


def _said(judgement: Judgement, aspect: Aspect, at: int) -> Polarity | None:
    """What was said of the aspect in the clause that covers the place."""
    for opinion in judgement.opinions:
        if opinion.aspect is aspect and opinion.start <= at < opinion.end:
            return opinion.polarity
    return None


def _written(judge: Judge, own: Path) -> list[Figure]:
    found = []
    for name, what in (("negation.jsonl", "own negations (ko)"), ("english.jsonl", "own English")):
        kept = rows(own / name)
        judged = judge.judge([row["text"] for row in kept])
        pairs: list[Pair] = [
            (Polarity(row["label"]), _sided(judgement.feeling))
            for row, judgement in zip(kept, judged, strict=True)
            if row["label"] != Polarity.NEUTRAL
        ]
        found.append(Figure(f"{what}: accuracy", accuracy(pairs), len(pairs)))
    for name, what in (("aspects.jsonl", "own Korean"), ("english.jsonl", "own English")):
        found += _aspects_of(judge, rows(own / name), what)
    for name in ("reviews", "clauses"):
        kept = rows(own / f"{name}_held.jsonl")
        for lang in ("ko", "en"):
            some = [row for row in kept if row["lang"] == lang]
            found += _of_another_writer(judge, some, f"{name} by another writer ({lang})")
    return found


def _of_another_writer(judge: Judge, kept: Sequence[dict[str, Any]], what: str) -> list[Figure]:
    feelings = [judgement.feeling for judgement in judge.judge([row["text"] for row in kept])]
    true = [Polarity(row["mood"]) for row in kept]
    pairs: list[Pair] = [(t, f.polarity) for t, f in zip(true, feelings, strict=True)]
    two: list[Pair] = [
        (t, _sided(f)) for t, f in zip(true, feelings, strict=True) if t is not Polarity.NEUTRAL
    ]
    return [
        Figure(f"{what}: accuracy, praise or blame", accuracy(two), len(two)),
        Figure(f"{what}: accuracy, three moods", accuracy(pairs), len(pairs)),
        Figure(f"{what}: macro-F1, three moods", macro_f1(pairs, Polarity), len(pairs)),
    ]


def _aspects_of(judge: Judge, kept: Sequence[dict[str, Any]], what: str) -> list[Figure]:
    """Every aspect of every text: whether it was seen, and what was said of it."""
    judged = judge.judge([row["text"] for row in kept])
    pairs: list[Pair] = []
    for row, judgement in zip(kept, judged, strict=True):
        said = {opinion.aspect: opinion.polarity for opinion in judgement.opinions}
        true = {Aspect(name): Polarity(label) for name, label in row["aspects"].items()}
        pairs += [(true.get(aspect), said.get(aspect)) for aspect in Aspect]
    both = [pair for pair in pairs if pair[0] and pair[1]]
    seen = _f1(pairs, set(Polarity))
    return [
        Figure(f"{what} aspects: F1 of finding them", seen, sum(p[0] is not None for p in pairs)),
        Figure(f"{what} aspects found: accuracy of polarity", accuracy(both), len(both)),
    ]


def _f1(pairs: Sequence[Pair], of: Set[Polarity | None]) -> float:
    """Of having said one of these where one of these is so."""
    both = sum(true in of and said in of for true, said in pairs)
    either = sum((true in of) + (said in of) for true, said in pairs)
    return 2 * both / either if either else 0.0
