"""The long attack on the money law: `python -m fuzz.money --steps 1000000 --seed 1`.

Holds, attempts, settlements, top-ups, crashes and midnights in any order, against a small model:
see tests/laws/money.py; every other round the caps of endpoints, tests/laws/caps.py. One line of
progress per round; at the end n and the seed. Stops at the
first difference, shows the steps that lead to it, and exits 1.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import invariant, run_state_machine_as_test
from tests.laws.caps import CappedEndpoints
from tests.laws.money import Money

_EXAMPLES = 40
"""Lives in a round."""
_STEPS = 250
"""In one life, at most."""


_MACHINES = (Money, CappedEndpoints)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    taken, rounds, began = 0, 0, time.monotonic()
    while taken < asked.steps:
        try:
            taken += _round(asked.seed + rounds)
        except Exception:
            traceback.print_exc()
            print(f"n={taken} seed={asked.seed} (round {rounds}): the sums differ")
            return 1
        rounds += 1
        rate = taken / (time.monotonic() - began)
        print(f"\r{taken}/{asked.steps} steps, {rate:.0f}/s ", end="", flush=True)
    print(f"\nn={taken} seed={asked.seed} differences=0")
    return 0


def _round(number: int) -> int:
    """How many steps it took. Raises where the machine and the model disagree."""
    steps = 0

    class Counted(_MACHINES[number % 2]):  # type: ignore[misc]  # one of two
        @invariant()
        def one_more(self) -> None:
            nonlocal steps
            steps += 1

    run_state_machine_as_test(
        seed(number)(Counted),
        settings=settings(
            max_examples=_EXAMPLES,
            stateful_step_count=_STEPS,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            verbosity=Verbosity.normal,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return steps


if __name__ == "__main__":
    sys.exit(main())
