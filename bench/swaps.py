"""How often models are swapped: Gilmok's residency beside least-recently-used, on a mixed three-model trace.

usage: python -m bench.swaps [--hours 4] [--seed 1] [--data ../shared/data]

Three models on 64 GB, as in the development team's document: Architect (52 GB, alone), Coder (19 GB) and
Reviewer (9 GB, together). Virtual time; both policies act through the same simulated machine. LRU is what a
model server does that loads on demand: requests in order of arrival, and the least recently used engines are
drained for the oldest request that finds none. Who asks for which model is drawn anew for every request
(`mixed`) or stays with one model for a while, as a team does that plans, writes and reviews (`phases`).
Arrivals and lengths come from the chat trace in --data where it is there, else from a Poisson process.
"""

from __future__ import annotations

import argparse
import gzip
import heapq
import json
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from statistics import fmean, quantiles

from msgspec import Struct

from gilmok.core.engine import NOBODY, RAM, Demand, EngineState, Need
from gilmok.engines.residency import (
    Action,
    Decision,
    Drain,
    Load,
    Loaded,
    Reason,
    Residency,
    ResidencyPolicy,
    Stop,
    Stopped,
    decide,
    ready_in,
)
from gilmok.engines.residency.memory import beside, excess, total
from gilmok.engines.residency.residence import noticed

GB = 10**9
BUDGET = {RAM: 64 * GB}
ARCHITECT, CODER, REVIEWER = "architect", "coder", "reviewer"
NEEDS = {
    ARCHITECT: Need(id=ARCHITECT, footprint={RAM: 52 * GB}, slots=2, load_s=26.0, exclusive=True),
    CODER: Need(id=CODER, footprint={RAM: 19 * GB}, slots=2, load_s=10.0),
    REVIEWER: Need(id=REVIEWER, footprint={RAM: 9 * GB}, slots=2, load_s=5.0),
}
"""Loading reads 2 GB a second."""
SPEEDS = {ARCHITECT: (600.0, 40.0), CODER: (1000.0, 50.0), REVIEWER: (2000.0, 80.0)}
"""Tokens of prompt and of answer a second."""
SHARES = {ARCHITECT: 0.3, CODER: 0.4, REVIEWER: 0.3}
STOP_S = 1.0
PHASE = 8
"""Requests in a row for one model, on average, in the phased trace."""


class Job(Struct, frozen=True):
    at: float
    engine: str
    work_s: float


class Run(Struct, kw_only=True):
    """What one policy made of a trace."""

    swaps: int = 0
    """Evictions for another engine."""
    loads: int = 0
    waits: list[float] = []
    """Seconds from arrival to the first work on it."""
    errors: list[float] = []
    """Of `ready_in`, seconds, for those who found their engine not loaded."""
    busy_s: float = 0.0

    @property
    def worst(self) -> float:
        return max(self.waits)

    @property
    def p99(self) -> float:
        return quantiles(self.waits, n=100)[-1]


Policy = Callable[[Residency, Mapping[str, Demand], float], Decision]


def least_recently_used(
    residency: Residency, demands: Mapping[str, Demand], now: float
) -> Decision:
    """Requests are taken in order of arrival. The oldest one whose engine is not loaded has the least
    recently used engines drained, as soon as they have begun what came before it; nobody overtakes it."""
    residences = {
        e: noticed(r, demands.get(e, NOBODY), residency.policy, now)
        for e, r in residency.residences.items()
    }
    decision = Decision(
        residency=Residency(
            needs=residency.needs,
            budget=residency.budget,
            policy=residency.policy,
            residences=residences,
        )
    )
    for engine, residence in residences.items():
        demand = demands.get(engine, NOBODY)
        draining = residence.state is EngineState.DRAINING and not residence.stopping
        if draining and not demand.running:
            decision = decision.stop(engine, Reason.SWAP, now)
    waiting = {e: d.oldest or 0.0 for e, d in demands.items() if d.waiting}
    cold = sorted((at, e) for e, at in waiting.items() if not residences[e].holds)
    for at, engine in cold:
        before = decision.actions
        decision = _make_room(decision, engine, at, demands, waiting, now)
        if decision.actions == before or not isinstance(decision.actions[-1], Load):
            break
    return decision


def _make_room(
    decision: Decision,
    engine: str,
    at: float,
    demands: Mapping[str, Demand],
    waiting: Mapping[str, float],
    now: float,
) -> Decision:
    residency = decision.residency
    if _fits(residency, engine, [e for e, r in residency.residences.items() if r.holds]):
        return decision.load(engine, now)
    staying = [e for e, r in residency.residences.items() if r.stays]
    for other in sorted(staying, key=lambda e: residency.residences[e].last_used):
        if _fits(residency, engine, staying):
            break
        if residency.state(other) is EngineState.LOADING or waiting.get(other, math.inf) < at:
            return decision
        decision = decision.leave(other, Reason.SWAP, now, demands.get(other, NOBODY))
        staying.remove(other)
    return decision


def _fits(residency: Residency, engine: str, others: list[str]) -> bool:
    held = [residency.residences[e].held for e in others if e != engine]
    alone = not others or all(beside(residency.needs[engine], residency.needs[e]) for e in others)
    return alone and not excess(total([*held, residency.reserve(engine)]), residency.budget)


class Machine:
    """Engines that load, serve in order of arrival, and end, all in known times."""

    def __init__(self, policy: Policy, settings: ResidencyPolicy) -> None:
        self._decide = policy
        self._residency = Residency.of(NEEDS, BUDGET, settings)
        self._waiting: dict[str, list[Job]] = {engine: [] for engine in NEEDS}
        self._running = dict.fromkeys(NEEDS, 0)
        self._hoped: dict[str, list[tuple[float, float]]] = {engine: [] for engine in NEEDS}
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._now = 0.0
        self._count = 0
        self.run = Run()

    def play(self, jobs: list[Job]) -> Run:
        for job in jobs:
            self._at(job.at, lambda job=job: self._arrive(job))  # type: ignore[misc]
        while self._heap:
            self._now, _, act = heapq.heappop(self._heap)
            act()
            self._turn()
        return self.run

    def _arrive(self, job: Job) -> None:
        ready_s = ready_in(self._residency, self._demands(), job.engine, self._now)
        if ready_s:
            self._hoped[job.engine].append((self._now, self._now + ready_s))
        self._waiting[job.engine].append(job)

    def _turn(self) -> None:
        self._begin()
        decision = self._decide(self._residency, self._demands(), self._now)
        self._residency = decision.residency
        for action in decision.actions:
            self._act(action)
        if decision.look_at is not None:
            self._at(max(decision.look_at, self._now), lambda: None)

    def _begin(self) -> None:
        for engine, waiting in self._waiting.items():
            if self._residency.state(engine) is not EngineState.WARM:
                continue
            while waiting and self._running[engine] < NEEDS[engine].slots:
                job = waiting.pop(0)
                self._running[engine] += 1
                self.run.waits.append(self._now - job.at)
                self.run.busy_s += job.work_s
                self._at(self._now + job.work_s, lambda e=engine: self._finish(e))  # type: ignore[misc]

    def _finish(self, engine: str) -> None:
        self._running[engine] -= 1

    def _demands(self) -> dict[str, Demand]:
        return {
            engine: Demand(
                waiting=len(waiting),
                running=self._running[engine],
                oldest=waiting[0].at if waiting else None,
                work_s=sum(job.work_s for job in waiting) / NEEDS[engine].slots,
            )
            for engine, waiting in self._waiting.items()
        }

    def _act(self, action: Action) -> None:
        engine = action.engine
        match action:
            case Load():
                self.run.loads += 1
                load_s = NEEDS[engine].load_s
                self._at(self._now + load_s, lambda: self._loaded(engine))
            case Stop():
                self.run.swaps += action.reason is Reason.SWAP
                self._at(self._now + STOP_S, lambda: self._tell(Stopped(engine=engine)))
            case Drain():
                pass

    def _loaded(self, engine: str) -> None:
        for _, ready_at in self._hoped[engine]:
            self.run.errors.append(abs(self._now - ready_at))
        self._hoped[engine].clear()
        self._tell(Loaded(engine=engine, took_s=NEEDS[engine].load_s))

    def _tell(self, event: Loaded | Stopped) -> None:
        self._residency = self._residency.after(event, self._now)

    def _at(self, time: float, act: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._heap, (time, self._count, act))


def jobs(
    rows: list[tuple[float, int, int]], per_hour: int, hours: int, phases: bool, seed: int
) -> list[Job]:
    """`per_hour` of the rows (second of the hour, tokens of prompt and answer), drawn anew each hour."""
    chance = Random(seed)
    made: list[Job] = []
    engine = CODER
    for hour in range(hours):
        for at, prompt, answer in sorted(chance.sample(rows, k=per_hour)):
            if not phases or chance.random() < 1 / PHASE:
                engine = chance.choices(list(SHARES), weights=list(SHARES.values()))[0]
            prefill, decode = SPEEDS[engine]
            made.append(Job(hour * 3600.0 + at, engine, prompt / prefill + answer / decode))
    return made


def recorded(folder: Path) -> list[tuple[float, int, int]]:
    with gzip.open(folder / "traces" / "azure_conv.jsonl.gz", "rt") as file:
        rows = [json.loads(line) for line in file]
    return [(row["t"], row["prompt_tokens"], row["output_tokens"]) for row in rows]


def drawn(seed: int) -> list[tuple[float, int, int]]:
    """Where no trace is there: an hour of independent arrivals, with lengths as skewed as a chat's."""
    chance = Random(seed)
    return [
        (
            chance.uniform(0.0, 3600.0),
            min(8000, int(chance.lognormvariate(6.5, 1.0))),
            min(1000, int(chance.lognormvariate(4.9, 0.9))),
        )
        for _ in range(20_000)
    ]


def compared(trace: list[Job], settings: ResidencyPolicy) -> tuple[Run, Run]:
    """Least recently used, and Gilmok."""
    return (
        Machine(least_recently_used, settings).play(trace),
        Machine(decide, settings).play(trace),
    )


def bound_s(trace: list[Job], settings: ResidencyPolicy) -> float:
    """What nobody waits beyond while the machine is not overloaded: the patience of the policy, then a turn
    of each of the others and one's own, each with the longest drain, stop and load."""
    longest = max(job.work_s for job in trace)
    load_s = max(need.load_s for need in NEEDS.values())
    return settings.max_wait_s + len(NEEDS) * (settings.turn_s + longest + STOP_S + load_s)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--hours", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--max-wait", type=float, default=ResidencyPolicy().max_wait_s)
    asked = parser.parse_args()
    try:
        rows, source = recorded(asked.data), "recorded chat requests"
    except FileNotFoundError:
        rows, source = drawn(asked.seed), "drawn requests"
    settings = ResidencyPolicy(max_wait_s=asked.max_wait)
    print(f"{asked.hours} h of {source}, seed {asked.seed}; max_wait_s {settings.max_wait_s:.0f}")
    print(
        "trace   per hour | swaps LRU  ours  fewer | mean wait s LRU  ours |"
        " p99 LRU  ours | worst LRU  ours  bound | ready_in off by s"
    )
    for phases in (False, True):
        for per_hour in (30, 60, 120, 240, 360, 480, 600):
            trace = jobs(rows, per_hour, asked.hours, phases, asked.seed)
            _show("phases" if phases else "mixed", per_hour, trace, settings)
    return 0


def _show(name: str, per_hour: int, trace: list[Job], settings: ResidencyPolicy) -> None:
    lru, ours = compared(trace, settings)
    print(
        f"{name:<7} {per_hour:>8} | {lru.swaps:>9} {ours.swaps:>5} {lru.swaps / max(1, ours.swaps):>6.1f} |"
        f" {fmean(lru.waits):>15.1f} {fmean(ours.waits):>5.1f} | {lru.p99:>7.0f} {ours.p99:>5.0f} |"
        f" {lru.worst:>9.0f} {ours.worst:>5.0f} {bound_s(trace, settings):>6.0f} |"
        f" {fmean(ours.errors or [0.0]):>9.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
