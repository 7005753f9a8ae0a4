"""The words of ordering that do not come from the menu: `vocabulary.toml`, read once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

from gilmok_kiosk.understanding.marks import Kind

_RAW: dict[str, Any] = tomllib.loads(
    (resources.files(__package__) / "vocabulary.toml").read_text("utf-8")
)
_ENDINGS: dict[str, list[str]] = {name: all.split() for name, all in _RAW["endings"].items()}


def _words(entry: Mapping[str, str]) -> Iterator[str]:
    """Of an entry in both languages; the Korean stems without an ending."""
    for endings in _ENDINGS:
        yield from entry.get(endings, "").split()
    yield from entry.get("ko", "").split()
    yield from (" ".join(word.split()) for word in entry.get("en", "").split(";") if word.strip())


def _closing(entry: Mapping[str, str]) -> Iterator[str]:
    """Verbs after which something new begins: stems with an ending, and 빼고."""
    for name, endings in _ENDINGS.items():
        for stem in entry.get(name, "").split():
            yield from (stem + ending for ending in endings)
    yield from entry.get("closing", "").split()


WORDS: dict[Kind, tuple[str, ...]] = {
    kind: tuple(_words(_RAW.get(kind.name.lower(), {}))) for kind in Kind
}
CLOSING: dict[Kind, tuple[str, ...]] = {
    kind: tuple(_closing(_RAW.get(kind.name.lower(), {}))) for kind in Kind
}
"""Words that also end their clause."""
CLOSING[Kind.REQUEST] = (*WORDS[Kind.REQUEST], *(one for some in _ENDINGS.values() for one in some))
BOTH = tuple(_words(_RAW["both"]))
LAST = tuple(_words(_RAW["last"]))
ORDINALS = {int(number): tuple(_words(entry)) for number, entry in _RAW["ordinals"].items()}
CATEGORIES = {name: tuple(_words(entry)) for name, entry in _RAW["categories"].items()}

_NUMBERS = _RAW["numbers"]
BEFORE_COUNTER = tuple(enumerate(_NUMBERS["before_counter"].split(), 1))
ALONE = tuple(enumerate(_NUMBERS["alone"].split(), 1))
COUNTERS: dict[str, str] = _NUMBERS["counters"]
ENGLISH: dict[str, int] = {
    **{word: number for number, word in enumerate(_NUMBERS["english"].split(), 1)},
    **_NUMBERS["phrases"],
}
ARTICLES = tuple(_NUMBERS["articles"].split())
