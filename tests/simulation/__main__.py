"""Replays one run: `python -m tests.simulation --seed N` prints its trace and what did not hold."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.simulation.run import REQUESTS, run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--strategies", action="store_true", help="models are asked for advice")
    parser.add_argument("--caps", action="store_true", help="callers have budgets")
    parser.add_argument("--quiet", action="store_true", help="without the trace")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seen = run(
            asked.seed,
            Path(folder),
            asked.requests,
            strategies=asked.strategies,
            caps=asked.caps,
        )
    if not asked.quiet:
        print("\n".join(seen.trace))
    for what in seen.broken:
        print(f"BROKEN: {what}")
    print(f"seed={seen.seed} digest={seen.digest} outcomes={seen.outcomes}")
    return 1 if seen.broken else 0


if __name__ == "__main__":
    sys.exit(main())
