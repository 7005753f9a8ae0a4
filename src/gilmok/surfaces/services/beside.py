"""Recordings are read in a thread: megabytes of them would keep everybody else waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

LONG: Final = 1024 * 1024
"""Bytes from which on it is worth a thread: a few milliseconds."""
T = TypeVar("T")


async def beside(size: int, read: Callable[[], T]) -> T:
    """What `read` gives, or raises; `size`: bytes that it looks at."""
    return read() if size < LONG else await asyncio.to_thread(read)
