"""One canonical spelling of a text, with the way back to the original characters.

Full-width forms, other scripts' digits, circled digits, look-alike dashes and spaces, decomposed
Hangul and invisible characters are folded once; every detector then reads plain characters. A
`Layer` remembers where each of its characters came from, so a span found in it is reported, and
masked, in the original text.

Each character is folded alone: Unicode normalisation of whole strings sorts combining marks in
quadratic time, which a hostile text can use.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable

from msgspec import Struct

from gilmok.inspection.signs import is_visible_ascii

# Neither ASCII text nor a Hangul syllable: where this finds nothing, the text is its own fold.
_ODD = re.compile(r"[^\t\n -~가-힣]+")
_JAMO = re.compile(r"[\u1100-\u1112][\u1161-\u1175]")
_ODD_ONE = re.compile(r"[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|[^\t\n -~가-힣]")
_INVISIBLE = frozenset({"Cf", "Mn", "Me", "Cs", "Cn", "Cc"})
# Hangul fillers are letters by category and blank by design.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u034f")
_DASHES = frozenset("‐‑‒–—―−⁃˗➖ー⸺⸻﹘﹣－ㅡ")
_DOTS = frozenset("·・•∙‧⋅ㆍ･")
_BREAKS = frozenset("\r\v\f\x85\u2028\u2029")
_MEMO_SIZE = 8192


class _Folds(dict[int, str]):
    """The fold of each code point, worked out when first seen; bounded, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        folded = _fold_one(chr(code))
        if len(self) < _MEMO_SIZE:
            self[code] = folded
        return folded


def _fold_one(c: str) -> str:
    if c in _BREAKS:
        return "\n"
    if c in _DASHES:
        return "-"
    if c in _DOTS:
        return "·"
    category = unicodedata.category(c)
    if category in _INVISIBLE or c in _BLANK:
        return ""
    if category == "Zs":
        return " "
    if category == "Pd":
        return "-"
    digit = unicodedata.digit(c, None)
    if digit is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKC", c)
    if plain == c:
        return c
    return "".join(p if p.isascii() or p == c else _fold_one(p) for p in plain)


_FOLDS = _Folds()


def _fold(match: str) -> str:
    if len(match) > 1:  # conjoining jamo: one syllable
        return unicodedata.normalize("NFC", match)
    return _FOLDS[ord(match)]


class Pieces(Struct, frozen=True, gc=False):
    """Where the stretches of a derived text start, and the source span each stands for."""

    starts: list[int]
    source: list[tuple[int, int, bool]]
    """(start, end, verbatim): a verbatim stretch maps character by character."""

    def back(self, start: int, end: int) -> tuple[int, int]:
        first = bisect_right(self.starts, start) - 1
        last = bisect_right(self.starts, end - 1) - 1
        begin, _, verbatim = self.source[first]
        if verbatim:
            begin += start - self.starts[first]
        tail, stop, verbatim = self.source[last]
        if verbatim:
            stop = tail + end - self.starts[last]
        return begin, stop


class Layer(Struct, frozen=True, gc=False):
    """A reading of a text: the text as detectors see it, and the way back.

    `cover` marks a decoded token: nothing in it has a place of its own in the parent, so every
    span in it stands for the whole token.
    """

    text: str
    pieces: Pieces | None = None
    parent: Layer | None = None
    cover: tuple[int, int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that `text[start:end]` came from; `start < end`."""
        if self.pieces is not None:
            start, end = self.pieces.back(start, end)
        if self.cover is not None:
            start, end = self.cover
        return self.parent.span(start, end) if self.parent is not None else (start, end)


def substitute(
    text: str, pattern: re.Pattern[str], change: Callable[[str], str]
) -> tuple[str, Pieces] | None:
    """The text with every match changed, or `None` where nothing matched."""
    out: list[str] = []
    starts: list[int] = []
    source: list[tuple[int, int, bool]] = []
    done = length = 0
    for match in pattern.finditer(text):
        start, end = match.span()
        new = change(match.group())
        if start > done:
            starts.append(length)
            source.append((done, start, True))
            out.append(text[done:start])
            length += start - done
        if new:
            starts.append(length)
            source.append((start, end, len(new) == end - start))
            out.append(new)
            length += len(new)
        done = end
    if done == 0:
        return None
    if done < len(text):
        starts.append(length)
        source.append((done, len(text), True))
        out.append(text[done:])
    return "".join(out), Pieces(starts, source)


def normalise(
    text: str, parent: Layer | None = None, cover: tuple[int, int] | None = None
) -> Layer:
    """The canonical reading of `text`. Linear; never raises on any string."""
    if is_visible_ascii(text) or _ODD.search(text) is None:
        return Layer(text, None, parent, cover)
    odd = set("".join(_ODD.findall(text)))
    if all(len(_FOLDS[ord(c)]) == 1 for c in odd) and _JAMO.search(text) is None:
        # Every character folds to exactly one, so offsets stay as they are.
        plain = _ODD.sub(lambda m: m.group().translate(_FOLDS), text)
        return Layer(plain, None, parent, cover)
    changed = substitute(text, _ODD_ONE, _fold)
    if changed is None:  # unreachable: `_ODD` found something
        return Layer(text, None, parent, cover)
    return Layer(changed[0], changed[1], parent, cover)
