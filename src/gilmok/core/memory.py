"""The machine's memory, as far as callers are told of it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct


class Memory(Struct, frozen=True, kw_only=True):
    """Of the whole machine, in bytes, as the system counts it."""

    total: int
    used: int
    available: int
    """What new programs could have without swapping; more than what is free."""
    percent: float
    """Used, 0..100."""


ReadMemory = Callable[[], Memory]
