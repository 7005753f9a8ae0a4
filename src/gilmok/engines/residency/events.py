"""What happens to engines. Whoever acts reports it here; each `Load` ends in exactly one `Failed` or
`Stopped`.

`run` is the number its `Load` had. An event of an earlier run is ignored; without a number it is
taken to be about the present one.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from gilmok.core.engine import Bytes, Need
from gilmok.engines.lifecycle import Death


class Loaded(Struct, frozen=True, kw_only=True):
    """It answers."""

    engine: str
    footprint: Bytes | None = None
    """As measured; `None`: as it was expected."""
    took_s: float | None = None
    """What loading took; `None`: it tells nothing about the next time."""
    run: int | None = None


class Failed(Struct, frozen=True, kw_only=True):
    """It could not be loaded, or died. Its memory is free again."""

    engine: str
    death: Death
    run: int | None = None


class Stopped(Struct, frozen=True, kw_only=True):
    """It is gone, and its memory free, because it was asked to go."""

    engine: str
    run: int | None = None


class Measured(Struct, frozen=True, kw_only=True):
    """What it holds now: it grew or shrank."""

    engine: str
    footprint: Bytes
    run: int | None = None


class Wedged(Struct, frozen=True, kw_only=True):
    """It has requests and makes no progress: see `busy`. It is stopped at the next decision."""

    engine: str
    run: int | None = None


class Sampled(Struct, frozen=True, kw_only=True):
    """How much of its device it used, 0 to 1, whoever asked it."""

    engine: str
    utilisation: float


class Expected(Struct, frozen=True, kw_only=True):
    """It will be wanted (see `idle`): it is loaded where that drives nobody out, and not stopped
    for idleness until then."""

    engine: str
    until: float
    """Monotonic seconds."""


class Reconfigured(Struct, frozen=True, kw_only=True):
    """Other engines or other memory. An engine that is no longer named is drained and forgotten."""

    needs: Mapping[str, Need]
    budget: Bytes


Event = Loaded | Failed | Stopped | Measured | Wedged | Sampled | Expected | Reconfigured
