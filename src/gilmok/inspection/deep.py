"""The deeper tier: a sentence encoder reads what the fast tier left open.

Off unless `[privacy] deep = "sentence"`, which needs the extra `gilmok[semantic]`. The fast tier
names the texts (`Inspection.doubtful`); a logistic regression over the encoder's vector says whether
each is private. It only ever raises a label. It runs on one thread of its own, so the event loop
serves others meanwhile, and fails closed: what it cannot say in time counts as seen by nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import resources
from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.inspection import Clearance, Evidence, Inspection, Sensitivity
from gilmok.core.request import Request, texts

NAME = "deep"
"""In `Inspection.failed`."""
LONGEST = 600
"""Characters of a text that are encoded: the stretch that the fast tier reads together."""
_PATIENCE_S = 4.0
"""Loading the encoder, or the texts before this one."""


class Encoder(Protocol):
    """Blocking; called from one thread only."""

    def encode(self, text: str) -> Sequence[float]: ...


class HeadFile(Struct, frozen=True, kw_only=True):
    """What `training/sensitivity.py` writes of the head."""

    weights: tuple[float, ...]
    intercept: float
    high: float
    """The logit from which a text is high."""
    provenance: dict[str, str]


@cache
def head() -> HeadFile:
    """The one that ships."""
    file = resources.files("gilmok.inspection") / "models" / "deep.json"
    return msgspec.json.decode(file.read_bytes(), type=HeadFile)


class DeepTier:
    """Single-threaded but for the encoder. `make()` loads it (2 s), in its thread and at once."""

    def __init__(self, make: Callable[[], Encoder], patience_s: float = _PATIENCE_S) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="gilmok-deep")
        self._encoder = self._thread.submit(make)
        self._head = head()
        self._patience_s = patience_s

    async def look(self, request: Request, inspection: Inspection) -> Inspection:
        """The inspection with what the encoder found; never a lower label, never raises."""
        if not inspection.doubtful or inspection.sensitivity is Sensitivity.HIGH:
            return inspection
        refs = texts(request)
        doubtful = [(at, refs[at].text.reveal()[:LONGEST]) for at in inspection.doubtful]
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._patience_s):
                private = await loop.run_in_executor(self._thread, self._private, doubtful)
        except Exception:
            return replace(
                inspection,
                sensitivity=Sensitivity.HIGH,
                clearance=Clearance.LOCAL_ONLY,
                failed=(*inspection.failed, NAME),
            )
        if private is None:
            return inspection
        return replace(
            inspection,
            sensitivity=Sensitivity.HIGH,
            clearance=Clearance.LOCAL_ONLY,
            evidence=(
                *inspection.evidence,
                Evidence("topic.private_deep", Sensitivity.HIGH, private),
            ),
        )

    def _private(self, doubtful: list[tuple[int, str]]) -> int | None:
        """The index of the first text that is private."""
        encoder = self._encoder.result()
        for at, text in doubtful:
            vector = [float(value) for value in encoder.encode(text)]
            weighed = sum(w * v for w, v in zip(self._head.weights, vector, strict=True))
            if self._head.intercept + weighed >= self._head.high:
                return at
        return None

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
