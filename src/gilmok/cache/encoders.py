"""Vectors that propose: of the shipped table, or of a sentence encoder in this process.

Both are local: a text that is encoded leaves nothing but a vector in this process's memory.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np

from gilmok.cache.reading import Reading
from gilmok.cache.vectors import Vector, unit

log = logging.getLogger(__name__)

_MOST_WAITING = 64
"""Texts that wait for the encoder; at 4 ms each, one more would wait longer than it saves."""


class Encoder(Protocol):
    name: str
    """Which verifier was trained with it."""
    width: int

    async def encode(self, text: str, reading: Reading) -> Vector | None:
        """Of length 1. `None` where it would take too long."""
        ...

    def close(self) -> None: ...


class StaticEncoder:
    """What `read` has computed already."""

    name = "static"

    def __init__(self, width: int) -> None:
        self.width = width

    async def encode(self, text: str, reading: Reading) -> Vector | None:
        return reading.sentence

    def close(self) -> None:
        return


class SentenceEncoder:
    """The universal sentence encoder: 4 ms a text, on a thread of its own beside the requests.

    It is loaded by the first text, in that thread (2 s, 156 MB); until then there are no vectors.
    """

    name = "sentence"
    width = 512

    def __init__(self, make: Any) -> None:
        """`make()` loads the encoder; its `encode(text)` gives a vector."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="gilmok-encoder")
        self._waiting = 0
        self._loaded = self._thread.submit(make)

    async def encode(self, text: str, reading: Reading) -> Vector | None:
        if self._waiting >= _MOST_WAITING or not self._loaded.done():
            return None
        self._waiting += 1
        try:
            encoder = self._loaded.result()
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._thread, encoder.encode, text)
        except Exception as error:
            # Without the encoder there is a model that answers: a request never fails for it.
            log.error("encoder_failed", extra={"error": type(error).__name__})
            return None
        finally:
            self._waiting -= 1
        return unit(np.asarray(found, dtype=np.float32))

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
