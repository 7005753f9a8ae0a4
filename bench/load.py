"""Driving a gateway with bench.loadgen on the core that the gateway does not use.

Not wrk: it cuts off the requests under way when its time is over, and with a slow gateway those are a third of the
work, so that CPU time divided by completed requests is wrong. bench.loadgen lets every request finish.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from pathlib import Path

from bench.machine import LOAD_CORE, environment

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 32
_serials = count(0, 1_000_000)


@dataclass(frozen=True)
class Load:
    """What one run saw. `errors`: lost connections, non-2xx answers, bodies without the expected end."""

    requests: int
    seconds: float
    p50_us: float
    p99_us: float
    first_p50_us: float
    first_p99_us: float
    errors: int


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What to ask of 127.0.0.1:port, for how long, on how many connections."""

    port: int
    path: str
    body: str
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict)
    connections: int = CONNECTIONS
    expect: str = ""
    """What each answer must end with."""
    spread_s: float = 0.0
    """The connections begin one after the other over so many seconds."""
    callers: int = 1
    """How many take turns; see `dialogue.filled`."""
    serial: int = 0
    """The first request's number; `drive` gives each run numbers of its own."""


def drive(demand: Demand) -> Load:
    """Asks what is demanded, and waits until all of it is answered."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as plan:
        json.dump(asdict(replace(demand, serial=next(_serials))), plan)
        plan.flush()
        finished = subprocess.run(
            ["taskset", "-c", str(LOAD_CORE), sys.executable, "-m", "bench.loadgen", plan.name],
            cwd=ROOT,
            env=environment({}),
            capture_output=True,
            text=True,
            check=True,
            timeout=demand.seconds + 60,
        )
    return Load(**json.loads(finished.stdout.strip().splitlines()[-1]))
