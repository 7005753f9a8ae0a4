"""A long run: what a gateway keeps of half a million requests, some of whose clients leave and some of which fail.

usage: python -m bench.soak [--requests 500000] [--leaving 0.05] [--fault-every 50] [--seed 1] [--no-write]

The gateway has everything on (see gateways.EVERYTHING), so that all that could grow is there: 1,000 end users of one
key, each with limits and a budget, and a cache that is full early. Memory is read after every batch of 2 % of the
requests, when nothing is under way; the slope is that of a straight line through the last half. In the end tasks and
file descriptors are compared with those before the first request.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import linear_regression

from bench import machine
from bench.dialogue import request_body
from bench.gateway import Gateway, Running, start
from bench.gateways import GILMOK_ALL
from bench.load import ROOT, Demand
from bench.measure import await_answer
from bench.peers import start_upstream
from bench.readme import Target, table, verdicts, write_section

BATCHES = 50
END_USERS = 1_000
RSS_TARGET_MIB = 120
SLOPE_TARGET_KIB = 512
"""For 100,000 requests: 5 bytes a request, less than one leaked object in ten requests."""
_QUIET_S = 20.0
_IDLE_S = 20.0
_SOON_IDLE = """
[network]
idle_s = 0.5
[health]
interval_s = 0.5
"""
"""Connections that nobody uses end with the next look at their endpoint."""


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """Clients of `bench.unruly`. Of `demand` all holds but the body."""

    demand: Demand
    whole: str
    stream: str
    requests: int
    leaving: float
    """The share that leaves, half of them before the answer begins."""
    streams: float
    """The share that streams."""
    seed: int
    connections: int = 32


@dataclass(frozen=True)
class Sample:
    """Between two batches: what the gateway has after so many requests."""

    requests: int
    rss_mib: float
    descriptors: int
    tasks: int
    objects: int
    kinds: Mapping[str, int]


class Soak:
    """A gateway, and batches of requests for it."""

    def __init__(self, running: Running, leaving: float, seed: int, end_users: int) -> None:
        self.running = running
        self.leaving = leaving
        self.seed = seed
        self.end_users = end_users
        self.done = 0
        self.seen: Counter[str] = Counter()

    def batch(self, requests: int) -> None:
        demand = Demand(
            port=self.running.port,
            path=self.running.path,
            body="",
            seconds=0,
            headers=self.running.headers,
            callers=self.end_users,
            serial=self.done,
        )
        self.seed += 1
        crowd = Crowd(
            demand=demand,
            whole=request_body("bench", stream=False),
            stream=request_body("bench", stream=True),
            requests=requests,
            leaving=self.leaving,
            streams=0.3,
            seed=self.seed,
        )
        with tempfile.NamedTemporaryFile("w", suffix=".json") as plan:
            json.dump(asdict(crowd), plan)
            plan.flush()
            told = subprocess.run(
                [*_on_load_core(), sys.executable, "-m", "bench.unruly", plan.name],
                cwd=ROOT,
                env=machine.environment({}),
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                timeout=120 + requests / 10,
            ).stdout
        self.seen.update(json.loads(told.strip().splitlines()[-1]))
        self.done += requests

    def sample(self) -> Sample:
        """Waits until nothing is under way, at most a while, and looks."""
        deadline = time.monotonic() + _QUIET_S
        found = self._look()
        while time.monotonic() < deadline:
            time.sleep(0.3)
            again = self._look()
            if (again.tasks, again.descriptors) == (found.tasks, found.descriptors):
                return again
            found = again
        return found

    def settled(self, first: Sample) -> Sample:
        """The last look: connections kept for further requests are given the time to end."""
        deadline = time.monotonic() + _IDLE_S
        while (found := self._look()).descriptors > first.descriptors:
            if time.monotonic() > deadline:
                break
            time.sleep(1)
        return found

    def _look(self) -> Sample:
        process = self.running.process
        before = process.output().count("alive {")
        process.process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + _QUIET_S
        while process.output().count("alive {") == before:
            if time.monotonic() > deadline or not process.alive():
                raise SystemExit(f"the gateway says nothing: {process.output()[-500:]}")
            time.sleep(0.01)
        alive = json.loads(process.output().rpartition("alive ")[2].splitlines()[0])
        return Sample(
            self.done,
            machine.resident_mib(process.pid),
            machine.descriptors(process.pid),
            alive["tasks"],
            alive["objects"],
            alive["kinds"],
        )


def _on_load_core() -> list[str]:
    return ["taskset", "-c", str(machine.LOAD_CORE)]


def _watched(gateway: Gateway) -> Gateway:
    """The same, in a process that tells what is alive in it."""

    def command(home: Path, config: Path, port: int) -> list[str]:
        return [sys.executable, "-m", "bench.watched", "--config", str(config)]

    path = f"{ROOT}:{ROOT / 'src'}"
    config = gateway.config.replace("[cache]", "[cache]\nmax_entries = 100") + _SOON_IDLE
    return replace(gateway, command=command, config=config, environment={"PYTHONPATH": path})


@contextmanager
def soaked(
    *, leaving: float, fault_every: int, seed: int, end_users: int = END_USERS
) -> Iterator[Soak]:
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        upstream, port = start_upstream(scratch, gap_ms=1, chunks=8, fault_every=fault_every)
        gateway = _watched(GILMOK_ALL)
        running = start(gateway, machine.free_port(), port, scratch)
        try:
            await_answer(gateway, running)
            yield Soak(running, leaving, seed, end_users)
        finally:
            running.process.stop(grace_s=30)
            upstream.stop()


def slope_kib(samples: Sequence[Sample]) -> float:
    """Of memory over the last half, for 100,000 requests."""
    last = samples[len(samples) // 2 :]
    line = linear_regression([s.requests for s in last], [s.rss_mib for s in last])
    return line.slope * 1e5 * 1024


def grown(first: Sample, last: Sample) -> dict[str, int]:
    """Kinds of objects of which there are more than before, the most first."""
    more = {kind: n - first.kinds.get(kind, 0) for kind, n in last.kinds.items()}
    return {kind: n for kind, n in sorted(more.items(), key=lambda x: -x[1]) if n > 50}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=500_000)
    parser.add_argument("--leaving", type=float, default=0.05, help="share of clients that leave")
    parser.add_argument("--fault-every", type=int, default=50, help="each so many upstream calls")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-write", action="store_true", help="print only; leave README alone")
    return parser.parse_args()


def goals(samples: Sequence[Sample]) -> list[Target]:
    first, last = samples[0], samples[-1]
    at_100k = next((s for s in samples if s.requests >= 100_000), None)
    return [
        Target(
            "memory after 100,000 requests",
            RSS_TARGET_MIB,
            None if at_100k is None else at_100k.rss_mib,
            "MiB",
        ),
        Target(
            "slope of memory, for 100,000 requests", SLOPE_TARGET_KIB, slope_kib(samples), "KiB"
        ),
        Target("tasks more than at first", 0, last.tasks - first.tasks),
        Target("file descriptors more than at first", 0, last.descriptors - first.descriptors),
    ]


def rows(samples: Sequence[Sample]) -> list[list[str]]:
    step = max(1, len(samples) // 10)
    chosen = [*samples[:-1:step], samples[-1]]
    return [
        [f"{s.requests:,}", f"{s.rss_mib:.1f}", f"{s.objects:,}", str(s.tasks), str(s.descriptors)]
        for s in chosen
    ]


def describe(options: argparse.Namespace, soak: Soak, seconds: float) -> str:
    came = ", ".join(f"{n:,} {what}" for what, n in soak.seen.most_common())
    return (
        f"`make soak` on {machine.describe()}: {soak.done:,} requests, 30 % streams, {options.leaving:.0%} of the "
        f"clients leave, each {options.fault_every}th upstream call fails, seed {options.seed}, everything on, "
        f"{END_USERS:,} end users; {seconds:.0f} s. What came of them: {came}. Looked at when nothing was under way."
    )


def main() -> int:
    options, begun = arguments(), time.monotonic()
    size = max(1, options.requests // BATCHES)
    with soaked(
        leaving=options.leaving, fault_every=options.fault_every, seed=options.seed
    ) as soak:
        samples = [soak.sample()]
        for number in range(BATCHES):
            soak.batch(size)
            samples.append(soak.sample())
            s = samples[-1]
            print(
                f"{s.requests:8,} of {options.requests:,}: {s.rss_mib:.1f} MiB, {s.objects:,} objects, "
                f"{s.tasks} tasks, {s.descriptors} descriptors",
                flush=True,
            )
            if number % 10 == 9:
                print(f"  more than at first: {grown(samples[1], s)}", flush=True)
        samples.append(soak.settled(samples[0]))
        text = describe(options, soak, time.monotonic() - begun)
    columns = ("requests", "RSS MiB", "objects", "tasks", "descriptors")
    text = f"{text}\n\n{table(columns, rows(samples))}\n\n{verdicts(goals(samples))}"
    print(f"\n{text}", flush=True)
    if not options.no_write:
        write_section("soak", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
