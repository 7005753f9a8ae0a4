"""Damages the journal's files and fails its writes, and sees whether the books still agree.

    python -m fuzz.journal --offsets 10000 --rounds 3000 --seed 1

Each offset is one trial: a journal at work is cut off as `kill -9` cuts it off, one of its files (the
log of intents, SQLite's database, SQLite's own log) is damaged there, and what is left is opened,
audited and gone on with: `journal_damage.py`. Each round is a few requests to a gateway at work whose
n-th call to the disk fails: `journal_faults.py`. Prints n, the seed and the verdicts; at the first
trial or round that fails it says which, and exits 1.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import traceback
from pathlib import Path

from fuzz.journal_damage import (
    LEDGER,
    Damage,
    Verdict,
    check,
    images,
    lay_out,
    reopens,
    some_damage,
)
from fuzz.journal_faults import Tally
from fuzz.journal_faults import attack as fail_writes

IMAGES = 24
_REOPENED = 8
"""Every which one is opened once more."""


async def attack(folder: Path, offsets: int, seed: int) -> Tally:
    tally = Tally()
    found = await images(folder / "images", seed, min(IMAGES, offsets))
    for number in range(offsets):
        chance = random.Random(f"{seed}/{number}")
        image = chance.choice(found)
        damage = some_damage(image, chance)
        place = folder / f"trial-{number}"
        place.mkdir()
        lay_out(image, damage, place, chance)
        try:
            verdict = await check(image, damage, place)
            if verdict is Verdict.WHOLE and number % _REOPENED == 0:
                await reopens(place / LEDGER)
        except Exception as error:
            raise AssertionError(f"trial {number} of seed {seed}: {damage}") from error
        tally[f"{_kind(damage)} {verdict}"] += 1
        for left in place.iterdir():
            left.unlink()
        place.rmdir()
    return tally


def _kind(damage: Damage) -> str:
    return {LEDGER: "database", f"{LEDGER}-wal": "database log"}.get(damage.file, "intent log")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--offsets", type=int, default=1_000)
    options.add_argument("--rounds", type=int, default=300)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    given = options.parse_args()
    logging.disable()  # What every trial says of its damage is what it should say.
    with tempfile.TemporaryDirectory() as folder:
        try:
            told = asyncio.run(attack(Path(folder), given.offsets, given.seed))
            print(f"seed {given.seed}, {given.offsets} offsets: {told}", flush=True)
            told = asyncio.run(fail_writes(Path(folder), given.rounds, given.seed))
            print(f"seed {given.seed}, {given.rounds} rounds: {told}")
        except AssertionError:
            traceback.print_exc()
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
