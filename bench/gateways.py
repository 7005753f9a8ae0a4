"""The gateways under test: how each is installed, configured, started and addressed.

A gateway is one row of GATEWAYS. All get the same upstream, one worker, no database, no logging of requests.
"""

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

HERE = Path(__file__).resolve().parent
CACHE = HERE / ".peers"
PATIENCE_S = 90.0


@dataclass(frozen=True)
class Running:
    """A started gateway: where it listens, and the path of its chat surface."""

    process: Pinned
    port: int
    path: str


@dataclass(frozen=True)
class Gateway:
    """`requirement` is installed into its own environment; None means that it is already here."""

    name: str
    requirement: str | None
    model: str
    config_name: str
    config: str
    command: Callable[[Path, Path, int], list[str]]
    extra: Mapping[str, str] = field(default_factory=dict)
    path: str = "/v1/chat/completions"
    announces_address: bool = False

    @property
    def home(self) -> Path:
        """The bin folder of the environment that has this gateway."""
        return (
            Path(sys.executable).parent if self.requirement is None else CACHE / self.name / "bin"
        )

    def label(self) -> str:
        return (self.requirement or self.name).replace("==", " ")


class Unavailable(Exception):
    """This gateway cannot be measured here; the text is the reason."""


def install(gateway: Gateway) -> None:
    """Put the gateway into its own environment, once. Raises Unavailable with pip's last line."""
    if gateway.requirement is None:
        if not (gateway.home / gateway.name).exists():
            raise Unavailable(f"no {gateway.name} command beside {Path(sys.executable).name}")
        return
    folder = CACHE / gateway.name
    stamp = folder / "installed"
    if stamp.exists() and stamp.read_text() == gateway.requirement:
        return
    print(f"installing {gateway.requirement} (once; minutes) ...", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    venv.create(folder, with_pip=True, clear=True)
    command = [
        str(folder / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        gateway.requirement,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
        raise Unavailable(f"not installable: {reason[:200]}")
    stamp.write_text(gateway.requirement)
    print(f"installed {gateway.requirement}", flush=True)


def start(gateway: Gateway, port: int, upstream_port: int, scratch: Path) -> Running:
    """Start the gateway pinned to its core; it may not be ready yet unless it announces its address."""
    config = scratch / gateway.config_name
    config.write_text(gateway.config.format(port=port, upstream=upstream_port))
    process = Pinned(
        GATEWAY_CORE,
        gateway.command(gateway.home, config, port),
        scratch / f"{gateway.name}.log",
        scratch,
        {
            **gateway.extra,
            "HOME": str(scratch),
            "PATH": f"{gateway.home}:{os.environ.get('PATH', '')}",
        },
    )
    if not gateway.announces_address:
        return Running(process, port, gateway.path)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.alive():
        if found := re.search(r"listening (http://\S+)", process.output()):
            address = urlsplit(found[1])
            return Running(
                process, address.port or 0, address.path.rstrip("/") + "/chat/completions"
            )
        time.sleep(0.02)
    process.stop()
    raise Unavailable(f"did not start: {process.output()[-300:]}")


GILMOK = Gateway(
    name="gilmok",
    requirement=None,
    model="bench",
    config_name="gilmok.toml",
    config="""
[server]
host = "127.0.0.1"
port = {port}
[embedded]
enabled = false
[discovery]
ollama = false
[[endpoints]]
id = "up"
provider = "openai"
base_url = "http://127.0.0.1:{upstream}/v1"
model = "bench"
zone = "cloud"
price_input = 0.15
price_output = 0.60
context = 128000
quality = 0.7
""",
    command=lambda home, config, port: [str(home / "gilmok"), "serve", "--config", str(config)],
)

TENSORZERO = Gateway(
    name="tensorzero",
    requirement="tensorzero==2026.6.0",
    model="tensorzero::model_name::bench",
    config_name="tensorzero.toml",
    config="""
[gateway]
observability.enabled = false
[models.bench]
routing = ["up"]
[models.bench.providers.up]
type = "openai"
model_name = "bench"
api_base = "http://127.0.0.1:{upstream}/v1/"
api_key_location = "none"
""",
    command=lambda home, config, port: [
        str(home / "python"),
        str(HERE / "start_tensorzero.py"),
        str(config),
    ],
    announces_address=True,
)

LITELLM = Gateway(
    name="litellm",
    requirement="litellm[proxy]==1.103.0",
    model="bench",
    config_name="litellm.yaml",
    config="""
model_list:
  - model_name: bench
    litellm_params:
      model: openai/bench
      api_base: http://127.0.0.1:{upstream}/v1
      api_key: none
litellm_settings:
  telemetry: false
""",
    command=lambda home, config, port: [
        *[str(home / "litellm"), "--config", str(config)],
        *["--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"],
    ],
    extra={"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR", "NO_DOCS": "True"},
)

GATEWAYS = [GILMOK, TENSORZERO, LITELLM]
