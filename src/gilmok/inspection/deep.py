"""The deeper tier: a transformer reads what users wrote, where the fast tier leaves open what it is.

On where the extra `gilmok[deep]` is installed (`[privacy] deep`). It only ever raises a label. It
runs on threads of its own, so the event loop serves others meanwhile, and fails closed: what it
cannot say in time counts as seen by nobody. A conversation comes back with every turn, so it
remembers what it decided: digests under a key of this process, never a text.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from typing import Protocol

from msgspec.structs import replace

from gilmok.core.inspection import Clearance, Evidence, Inspection, Sensitivity
from gilmok.core.request import Request, texts

NAME = "deep"
"""In `Inspection.failed`."""
_PATIENCE_S = 4.0
"""Loading the model, or the texts before this one."""
_REMEMBERED = 8_192
"""Texts, at 200 bytes each."""


class Reader(Protocol):
    """Blocking; called from several threads at once."""

    @property
    def high(self) -> float:
        """The logit from which a text is private."""

    def logit(self, text: str) -> float: ...


class DeepTier:
    """Single-threaded but for the reader. `make()` loads it (0.5 s), in a thread and at once."""

    def __init__(
        self,
        make: Callable[[], Reader],
        key: bytes,
        patience_s: float = _PATIENCE_S,
        threads: int = 1,
    ) -> None:
        """`key`: of the digests; chance, and nobody else's. `threads`: texts that are read at once."""
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="gilmok-deep")
        self._reader = self._threads.submit(make)
        self._patience_s = patience_s
        self._key = key
        self._decided: OrderedDict[bytes, bool] = OrderedDict()

    async def look(self, request: Request, inspection: Inspection) -> Inspection:
        """The inspection with what the reader found; never a lower label, never raises."""
        if not inspection.doubtful or inspection.sensitivity is Sensitivity.HIGH:
            return inspection
        refs = texts(request)
        try:
            async with asyncio.timeout(self._patience_s):
                for at in inspection.doubtful:
                    if await self._is_private(refs[at].text.reveal()):
                        return _raised(inspection, at)
        except Exception:
            return replace(
                inspection,
                sensitivity=Sensitivity.HIGH,
                clearance=Clearance.LOCAL_ONLY,
                failed=(*inspection.failed, NAME),
            )
        return inspection

    async def _is_private(self, text: str) -> bool:
        digest = blake2b(text.encode("utf-8", "replace"), digest_size=16, key=self._key).digest()
        decided = self._decided.get(digest)
        if decided is None:
            loop = asyncio.get_running_loop()
            decided = await loop.run_in_executor(self._threads, self._read, text)
            if len(self._decided) >= _REMEMBERED:
                self._decided.popitem(last=False)
        self._decided[digest] = decided
        self._decided.move_to_end(digest)
        return decided

    def _read(self, text: str) -> bool:
        reader = self._reader.result()
        return reader.logit(text) >= reader.high

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
