"""What a gateway with a past costs more: 10,000 keys, 1,000 endpoints, 1,000,000 journal rows against none.

usage: python -m bench.scale [--rounds 7] [--seconds 1] [--keys 10000] [--endpoints 1000] [--rows 1000000]
                             [--niceness 0] [--only empty all] [--no-write]

All the gateways run at once on one core, everything on (see gateways.EVERYTHING), and are asked in turn, a second
each; what disturbs one disturbs its neighbours. CPU per request is compared within each round, the median counts.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles

from bench import machine, scale_state
from bench.dialogue import CALLER, request_body
from bench.gateway import Gateway, Running, start
from bench.gateways import EVERYTHING, GILMOK, USER
from bench.load import Demand, drive
from bench.measure import await_answer, served
from bench.peers import start_upstream
from bench.readme import Target, table, verdicts, write_section

TARGET = 1.10
WARM_UP_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Case:
    """One state of one gateway, and whom its requests name."""

    name: str
    keys: int = 1
    endpoints: int = 0
    """Beside the one that is always there."""
    rows: int = 0
    key: str = f"bench-key-{scale_state.name_of(0)}"
    model: str = "bench"
    callers: int = 1


def cases(options: argparse.Namespace) -> list[Case]:
    keys, endpoints, rows = options.keys, options.endpoints, options.rows
    anyone = f"bench-key-{CALLER}"
    each = f"bench-{CALLER}"
    return [
        Case(name="empty"),
        Case(name=f"{keys:,} keys, each asks in turn", keys=keys, key=anyone, callers=keys),
        Case(name=f"{endpoints:,} endpoints, one is asked for", endpoints=endpoints),
        Case(
            name=f"{endpoints:,} endpoints, each is asked for in turn",
            endpoints=endpoints,
            model=each,
            callers=endpoints,
        ),
        Case(
            name=f"{endpoints:,} endpoints, any will do (`auto`)", endpoints=endpoints, model="auto"
        ),
        Case(name=f"{rows:,} journal rows", rows=rows),
        Case(name="all", keys=keys, endpoints=endpoints, rows=rows, key=anyone, callers=keys),
    ]


@dataclass
class Subject:
    """A running gateway in its case, and what each round has shown."""

    case: Case
    running: Running
    ready_s: float
    demand: Demand
    cpu_us: list[float]
    errors: int = 0

    def measure(self, upstream: machine.Pinned, port: int, niceness: int) -> None:
        pid = self.running.process.pid
        with machine.hurried(niceness, upstream.pid, pid):
            seen, spent = served(port), machine.running_seconds(pid)
            load = drive(self.demand)
            spent = machine.running_seconds(pid) - spent
        self.errors += load.errors + abs(served(port) - seen - load.requests)
        self.cpu_us.append(spent / max(load.requests, 1) * 1e6)


def gateway_of(case: Case) -> Gateway:
    plain = EVERYTHING.partition("[[keys]]")[0]
    config = GILMOK.config + plain + scale_state.endpoints(case.endpoints)
    headers = {"authorization": f"Bearer {case.key}", "x-gilmok-user": USER}
    return replace(GILMOK, config=config, headers=headers, model=case.model)


@contextmanager
def subject(case: Case, upstream: int, scratch: Path, seconds: float) -> Iterator[Subject]:
    folder = Path(tempfile.mkdtemp(dir=scratch))
    data = folder / "gilmok"
    data.mkdir()
    scale_state.store_keys(data / "keys.db", case.keys)
    if case.rows:
        scale_state.fill_journal(data / "ledger.db", case.rows)
    gateway, begun = gateway_of(case), time.monotonic()
    running = start(gateway, machine.free_port(), upstream, folder)
    try:
        await_answer(gateway, running)
        ready_s = time.monotonic() - begun
        demand = Demand(
            port=running.port,
            path=running.path,
            body=request_body(case.model, stream=False),
            seconds=seconds,
            headers=running.headers,
            callers=case.callers,
        )
        drive(replace(demand, seconds=WARM_UP_S))
        print(f"  ready after {ready_s:.1f} s: {case.name}", flush=True)
        yield Subject(case, running, ready_s, demand, [])
    finally:
        running.process.stop()


def ratios(subject: Subject, empty: Subject) -> list[float]:
    return [own / other for own, other in zip(subject.cpu_us, empty.cpu_us, strict=True)]


def rows_of(subjects: Sequence[Subject]) -> list[list[str]]:
    empty = subjects[0]
    lines = []
    for each in subjects:
        found = ratios(each, empty)
        low, _, high = quantiles(found, n=4) if len(found) > 1 else (found[0],) * 3
        lines.append(
            [
                each.case.name,
                f"{median(each.cpu_us):.0f}",
                f"{median(found):.2f}",
                f"{low:.2f} to {high:.2f}",
                f"{min(each.cpu_us) / min(empty.cpu_us):.2f}",
                f"{each.ready_s:.1f}",
                f"{machine.resident_mib(each.running.process.pid):.0f}",
                str(each.errors),
            ]
        )
    return lines


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of each load")
    parser.add_argument("--keys", type=int, default=10_000)
    parser.add_argument("--endpoints", type=int, default=1_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument(
        "--niceness", type=int, default=0, help="of everything under load; root below 0"
    )
    parser.add_argument("--only", nargs="+", help="cases whose name contains one of these words")
    parser.add_argument("--no-write", action="store_true", help="print only; leave README alone")
    return parser.parse_args()


COLUMNS = (
    *("state", "CPU µs/request", "to empty", "quartiles", "least to least"),
    *("ready s", "RSS MiB", "errors"),
)


def main() -> int:
    options = arguments()
    chosen = [
        c for c in cases(options) if not options.only or any(w in c.name for w in options.only)
    ]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        scratch = Path(name)
        upstream, port = start_upstream(scratch)
        stack.callback(upstream.stop)
        subjects = [
            stack.enter_context(subject(case, port, scratch, options.seconds)) for case in chosen
        ]
        for number in range(options.rounds):
            turn = number % len(subjects)  # Nobody always comes after the same one.
            for each in (*subjects[turn:], *subjects[:turn]):
                each.measure(upstream, port, options.niceness)
            told = ", ".join(f"{each.cpu_us[-1]:.0f}" for each in subjects)
            print(f"  round {number + 1} of {options.rounds}: {told} µs/request", flush=True)
        figures = table(COLUMNS, rows_of(subjects))
        last = subjects[-1]
        goal = Target(
            f"CPU per request, {last.case.name} to empty", TARGET, median(ratios(last, subjects[0]))
        )
    text = f"{describe(options)}\n\n{figures}\n\n{verdicts([goal])}"
    print(f"\n{text}", flush=True)
    if not options.no_write:
        write_section("scale", text)
    return 1 if any(each.errors for each in subjects) else 0


def describe(options: argparse.Namespace) -> str:
    hurry = f" at niceness {options.niceness}" if options.niceness else ""
    return (
        f"`make bench-scale` on {machine.describe()}: gateways with everything on, side by side on one core, asked "
        f"in turn for {options.seconds} s each{hurry}, {options.rounds} rounds. `to empty` is the median of the ratios "
        "within the rounds, with its quartiles; `least to least` compares the least disturbed rounds. `ready` is from the start to the first answer, beside the others."
    )


if __name__ == "__main__":
    sys.exit(main())
