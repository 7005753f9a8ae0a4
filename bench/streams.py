"""Many streams at once at a model's pace: CPU per chunk, and how much later the first token comes.

usage: python -m bench.streams [--streams 50 100 200 300 500 1000] [--rounds 3] [--niceness 0]
                               [--only gilmok tensorzero] [--no-write]

Each stream has 100 chunks, 20 ms apart (50 tokens a second). The streams begin evenly spread over two seconds and
then follow one another, for as long as is measured. A number of streams holds where they take no more than 1.02 times
as long as the upstream's own pace; beyond that the gateway's core is the bottleneck, and latencies say nothing.
"""

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from bench import machine
from bench.dialogue import request_body
from bench.gateway import Gateway, Running, install, start
from bench.gateways import ENVOY, GILMOK, GILMOK_ALL, TENSORZERO
from bench.load import Demand, drive
from bench.measure import CHAT, await_answer, check_answers
from bench.peers import start_upstream
from bench.readme import HERE, Bar, Panel, Target, draw, table, verdicts, write_section

CHUNKS = 100
GAP_MS = 20.0
NOMINAL_S = CHUNKS * GAP_MS / 1e3
HOLDS = 1.02
GATEWAYS = (GILMOK, GILMOK_ALL, TENSORZERO, ENVOY)
DIRECT = "without a gateway"


@dataclass(frozen=True)
class Shown:
    """One load at one number of streams."""

    chunk_us: float
    busy: float
    """Of one core, over the whole run."""
    first_p50_ms: float
    first_p99_ms: float
    p50_s: float
    errors: int

    @property
    def holds(self) -> bool:
        return not self.errors and self.p50_s <= NOMINAL_S * HOLDS


Figures = dict[tuple[str, int], list[Shown]]


def measure(demand: Demand, pid: int | None) -> Shown:
    spent = machine.running_seconds(pid) if pid else 0.0
    load = drive(demand)
    spent = machine.running_seconds(pid) - spent if pid else 0.0
    return Shown(
        chunk_us=spent / max(load.requests * CHUNKS, 1) * 1e6,
        busy=spent / load.seconds,
        first_p50_ms=load.first_p50_us / 1e3,
        first_p99_ms=load.first_p99_us / 1e3,
        p50_s=load.p50_us / 1e6,
        errors=load.errors,
    )


def demand_of(port: int, streams: int, seconds: float) -> Demand:
    return Demand(
        port=port,
        path=CHAT,
        body=request_body("bench", stream=True),
        seconds=seconds,
        connections=streams,
        expect="[DONE]",
        spread_s=NOMINAL_S,
        callers=100,
    )


def through(gateway: Gateway, running: Running, streams: int, seconds: float) -> Demand:
    return replace(
        demand_of(running.port, streams, seconds),
        path=running.path,
        headers=running.headers,
        body=request_body(gateway.model, stream=True),
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--streams", type=int, nargs="+", default=[50, 100, 200, 300, 500, 1000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6.0, help="length of each load")
    parser.add_argument(
        "--niceness", type=int, default=0, help="of everything under load; root below 0"
    )
    parser.add_argument("--only", nargs="+", choices=[g.name for g in GATEWAYS], default=None)
    parser.add_argument("--no-write", action="store_true", help="print only; leave README alone")
    return parser.parse_args()


def asked(options: argparse.Namespace) -> list[Gateway]:
    return [g for g in GATEWAYS if options.only is None or g.name in options.only]


def collect(options: argparse.Namespace) -> Figures:
    figures: Figures = defaultdict(list)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        scratch = Path(name)
        upstream, port = start_upstream(scratch, GAP_MS, CHUNKS)
        stack.callback(upstream.stop)
        running = {}
        chosen = asked(options)
        for gateway in chosen:
            install(gateway)
            folder = Path(tempfile.mkdtemp(dir=scratch))
            running[gateway.name] = start(gateway, machine.free_port(), port, folder)
            stack.callback(running[gateway.name].process.stop)
            await_answer(gateway, running[gateway.name])
            check_answers(gateway, running[gateway.name], CHUNKS)
        for number in range(options.rounds):
            for streams in options.streams:
                with machine.hurried(options.niceness, upstream.pid):
                    shown = measure(demand_of(port, streams, options.seconds), None)
                figures[DIRECT, streams].append(shown)
                for gateway in chosen:
                    through_it = through(gateway, running[gateway.name], streams, options.seconds)
                    pid = running[gateway.name].process.pid
                    with machine.hurried(options.niceness, upstream.pid, pid):
                        shown = measure(through_it, pid)
                    figures[gateway.name, streams].append(shown)
                    print(
                        f"  {number + 1}/{options.rounds} {streams:5} streams {gateway.name:11} "
                        f"{shown.chunk_us:6.1f} µs/chunk, {shown.busy:.0%} of a core, first token p99 "
                        f"{shown.first_p99_ms:.0f} ms, stream {shown.p50_s:.2f} s, {shown.errors} errors",
                        flush=True,
                    )
    return figures


def middle(shown: Sequence[Shown]) -> Shown:
    return Shown(
        chunk_us=median(s.chunk_us for s in shown),
        busy=median(s.busy for s in shown),
        first_p50_ms=median(s.first_p50_ms for s in shown),
        first_p99_ms=median(s.first_p99_ms for s in shown),
        p50_s=median(s.p50_s for s in shown),
        errors=sum(s.errors for s in shown),
    )


COLUMNS = (
    *("gateway", "streams", "CPU µs/chunk", "to TensorZero", "of a core"),
    *("added first token p50 ms", "p99 ms", "stream s", "holds"),
)


def _ratio(figures: Figures, name: str, streams: int) -> float:
    pairs = zip(figures[name, streams], figures[TENSORZERO.name, streams], strict=True)
    return median(own.chunk_us / other.chunk_us for own, other in pairs)


def rows(figures: Figures, options: argparse.Namespace) -> list[list[str]]:
    lines = []
    for streams in options.streams:
        direct = middle(figures[DIRECT, streams])
        for gateway in asked(options):
            shown = middle(figures[gateway.name, streams])
            lines.append(
                [
                    gateway.label,
                    str(streams),
                    f"{shown.chunk_us:.1f}",
                    f"{_ratio(figures, gateway.name, streams):.2f}",
                    f"{shown.busy:.0%}",
                    f"{shown.first_p50_ms - direct.first_p50_ms:.1f}",
                    f"{shown.first_p99_ms - direct.first_p99_ms:.1f}",
                    f"{shown.p50_s:.2f}",
                    "yes" if shown.holds else "no",
                ]
            )
    return lines


def most_held(figures: Figures, counts: Sequence[int], names: Sequence[str]) -> int | None:
    """The largest number of streams that all of these gateways, and the load itself, hold."""
    held = [
        streams
        for streams in counts
        if all(middle(figures[name, streams]).holds for name in (DIRECT, *names))
    ]
    return max(held, default=None)


def goals(figures: Figures, counts: Sequence[int]) -> list[Target]:
    both = most_held(figures, counts, (GILMOK.name, TENSORZERO.name))
    own = most_held(figures, counts, (GILMOK.name,))
    if both is None or own is None:
        return [Target("CPU per chunk, in TensorZero's", 1.0, None)]
    late = (
        middle(figures[GILMOK.name, both]).first_p99_ms - middle(figures[DIRECT, both]).first_p99_ms
    )
    ratio = _ratio(figures, GILMOK.name, both)
    return [
        Target(f"CPU per chunk, in TensorZero's, at {both} streams", 1.0, ratio),
        Target(f"added first token p99, at {both} streams", 10.0, late, "ms"),
    ]


def describe(options: argparse.Namespace, figures: Figures) -> str:
    counts = options.streams

    def most(name: str) -> str:
        held = most_held(figures, counts, (name,))
        return "none of these numbers" if held is None else f"{held}"

    costs = [s.chunk_us for n in counts for s in figures[GILMOK.name, n]]
    full = 1e6 / (median(costs) * 1e3 / GAP_MS)
    hurry = f" at niceness {options.niceness}" if options.niceness else ""
    return (
        f"`make bench-streams` on {machine.describe()}: streams of {CHUNKS} chunks {GAP_MS:.0f} ms apart, "
        f"{options.rounds} interleaved rounds of {options.seconds:.0f} s{hurry}, median. Of the numbers tried, gilmok holds "
        f"{most(GILMOK.name)}, TensorZero {most(TENSORZERO.name)}, and the load itself {most(DIRECT)}, on a core that is "
        f"shared with other work; by its CPU per chunk a whole core of its own is full at {full:.0f} streams of gilmok. "
        "`stream s` is "
        f"the median length of a stream, {NOMINAL_S:.0f} s without anything in between."
    )


def main() -> int:
    options = arguments()
    figures = collect(options)
    chosen = table(COLUMNS, rows(figures, options))
    text = (
        f"{describe(options, figures)}\n\n{chosen}\n\n{verdicts(goals(figures, options.streams))}"
    )
    print(f"\n{text}", flush=True)
    if not options.no_write:
        write_section("streams", f"{text}\n\n![CPU per chunk](streams.svg)")
        draw(HERE / "streams.svg", "CPU time per chunk of many streams", panels(figures, options))
    return 1 if any(s.errors for shown in figures.values() for s in shown) else 0


def panels(figures: Figures, options: argparse.Namespace) -> list[Panel]:
    both = most_held(figures, options.streams, (GILMOK.name, TENSORZERO.name))
    if both is None:
        return []
    bars = [
        Bar(g.label, middle(figures[g.name, both]).chunk_us, g.name.startswith("gilmok"))
        for g in asked(options)
    ]
    return [Panel(f"CPU per chunk at {both} streams, µs (logarithmic)", "µs", bars)]


if __name__ == "__main__":
    sys.exit(main())
