"""Lines of letters: what the font has, where a line may end, how large the letters can be.

Breaking follows what printed Korean does: at a space wherever there is one, inside a word only where
the word alone is wider than the line, and then never before a mark that closes and never after one
that opens.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct
from PIL import ImageFont

from gilmok.providers.inprocess.fonts import Fonts

_CLOSING = frozenset(",.!?:;)]}%…·’”'\"。，、！？：；）］｝」』】〉》〕～")
_OPENING = frozenset("([{‘“（［｛「『【〈《〔#$₩")
_JOINED = frozenset("-–—/")
ELLIPSIS = "…"
Measure = Callable[[str], float]


class Face:
    """One weight at one size."""

    def __init__(self, font: ImageFont.FreeTypeFont) -> None:
        self.font = font
        self.size = font.size
        self._advance = lru_cache(4096)(font.getlength)

    def width(self, text: str) -> float:
        """The sum of its letters' widths: these fonts do not kern, and a sum is quick to know."""
        return sum(map(self._advance, text))


class Letters:
    """Two weights of a family, at every size. Used by one thread."""

    def __init__(self, fonts: Fonts) -> None:
        self._fonts = fonts
        self._probe = ImageFont.truetype(fonts.regular, 24, index=fonts.index)
        self._unknown = self._picture("\uffff")
        self.has = lru_cache(65_536)(self._has)
        self.face = lru_cache(64)(self._face)

    def _face(self, size: int, bold: bool) -> Face:
        file = self._fonts.bold if bold else self._fonts.regular
        return Face(ImageFont.truetype(file, size, index=self._fonts.index))

    def _has(self, sign: str) -> bool:
        return sign == " " or self._picture(sign) != self._unknown

    def _picture(self, sign: str) -> tuple[tuple[int, int], bytes]:
        mask = self._probe.getmask(sign)
        return mask.size, bytes(mask)

    def known(self, text: str) -> str:
        """Without what the font has no picture of, such as emoji: a box says nothing to anybody.
        A letter with a mark too many stays, without the mark."""
        return " ".join("".join(map(self._drawable, text)).split())

    def _drawable(self, sign: str) -> str:
        if self.has(sign):
            return sign
        base = unicodedata.normalize("NFD", sign)[0]
        return base if base != sign and self.has(base) else ""


class Block(Struct, frozen=True):
    """Lines that fit, and the face they fit in."""

    face: Face
    lines: tuple[str, ...]


def broken(text: str, width: Measure, most: float) -> list[str]:
    """The text in lines of at most `most` pixels."""
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if width(longer) <= most:
            line = longer
            continue
        if line:
            lines.append(line)
        *whole, line = _broken_word(word, width, most)
        lines += whole
    return [*lines, line] if line else lines


def _broken_word(word: str, width: Measure, most: float) -> list[str]:
    found = []
    while (end := _fitting(word, width, most)) < len(word):
        allowed = next((at for at in range(end, end // 2, -1) if may_break(word, at)), end)
        found.append(word[:allowed])
        word = word[allowed:]
    return [*found, word]


def _fitting(word: str, width: Measure, most: float) -> int:
    """How many of its first characters fit; at least one."""
    used = 0.0
    for at, sign in enumerate(word):
        used += width(sign)
        if used > most:
            return max(at, 1)
    return len(word)


def may_break(word: str, at: int) -> bool:
    """Whether a line may end before `word[at]`."""
    before, after = word[at - 1], word[at]
    if after in _CLOSING or before in _OPENING:
        return False
    if before in _JOINED:
        return True
    # Between two Latin letters or digits only where nothing else is left.
    return not (before.isascii() and before.isalnum() and after.isascii() and after.isalnum())


def balanced(text: str, width: Measure, most: float) -> list[str]:
    """As many lines as `broken` has, and of much the same length: no word stands alone at the end."""
    lines = broken(text, width, most)
    if len(lines) < 2:
        return lines
    low, high = most / 2, most
    while high - low > most / 64:
        middle = (low + high) / 2
        narrower = broken(text, width, middle)
        if len(narrower) == len(lines) and _whole_words(text, narrower):
            high, lines = middle, narrower
        else:
            low = middle
    return lines


def _whole_words(text: str, lines: list[str]) -> bool:
    return " ".join(lines) == text


def fitted(
    text: str, letters: Letters, sizes: range, box: tuple[float, float], leading: float
) -> Block:
    """In the largest of the sizes (falling) that fits the box with its words whole; else in one of
    the smaller ones with a word divided; else in the smallest, cut off with an ellipsis."""
    for size in sizes:
        face = letters.face(size, True)
        lines = balanced(text, face.width, box[0])
        is_small = 2 * size <= sizes[0]
        if len(lines) * size * leading <= box[1] and (is_small or _whole_words(text, lines)):
            return Block(face, tuple(lines))
    face = letters.face(sizes[-1], True)
    lines = broken(text, face.width, box[0])
    return Block(face, shortened(lines, face, box, leading))


def shortened(
    lines: list[str], face: Face, box: tuple[float, float], leading: float
) -> tuple[str, ...]:
    """As many lines as fit, the last one with an ellipsis where some do not."""
    most = max(int(box[1] // (face.size * leading)), 1)
    if len(lines) <= most:
        return tuple(lines)
    last = lines[most - 1]
    while last and face.width(last + ELLIPSIS) > box[0]:
        last = last[:-1]
    return (*lines[: most - 1], last.rstrip(" ,.·") + ELLIPSIS)
