"""One trial: a trace at a load on an engine, under one rule after the other."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.scheduling.engine import Machine
from bench.scheduling.figures import Figures, figures
from bench.scheduling.policies import Expect, Ours, Policy, fcfs, sjf_oracle, sjf_prompt
from bench.scheduling.predictors import Classes, blind, oracle
from bench.scheduling.replay import Served, at_load, replay
from bench.scheduling.traces import Job

from gilmok.dispatch.queue import QueuePolicy

REQUESTS = 4000
BLOCK_S = 120.0
Rule = Callable[[Machine], Policy]


@dataclass(frozen=True)
class Setting:
    """What is replayed: `known` was looked at before, `jobs` never."""

    name: str
    known: Sequence[Job]
    jobs: Sequence[Job]
    seed: int


def ours(expect: Expect, **options: float) -> Rule:
    """With the defaults a user gets, but for the number of places and the room to wait: nobody is
    turned away here."""

    def made(machine: Machine) -> Policy:
        policy = QueuePolicy(
            concurrent=machine.slots,
            waiting=10**6,
            prefix_block=machine.block,
            prefix_blocks=machine.cache_blocks,
            **options,  # type: ignore[arg-type]
        )
        return Ours(machine, policy, expect)

    return made


def rules(traces: Path | None, setting: Setting) -> dict[str, Rule]:
    """`ours` predicts as well as BERT does; where its record is not at hand it is blind."""
    expect = blind if traces is None else Classes(traces, setting.known, setting.seed)
    return {
        "first come, first served": fcfs,
        "shortest prompt first": sjf_prompt,
        "shortest job first (oracle)": sjf_oracle,
        "ours": ours(expect),
        "ours, length unknown": ours(blind),
        "ours, oracle": ours(oracle),
    }


def alone(machine: Machine) -> Callable[[Served], float]:
    step = machine.step_s + machine.shared_s
    return lambda s: s.job.prompt / machine.prefill_tokens_per_s + s.job.output * step


def measured(jobs: Sequence[Job], machine: Machine, rule: Rule) -> Figures:
    return figures(replay(jobs, machine, rule(machine)), alone(machine))


def trial(
    setting: Setting, machine: Machine, load: float, chosen: dict[str, Rule]
) -> dict[str, Figures]:
    jobs = at_load(setting.jobs[:REQUESTS], machine, load)
    return {name: measured(jobs, machine, rule) for name, rule in chosen.items()}


def load_for(setting: Setting, machine: Machine, sla: float) -> float:
    """The load at which first come, first served keeps this share in time."""
    low, high = 0.02, 1.1
    jobs = at_load(setting.jobs[:REQUESTS], machine, 1.0)
    for _ in range(12):
        load = (low + high) / 2
        spread = [replace(job, at=job.at / load) for job in jobs]
        if measured(spread, machine, fcfs).sla > sla:
            low = load
        else:
            high = load
    return (low + high) / 2


def resampled(jobs: Sequence[Job], seed: int) -> list[Job]:
    """Blocks of two minutes in a random order, some twice and some not at all: as much like the trace
    as can be told from one trace. Seed 0 is the trace itself."""
    if not seed:
        return list(jobs)
    rng = random.Random(f"blocks {seed}")
    start = jobs[0].at
    blocks: dict[int, list[Job]] = {}
    for job in jobs:
        blocks.setdefault(int((job.at - start) / BLOCK_S), []).append(job)
    drawn: list[Job] = []
    for turn in range(len(blocks)):
        block = rng.choice(sorted(blocks))
        moved = turn * BLOCK_S - (start + block * BLOCK_S)
        first = len(drawn)
        drawn += [replace(j, id=first + i, at=j.at + moved) for i, j in enumerate(blocks[block])]
    return drawn
