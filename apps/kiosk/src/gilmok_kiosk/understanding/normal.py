"""One form for texts that look alike: composed, half-width, small, with single spaces."""

from __future__ import annotations

import re
import unicodedata

_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "，": ",", "、": ",", "・": ","})
_SENTENCE = re.compile(r"(?<=[?!。])|(?<=\.)(?!\d)|\n")
_SMILES = re.compile(r"[ㅎㅋㅠㅜ]+|\^\^|[~^\"“”*]|:\)")


def folded(text: str) -> str:
    """NFKC, case-folded, spaces as one. Decomposed Hangul and full-width forms become usual."""
    composed = unicodedata.normalize("NFKC", text).translate(_QUOTES).casefold()
    return " ".join(unicodedata.normalize("NFC", composed).split())


def sentences(text: str) -> list[str]:
    """The folded text in sentences, with their question marks and without smiles."""
    unified = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    plain = _SMILES.sub(" ", "".join(" " if _is_picture(c) else c for c in unified))
    parts = (folded(part) for part in _SENTENCE.split(plain))
    return [part for part in parts if part.strip(".!。 ?")]


def _is_picture(character: str) -> bool:
    return unicodedata.category(character) in {"So", "Sk", "Cf"}


def jamo(text: str) -> str:
    """Hangul in its letters, so that one wrong letter is one difference."""
    return unicodedata.normalize("NFD", text)


def within_one(one: str, other: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours, or nothing, apart."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
    return a == b[1:] or b == a[1:]
