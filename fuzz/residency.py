"""The long attack on the memory law: `python -m fuzz.residency --cases 100000 --seed 0`.

Machines with random engines, memory and requests on virtual time, where engines are killed, wedged, slow
to load, out of memory, robbed of their port or larger than they said, in every state: see
tests/laws/residency.py. One line of progress; at the end n and the first seed. A case that breaks is shown
with its seed (`--cases 1 --seed N` lives it again); the exit status is 1 then.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing import Pool

from tests.laws.residency import REQUESTS, Story, live

_AT_ONCE = 500
_SHOWN = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0, help="the first; the others follow it")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="in each case")
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args()
    seeds = range(asked.seed, asked.seed + asked.cases)
    answers: Counter[str] = Counter()
    events: Counter[str] = Counter()
    broken, began = 0, time.monotonic()
    for done, (seed, story) in enumerate(_lives(seeds, asked.requests, asked.processes), start=1):
        answers.update(story.answers)
        events.update(story.events)
        if story.broken:
            broken += 1
            print(f"\nseed {seed}: {story.broken[0]}")
        if done % _AT_ONCE == 0:
            rate = done / (time.monotonic() - began)
            print(f"\r{done}/{asked.cases} cases, {rate:.0f}/s ", end="", flush=True)
        if broken >= _SHOWN:
            break
    print()
    for counted in (answers, events):
        print(", ".join(f"{what} {n}" for what, n in sorted(counted.items())))
    print(f"n={asked.cases} seed={asked.seed} broken={broken}")
    return 1 if broken else 0


def _lives(seeds: range, requests: int, processes: int) -> Iterator[tuple[int, Story]]:
    cases = [(seed, requests) for seed in seeds]
    if processes == 1:
        yield from map(_live, cases)
        return
    with Pool(processes) as pool:
        yield from pool.imap(_live, cases, chunksize=_AT_ONCE // 10)


def _live(case: tuple[int, int]) -> tuple[int, Story]:
    seed, requests = case
    return seed, live(seed, requests)


if __name__ == "__main__":
    sys.exit(main())
