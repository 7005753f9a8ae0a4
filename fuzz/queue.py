"""The queue before an engine under attack: `python -m fuzz.queue --trials 20000 --seed 1`.

Half of the trials drive the pure scheduler through floods, ends, failures, out-of-memory, closings and
reloads, and replay each to see the same decisions; half let tasks wait in the real `Queues` on virtual
time and cancel them anywhere (tests/laws/queueing.py says what must hold). Prints n and the seed;
exits 1 at the first trial that does not hold.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
import traceback
from collections import Counter

from tests.laws.queueing import attack, crowd


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, default=20_000)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    fate: Counter[str] = Counter()
    began = time.monotonic()
    for number in range(asked.trials):
        trial = asked.seed * 1_000_000 + number
        try:
            fate += attack(trial, asked.steps) if number % 2 else crowd(trial, 60)
        except Exception:  # Whatever it is, it is a finding.
            traceback.print_exc()
            print(f"n={number} seed={asked.seed}: trial {trial} did not hold")
            return 1
        if number % 1000 == 0:
            print(f"{number}/{asked.trials}", flush=True)
    counts = ", ".join(f"{count} {name}" for name, count in sorted(fate.items()))
    took = time.monotonic() - began
    print(f"n={asked.trials} seed={asked.seed}: {counts}; all held, in {took:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
