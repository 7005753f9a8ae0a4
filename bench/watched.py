"""`gilmok serve` that says on SIGUSR1 what is alive in it: one line of JSON on stdout.

usage: python -m bench.watched --config FILE

`tasks` are asyncio's, `objects` those the collector tracks (what was made before the gateway was ready is frozen and
not among them), `kinds` the most frequent of them.
"""

import asyncio
import gc
import json
import signal
import sys
from collections import Counter

from gilmok.cli import main

MOST = 15


def tell(*_: object) -> None:
    gc.collect()
    objects = gc.get_objects()
    kinds = Counter(type(each).__qualname__ for each in objects).most_common(MOST)
    alive = {
        "tasks": sum(isinstance(each, asyncio.Task) and not each.done() for each in objects),
        "objects": len(objects),
        "kinds": dict(kinds),
    }
    sys.stdout.write(f"alive {json.dumps(alive)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, tell)
    sys.argv[1:1] = ["serve"]
    main()
