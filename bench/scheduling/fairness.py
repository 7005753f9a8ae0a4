"""What a flood of one tenant does to four others that send a tenth each."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import mean

from bench.scheduling.engine import Machine
from bench.scheduling.figures import figures
from bench.scheduling.replay import at_load, replay
from bench.scheduling.traces import Job
from bench.scheduling.trials import REQUESTS, Rule, alone


@dataclass(frozen=True)
class Fairness:
    jain: float
    light_s: float
    """Mean latency of the four."""
    heavy_s: float


def with_flood(jobs: Sequence[Job], seed: int) -> list[Job]:
    """Of every 100 requests, 60 come at once and are the flood's; the others stay where they are."""
    rng = random.Random(f"flood {seed}")
    flooded: list[Job] = []
    for start in range(0, len(jobs), 100):
        block = list(jobs[start : start + 100])
        flood = set(rng.sample(range(len(block)), 60 * len(block) // 100))
        at = block[0].at
        for index, job in enumerate(block):
            if index in flood:
                flooded.append(replace(job, at=at, tenant="flood"))
            else:
                flooded.append(replace(job, tenant=f"light{rng.randrange(4)}"))
    return sorted(flooded, key=lambda job: job.at)


def fairness(jobs: Sequence[Job], machine: Machine, load: float, rule: Rule, seed: int) -> Fairness:
    flooded = with_flood(at_load(jobs[:REQUESTS], machine, load), seed)
    served = replay(flooded, machine, rule(machine))
    light = [s.latency for s in served if s.job.tenant != "flood"]
    heavy = [s.latency for s in served if s.job.tenant == "flood"]
    return Fairness(figures(served, alone(machine)).jain, mean(light), mean(heavy))
