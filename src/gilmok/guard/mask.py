"""Reversible masking: typed placeholders out, originals back in.

A placeholder is `[KIND_n]`, numbered in the order of first appearance, so a conversation that is
sent again with one more turn gets the same placeholders for the same originals. Numbers that the
text itself already uses are skipped: a placeholder the user typed is never taken for ours.

The way back works on events, in any chunking: a tail that may be the beginning of a placeholder
is held until the next piece decides. Inside tool arguments, which are JSON text, originals are
escaped as JSON strings.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import msgspec
from msgspec.structs import replace

from gilmok.core.completion import Batch, Delta
from gilmok.core.inspection import Evidence
from gilmok.core.outbound import Restoration
from gilmok.core.request import Nature, Request, map_texts, texts
from gilmok.core.text import Private
from gilmok.guard.pieces import Place, changed


def mask(request: Request, evidence: tuple[Evidence, ...]) -> tuple[Request, Restoration] | None:
    """The request with every maskable span replaced, and how to undo it.

    `None` where a replacement would break JSON that is embedded as it is.
    """
    refs = texts(request)
    spans = _spans_by_text(evidence)
    names = _Names(ref.text.reveal() for ref in refs)
    replaced: dict[int, Private] = {}
    for index, kinds in sorted(spans.items()):
        changed = _replace(refs[index].text.reveal(), kinds, names)
        if refs[index].nature is Nature.JSON and not _is_json(changed):
            return None
        replaced[index] = Private(changed)
    disguised = map_texts(request, lambda index, text: replaced.get(index, text))
    return disguised, Restoration(names.originals())


def _spans_by_text(evidence: tuple[Evidence, ...]) -> dict[int, list[tuple[int, int, str]]]:
    """Disjoint spans per text, in order; overlapping ones are joined under the first's kind."""
    spans: dict[int, list[tuple[int, int, str]]] = {}
    order = sorted(
        (e for e in evidence if e.maskable and e.where >= 0),
        key=lambda e: (e.where, e.start, -e.end),
    )
    for e in order:
        row = spans.setdefault(e.where, [])
        if row and e.start < row[-1][1]:
            start, end, kind = row[-1]
            row[-1] = (start, max(end, e.end), kind)
        else:
            row.append((e.start, e.end, e.kind))
    return spans


def _replace(text: str, spans: list[tuple[int, int, str]], names: _Names) -> str:
    pieces: list[str] = []
    at = 0
    for start, end, kind in spans:
        pieces += text[at:start], names.placeholder(kind, text[start:end])
        at = end
    pieces.append(text[at:])
    return "".join(pieces)


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return False
    return True


class _Names:
    """Gives each distinct original one placeholder that no text contains already."""

    _TAKEN = re.compile(r"\[[A-Z]+_[0-9]+\]")

    def __init__(self, all_texts: Iterator[str]) -> None:
        self._taken = {found for text in all_texts for found in self._TAKEN.findall(text)}
        self._given: dict[tuple[str, str], str] = {}
        self._last: dict[str, int] = {}

    def placeholder(self, kind: str, original: str) -> str:
        stem = _stem(kind)
        known = self._given.get((stem, original))
        if known is not None:
            return known
        number = self._last.get(stem, 0) + 1
        while f"[{stem}_{number}]" in self._taken:
            number += 1
        self._last[stem] = number
        name = self._given[stem, original] = f"[{stem}_{number}]"
        return name

    def originals(self) -> tuple[tuple[str, Private], ...]:
        return tuple((name, Private(text)) for (_, text), name in self._given.items())


def _stem(kind: str) -> str:
    """`id.kr_phone` -> `PHONE`: letters only, so that no detector sees a number in it."""
    return re.sub("[^A-Z]", "", kind.rsplit(".", 1)[-1].rsplit("_", 1)[-1].upper()) or "TEXT"


async def restored(events: AsyncIterator[Batch], restoration: Restoration) -> AsyncIterator[Batch]:
    """The events with placeholders undone. What is held back comes out before the finish."""
    undo = Unmasking(restoration)
    async for batch in events:
        yield [undo.apply(event) if isinstance(event, Delta) else event for event in batch]
    # A stream that ends without finish reasons is broken upstream of here; nothing to flush.


class Unmasking:
    """Undoes the masking of one answer, whose texts arrive as interleaved pieces."""

    def __init__(self, restoration: Restoration) -> None:
        self._plain = {name: text.reveal() for name, text in restoration.originals}
        self._escaped = {name: _json_escaped(text) for name, text in self._plain.items()}
        self._held: dict[Place, str] = {}
        self._pattern = re.compile("|".join(map(re.escape, self._plain)) or r"(?!)")

    def apply(self, delta: Delta) -> Delta:
        # Token by token they would spell out the placeholders, which no client asked for.
        return replace(changed(delta, self._piece, self._held), logprobs=None)

    def _piece(self, place: Place, piece: str | None, last: bool) -> str | None:
        text = self._held.pop(place, "") + (piece or "")
        if not text:
            return piece
        originals = self._escaped if isinstance(place[1], int) else self._plain
        keep = 0 if last else self._possible_start(text)
        if keep:
            self._held[place] = text[-keep:]
            text = text[:-keep]
        return self._pattern.sub(lambda found: originals[found[0]], text)

    def _possible_start(self, text: str) -> int:
        """Length of the longest tail that is a proper beginning of some placeholder."""
        at = text.rfind("[")
        if at < 0:
            return 0
        tail = text[at:]
        return len(tail) if any(n.startswith(tail) and n != tail for n in self._plain) else 0


def _json_escaped(text: str) -> str:
    return msgspec.json.encode(text).decode()[1:-1]
