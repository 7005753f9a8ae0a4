"""A prompt as the words of a card: a title, and lines under it."""

from __future__ import annotations

import re
import unicodedata

from msgspec import Struct

MOST_CHARACTERS = 2000
"""Nobody reads more on a card, and nothing longer fits on one."""
_LONGEST_TITLE = 140
_LONGEST_FIRST_SENTENCE = 90
_SHORT = 60
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+")
_HEADING = re.compile(r"^\s*(?:#{1,6}\s+|(?:title|제목)\s*[:：]\s*)", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•·▪◦‣]|\d{1,2}[.)])\s+")


class Line(Struct, frozen=True):
    text: str
    is_bullet: bool = False

    def __repr__(self) -> str:
        return f"<line of {len(self.text)} chars>"


class Content(Struct, frozen=True):
    title: str
    lines: tuple[Line, ...] = ()

    def __repr__(self) -> str:
        return f"<content of {len(self.lines)} lines>"


def content(prompt: str) -> Content:
    """Line breaks are the caller's; without any, the first sentence is the title."""
    said = [line for line in _clean(prompt[: 2 * MOST_CHARACTERS]).split("\n") if line]
    if not said:
        return Content("")
    if len(said) == 1:
        return _of_one_line(_HEADING.sub("", said[0]))
    if _BULLET.match(said[0]):
        return Content("", tuple(map(_line, said)))
    title = _HEADING.sub("", said[0])
    if len(title) > _LONGEST_TITLE:
        return Content("", tuple(map(_line, said)))
    return Content(title, tuple(map(_line, said[1:])))


def _of_one_line(said: str) -> Content:
    if len(said) <= _SHORT:
        return Content(said)
    first, *rest = _SENTENCE.split(said, 1)
    if rest and len(first) <= _LONGEST_FIRST_SENTENCE:
        return Content(first, (Line(rest[0]),))
    return Content(said) if len(said) <= _LONGEST_TITLE else Content("", (Line(said),))


def _line(said: str) -> Line:
    bullet = _BULLET.match(said)
    return Line(said[bullet.end() :], True) if bullet else Line(_HEADING.sub("", said))


def _clean(prompt: str) -> str:
    """Without control characters and marks that turn the order of letters around; spaces single."""
    kept = "".join(
        "\n" if sign in "\n\r\v\f\x85\u2028\u2029" else " " if sign == "\t" else sign
        for sign in unicodedata.normalize("NFC", prompt)
        if unicodedata.category(sign) not in ("Cf", "Cs", "Co", "Cn")
        and (sign in "\n\r\v\f\t\x85" or unicodedata.category(sign) != "Cc")
    )
    lines = (" ".join(line.split()) for line in kept.split("\n"))
    return "\n".join(lines)[:MOST_CHARACTERS]
