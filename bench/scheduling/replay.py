"""Replays a trace against the model of an engine, and says when everything happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from bench.scheduling.engine import Engine, Machine
from bench.scheduling.policies import ByKey, Policy
from bench.scheduling.traces import Job, slower


@dataclass
class Served:
    """One request's times, in seconds since the start."""

    job: Job
    arrived: float
    began: float = 0.0
    first: float = 0.0
    ended: float = 0.0

    @property
    def latency(self) -> float:
        return self.ended - self.arrived

    @property
    def ttft(self) -> float:
        return self.first - self.arrived


def replay(jobs: Sequence[Job], machine: Machine, policy: Policy) -> list[Served]:
    """In the order of the jobs. Each is served exactly once, or it raises."""
    engine = Engine(machine)
    served = {job.id: Served(job, job.at) for job in jobs}
    cached: dict[int, int] = {}
    position, left, now = 0, len(jobs), 0.0
    while left:
        next_arrival = jobs[position].at if position < len(jobs) else inf
        steps = engine.advance(next_arrival)
        now = engine.now
        for step in steps:
            record = served[step.id]
            if not step.ended:
                record.first = now
                policy.first_token(record.job, now)
                continue
            record.ended = now
            policy.ended(record.job, now, cached.pop(step.id), record.began)
            left -= 1
        while position < len(jobs) and jobs[position].at <= now:
            policy.arrive(jobs[position], now)
            position += 1
        while (id := policy.next(now)) is not None:
            record = served[id]
            assert not record.began, f"{id} was begun twice"
            record.began = now
            job = record.job
            cached[id] = engine.begin(id, job.prompt, job.output, job.prefix)
        assert steps or position < len(jobs) or len(engine) or not left, "nobody is served any more"
    return list(served.values())


def capacity(jobs: Sequence[Job], machine: Machine) -> float:
    """Requests per second of an engine that never waits for work: these, all there from the start,
    in the order they came."""
    queue = ByKey(machine.slots, lambda job: 0.0)
    served = replay([Job(j.id, 0.0, j.prompt, j.output, j.prefix) for j in jobs], machine, queue)
    return len(jobs) / max(s.ended for s in served)


def at_load(jobs: Sequence[Job], machine: Machine, load: float) -> list[Job]:
    """The same requests with their gaps stretched so that they bring `load` of the capacity."""
    span = jobs[-1].at - jobs[0].at
    rate = len(jobs) / span
    return slower(jobs, rate / (capacity(jobs, machine) * load))


Rule = Callable[[], Policy]
