"""Identifiers that no single text holds: split over two messages, turns or parts.

The edges of consecutive texts are read as one; only what crosses an edge counts.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from gilmok.core.inspection import Evidence
from gilmok.inspection.credentials import credentials
from gilmok.inspection.decoding import readings
from gilmok.inspection.identifiers import marked, numbers
from gilmok.inspection.view import Detector, look

_EDGE = 48
"""Characters of a text's beginning and end that are read together with its neighbour's."""
_HALF = re.compile(r"[0-9공영일이삼사오육칠팔구@０-９]")
_NOWHERE = -1


# Digits may have a line end between them; an address or a key may not.
_JOINTS: tuple[tuple[str, tuple[Detector, ...]], ...] = (
    ("\n", (numbers, marked)),
    ("", (marked, credentials)),
)


def seams(texts: Sequence[str]) -> Iterator[Evidence]:
    """Evidence that spans several of `texts`; not maskable, because no text holds it alone."""
    pieces = [piece for piece in map(_edge, texts) if piece]
    if len(pieces) < 2 or not any(_HALF.search(piece) for piece in pieces):
        return
    for joint, detectors in _JOINTS:
        joined = joint.join(pieces)
        edges = list(accumulate(len(piece) + len(joint) for piece in pieces))
        yield from _crossing(joined, edges, detectors)


def _crossing(joined: str, edges: list[int], detectors: tuple[Detector, ...]) -> Iterator[Evidence]:
    for layer in readings(joined):
        view = look(layer)
        for detector in detectors:
            for finding in detector(view):
                start, end = layer.span(finding.start, finding.end)
                if bisect_right(edges, start) != bisect_right(edges, end - 1):
                    yield Evidence(finding.kind, finding.level, _NOWHERE)


def _edge(text: str) -> str:
    """What of a text may belong to its neighbours'. A short text is its own edge, so a number in
    three or more messages is read whole too."""
    if len(text) <= 2 * _EDGE:
        return text.strip()
    # Whatever stands between the edges keeps them apart.
    return f"{text[:_EDGE].lstrip()} \u2e28|\u2e29 {text[-_EDGE:].rstrip()}"
