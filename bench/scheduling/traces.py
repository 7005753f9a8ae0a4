"""Requests to replay: real traces, and one that is drawn after published figures.

A trace is cut in halves: figures are tuned on the first and reported for the second.
"""

from __future__ import annotations

import gzip
import json
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path


class NoTraces(Exception):
    """The development data is not there."""


@dataclass(frozen=True)
class Job:
    id: int
    at: float
    prompt: int
    output: int
    prefix: tuple[int, ...] = ()
    tenant: str = "t"


def read(folder: Path, name: str) -> list[dict[str, object]]:
    path = folder / f"{name}.jsonl.gz"
    if not path.exists():
        raise NoTraces(
            f"{path} is not there: give the folder with the traces as --traces, or measure what "
            "needs none with --only code"
        )
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


def chat(folder: Path) -> list[Job]:
    """One hour of chat requests: Azure, 2023."""
    return _jobs(read(folder, "azure_conv"))


def mooncake(folder: Path) -> list[Job]:
    """Long prompts that share their beginnings."""
    return _jobs(read(folder, "mooncake_synthetic"))


def custom(path: Path) -> list[Job]:
    """Any trace of the same form: gzip JSONL with t, prompt_tokens, output_tokens and perhaps
    hash_ids."""
    return _jobs(read(path.parent, path.name.removesuffix(".jsonl.gz")))


def _jobs(rows: Sequence[dict[str, object]]) -> list[Job]:
    jobs = []
    for index, row in enumerate(rows):
        prefix = row.get("hash_ids") or []
        assert isinstance(prefix, list)
        at, prompt, output = (float(str(row[n])) for n in ("t", "prompt_tokens", "output_tokens"))
        jobs.append(Job(index, at, max(1, int(prompt)), max(1, int(output)), tuple(prefix)))
    return sorted(jobs, key=lambda job: job.at)


def code(requests: int, seed: int) -> list[Job]:
    """Like an hour of Azure's code completions, and synthetic. Prompts: of mean 2,048 and at most
    7,437 tokens as published, and otherwise as random as that allows (a truncated exponential, whose
    median comes out as 1,560; published is 1,500). Answers: log-normal, median 13, mean 28. Arrivals
    in bursts: a Poisson stream of 1 a second or, for 8 s in every 40 on average, of 10."""
    rng = random.Random(f"code {seed}")
    jobs: list[Job] = []
    at, busy, left = 0.0, False, 0.0
    while len(jobs) < requests:
        if left <= 0.0:
            busy = not busy
            left = rng.expovariate(1.0 / (8.0 if busy else 32.0))
        gap = rng.expovariate(10.0 if busy else 1.0)
        if gap > left:
            at, left = at + left, 0.0
            continue
        at, left = at + gap, left - gap
        prompt = max(3, round(_truncated(rng, 2400.0, 7437.0)))
        output = min(1899, max(1, round(rng.lognormvariate(math.log(13), 1.24))))
        jobs.append(Job(len(jobs), at, prompt, output))
    return jobs


def _truncated(rng: random.Random, scale: float, most: float) -> float:
    """Exponential, but never above `most`."""
    return -scale * math.log(1.0 - rng.random() * (1.0 - math.exp(-most / scale)))


def halves(jobs: Sequence[Job]) -> tuple[list[Job], list[Job]]:
    middle = len(jobs) // 2
    return list(jobs[:middle]), list(jobs[middle:])


def slower(jobs: Sequence[Job], factor: float) -> list[Job]:
    """The same requests, `factor` times further apart, from second 0."""
    start = jobs[0].at
    return [replace(job, at=(job.at - start) * factor) for job in jobs]
