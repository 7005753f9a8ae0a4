"""Runs of digits, however they are grouped, as the numbers they may be.

A run is a stretch of digits with at most a few separators between them. A window is a stretch of
a run that begins and ends where a group does; each number has a window of its own whether it is
written `900101-1234567`, `900101 1234567`, `9001011234567` or digit by digit. At most
`LONGEST` digits are looked at from each group, so the work is linear.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterator

from msgspec import Struct

LONGEST = 19
SHORTEST = 8
MOST_GROUPS = 6
RESIDENT_LENGTH = 13

_RUN = re.compile(r"\d(?:[ .\-·/_()~|*:\t,\n]{0,5}\d){7,}+", re.ASCII)
_GROUP = re.compile(r"\d+", re.ASCII)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+", re.ASCII)


class Window(Struct, frozen=True, gc=False):
    digits: str
    start: int
    end: int
    shape: tuple[int, ...]
    """Lengths of its groups."""
    whole: bool
    """True where it is all there is between two wide gaps (a line end, a comma, two signs)."""
    plus: bool
    """A plus sign stands before it."""
    glued: bool
    """An ASCII letter or underscore touches it: likely part of a name or an id."""
    text: str
    """As it stands, separators included."""


def windows(text: str) -> Iterator[Window]:
    for run in _RUN.finditer(text):
        if _THOUSANDS.fullmatch(run.group()) is None:
            yield from _windows(text, run.start(), run.end())


def _windows(text: str, run_start: int, run_end: int) -> Iterator[Window]:
    groups = [m.span() for m in _GROUP.finditer(text, run_start, run_end)]
    digits = "".join([text[a:b] for a, b in groups])
    wide = [True, *[_sets_apart(text[a[1] : b[0]]) for a, b in itertools.pairwise(groups)], True]
    ends = list(itertools.accumulate([b - a for a, b in groups]))
    first = 0
    for i in range(len(groups)):
        # Where it does not begin behind a wide gap nothing longer is whole, and only one length is
        # looked for.
        most = LONGEST if wide[i] else MOST_GROUPS
        for j in range(i, min(len(groups), i + most)):
            count = ends[j] - first
            if count > LONGEST:
                break
            if count < SHORTEST:
                continue
            whole = wide[i] and wide[j + 1]
            number = digits[first : first + count]
            if whole or j - i < MOST_GROUPS or _may_be_resident(number):
                yield _window(text, groups[i : j + 1], number, whole)
        number = digits[first : first + RESIDENT_LENGTH]
        if not wide[i] and _may_be_resident(number):
            j = bisect_left(ends, first + RESIDENT_LENGTH)
            if ends[j] == first + RESIDENT_LENGTH and j - i >= MOST_GROUPS:
                yield _window(text, groups[i : j + 1], number, False)
        first = ends[i]


def _sets_apart(gap: str) -> bool:
    return len(gap) > 1 or gap in "\n,"


def _may_be_resident(number: str) -> bool:
    """Digits one by one make a window of every length at every place. Where no gap sets a number
    apart, only the one number that needs none is worth a look."""
    return len(number) == RESIDENT_LENGTH and number[2] in "01" and number[6] in "12345678"


def _window(text: str, groups: list[tuple[int, int]], number: str, whole: bool) -> Window:
    start, end = groups[0][0], groups[-1][1]
    before = text[start - 1] if start else ""
    after = text[end] if end < len(text) else ""
    if after == "x" and text[end + 1 : end + 2].isdecimal():
        after = ""  # 345-899-3560x4587: an extension
    return Window(
        digits=number,
        start=start,
        end=end,
        shape=tuple([b - a for a, b in groups]),
        whole=whole,
        plus=before == "+" or (before == "(" and text[max(0, start - 2) : start - 1] == "+"),
        glued=_word(before) or _word(after),
        text=text[start:end],
    )


def _word(c: str) -> bool:
    return c.isascii() and (c.isalnum() or c == "_")
