"""Texts whose names are marked: people, organisations, places.

sets/names.jsonl        the project's own prompts, marked by hand for it
privacy/klue_ner        KLUE-NER (CC-BY-SA-4.0): the half of the sentences with an odd hash
privacy/presidio_large  presidio-research (MIT): templates with an odd hash
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from quality.data import public

from gilmok.inspection.tagging import KINDS
from gilmok.learned.unigram import Unigram, placed_plain
from training.sensitivity import SETS, rows

TAGS = 1 + 2 * len(KINDS)
"""As `gilmok.inspection.tagging` reads them."""
_LETTERS = {"P": 0, "O": 1, "L": 2}
TYPES = {
    "PERSON": 0,
    "ORGANIZATION": 1,
    "LOCATION": 2,
    "GPE": 2,
    "ADDRESS": 2,
    "STREET_ADDRESS": 2,
}
"""Of the public sets."""


class Marked(Struct, frozen=True):
    text: str
    """As `plain` leaves it."""
    names: tuple[tuple[int, int, int], ...]
    """Start, end and number of the kind; disjoint, in order."""


def marked(data: Path) -> list[Marked]:
    return [*own_prompts(), *_klue(data), *_presidio(data)]


def own_prompts() -> list[Marked]:
    texts = {row["id"]: row["text"] for row in rows(with_identifiers=True)}
    with (SETS / "names.jsonl").open(encoding="utf-8") as lines:
        read = [json.loads(line) for line in lines]
    return [_marked(texts[row["id"]], row["names"]) for row in read]


def _marked(text: str, names: Iterable[Sequence[Any]]) -> Marked:
    return placed(text, [(start, end, _LETTERS[letter]) for letter, start, end in names])


def held_out(name: str) -> bool:
    """Whether a text or template belongs to the half that is only measured on."""
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 0


def _klue(data: Path) -> list[Marked]:
    found = public("privacy/klue_ner", data)
    return [
        placed(row["text"], _typed([*row["spans"], *row["other_spans"]]))
        for row in found
        if not held_out(row["text"])
    ]


def _presidio(data: Path) -> list[Marked]:
    found = public("privacy/presidio_large", data)
    return [
        placed(row["text"], _typed(row["spans"])) for row in found if not held_out(row["template"])
    ]


def _typed(spans: Iterable[dict[str, Any]]) -> list[tuple[int, int, int]]:
    return [(s["start"], s["end"], TYPES[s["type"]]) for s in spans if s["type"] in TYPES]


def placed(text: str, names: Iterable[tuple[int, int, int]]) -> Marked:
    """With the places in the plain text; of names that overlap the first."""
    made = placed_plain(text)
    found, done = [], 0
    for start, end, kind in sorted(names):
        begin = bisect_right(made.ends, start)
        stop = bisect_left(made.starts, end)
        if done <= begin < stop:
            found.append((begin, stop, kind))
            done = stop
    return Marked(made.text, tuple(found))


def tags(one: Marked, unigram: Unigram) -> tuple[list[int], list[int]]:
    """The pieces, and what each is. A piece belongs to the name that any letter of it is in."""
    pieces = unigram.placed(one.text)
    ends = [start for start, _ in pieces[1:]] + [len(one.text)]
    found = [0] * len(pieces)
    for begin, end, kind in one.names:
        inside = [
            at
            for at, (start, _) in enumerate(pieces)
            if max(start, begin) < min(ends[at], end)
            and one.text[max(start, begin) : ends[at]].strip()
        ]
        for at in inside:
            found[at] = 2 * kind + (1 if at == inside[0] else 2)
    return [number for _, number in pieces], found
