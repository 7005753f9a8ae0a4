"""Gilmok beside its peers: CPU time per request and per streamed chunk, latency, memory, start-up.

usage: python -m bench.peers [--seconds 3] [--rounds 3] [--niceness 0] [--only gilmok tensorzero] [--no-write]

Every gateway passes the same requests to the same loopback upstream, one gateway at a time on one core; upstream
and load generator share another. Rounds are interleaved and the median counts. A gateway that cannot be installed
or started is reported by name and reason; a round with errors makes its gateway invalid; the exit status is then 1.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench import load, machine
from bench.dialogue import CHUNKS, request_body
from bench.gateway import Gateway, Unavailable, install
from bench.gateways import GATEWAYS
from bench.measure import Round, Setting, ask, one_round
from bench.readme import draw, verdicts, write_section
from bench.report import Outcome, figures, panels, targets

HERE = Path(__file__).resolve().parent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=3, help="length of each load")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--niceness", type=int, default=0, help="of everything beside a single client; root below 0"
    )
    parser.add_argument("--only", nargs="+", choices=[g.name for g in GATEWAYS], default=None)
    parser.add_argument(
        "--no-write", action="store_true", help="print only; leave README and plot alone"
    )
    return parser.parse_args()


def start_upstream(
    scratch: Path, gap_ms: float = 5.0, chunks: int = CHUNKS, fault_every: int = 0
) -> tuple[machine.Pinned, int]:
    port = machine.free_port()
    pace = ["--gap-ms", str(gap_ms), "--chunks", str(chunks), "--fault-every", str(fault_every)]
    command = [sys.executable, "-m", "bench.upstream", str(port), *pace]
    upstream = machine.Pinned(machine.LOAD_CORE, command, scratch / "upstream.log", HERE.parent)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            ask(port, "/count")
            return upstream, port
        except OSError:
            time.sleep(0.05)
    upstream.stop()
    raise SystemExit(f"the upstream did not start: {upstream.output()[-300:]}")


class Trial:
    """Collects the rounds of one gateway; stops trying at the first failure and keeps its reason."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.rounds: list[Round] = []
        self.reason: str | None = None

    def prepare(self) -> None:
        try:
            install(self.gateway)
        except Unavailable as error:
            self.reason = str(error)
            print(f"{self.gateway.name}: {self.reason}", flush=True)

    def run(self, setting: Setting, scratch: Path) -> None:
        if self.reason:
            return
        folder = Path(tempfile.mkdtemp(dir=scratch))
        try:
            result = one_round(self.gateway, setting, folder)
        except (Unavailable, OSError, ValueError) as error:
            self.reason = f"{type(error).__name__}: {error}"
            print(f"  {self.gateway.name}: {self.reason}", flush=True)
            return
        self.rounds.append(result)
        verdict = result.complaint() or "ok"
        chunk = result.stream.cpu_us / CHUNKS
        print(
            f"  {self.gateway.name:12} {result.plain.cpu_us:8.0f} µs/request {chunk:8.1f} µs/chunk  {verdict}",
            flush=True,
        )

    def outcome(self) -> Outcome:
        return Outcome(self.gateway, self.rounds, self.reason)


def describe(options: argparse.Namespace, outcomes: Sequence[Outcome]) -> str:
    size = len(request_body("bench", False))
    hurry = f"; all of that at niceness {options.niceness}" if options.niceness else ""
    direct = median(r.direct.p50_us for o in outcomes for r in o.rounds) / 1e3
    return (
        f"`make bench-peers` on {machine.describe()}; {load.CONNECTIONS} keep-alive connections, "
        f"{size} byte requests, streams of {CHUNKS} chunks 5 ms apart; {options.rounds} interleaved rounds of "
        f"{options.seconds} s, median. CPU is user + system time of all processes of the gateway; the ratio is to "
        "TensorZero in the same round. `added` is what one client waits longer than without a gateway (the upstream "
        f"itself answers it in {direct:.2f} ms{hurry}); with {load.CONNECTIONS} the load saturates the gateway, and `p99` is "
        "that of clients in a queue."
    )


def publish(outcomes: Sequence[Outcome], description: str) -> None:
    parts = (
        description,
        figures(outcomes),
        verdicts(targets(outcomes)),
        "![CPU per request and per chunk](peers.svg)",
    )
    write_section("peers", "\n\n".join(parts))
    label = "CPU time per request and per streamed chunk of each gateway"
    draw(HERE / "peers.svg", label, panels(outcomes))


def main() -> int:
    options = arguments()
    trials = [Trial(g) for g in GATEWAYS if options.only is None or g.name in options.only]
    for trial in trials:
        trial.prepare()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        upstream, port = start_upstream(scratch)
        setting = Setting(upstream, port, options.seconds, options.niceness)
        try:
            for number in range(options.rounds):
                print(f"round {number + 1} of {options.rounds}", flush=True)
                for trial in trials:
                    trial.run(setting, scratch)
        finally:
            upstream.stop()
    outcomes = [trial.outcome() for trial in trials]
    print(f"\n{figures(outcomes)}\n\n{verdicts(targets(outcomes))}", flush=True)
    if not options.no_write:
        publish(outcomes, describe(options, outcomes))
    return 1 if any(outcome.complaint() for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
