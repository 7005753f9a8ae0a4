"""Names that no word around them betrays: people, organisations and places, wherever they stand.

Where the operator asks for it (`[privacy] names`), the deeper tier's model marks them in whatever was
said in a conversation: by users, by tools, in system prompts and earlier answers. Each is evidence of
medium sensitivity, so it is masked before the cloud sees it, or keeps the request here. What is found in
one place counts wherever the same name stands. Fails closed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence

from ahocorasick_rs import AhoCorasick, MatchKind
from msgspec.structs import replace

from gilmok.core.inspection import (
    Clearance,
    Evidence,
    Inspection,
    NameKind,
    Sensitivity,
    TokenBounds,
)
from gilmok.core.request import Request, TextRef, texts
from gilmok.inspection.clearance import LabelPolicy, clear, sensitivity, stricter
from gilmok.inspection.deep import NAME, PATIENCE_S, DeepTier, Name
from gilmok.inspection.sensitivity import combine
from gilmok.inspection.tokens import PER_PLACEHOLDER

EVIDENCE: dict[NameKind, str] = {
    "person": "person.name",
    "organisation": "name.organisation",
    "place": "name.place",
}
TOO_LONG = "name.unread"
LONGEST = 32_000
"""Characters of one text that are read for names: one to two seconds. A longer one stays here."""
_LOCAL_ONLY, _MEDIUM = Clearance.LOCAL_ONLY, Sensitivity.MEDIUM
_HANGUL = re.compile("[가-힣]")
_PARTICLES = re.compile(
    "(?:에게서|한테서|이라고|이라는|에서는|에게|한테|께서|에서|으로|부터|까지|처럼|보다|이랑|라고|라는|이나"
    "|은|는|이|가|을|를|의|와|과|도|로|만|에|랑|야|아|씨|님)$"
)
_REPEATED = 500
"""Distinct names that are looked for elsewhere: a bound for hostile texts."""


class BareNames:
    def __init__(
        self,
        tier: DeepTier,
        kinds: Iterable[NameKind],
        policy: LabelPolicy,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`patience_s`: for all texts of a request that the model has not read yet."""
        self._tier = tier
        self._kinds = frozenset(kinds)
        self._policy = policy
        self._patience_s = patience_s

    async def mark(self, request: Request, inspection: Inspection) -> Inspection:
        """The inspection with the names; never a lower label, never raises."""
        if inspection.clearance is _LOCAL_ONLY:
            return inspection
        said = [(at, ref.text.reveal()) for at, ref in enumerate(texts(request)) if _is_said(ref)]
        try:
            async with asyncio.timeout(self._patience_s):
                found = [await self._names(text) for _, text in said]
        except Exception:
            return replace(
                inspection,
                sensitivity=Sensitivity.HIGH,
                clearance=_LOCAL_ONLY,
                failed=(*inspection.failed, NAME),
            )
        evidence = [
            Evidence(EVIDENCE[name.kind], _MEDIUM, at, name.start, name.end, maskable=True)
            for (at, _), names in zip(
                said, everywhere([text for _, text in said], found), strict=True
            )
            for name in names
        ]
        evidence += [Evidence(TOO_LONG, _MEDIUM, at) for at, text in said if len(text) > LONGEST]
        return self._with(inspection, evidence) if evidence else inspection

    async def _names(self, text: str) -> tuple[Name, ...]:
        if len(text) > LONGEST:
            return ()
        read = (await self._tier.read(text, named=True)).names or ()
        return tuple(name for name in read if name.kind in self._kinds)

    def _with(self, inspection: Inspection, found: list[Evidence]) -> Inspection:
        evidence = combine([*inspection.evidence, *found])
        return replace(
            inspection,
            sensitivity=max(inspection.sensitivity, sensitivity(evidence)),
            clearance=stricter(
                inspection.clearance, clear(evidence, inspection.failed, self._policy)
            ),
            evidence=evidence,
            tokens=_with_placeholders(inspection.tokens, len(found)),
        )


def _is_said(ref: TextRef) -> bool:
    """Whether somebody wrote it. Names of tools, their schemas, ids and stop strings are the program's,
    and a placeholder in them would break it."""
    return ref.readable and (".content[" in ref.path or ref.path.endswith(".arguments"))


def _with_placeholders(tokens: TokenBounds, count: int) -> TokenBounds:
    more = count * PER_PLACEHOLDER
    counted = tuple((vocabulary, upper + more) for vocabulary, upper in tokens.counted)
    return replace(tokens, upper=tokens.upper + more, counted=counted)


def everywhere(said: Sequence[str], found: Sequence[Sequence[Name]]) -> list[list[Name]]:
    """The names of each text: those found in it, without particles, and those found in another."""
    own = [
        [_without_particle(name, text) for name in names]
        for text, names in zip(said, found, strict=True)
    ]
    known = {
        text[name.start : name.end]: name.kind
        for text, names in zip(said, own, strict=True)
        for name in names
    }
    search = _Search(list(known)[:_REPEATED])
    return [
        _joined(names, (Name(known[text[a:b]], a, b) for a, b in search.places(text)), len(text))
        for text, names in zip(said, own, strict=True)
    ]


class _Search:
    """Finds known names as words, in linear time. A particle may follow a name in Hangul; a name of one
    or two letters stands everywhere, so it is not looked for."""

    def __init__(self, names: Iterable[str]) -> None:
        worth = [n for n in names if len(n) > 2 or (len(n) == 2 and _HANGUL.match(n))]
        self._known = AhoCorasick(worth, matchkind=MatchKind.LeftmostLongest)

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        for _, start, end in self._known.find_matches_as_indexes(text):
            after = text[end : end + 1]
            if not text[max(0, start - 1) : start].isalnum() and not (
                after.isascii() and after.isalnum()
            ):
                yield start, end


def _without_particle(name: Name, text: str) -> Name:
    """홍길동에게 and 홍길동 are one person: what is left of a name in Hangul has three syllables."""
    spelt = text[name.start : name.end]
    particle = _PARTICLES.search(spelt) if _HANGUL.match(spelt[-1:]) else None
    if name.kind != "person" or particle is None or particle.start() < 3:
        return name
    return replace(name, end=name.start + particle.start())


def _joined(own: list[Name], others: Iterable[Name], length: int) -> list[Name]:
    """In order; of names that overlap, the found one stays."""
    taken = bytearray(length)
    for name in own:
        taken[name.start : name.end] = b"\x01" * (name.end - name.start)
    further = [name for name in others if not any(taken[name.start : name.end])]
    return sorted([*own, *further], key=lambda name: name.start)
