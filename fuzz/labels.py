"""The long attack on the label law: `python -m fuzz.labels --cases 100000 --seed 1`.

Each case is a secret in one of many written forms, at one of many places of a request, on one of
many paths through real gateways before real walls: see tests/laws. One line of progress per round;
at the end n, the seed and the occurrences. Exits 1 where there is any. `--only N` replays a case.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.laws.attack import Findings, attack

ROUND = 1000
"""Cases before the same gateways; each round's ledgers are read when it is over."""
_SHOWN = 50


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", type=int, action="append", help="this case alone, by its number")
    asked = parser.parse_args()
    numbers = asked.only or list(range(asked.cases))
    found, began = Findings(), time.monotonic()
    for first in range(0, len(numbers), ROUND):
        with tempfile.TemporaryDirectory() as folder:
            found.add(attack(Path(folder), asked.seed, numbers[first : first + ROUND]))
        rate = found.cases / (time.monotonic() - began)
        print(
            f"\r{found.cases}/{len(numbers)} cases, {len(found.failures)} occurrences, "
            f"{rate:.0f}/s ",
            end="",
            flush=True,
        )
    print()
    for failure in list(found.failures)[:_SHOWN]:
        print(failure)
    print(
        f"n={found.cases} seed={asked.seed} occurrences={len(found.failures)} "
        f"(masked and sent: {found.masked}, restored: {found.restored})"
    )
    return 1 if found.failures else 0


if __name__ == "__main__":
    sys.exit(main())
