"""Limits under a crowd and under clocks: `python -m fuzz.limits --trials 2000 --seed 1`.

One trial in ten: twice as many requests at once as one limit has room for, of a random kind; exactly
those that fit are let in (tests/laws/capacity.py). The others: a walk of the clock through days,
months, leap days and changes of summer time in a random one of all time zones, onward or stepping
back and being wrong for weeks; nothing is refilled but by the calendar and nothing is negative
(tests/laws/calendars.py). Prints n and the seed; exits 1 at the first trial that does not hold.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import tempfile
import time
import traceback
import zoneinfo
from collections import Counter
from pathlib import Path

from tests.laws.calendars import LAWS
from tests.laws.capacity import KINDS, Fits, attack, measured

_CROWDS = 10
_MOST_PLACES = 60
_STEPS = 400


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    zones = sorted(zoneinfo.available_timezones())
    done: Counter[str] = Counter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        fits = measured(Path(folder))
        for number in range(asked.trials):
            chance = random.Random(f"{asked.seed}/{number}")
            try:
                done.update(_trial(Path(folder), number, chance, zones, fits))
            except AssertionError:
                traceback.print_exc()
                print(f"n={number} seed={asked.seed}: trial {number} did not hold")
                return 1
            if number % 200 == 0:
                print(f"{number}/{asked.trials}", flush=True)
    counts = ", ".join(f"{count} {name}" for name, count in sorted(done.items()))
    print(
        f"n={asked.trials} seed={asked.seed}: {counts}; all held, in {time.monotonic() - began:.0f} s"
    )
    return 0


def _trial(
    folder: Path, number: int, chance: random.Random, zones: list[str], fits: dict[str, Fits]
) -> dict[str, int]:
    """What was tried, and how much of it."""
    if number % _CROWDS == 0:
        kind = KINDS[number // _CROWDS % len(KINDS)]
        places = chance.randint(1, _MOST_PLACES)
        broken = attack(folder, kind, places, chance.randrange(10**6), fits[kind.counts])
        assert not broken, f"{kind.name}: {broken}"
        return {"crowds": 1, "requests in them": 2 * places * (1 if kind.waits else 3)}
    law = LAWS[number % len(LAWS)]
    law(chance.randrange(10**9), chance.choice(zones), _STEPS)
    return {law.__name__: 1}


if __name__ == "__main__":
    sys.exit(main())
