"""Upstreams that show the key they were called with: `python -m fuzz.echo --trials 10000 --seed 1`.

Each trial is a key of one of the kinds that providers hand out, at one of many places of an answer
or a refusal, in one of many spellings and cuts, asked for through a real gateway: see
tests/laws/echoes.py. Looked at: what clients, logs (debug included), metrics, decisions, dashboard,
reports and the ledger's files tell of it. Exits 1 where that is anything.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from itertools import chain, count, islice
from pathlib import Path
from random import Random

from tests.laws.echoes import Trial, attack, every_trial

ROUND = 250
"""Trials before the same gateway."""


def trials(seed: int, wanted: int) -> list[Trial]:
    """All there are, in any order, and then all again with other keys."""
    rounds = (Random(f"{seed}/{number}") for number in count())
    shuffled = (rng.sample(every := list(every_trial(rng)), len(every)) for rng in rounds)
    return list(islice(chain.from_iterable(shuffled), wanted))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args(arguments)
    todo = trials(asked.seed, asked.trials)
    outcomes: Counter[str] = Counter()
    done = withheld = failures = 0
    for first in range(0, len(todo), ROUND):
        with tempfile.TemporaryDirectory() as folder:
            found = attack(Path(folder), todo[first : first + ROUND])
        done, withheld = done + found.trials, withheld + found.withheld
        failures += len(found.failures)
        outcomes += found.outcomes
        for failure in found.failures:
            print(f"\n{failure}")
        print(f"\r{done}/{len(todo)} trials, {failures} occurrences ", end="", flush=True)
    print()
    for outcome, times in sorted(outcomes.items()):
        print(f"{times:6} {outcome}")
    print(f"n={done} seed={asked.seed} occurrences={failures} (withheld: {withheld})")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
