"""kill -9 of the gateway takes the engine along, however the engine feels about it."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from pathlib import Path
from random import Random

import pytest

from gilmok.engines import EmbeddedEngine
from tests.unit.engines.conftest import LoopClock, fake_settings, family, gone

ROOT = Path(__file__).parents[3]


async def _hold(folder: Path, stubborn: bool) -> None:
    """What the child process of the test runs: an engine, until somebody kills it."""
    settings = fake_settings(folder, {"stubborn": stubborn}, 60.0)
    async with EmbeddedEngine(settings, LoopClock(), Random(1)) as engine:
        await engine.ready()
        print("ready", flush=True)
        await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("thread", "stubborn"), [("main", False), ("other", False), ("main", True)]
)
def test_kill_9_takes_the_engine_along(tmp_path: Path, thread: str, stubborn: bool) -> None:
    gateway = subprocess.Popen(
        [sys.executable, "-m", __name__, str(tmp_path), str(int(stubborn)), thread],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
    )
    assert gateway.stdout is not None
    try:
        assert gateway.stdout.readline() == b"ready\n"
        below = family(gateway.pid)[1:]
        assert len(below) >= 2
    finally:
        gateway.send_signal(signal.SIGKILL)
        gateway.wait()
        gateway.stdout.close()
    assert gone(below)


if __name__ == "__main__":
    hold = _hold(Path(sys.argv[1]), sys.argv[2] == "1")
    if sys.argv[3] == "main":
        asyncio.run(hold)
    else:
        worker = threading.Thread(target=asyncio.run, args=(hold,))
        worker.start()
        worker.join()
