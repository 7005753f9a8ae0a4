"""Money that is not spent while an idle engine is stopped.

Only what the idle watchdog stops saves anything: an engine that makes room for another leaves its
machine running.
"""

from __future__ import annotations

_MS_PER_S = 1000


def savings(stopped_s: float, price_per_second: int) -> int:
    """Nano-dollars, by whole milliseconds and rounded down: never more than was saved."""
    return int(max(0.0, stopped_s) * _MS_PER_S) * price_per_second // _MS_PER_S
