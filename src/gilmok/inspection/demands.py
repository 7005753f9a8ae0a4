"""What a question demands, in numbers: the input of the model that predicts how well it is answered.

The numbers are about form (length, options, quantities, statements to judge) and about concepts that
are said in Korean as well as in English, so that what is learned in one language holds in the other.
Scaffolding around a question ("Question 3:", "Answer:", the letters of options) is taken off first: it
says something about the client, nothing about the question.
"""

from __future__ import annotations

import re
from math import log1p

from ahocorasick_rs import AhoCorasick
from msgspec import Struct

from gilmok.inspection.concepts import CONCEPTS, SUBJECTS
from gilmok.learned import normalised

MOST_CHARS = 6_000
"""Of a question, from its end: what is asked stands there, and the cost stays bounded."""
_SYLLABLE = 2.5
"""Latin letters that say as much as a syllable of Hangul."""

_ANSWER = re.compile(r"(?:\n|^)\s*(?:answer|the answer is|정답|답|답변)\s*[::]?\s*\Z", re.I)
_HEADING = re.compile(r"\A\s*(?:question|problem|q|문제|질문)\s*\d*\s*[::.)]\s*", re.I)
_OPTION = re.compile(r"\n[ \t]*\(?(?:[A-Ja-j]|[1-9]|[①-⑨])[.):)]?[ \t]+(?=\S)")
_ASKED = re.compile(r"[??]\s*\Z|(?:고르(?:시오|십시오|세요|라)|것은|하시오|인가)[.??]?\s*\Z")
_NUMERAL = re.compile(r"\d+(?:[.,]\d+)*")
_OPERATOR = re.compile(r"[=+*/^<>√∑∫≤≥×÷|]|\\[a-z]+")
_HANGUL = re.compile(r"[^가-힣]+")
_MARK = re.compile(r"[①-⑨㉠-㉭ㄱ-ㅎ]|\bI{1,3}\b|_{2,}|\(\s*\)")
_FEWEST, _MOST = 3, 10
"""Lines after a question that count as its options."""

CONCEPT_NAMES = tuple(CONCEPTS)
SUBJECT_NAMES = tuple(SUBJECTS)
NAMES = (
    "length", "words", "stem", "options", "choices", "option_length", "longest_option", "number_options",
    "quantities", "operators", "marks", "sentences", "longest_sentence", "direct", "reckoned", "free_length",
    *CONCEPT_NAMES, *SUBJECT_NAMES,
)  # fmt: skip
"""Of the numbers in `Demands.values`."""


class Demands(Struct, frozen=True, gc=False):
    values: tuple[float, ...]
    """In the order of `NAMES`."""
    text: str
    """The question without its scaffolding, normalised."""


class Question(Struct, frozen=True, gc=False):
    stem: str
    options: tuple[str, ...]
    direct: bool
    """The bare answer is asked for at once, with no room to reason."""


def _compile() -> tuple[AhoCorasick, list[int]]:
    pieces: list[str] = []
    places: list[int] = []
    for place, words in enumerate((*CONCEPTS.values(), *SUBJECTS.values())):
        for word in re.sub(r"\n *", "", words).split("|"):
            # A Latin word begins at a blank, and with a blank at its end it also stops there.
            pieces.append(f" {word}" if word[0].isascii() and word[0] != "-" else word.lstrip("-"))
            places.append(place)
    return AhoCorasick(pieces), places


_AUTOMATON, _PLACES = _compile()
_PUNCTUATION = str.maketrans(dict.fromkeys(".,;:!?()[]{}\"'“”‘’`", " "))


def question(text: str) -> Question:
    """A text without its scaffolding, taken apart."""
    text = text[-MOST_CHARS:]
    direct = _ANSWER.search(text)
    body = text[: direct.start()] if direct else text
    if heading := _HEADING.match(body):
        body = body[heading.end() :]
    body = body.strip()
    if "\n" not in body:
        return Question(body, (), direct is not None)
    parts = _OPTION.split(body)
    if len(parts) > 2:
        return Question(parts[0], tuple(p.strip() for p in parts[1:]), direct is not None)
    lines = [stripped for line in body.split("\n") if (stripped := line.strip())]
    for at in range(len(lines) - _FEWEST - 1, max(-1, len(lines) - _MOST - 2), -1):
        if _ASKED.search(lines[at]):
            stem = "\n".join(lines[: at + 1])
            return Question(stem, tuple(lines[at + 1 :]), direct is not None)
    return Question(body, (), direct is not None)


def demands(text: str) -> Demands:
    """Of the text that is to be answered. Linear in the text, which counts up to `MOST_CHARS`."""
    asked = question(text)
    body = "\n".join((asked.stem, *asked.options)) if asked.options else asked.stem
    low = normalised(body)
    bare = low.translate(_PUNCTUATION)
    counts = [0] * (len(CONCEPT_NAMES) + len(SUBJECT_NAMES))
    for piece, _, _ in _AUTOMATON.find_matches_as_indexes(bare, overlapping=True):
        counts[_PLACES[piece]] += 1
    return Demands((*_form(asked, body, low, counts), *map(log1p, counts)), low)


def _form(asked: Question, body: str, low: str, counts: list[int]) -> tuple[float, ...]:
    spread = 1.0 + (_SYLLABLE - 1) * _hangul_share(body)
    length = log1p(len(body) * spread)
    sizes = [len(option) * spread for option in asked.options]
    mean = sum(sizes) / len(sizes) if sizes else 0.0
    numbers = _NUMERAL.findall(body)
    sums = len(_OPERATOR.findall(body))
    sentences = re.split(r"[.!??]\s", asked.stem)
    direct = 1.0 if asked.direct else 0.0
    in_words = counts[_QUANTITY]
    return (
        length,
        log1p(len(set(low.split()))),
        log1p(len(asked.stem) * spread),
        1.0 if asked.options else 0.0,
        float(len(asked.options)),
        log1p(mean),
        log1p(max(sizes, default=0.0)),
        sum(_is_number(option) for option in asked.options) / max(1, len(sizes)),
        log1p(len(numbers) + in_words),
        log1p(sums),
        log1p(len(_MARK.findall(body))),
        log1p(len(sentences)),
        log1p(max(map(len, sentences)) * spread),
        direct,
        direct * log1p(len(numbers) + sums),
        0.0 if asked.options else length,
    )


_QUANTITY = CONCEPT_NAMES.index("quantity")


def _hangul_share(text: str) -> float:
    if text.isascii() or not text:
        return 0.0
    return len(_HANGUL.sub("", text)) / len(text)


def _is_number(option: str) -> bool:
    digits = sum(map(str.isdigit, option))
    return digits > 0 and len(option) - digits <= 8
