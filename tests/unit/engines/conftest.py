from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gilmok.core.endpoint import Capability, ProviderRow
from gilmok.engines import EmbeddedEngine, EngineSettings, RestartPolicy
from gilmok.engines.embedded import Listener

ROW = ProviderRow(
    name="llamacpp",
    wire="openai",
    capabilities=frozenset(
        {Capability.STREAM, Capability.TOOLS, Capability.IMAGES, Capability.JSON_MODE}
    ),
)
QUICK = RestartPolicy(first_delay_s=0.01, longest_delay_s=0.02)

Maker = Callable[..., EmbeddedEngine]


class LoopClock:
    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> int:
        return 0


def fake_settings(folder: Path, mode: dict[str, Any], start_timeout_s: float) -> EngineSettings:
    """Settings whose server is `fake_server.py` and whose weights tell it how to behave."""
    script = Path(__file__).with_name("fake_server.py")
    server = folder / "llama-server"
    server.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{script}" "$@"\n')
    server.chmod(0o755)
    weights = folder / "own-model.gguf"
    weights.write_text(json.dumps(mode))
    return EngineSettings(
        provider=ROW, server=server, weights=weights, threads=1, start_timeout_s=start_timeout_s
    )


@pytest.fixture
def engine(tmp_path: Path) -> Maker:
    def make(
        on_change: Listener = lambda state: None, start_timeout_s: float = 60.0, **mode: Any
    ) -> EmbeddedEngine:
        settings = fake_settings(tmp_path, mode, start_timeout_s)
        return EmbeddedEngine(settings, LoopClock(), Random(1), policy=QUICK, on_change=on_change)

    return make


def family(pid: int) -> list[int]:
    """A process and everything below it, parents first."""
    found = [pid]
    for one in found:  # grows while it is walked
        for thread in Path(f"/proc/{one}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found


def is_alive(pid: int) -> bool:
    """False for what is gone and for zombies: they wait for a parent, and hold nothing."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pids: list[int], timeout_s: float = 30.0) -> bool:
    """True once all of them have ended."""
    deadline = time.monotonic() + timeout_s
    while any(map(is_alive, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
