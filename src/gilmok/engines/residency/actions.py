"""What is to be done, and why. The words are stable: they appear in logs and timelines."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Reason(StrEnum):
    """Why an engine goes."""

    SWAP = "swap"
    """Another needs its memory, or may not be loaded beside it."""
    MEMORY = "memory"
    """More memory is held than there is: an engine exceeded its footprint, or the budget shrank."""
    IDLE = "idle"
    WEDGED = "wedged"
    STUCK = "stuck"
    """Loading did not end."""
    REMOVED = "removed"
    """No longer configured."""


class Load(Struct, frozen=True, kw_only=True):
    """Begin to load it now. Answered by `Loaded` or `Failed`, however long it takes."""

    engine: str
    run: int
    """Which of its lives this is."""


class Drain(Struct, frozen=True, kw_only=True):
    """Give it nothing new. `Stop` follows when what it has begun is finished; or it is `WARM` again without
    an action, where nobody wants its place any more."""

    engine: str
    reason: Reason


class Stop(Struct, frozen=True, kw_only=True):
    """End it now, and give it nothing new: it is drained, idle or wedged, or only loading. Answered by
    `Stopped` once the process is gone; until then its memory counts."""

    engine: str
    reason: Reason


Action = Load | Drain | Stop
