"""Megabytes, of a recording above all, are read and written in a thread: they would keep everybody else waiting.

That helps only where the work is done in pieces: one call of a C function that takes long keeps the
interpreter from every thread. See `core.armour`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

LONG: Final = 1024 * 1024
"""Bytes from which on it is worth a thread: a few milliseconds."""
T = TypeVar("T")


async def beside(size: int, read: Callable[[], T]) -> T:
    """What `read` gives, or raises; `size`: bytes that it looks at, or writes."""
    return read() if size < LONG else await asyncio.to_thread(read)
