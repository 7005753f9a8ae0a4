"""The real clock, ids, randomness and memory. The simulation has its own; nothing else imports these."""

from __future__ import annotations

import os
import random
import time

import psutil

from gilmok.core.memory import Memory


class SystemClock:
    """Implements `core.ports.Clock`."""

    # The clock of asyncio's and uvloop's loops, without asking which loop runs: that asks the system
    # for the process id each time.
    monotonic = staticmethod(time.monotonic)
    wall = staticmethod(time.time_ns)


class SystemIds:
    """Implements `core.ports.Ids`: 48 bits of milliseconds, then 80 random bits, in hexadecimal."""

    _DIGITS = 20
    _AHEAD = 256

    def __init__(self) -> None:
        self._random: list[str] = []

    def new(self, prefix: str) -> str:
        if not self._random:
            # One system call for many ids: asking for each gives up the interpreter lock each time.
            digits = os.urandom(self._DIGITS * self._AHEAD // 2).hex()
            starts = range(0, len(digits), self._DIGITS)
            self._random = [digits[at : at + self._DIGITS] for at in starts]
        return f"{prefix}_{time.time_ns() // 1_000_000:012x}{self._random.pop()}"


class SystemRng:
    """Implements `core.ports.Rng`."""

    def random(self) -> float:
        return random.random()


def entropy(size: int) -> bytes:
    """Random bytes that nobody can guess, for keys."""
    return os.urandom(size)


def memory() -> Memory:
    """The machine's, now: a read of what the kernel counts anyway, some 50 microseconds."""
    seen = psutil.virtual_memory()
    return Memory(total=seen.total, used=seen.used, available=seen.available, percent=seen.percent)
