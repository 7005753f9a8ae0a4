"""Predicts how many tokens an answer will have, from what the question asks for. Pure and linear.

A regression on the logarithm of the tokens, over cue words, how many items are asked for and the
length of the text that is to be worked on. Fitted by `training/length.py` on prompts of this project;
the weights are plain numbers beside this module. A length that the question names itself ("500 words",
"한 문장") is mostly believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from math import exp, log
from operator import mul

import msgspec
from ahocorasick_rs import AhoCorasick
from msgspec import Struct

from gilmok.inspection.length_cues import CUES
from gilmok.learned import normalised

EDGE = 500
"""Characters at each end that are read: what is wanted stands before or behind the material."""
_LEAST, _MOST = 1, 8_000
"""Tokens."""
_WORD, _LETTER, _SENTENCE, _PARAGRAPH, _PAGE, _ITEM = 1.35, 0.75, 24.0, 110.0, 600.0, 14.0
"""Tokens each: of an English word, a Korean letter, and so on."""
_UNITS = (
    (r"words?|단어", _WORD), (r"자(?!리|녀|신|동)|글자", _LETTER), (r"sentences?|문장|lines?|줄", _SENTENCE),
    (r"paragraphs?|단락|문단|stanzas?|연", _PARAGRAPH), (r"pages?|쪽|페이지|장", _PAGE),
    (r"(?:\w+ )?(?:ideas|tips|names|examples|ways|reasons|questions|things|items|points|fruits|habits|bullet)"
     r"|(?:\w+ )?\w+s\b|가지|개|곳", _ITEM),
)  # fmt: skip
_NUMBERS = {
    "one": 1, "a single": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "twelve": 12, "twenty": 20, "한": 1, "두세": 3, "두": 2, "세": 3, "네": 4, "다섯": 5,
    "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9, "열": 10, "하나": 1,
}  # fmt: skip
_UNIT = re.compile(r"[ -]?(?:" + "|".join(f"({unit})" for unit, _ in _UNITS) + ")")
"""What follows a number, in lower case."""
_DIGITS = re.compile(r"(?<![\w.])\d{1,5}")
_COUNTS = tuple(map(float, _NUMBERS.values()))
_NUMBER_WORDS = AhoCorasick(list(_NUMBERS))
_HANGUL = re.compile("[가-힣]")
_EACH = tuple(tokens for _, tokens in _UNITS)
_ITEMS = len(_UNITS) - 1
_BELIEF = 0.75
"""Of a length that the question names, against what is predicted without it."""
_SYLLABLE = 2.5

CUE_NAMES = tuple(CUES)
FORM = ("size", "worked_on", "items", "listed", "korean", "asks", "newlines")
NAMES = (*FORM, *CUE_NAMES)


class Weight(Struct, frozen=True):
    name: str
    mean: float
    scale: float
    weight: float


class LengthFile(Struct, frozen=True, kw_only=True):
    """What `training/length.py` writes."""

    numbers: tuple[Weight, ...]
    intercept: float
    provenance: dict[str, str]


def _compile() -> tuple[AhoCorasick, list[int]]:
    pieces: list[str] = []
    places: list[int] = []
    for place, words in enumerate(CUES.values()):
        for word in re.sub(r"\n *", "", words).split("|"):
            pieces.append(f" {word}" if word[0].isascii() else word)
            places.append(place)
    return AhoCorasick(pieces), places


_AUTOMATON, _PLACES = _compile()
_PUNCTUATION = b",;:!?()[]{}\"'"
_UNPUNCTUATED = bytes.maketrans(_PUNCTUATION, b" " * len(_PUNCTUATION))
"""Of a text in UTF-8: bytes of ASCII stand for nothing else there."""
_CURLED = "“”‘’"
_WORKS_ON = frozenset(CUE_NAMES.index(name) for name in ("translate", "rewrite", "summary"))


class Wanted(Struct, frozen=True, gc=False):
    """What a question asks for."""

    form: tuple[float, ...]
    """In the order of `FORM`."""
    cues: frozenset[int]
    """Those of `CUE_NAMES` that are there, by place."""
    named: float
    """Tokens of the length that the question names itself; 0 where it does not."""

    @property
    def values(self) -> tuple[float, ...]:
        """In the order of `NAMES`."""
        return (*self.form, *(float(at in self.cues) for at in range(len(CUE_NAMES))))


def wanted(text: str) -> Wanted:
    """Linear in the first and last `EDGE` characters."""
    edges = text if len(text) <= 2 * EDGE else f"{text[:EDGE]} {text[-EDGE:]}"
    low = normalised(edges)
    ascii_only = text.isascii()
    low = low.encode().translate(_UNPUNCTUATED).decode()
    for quote in "" if ascii_only else _CURLED:
        low = low.replace(quote, " ")
    found = _AUTOMATON.find_matches_as_indexes(low, overlapping=True)
    cues = frozenset([_PLACES[piece] for piece, _, _ in found])
    named, items = _asked(edges.lower(), digits="0" in low or not ascii_only)
    korean = not ascii_only and _HANGUL.search(edges) is not None
    size = log(1.0 + len(text) * (_SYLLABLE if korean else 1.0))
    form = (
        size,
        0.0 if cues.isdisjoint(_WORKS_ON) else size,
        log(items) if items else 0.0,
        1.0 if items else 0.0,
        1.0 if korean else 0.0,
        1.0 if "?" in edges else 0.0,
        log(1.0 + text.count("\n")) if "\n" in text else 0.0,
    )
    return Wanted(form, cues, named)


def _asked(text: str, *, digits: bool) -> tuple[float, float]:
    """Tokens that the question names itself: of the whole, and of its items; 0 where it does not.
    `digits`: whether there may be any."""
    whole = items = 0.0
    for count, end in _numbers(text, digits):
        found = _UNIT.match(text, end)
        if found is None:
            continue
        unit = (found.lastindex or 1) - 1
        if unit == _ITEMS:
            items = max(items, count * _EACH[unit])
        else:
            whole = max(whole, count * _EACH[unit])
    return min(whole, float(_MOST)), min(items, float(_MOST))


def _numbers(text: str, digits: bool) -> Iterator[tuple[float, int]]:
    """Each number and where it ends. Words are found by an automaton: a pattern of them all, tried
    at every character, would cost ten times as much."""
    for word, start, end in _NUMBER_WORDS.find_matches_as_indexes(text, overlapping=True):
        if not start or not _is_of_a_word(text[start - 1]):
            yield _COUNTS[word], end
    if digits:
        for number in _DIGITS.finditer(text):
            yield float(number[0]), number.end()


def _is_of_a_word(character: str) -> bool:
    return character.isalnum() or character in "_."


class Lengths:
    """Immutable: one serves every tenant."""

    def __init__(self, file: LengthFile) -> None:
        if tuple(number.name for number in file.numbers) != NAMES:
            raise ValueError("the model was fitted to other numbers: run training/length.py")
        weights = [n.weight / n.scale for n in file.numbers]
        self._form, self._cues = weights[: len(FORM)], weights[len(FORM) :]
        self._base = file.intercept - sum(
            n.mean * weight for n, weight in zip(file.numbers, weights, strict=True)
        )

    def tokens(self, text: str) -> int:
        """Of the answer, expected."""
        found = wanted(text)
        at = self._base + sum(map(mul, found.form, self._form))
        for cue in found.cues:
            at += self._cues[cue]
        if found.named:
            at += _BELIEF * (log(found.named) - at)
        return max(_LEAST, min(_MOST, round(exp(min(at, 10.0)))))


def load() -> Lengths:
    """The model that ships with the package."""
    file = resources.files("gilmok.inspection") / "models" / "length.json"
    return Lengths(msgspec.json.decode(file.read_bytes(), type=LengthFile))
