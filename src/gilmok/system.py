"""The real clock, ids and randomness. The simulation has its own; nothing else imports these."""

from __future__ import annotations

import asyncio
import os
import random
import time


class SystemClock:
    """Implements `core.ports.Clock`."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> int:
        return time.time_ns()


class SystemIds:
    """Implements `core.ports.Ids`: 48 bits of milliseconds, then 80 random bits, in hexadecimal."""

    def new(self, prefix: str) -> str:
        return f"{prefix}_{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"


class SystemRng:
    """Implements `core.ports.Rng`."""

    def random(self) -> float:
        return random.random()
