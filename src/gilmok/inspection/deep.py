"""The deeper tier: a transformer reads what users wrote, where the fast tier leaves open what it is.

On where the extra `gilmok[deep]` is installed (`[privacy] deep`). It only ever raises a label; of
attempts to take over the model, where somebody wants to know of users', its word replaces the fast
tier's. It runs on threads of its own, so the event loop serves others meanwhile, and fails closed: what it
cannot say in time counts as seen by nobody. A conversation comes back with every turn, so it
remembers what it decided: digests under a key of this process, never a text.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.injection import Injection, Source
from gilmok.core.inspection import Clearance, Evidence, Inspection, NameKind, Sensitivity
from gilmok.core.request import Request, TextRef, texts
from gilmok.inspection.documents import take_apart
from gilmok.inspection.injection import SUSPECT, charged

NAME = "deep"
"""In `Inspection.failed`."""
PATIENCE_S = 4.0
"""Loading the model, or the texts before this one."""
_SPREAD = 6.0
"""The reader learnt from smoothed labels, so that its log-odds end at 4, less than 1 above the
threshold."""
_REMEMBERED = 8_192
"""Texts, at 200 bytes each, and half as much again for each name."""
_NAMES_REMEMBERED = 200_000
"""In all of them."""


class Name(Struct, frozen=True, gc=False):
    """Where a name stands in a text. Never the text itself."""

    kind: NameKind
    start: int
    end: int


class Reading(Struct, frozen=True):
    """What is in a text, as log-odds above the thresholds: 0 or more says yes."""

    private: float
    attempt: float
    """To take over the model, where a user wrote it."""
    names: tuple[Name, ...] | None = None
    """In order, disjoint; `None` where nobody asked for them."""


class Reader(Protocol):
    """Blocking; called from several threads at once."""

    def read(self, text: str, named: bool = False) -> Reading: ...


class DeepTier:
    """Single-threaded but for the reader. `make()` loads it (0.5 s), in a thread and at once."""

    def __init__(
        self,
        make: Callable[[], Reader],
        key: bytes,
        patience_s: float = PATIENCE_S,
        threads: int = 1,
    ) -> None:
        """`key`: of the digests; chance, and nobody else's. `threads`: texts that are read at once."""
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="gilmok-deep")
        self._reader = self._threads.submit(make)
        self._patience_s = patience_s
        self._key = key
        self._known: OrderedDict[bytes, Reading] = OrderedDict()
        self._names = 0

    async def look(self, request: Request, inspection: Inspection) -> Inspection:
        """The inspection with what the reader found; never a lower label, never raises."""
        if not inspection.doubtful and not inspection.unsettled:
            return inspection
        refs = texts(request)
        try:
            async with asyncio.timeout(self._patience_s):
                inspection = await self._privately(refs, inspection)
                return await self._attempts(refs, inspection)
        except Exception:
            return _unread(inspection)

    async def _privately(self, refs: tuple[TextRef, ...], inspection: Inspection) -> Inspection:
        if inspection.sensitivity is not Sensitivity.HIGH:
            for at in inspection.doubtful:
                reading = await self.read(refs[at].text.reveal())
                if reading.private >= 0.0:
                    return _raised(inspection, at)
        return inspection

    async def _attempts(self, refs: tuple[TextRef, ...], inspection: Inspection) -> Inspection:
        """Judges users' words in the fast tier's stead: it convicts and acquits."""
        strongest = None
        for one in inspection.unsettled:
            own = take_apart(refs[one.where].text.reveal()).own
            reading = await self.read(own)
            if reading.attempt >= 0.0:
                found = charged(Source.USER, _score(reading.attempt), one.kind, one.where)
                if strongest is None or found.score > strongest.score:
                    strongest = found
        return inspection if strongest is None else _charged(inspection, strongest)

    async def read(self, text: str, named: bool = False) -> Reading:
        """What the reader says of it, or said before. Raises what the reader raises."""
        digest = blake2b(text.encode("utf-8", "replace"), digest_size=16, key=self._key).digest()
        reading = self._known.get(digest)
        if reading is None or (named and reading.names is None):
            loop = asyncio.get_running_loop()
            reading = await loop.run_in_executor(self._threads, self._read, text, named)
            self._remember(digest, reading)
        else:
            self._known.move_to_end(digest)
        return reading

    def _remember(self, digest: bytes, reading: Reading) -> None:
        known = self._known
        if (before := known.pop(digest, None)) is not None:
            self._names -= len(before.names or ())
        known[digest] = reading
        self._names += len(reading.names or ())
        while len(known) > _REMEMBERED or self._names > _NAMES_REMEMBERED:
            self._names -= len(known.popitem(last=False)[1].names or ())

    def _read(self, text: str, named: bool) -> Reading:
        return self._reader.result().read(text, named)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _raised(inspection: Inspection, at: int) -> Inspection:
    found = Evidence("topic.private_deep", Sensitivity.HIGH, at)
    return replace(
        inspection,
        sensitivity=Sensitivity.HIGH,
        clearance=Clearance.LOCAL_ONLY,
        evidence=(*inspection.evidence, found),
    )


def _unread(inspection: Inspection) -> Inspection:
    """As if nobody had seen what was left open; of attempts the fast tier's word stands."""
    suspects = [one for one in inspection.unsettled if one.score >= SUSPECT]
    for one in sorted(suspects, key=lambda one: -one.score)[:1]:
        inspection = _charged(inspection, charged(Source.USER, one.score, one.kind, one.where))
    return replace(
        inspection,
        sensitivity=Sensitivity.HIGH,
        clearance=Clearance.LOCAL_ONLY,
        failed=(*inspection.failed, NAME),
    )


def _charged(inspection: Inspection, found: Injection) -> Inspection:
    """With this attempt, where it is the strongest of its source."""
    same = [known for known in inspection.injection if known.source is found.source]
    if same and same[0].score >= found.score:
        return inspection
    others = (known for known in inspection.injection if known.source is not found.source)
    return replace(inspection, injection=(*others, found))


def _score(log_odds: float) -> float:
    """On the scale of the fast tier, whose threshold is `SUSPECT`."""
    return 1.0 / (1.0 + math.exp(-_SPREAD * log_odds) * (1.0 - SUSPECT) / SUSPECT)
