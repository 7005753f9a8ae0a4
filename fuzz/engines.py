"""Attacks engines that are real processes, in every state, while callers wait for them.

    python -m fuzz.engines --rounds 200 --seed 1

Stand-ins for llama-server that can be told to misbehave, on uvloop and on asyncio's own loop, then the real one with SmolLM2 (one round in
ten), then a gateway that is killed with SIGKILL in each state. What holds: `tests/laws/engines.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import uvloop
from tests.laws.engine_cast import fakes, real
from tests.laws.engine_gateway import STATES
from tests.laws.engines import HONEST, SIGNALS, Cast, Fault, Play
from tests.unit.engines.conftest import family, gone

ROUNDS_PER_LIFE = 20
"""Then the keeper leaves, and nothing may be left behind."""
MIB = 2**20
ROOT = Path(__file__).parents[1]


class Sums:
    def __init__(self) -> None:
        self.told: Counter[str] = Counter()
        self.faults: Counter[Fault] = Counter()
        self.struck: Counter[str] = Counter()
        self.states: Counter[str] = Counter()
        self.measured = 0.0
        """The most of a budget that was ever held, measured."""

    def add(self, play: Play, cast: Cast) -> None:
        self.told += play.callers.outcomes
        self.faults += play.done
        self.struck += Counter({s.value: n for s, n in play.struck.items()})
        self.states += Counter({s.value: n for s, n in play.callers.seen.items()})
        self.measured = max(self.measured, play.most_measured / cast.budget)


async def lives(rounds: int, rng: random.Random, sums: Sums) -> None:
    """With stand-ins."""
    for first in range(0, rounds, ROUNDS_PER_LIFE):
        with tempfile.TemporaryDirectory() as folder:
            cast = fakes(Path(folder))
            play = Play(cast, rng, HONEST)
            await play.run(min(ROUNDS_PER_LIFE, rounds - first))
            sums.add(play, cast)
        print(
            f"{min(first + ROUNDS_PER_LIFE, rounds)} rounds, {sums.told.total()} told", flush=True
        )


async def greedy(rounds: int, rng: random.Random) -> Counter[str]:
    with tempfile.TemporaryDirectory() as folder:
        play = Play(fakes(Path(folder)), rng, [Fault.GREEDY, Fault.KILL, Fault.NONE])
        await play.run(rounds)
        return play.callers.outcomes


async def real_lives(rounds: int, rng: random.Random) -> str:
    cast = await real()
    if cast is None:
        return "no llama-server or weights installed: no real engine was attacked"
    play = Play(cast, rng, [Fault.NONE, *SIGNALS])
    await play.run(rounds)
    return (
        f"real llama-server: {rounds} rounds, told {dict(play.callers.outcomes)}, at most "
        f"{play.most_measured / MIB:.0f} MiB measured of {cast.budget / MIB:.0f} MiB"
    )


def gateways(kills: int) -> None:
    """Each state in turn; raises `AssertionError` where a process survives its gateway."""
    for number in range(kills):
        state = STATES[number % len(STATES)]
        with tempfile.TemporaryDirectory() as folder:
            gateway = subprocess.Popen(
                [sys.executable, "-m", "tests.laws.engine_gateway", folder, state],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env={"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
            )
            assert gateway.stdout is not None
            assert gateway.stdout.readline().decode().strip() == state
            below = family(gateway.pid)[1:]
            os.kill(gateway.pid, signal.SIGKILL)
            gateway.wait()
            gateway.stdout.close()
            assert gone(below), f"a gateway killed while {state} left {below} behind"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    given = options.parse_args()
    logging.disable(logging.ERROR)  # Deaths are what this is about.
    rng, sums, began = random.Random(given.seed), Sums(), time.monotonic()
    half = given.rounds // 2
    uvloop.run(lives(given.rounds - half, rng, sums))  # as the gateway runs
    asyncio.run(lives(half, rng, sums))
    outcomes = asyncio.run(greedy(max(1, given.rounds // 10), rng))
    said = asyncio.run(real_lives(max(1, given.rounds // 10), rng))
    kills = max(len(STATES), given.rounds // 10)
    gateways(kills)
    print(
        f"{given.rounds} rounds, seed {given.seed}, {time.monotonic() - began:.0f} s: "
        f"{sums.told.total()} callers told exactly once, {dict(sums.told)}; faults "
        f"{ {fault.name.lower(): n for fault, n in sums.faults.items()} }; signals by state "
        f"{dict(sums.struck)}; states {dict(sums.states)}; at most {sums.measured:.0%} of the budget "
        f"measured\n{given.rounds // 10} rounds with a greedy engine: told {dict(outcomes)}\n{said}\n"
        f"{kills} gateways killed with SIGKILL ({', '.join(STATES)}): no process survived"
    )


if __name__ == "__main__":
    main()
