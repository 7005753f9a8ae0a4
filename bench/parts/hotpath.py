# mypy: ignore-errors
# (the parts under test are not dependencies of the project, so their types are absent here)
"""CPU time per request of bare gateways: server x client x loop.

usage: python -m bench.parts.hotpath [--seconds 3] [--rounds 3] [SERVER/CLIENT/LOOP ...]
Needs `wrk`. The gateway is pinned to the first core, upstream and load generator to the last.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from bench.parts.payloads import STREAM_CHUNKS, request_body

ROOT = Path(__file__).resolve().parents[2]
GATEWAY_CORE, OTHER_CORE = 0, (os.cpu_count() or 1) - 1
UPSTREAM_PORT, FIRST_PORT = 19001, 19100
DEFAULT = """rsgi-embed/none/asyncio rsgi-embed/none/uvloop raw/none/uvloop uvicorn/none/uvloop
rsgi-embed/pyreqwest/asyncio rsgi-embed/pyreqwest/uvloop rsgi-embed/pyreqwest/rloop rsgi-worker/pyreqwest/uvloop
asgi-embed/pyreqwest/uvloop rsgi-embed/aiohttp/uvloop rsgi-embed/httpx/uvloop rsgi-embed/raw/asyncio
rsgi-embed/raw/uvloop rsgi-embed/raw/rloop uvicorn/aiohttp/uvloop raw/raw/asyncio raw/raw/uvloop raw/pyreqwest/uvloop"""


@dataclass
class Result:
    plain: list[float] = field(default_factory=list)
    stream: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    start_s: float = 0.0
    rss_mib: float = 0.0
    threads: int = 0
    errors: int = 0


def pinned(core: int, command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["taskset", "-c", str(core), *command], cwd=ROOT, stdout=subprocess.DEVNULL
    )


def family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def cpu_seconds(pid: int) -> float:
    return sum(t.user + t.system for t in (p.cpu_times() for p in family(pid)))


def wait_ready(port: int, deadline_s: float = 20.0) -> float:
    """Seconds until the gateway answers a real request."""
    start = time.monotonic()
    url = f"http://127.0.0.1:{port}/v1/chat/completions"
    request = urllib.request.Request(url, request_body(False), {"content-type": "application/json"})
    while time.monotonic() - start < deadline_s:
        try:
            urllib.request.urlopen(request, timeout=2).read()
            return time.monotonic() - start
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"nothing answers on {port}")


def load(port: int, seconds: int, stream: bool) -> tuple[int, float, int]:
    """Run wrk; returns completed requests, requests per second and errors."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(
            f"wrk.method='POST'\nwrk.headers['content-type']='application/json'\nwrk.body=[==[{request_body(stream).decode()}]==]\n"
        )
        script.flush()
        url = f"http://127.0.0.1:{port}/v1/chat/completions"
        command = [
            "taskset",
            "-c",
            str(OTHER_CORE),
            "wrk",
            "-t1",
            "-c32",
            f"-d{seconds}s",
            "-s",
            script.name,
            url,
        ]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    done = int(re.search(r"(\d+) requests in", text)[1])
    errors = sum(
        int(n) for n in re.findall(r"(?:connect|read|write|timeout|responses:) (\d+)", text)
    )
    return done, float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), errors


def one_round(name: str, port: int, seconds: int, result: Result) -> None:
    gateway = pinned(
        GATEWAY_CORE,
        [
            sys.executable,
            "-m",
            "bench.parts.gateway_app",
            *name.split("/"),
            str(port),
            str(UPSTREAM_PORT),
        ],
    )
    try:
        result.start_s = wait_ready(port)
        load(port, 1, False)
        for stream, figures in ((False, result.plain), (True, result.stream)):
            before = cpu_seconds(gateway.pid)
            done, rate, errors = load(port, seconds, stream)
            result.errors += errors
            figures.append((cpu_seconds(gateway.pid) - before) / max(done, 1) * 1e6)
            if not stream:
                result.rate.append(rate)
        result.rss_mib = sum(p.memory_info().rss for p in family(gateway.pid)) / 2**20
        result.threads = sum(p.num_threads() for p in family(gateway.pid))
    finally:
        for process in reversed(family(gateway.pid)):
            process.kill()
        gateway.wait()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=int, default=3)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("names", nargs="*", default=DEFAULT.split())
    given = options.parse_args()
    upstream = pinned(
        OTHER_CORE, [sys.executable, "-m", "bench.parts.upstream", str(UPSTREAM_PORT)]
    )
    results = {name: Result() for name in given.names}
    try:
        wait_ready(UPSTREAM_PORT)
        for round_number in range(given.rounds):
            for index, name in enumerate(given.names):
                try:
                    one_round(name, FIRST_PORT + index, given.seconds, results[name])
                except Exception as error:
                    print(f"  {name}: {error!r}", file=sys.stderr, flush=True)
                print(f"  round {round_number + 1} {name}", file=sys.stderr, flush=True)
    finally:
        upstream.kill()
        upstream.wait()
    print(
        f"{'server/client/loop':32} us/req us/stream us/chunk   req/s ready_s rss_MiB threads errors"
    )
    for name, r in results.items():
        if r.plain and r.stream:
            plain, stream = statistics.median(r.plain), statistics.median(r.stream)
            print(
                f"{name:32} {plain:6.0f} {stream:9.0f} {stream / (STREAM_CHUNKS + 1):8.1f} {statistics.median(r.rate):7.0f}"
                f" {r.start_s:7.2f} {r.rss_mib:7.0f} {r.threads:7} {r.errors:6}"
            )


if __name__ == "__main__":
    main()
