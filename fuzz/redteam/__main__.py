"""See the package. Prints one table; exits 1 where anything is over its threshold."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from quality.data import DATA
from quality.report import table

from fuzz.redteam import cache, injection, labels, masking, output
from fuzz.redteam.outcome import Attack, Orders, Tally

KINDS: dict[str, Attack] = {
    "labels": labels.attack,
    "masking": masking.attack,
    "injection": injection.attack,
    "cache": cache.attack,
    "output": output.attack,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz.redteam")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(KINDS)}; all")
    parser.add_argument("--scale", type=float, default=1.0, help="1 is the full run")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the public sets")
    asked = parser.parse_args()
    tallies: list[Tally] = []
    for name in asked.names or KINDS:
        print(f"{name} ...", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            orders = Orders(Path(folder), asked.data, asked.seed, asked.scale)
            tallies += asyncio.run(KINDS[name](orders))
    rows = [
        (t.name, str(t.attempts), str(t.succeeded), f"{100 * t.share:.1f} %",
         f"{100 * t.most:.0f} %", "FAILED" if t.failed else "ok", ", ".join(t.examples))
        for t in tallies
    ]  # fmt: skip
    print(table(("attack", "attempts", "succeeded", "share", "at most", "", "some"), rows))
    print(f"seed={asked.seed} scale={asked.scale}")
    return 1 if any(t.failed for t in tallies) else 0


if __name__ == "__main__":
    sys.exit(main())
