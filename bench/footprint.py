"""What an installation weighs and how fast it is there: size, dependencies, import, start, in a fresh environment.

usage: python -m bench.footprint [--runs 7] [--niceness 0] [--no-write]

Makes a virtual environment in a temporary folder, installs Gilmok from this checkout as a user would (without the
local model and without tools for tests), and measures. `ready` is from the start of `gilmok serve` until
GET /health/ready answers 200. Wall time of the least disturbed run counts, and CPU time stands beside it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from statistics import median

from bench import machine
from bench.gateways import GILMOK_CONFIG
from bench.load import ROOT
from bench.measure import ask
from bench.peers import start_upstream
from bench.readme import Target, table, verdicts, write_section

PATIENCE_S = 60.0
NOT_OURS = ("pip", "setuptools", "pkg_resources", "_distutils_hack", "wheel")
"""What every environment has."""


@dataclass(frozen=True)
class Run:
    wall_s: float
    cpu_s: float


def installed(folder: Path) -> Path:
    """A fresh environment with this checkout in it; its interpreter."""
    venv.create(folder, with_pip=True)
    python = folder / "bin/python"
    quietly = ["--quiet", "--disable-pip-version-check"]
    command = [str(python), "-m", "pip", "install", *quietly, str(ROOT)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=900, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return python


def size_mib(folder: Path, skip: Sequence[str] = ()) -> float:
    """Of all files below, but for the top-level entries that begin with one of `skip`."""
    total = 0
    for entry in folder.iterdir():
        if entry.name.startswith(tuple(skip)):
            continue
        files = [entry] if entry.is_file() else [p for p in entry.rglob("*") if p.is_file()]
        total += sum(p.lstat().st_size for p in files)
    return total / 2**20


def distributions(site: Path) -> list[str]:
    found = {str(d.metadata["Name"]) for d in metadata.distributions(path=[str(site)])}
    return sorted(found - {"pip", "setuptools", "gilmok"})


def imported(python: Path, module: str) -> Run:
    """Start of the interpreter and of its site aside: those are not ours."""
    code = (
        "import time; wall, cpu = time.perf_counter(), time.process_time(); "
        f"import {module}; print(time.perf_counter() - wall, time.process_time() - cpu)"
    )
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    wall, cpu = done.stdout.split()
    return Run(float(wall), float(cpu))


def ready(python: Path, upstream: int, scratch: Path) -> Run:
    """One start of the gateway, until it is ready: until an endpoint is there that can answer."""
    port = machine.free_port()
    config = scratch / "gilmok.toml"
    config.write_text(
        GILMOK_CONFIG.replace("{port}", str(port)).replace("{upstream}", str(upstream))
    )
    begun = time.perf_counter()
    command = [str(python.with_name("gilmok")), "serve", "--config", str(config)]
    home = {"HOME": str(scratch), "XDG_DATA_HOME": str(scratch)}
    with subprocess.Popen(
        command, env=machine.environment(home), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as process:
        try:
            while not _is_ready(port):
                if time.perf_counter() - begun > PATIENCE_S or process.poll() is not None:
                    raise SystemExit("the gateway did not become ready")
                time.sleep(0.005)
            wall = time.perf_counter() - begun
            cpu = machine.running_seconds(process.pid)
        finally:
            process.terminate()
    return Run(wall, cpu)


def _is_ready(port: int) -> bool:
    try:
        return ask(port, "/health/ready")[0] == 200
    except OSError:
        return False


def rows(named: dict[str, list[Run]]) -> list[list[str]]:
    return [
        [
            name,
            f"{min(r.wall_s for r in runs):.3f}",
            f"{median(r.wall_s for r in runs):.3f}",
            f"{min(r.cpu_s for r in runs):.3f}",
        ]
        for name, runs in named.items()
    ]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument(
        "--niceness", type=int, default=0, help="of all that is timed; root below 0"
    )
    parser.add_argument("--no-write", action="store_true", help="print only; leave README alone")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    os.environ.pop("PYTHONPATH", None)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        print("installing into a fresh environment ...", flush=True)
        python = installed(scratch / "venv")
        site = next((scratch / "venv/lib").glob("python*/site-packages"))
        mib, names = size_mib(site, NOT_OURS), distributions(site)
        for warm in ("gilmok", "gilmok.cli"):
            imported(python, warm)
        upstream, port = start_upstream(scratch)
        ready(python, port, scratch)
        with machine.hurried(options.niceness, upstream.pid):
            runs = {
                "`import gilmok`": [imported(python, "gilmok") for _ in range(options.runs)],
                "`import gilmok.cli`": [
                    imported(python, "gilmok.cli") for _ in range(options.runs)
                ],
                "start to ready": [ready(python, port, scratch) for _ in range(options.runs)],
            }
        upstream.stop()
        largest = sorted(
            ((size_mib(entry), entry.name) for entry in site.iterdir() if entry.is_dir()),
            reverse=True,
        )
    direct = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]

    def least(what: str) -> float:
        return min(run.wall_s for run in runs[what])

    targets = [
        Target("start to ready", 1.0, least("start to ready"), "s"),
        Target("start to ready, CPU time", 1.0, min(r.cpu_s for r in runs["start to ready"]), "s"),
        Target("`import gilmok`", 0.25, least("`import gilmok`"), "s"),
        Target("core dependencies (direct)", 15, len(direct)),
        Target("installed size without model", 120, mib, "MiB"),
    ]
    hurry = f" at niceness {options.niceness}" if options.niceness else ""
    parts = ", ".join(
        f"{label} {mb:.1f}" for mb, label in largest if label not in NOT_OURS and mb > 1
    )
    text = (
        f"`make bench-footprint` on {machine.describe()}: a fresh environment, {options.runs} runs each{hurry}. "
        f"{len(direct)} direct dependencies bring {len(names)} distributions. MiB of the largest: {parts}.\n\n"
        + table(("what", "least wall s", "median wall s", "least CPU s"), rows(runs))
        + f"\n\n{verdicts(targets)}"
    )
    print(f"\n{text}", flush=True)
    if not options.no_write:
        write_section("footprint", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
