"""What a look into a full semantic cache takes: `python -m bench.cache [--entries 100000]`.

CPU time of this process and wall time, for a hit among so many kept questions of one shelf, beyond
the sentence encoder: reading the question, finding neighbours, verifying them.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import time
from statistics import median, quantiles

from training.cache_grammar import FAMILIES, VALUES

from gilmok.cache import CachedAnswer, Place, vectors, verify
from gilmok.cache.encoders import StaticEncoder
from gilmok.cache.semantic import Proposal, SemanticCache, SemanticPolicy
from gilmok.core.completion import Delta, FinishReason
from gilmok.core.text import Private
from gilmok.system import SystemClock

ANSWER = CachedAnswer("e", "local", (Delta(content="x"), Delta(finish=FinishReason.STOP)), "dec")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.cache", description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--looks", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20261122)
    options = parser.parse_args()
    asyncio.run(_measure(options.entries, options.looks, random.Random(options.seed)))


async def _measure(entries: int, looks: int, rng: random.Random) -> None:
    table = vectors.load()
    policy = SemanticPolicy(
        error_bound=1.0, audit_share=0.005, ttl_s=1e6, max_entries=10**6, max_bytes=10**11
    )
    cache = SemanticCache(
        SystemClock(), StaticEncoder(table.width), table, verify.load("static"), policy
    )
    kept = [_question(rng) for _ in range(entries)]
    for text in kept:
        place = _place(text)
        proposal = await cache.look(place) if not len(cache) else await _unproposed(cache, place)
        assert proposal is not None, "a question of the grammar can be read"
        cache.keep(place, proposal, ANSWER)
    walls, cpus = [], []
    for text in rng.sample(kept, looks):
        wall, cpu = time.perf_counter(), time.process_time()
        await cache.look(_place(f"{text} 좀"))
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
    print(
        f"{entries} kept questions, {looks} looks: CPU p50 {median(cpus):.2f} ms, "
        f"p95 {quantiles(cpus, n=20)[-1]:.2f} ms; wall p50 {median(walls):.2f} ms"
    )


async def _unproposed(cache: SemanticCache, place: Place) -> Proposal | None:
    """Filling would otherwise look 100,000 times into a growing shelf."""
    elsewhere = Place(exact=b"", around=b"empty", question=place.question, tenant=place.tenant)
    return await cache.look(elsewhere)


def _place(text: str) -> Place:
    return Place(exact=b"", around=b"shelf", question=Private(text), tenant="t")


def _question(rng: random.Random) -> str:
    lang = rng.choice(("ko", "en"))
    wording = rng.choice(FAMILIES[lang][rng.choice(sorted(FAMILIES[lang]))].split(" | "))

    def value(slot: re.Match[str]) -> str:
        return rng.choice(VALUES[lang][slot[1].removesuffix("2")].split())

    filled = re.sub(r"\{(\w+)\}", value, wording)
    return f"{filled} {rng.randrange(10**6):x}"


if __name__ == "__main__":
    main()
