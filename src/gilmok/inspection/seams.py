"""Identifiers that no single text holds: split over two messages, turns or parts.

The edges of consecutive texts are read as one; only what crosses an edge counts.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

from gilmok.core.inspection import Evidence
from gilmok.inspection.credentials import credentials
from gilmok.inspection.decoding import readings
from gilmok.inspection.identifiers import marked, numbers
from gilmok.inspection.view import Detector, View

_EDGE = 48
"""Characters of a text's beginning and end that are read together with its neighbour's."""
_SPELLED = "[공영빵일이삼사오육륙칠팔구〇零一二三四五六七八九]"
_SPOKEN = rf"{_SPELLED}(?:[ .\-]{{0,2}}{_SPELLED}){{2}}"
# Of a number: a digit, or three spelled in words.
_HALF = re.compile(rf"[0-9]|{_SPOKEN}")
# A plate has six digits; of a phone number over three texts two hold seven.
_ENOUGH = re.compile(rf"[0-9](?:[^0-9]*+[0-9]){{5}}|{_SPOKEN}")
_SIGN = re.compile(r"[0-9@]")
_GLUE = frozenset(string.ascii_letters + string.digits + "@._%+-/=")
_NOWHERE = -1


# Digits may have a line end between them; an address or a key may not.
_JOINTS: tuple[tuple[str, tuple[Detector, ...]], ...] = (
    ("\n", (numbers, marked)),
    ("", (marked, credentials)),
)


def seams(views: Sequence[View]) -> Iterable[Evidence]:
    """Evidence that spans several texts; not maskable, because no text holds it alone."""
    if not any(map(_tells, views)):
        return ()
    pieces = [piece for view in views if (piece := _edge(view.text))]
    if any(_may_cross(before, after) for before, after in pairwise(pieces)):
        return _joined(pieces)
    return ()


def _tells(view: View) -> bool:
    """Whether there may be a part of anything: ordinary English has neither digit nor `@`."""
    return view.signs.digits > 0 or "@" in view.signs.rare or not view.text.isascii()


def _may_cross(before: str, after: str) -> bool:
    """Parts of a number on both sides of the edge, or of an address or a key at the very edge."""
    before, after = before[-_EDGE:], after[:_EDGE]
    if before[-1] in _GLUE and after[0] in _GLUE:
        touching = before.split()[-1] + after.split(None, 1)[0]
        if _SIGN.search(touching) is not None:
            return True
    if _HALF.search(before) is None or _HALF.search(after) is None:
        return False
    return _ENOUGH.search(f"{before} {after}") is not None


def _joined(pieces: list[str]) -> Iterator[Evidence]:
    for joint, detectors in _JOINTS:
        joined = joint.join(pieces)
        edges = list(accumulate(len(piece) + len(joint) for piece in pieces))
        for view in readings(joined):
            for detector in detectors:
                yield from _crossing(view, detector, edges)


def _crossing(view: View, detector: Detector, edges: list[int]) -> Iterator[Evidence]:
    for finding in detector(view):
        start, end = view.layer.span(finding.start, finding.end)
        if bisect_right(edges, start) != bisect_right(edges, end - 1):
            yield Evidence(finding.kind, finding.level, _NOWHERE)


def _edge(text: str) -> str:
    """What of a text may belong to its neighbours'. A short text is its own edge, so a number in
    three or more messages is read whole too."""
    if len(text) <= 2 * _EDGE:
        return text.strip()
    # Whatever stands between the edges keeps them apart.
    return f"{text[:_EDGE].lstrip()} \u2e28|\u2e29 {text[-_EDGE:].rstrip()}"
