"""Interrupts requests at their awaits: `python -m fuzz.cancel --requests 100000 --seed 1`.

Most requests are cancelled or failed at a random await, some twice: see
tests/simulation/interruption.py for the three ways. Nine in ten live on virtual time, where every
port has faults too (upstreams, the journal, the wall clock), one in ten on real sockets with the
real transport and journal, on asyncio's loop and on uvloop. After each life everything must be back,
and each request that was decided about has one receipt. Prints how many were struck, how and at how
many places; exits 1 at the first life that leaves something behind.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
from pathlib import Path

import uvloop
from tests.laws.interrupted import interrupted
from tests.simulation.interruption import Places
from tests.simulation.storm import REQUESTS, weather

_IN_A_REAL_LIFE = 500
_SHARE = 10
"""One request in so many is on real sockets."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)  # What is thrown is logged, thousands of times.
    places, began = Places(), time.monotonic()
    on_sockets = asked.requests // _SHARE
    done = decided = 0
    lives = [
        *((True, _IN_A_REAL_LIFE),) * -(-on_sockets // _IN_A_REAL_LIFE),
        *((False, REQUESTS),) * -(-(asked.requests - on_sockets) // REQUESTS),
    ]
    random.Random(asked.seed).shuffle(lives)
    for number, (is_real, requests) in enumerate(lives):
        seed = asked.seed + number
        found, broken = (_on_sockets if is_real else _on_virtual_time)(seed, requests, places)
        done, decided = done + requests, decided + found
        if broken:
            print(f"seed={seed} on {'sockets' if is_real else 'virtual time'}: {broken[:9]}")
            return 1
        if number % 20 == 0:
            print(f"{done}/{asked.requests}", flush=True)
    struck = ", ".join(f"{count} {manner}" for manner, count in sorted(places.manners.items()))
    print(
        f"n={done} seed={asked.seed} decided={decided} struck={places.manners.total()} ({struck}) "
        f"at {len(places.ways)} places, nothing left, in {time.monotonic() - began:.0f} s"
    )
    return 0


def _on_virtual_time(seed: int, requests: int, places: Places) -> tuple[int, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        seen = weather(seed, Path(folder), places, requests)
    return seen.decided, seen.broken


def _on_sockets(seed: int, requests: int, places: Places) -> tuple[int, list[str]]:
    loop = uvloop.new_event_loop if seed % 2 else asyncio.new_event_loop
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=loop) as runner:
        report = runner.run(interrupted(Path(folder), seed, requests, places))
    return len(report.decided), report.broken


if __name__ == "__main__":
    sys.exit(main())
