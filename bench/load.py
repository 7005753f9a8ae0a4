"""Driving a gateway with bench.loadgen on the core that the gateway does not use.

Not wrk: it cuts off the requests under way when its time is over, and with a slow gateway those are a third of the
work, so that CPU time divided by completed requests is wrong. bench.loadgen lets every request finish.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.machine import LOAD_CORE, environment

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 32


@dataclass(frozen=True)
class Load:
    """What one run saw. `errors`: lost connections, non-2xx answers, bodies without the expected end."""

    requests: int
    seconds: float
    p50_us: float
    p99_us: float
    errors: int


@dataclass(frozen=True)
class Demand:
    """What to send, for how long, on how many connections; each answer must end with `expect`."""

    body: bytes
    seconds: float
    connections: int = CONNECTIONS
    expect: str = ""


def drive(port: int, path: str, demand: Demand, scratch: Path) -> Load:
    """Run one demand against 127.0.0.1:port."""
    body_file = scratch / "body.json"
    body_file.write_bytes(demand.body)
    count, seconds = str(demand.connections), str(demand.seconds)
    figures = [str(port), path, count, seconds, str(body_file), demand.expect]
    finished = subprocess.run(
        ["taskset", "-c", str(LOAD_CORE), sys.executable, "-m", "bench.loadgen", *figures],
        cwd=ROOT,
        env=environment({}),
        capture_output=True,
        text=True,
        check=True,
        timeout=demand.seconds + 60,
    )
    return Load(**json.loads(finished.stdout.strip().splitlines()[-1]))
