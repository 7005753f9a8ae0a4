"""The long attack on reversible masking: `python -m fuzz.masking --cases 1000000 --seed 1`.

See tests/laws/masking.py for what a case is. Prints n, the seed and the differences; exits 1 where
there is any.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.laws.masking import attack

ROUND = 5000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args()
    rounds = [range(a, min(a + ROUND, asked.cases)) for a in range(0, asked.cases, ROUND)]
    differences: list[str] = []
    done = 0
    with ProcessPoolExecutor(asked.processes) as pool:
        found_by_round = pool.map(attack, [asked.seed] * len(rounds), rounds)
        for part, found in zip(rounds, found_by_round, strict=True):
            done += len(part)
            differences += found
            print(
                f"\r{done}/{asked.cases} cases, {len(differences)} differences ", end="", flush=True
            )
    print()
    for difference in differences[:50]:
        print(difference)
    print(f"n={done} seed={asked.seed} differences={len(differences)}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
