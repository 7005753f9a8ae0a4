"""Engines: models that the gateway itself loads, and the memory they share.

Three rooms meet here. `dispatch.queue` knows who waits for which engine (`Demand`); `engines.residency`
decides from that which engines are loaded (`Need`, `Residence`); `engines` loads and stops them. None
of them imports the others' insides.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

RAM: Final = "ram"
"""The machine's own memory; its GPUs are `gpu0`, `gpu1`, …"""

Bytes = Mapping[str, int]
"""Of memory, by device."""

GIB: Final = 2**30


class EngineState(StrEnum):
    COLD = "cold"
    """Not loaded; a request that needs it has it loaded."""
    LOADING = "loading"
    """On its way, which is never a failure."""
    WARM = "warm"
    DRAINING = "draining"
    """It finishes what it began and takes nothing new; then it is cold, or warm again where the one
    it made room for needs none any more."""
    SICK = "sick"
    """It died or could not be loaded, and is tried again after a delay, or given up."""


class Need(Struct, frozen=True, kw_only=True):
    """What an engine asks of the machine: as configured, then as measured."""

    id: str
    """The engine's; its endpoint has the same."""
    footprint: Bytes
    """While it is loading as well as when it is loaded."""
    slots: int = 1
    """Requests it answers at once."""
    load_s: float = 10.0
    """How long loading takes: a prior, replaced by the last measurements."""
    exclusive: bool = False
    """Nothing else may be loaded on its devices."""
    together: frozenset[str] = frozenset()
    """The only engines that may be loaded beside it; empty: all that are not exclusive."""
    min_residence_s: float = 0.0
    """Once warm it is not evicted for others before this time has passed."""
    idle_s: float | None = None
    """It is stopped after so long with nothing to do; `None`: it stays until memory is needed."""
    pinned: bool = False
    """Loaded from the start and never evicted."""


class Demand(Struct, frozen=True, kw_only=True):
    """Who waits for an engine, and who is being answered by it."""

    waiting: int = 0
    running: int = 0
    oldest: float | None = None
    """Since when the longest-waiting request waits, monotonic seconds."""
    work_s: float = 0.0
    """What the waiting requests are predicted to take together, with the slots there are."""
    urgency: float = 0.0
    """The highest priority among the waiting; 0 is normal."""


NOBODY: Final = Demand()
