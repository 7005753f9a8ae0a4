"""Every word the rules know: the menu's names and choices, and the vocabulary of ordering.

Words are keyed without their spaces, because customers write 카페 라떼 and 카페라떼; where an English
word may be cut is kept beside it, so that `no table` is not a `notable`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gilmok_kiosk.menu import Choice, Item, Menu, Temperature
from gilmok_kiosk.understanding import vocabulary
from gilmok_kiosk.understanding.marks import LAST, Kind, Mark
from gilmok_kiosk.understanding.normal import folded


@dataclass(frozen=True, slots=True)
class Entry:
    marks: tuple[Mark, ...]
    spaces: frozenset[int] = frozenset()
    """Where a space may stand inside, counted in letters; only asked of English words."""


@dataclass(slots=True)
class Lexicon:
    """Frozen in use: built once for a menu."""

    entries: dict[str, Entry] = field(default_factory=dict)
    names: dict[str, tuple[Mark, ...]] = field(default_factory=dict)
    """Names of items that are long enough to be recognised with a typing error."""
    longest: int = 0

    def add(self, word: str, *marks: Mark) -> None:
        """The first meaning of a word stays, in every way of spacing it."""
        spaced = folded(word)
        key = spaced.replace(" ", "")
        gaps, at = set(), 0
        for part in spaced.split(" ")[:-1]:
            at += len(part)
            gaps.add(at)
        first = self.entries.get(key, Entry(marks))
        self.entries[key] = Entry(first.marks, first.spaces | gaps)
        self.longest = max(self.longest, len(key))


def lexicon(menu: Menu) -> Lexicon:
    built = Lexicon()
    for item in menu.items:
        _add_item(built, item)
    for kind, choices in (
        (Kind.SIZE, menu.sizes),
        (Kind.TEMPERATURE, menu.temperatures),
        (Kind.MILK, menu.milks),
        (Kind.SYRUP, menu.syrups),
    ):
        _add_choices(built, kind, choices)
    for category, names in vocabulary.CATEGORIES.items():
        ids = tuple(item.id for item in menu.items if item.category == category)
        for form in (form for name in names for form in _forms(name) if ids):
            built.add(form, Mark(Kind.ITEM, ids))
    for word in ("사이즈업", "사이즈 업", "upsize"):
        built.add(word, Mark(Kind.SIZE, (tuple(menu.sizes)[-1],)))
    _add_numbers(built)
    _add_words(built)
    return built


def _add_item(built: Lexicon, item: Item) -> None:
    mark = Mark(Kind.ITEM, (item.id,))
    for name in (item.name.ko, item.name.en, *item.aliases):
        for form in _forms(name):
            built.add(form, mark)
            key = folded(form).replace(" ", "")
            if len(key) >= (6 if key.isascii() else 4):
                built.names.setdefault(key, (mark,))
    for temperature, nicknames in item.nicknames.items():
        for name in nicknames:
            built.add(name, mark, Mark(Kind.TEMPERATURE, (temperature,), spaced=False))


def _add_choices(
    built: Lexicon, kind: Kind, choices: Mapping[str, Choice] | Mapping[Temperature, Choice]
) -> None:
    for key, choice in choices.items():
        for name in (choice.name.ko, choice.name.en, *choice.aliases):
            built.add(name, Mark(kind, (key,)))


def _add_numbers(built: Lexicon) -> None:
    for number, word in vocabulary.BEFORE_COUNTER:
        for counter, unit in vocabulary.COUNTERS.items():
            built.add(word + counter, Mark(Kind.QUANTITY, (unit,), number))
        built.add(word + "샷", Mark(Kind.SHOT, (), number))
    for number, word in vocabulary.ALONE:
        built.add(word, Mark(Kind.QUANTITY, ("alone",), number))
    for word, number in vocabulary.ENGLISH.items():
        built.add(word, Mark(Kind.QUANTITY, (), number))
    for article in vocabulary.ARTICLES:
        built.add(article, Mark(Kind.QUANTITY, ("a",), 1))
    for number, words in vocabulary.ORDINALS.items():
        for word in words:
            built.add(word, Mark(Kind.ORDINAL, (), number))


def _add_words(built: Lexicon) -> None:
    for word in ("로하고", "으로하고", "걸로하고"):
        built.add(word, Mark(Kind.AS), Mark(Kind.END, spaced=False))
    for word in vocabulary.BOTH:
        built.add(word, Mark(Kind.ALL, ("both",)))
    for word in vocabulary.LAST:
        built.add(word, Mark(Kind.ORDINAL, (), LAST))
    for kind, closing in vocabulary.CLOSING.items():
        for word in closing:
            built.add(word, Mark(kind), Mark(Kind.END, spaced=False))
    for kind, words in vocabulary.WORDS.items():
        for word in words:
            built.add(word, Mark(kind))


def _forms(name: str) -> Iterator[str]:
    """The name, and in English its plural."""
    yield name
    if name.isascii() or name[-1:].isascii():
        yield name[:-1] + "ies" if name.endswith("y") else name + "s"
