"""Time, chance and ids that a seed decides: an event loop in which waiting takes no time.

The loop never sleeps. When nothing is ready, the clock jumps to the next timer; when there is no
timer either, nothing can ever happen again, and that is an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

EPOCH_NS = 1_800_000_000 * 10**9


class Deadlock(RuntimeError):
    """Somebody waits for what cannot come."""


class _Jump:
    """Stands where a selector would wait for sockets."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise Deadlock("nothing is ready and no timer runs")
        self._loop.now += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop without sockets, whose time only its own timers move."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self._selector = _Jump(self)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self.now

    def _process_events(self, event_list: list[Any]) -> None:
        assert not event_list

    def _write_to_self(self) -> None:
        """Nothing sleeps that would have to be woken."""


class Clock:
    """Implements `core.ports.Clock`."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def monotonic(self) -> float:
        return self._loop.time()

    def wall(self) -> int:
        return EPOCH_NS + round(self._loop.time() * 1e9)


class Ids:
    """Implements `core.ports.Ids`: counted."""

    def __init__(self) -> None:
        self._count = 0

    def new(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}_{self._count:06d}"


class Chance(Random):
    """Implements `core.ports.Rng`, and says how often something happens."""

    def happens(self, share: float) -> bool:
        return self.random() < share


class Trace:
    """What happened, in order. Two runs of one seed write the same."""

    def __init__(self, time: Callable[[], float]) -> None:
        self.lines: list[str] = []
        self._time = time

    def __call__(self, what: str) -> None:
        self.lines.append(f"{self._time() - 1000.0:12.6f}  {what}")
