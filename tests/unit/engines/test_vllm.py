"""The vLLM driver with real processes and sockets; the server is a stand-in. A real one: `make
test-vllm`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gilmok import providers
from gilmok.core.endpoint import Zone
from gilmok.core.engine import RAM
from gilmok.engines.drivers import Vllm, VllmSettings
from gilmok.engines.failure import EngineFailed
from gilmok.engines.lifecycle import Death
from tests.unit.engines.conftest import family, gone

ROW = providers.catalogue()["vllm"]
SCRIPT = Path(__file__).with_name("fake_vllm.py")
HEARD: list[float | None] = []
Maker = Callable[..., Vllm]


@pytest.fixture
def vllm(tmp_path: Path) -> Maker:
    def make(mode: dict[str, Any] | None = None, **more: Any) -> Vllm:
        weights = tmp_path / "weights"
        weights.write_text(json.dumps(mode or {}))
        given = {
            "id": "big",
            "provider": ROW,
            "model": "m",
            "weights": str(weights),
            "command": (sys.executable, "-I", "-S", str(SCRIPT)),
            "start_timeout_s": 60.0,
        }
        return Vllm(VllmSettings(**{**given, **more}))

    return make


@asynccontextmanager
async def ready(engine: Vllm) -> AsyncIterator[Vllm]:
    try:
        await engine.ensure_ready(HEARD.append)
        yield engine
    finally:
        await engine.close()


def processes(engine: Vllm) -> list[int]:
    assert engine._child.process is not None
    return family(engine._child.process.pid)


def told(pid: int, what: str) -> str:
    return Path(f"/proc/{pid}/{what}").read_text()


async def test_it_starts_says_how_it_is_and_ends_with_all_its_processes(vllm: Maker) -> None:
    async with ready(vllm({"load_s": 0.2, "running": 3, "waiting": 2, "cache": 0.25})) as engine:
        endpoint = await engine.ensure_ready(HEARD.append)
        assert endpoint.zone is Zone.LOCAL
        assert endpoint.model == "m"
        first, second = await engine.health(), await engine.health()
        assert (first.running, first.waiting, first.cache) == (3, 2, 0.25)
        assert first.work is not None
        assert second.work is not None
        assert second.work > first.work
        held = await engine.footprint()
        assert held is not None
        assert held[RAM] > 10_000_000
        below = processes(engine)
        assert len(below) == 3
        await engine.stop()
        assert gone(below, 0)
        assert not (await engine.health()).alive


async def test_its_key_is_on_no_command_line_and_it_inherits_nothing(
    vllm: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-somebody")
    async with ready(vllm()) as engine:
        key = (await engine.ensure_ready(HEARD.append)).api_key
        assert key is not None
        for pid in processes(engine):
            assert key.reveal() not in told(pid, "cmdline")
            assert "sk-somebody" not in told(pid, "environ")


@pytest.mark.parametrize("victim", [0, 1])
async def test_killed_it_leaves_nobody_behind(vllm: Maker, victim: int) -> None:
    """The watchdog, or the server between it and its worker."""
    async with ready(vllm()) as engine:
        below = processes(engine)
        os.kill(below[victim], signal.SIGKILL)
        await engine.ended()
        assert not (await engine.health()).alive
        assert await asyncio.to_thread(gone, below)


async def test_a_stop_puts_it_to_sleep_and_a_load_wakes_it(vllm: Maker) -> None:
    async with ready(vllm(sleep_level=1)) as engine:
        below = processes(engine)
        await engine.stop()
        assert await engine._sleeps()
        await engine.stop()
        again = await engine.ensure_ready(HEARD.append)
        assert not await engine._sleeps()
        assert processes(engine) == below
        assert again.api_key is not None
        await engine.close()
        assert gone(below, 0)


async def test_asleep_it_may_die_and_is_started_again(vllm: Maker) -> None:
    async with ready(vllm(sleep_level=2)) as engine:
        await engine.stop()
        below = processes(engine)
        os.kill(below[1], signal.SIGKILL)
        await engine.ended()
        await engine.ensure_ready(HEARD.append)
        assert processes(engine)[0] != below[0]


async def test_one_that_runs_elsewhere_is_only_put_to_sleep(vllm: Maker) -> None:
    with pytest.raises(ValueError, match="only be put to sleep"):
        vllm(base_url="http://127.0.0.1:1/v1")
    async with ready(vllm(sleep_level=1)) as here:
        endpoint = await here.ensure_ready(HEARD.append)
        there = vllm(sleep_level=1, base_url=endpoint.base_url, api_key=endpoint.api_key)
        assert (await there.ensure_ready(HEARD.append)).base_url == endpoint.base_url
        await there.stop()
        assert await here._sleeps()
        await there.ensure_ready(HEARD.append)
        assert (await there.health()).alive
        await there.close()
        assert await here._sleeps()
        assert (await here.health()).alive


@pytest.mark.parametrize(
    ("mode", "death"),
    [
        ({"die": 1, "log": "ValueError: bad config"}, Death.EXITED),
        ({"die": 1, "log": "torch.OutOfMemoryError: CUDA out of memory."}, Death.OUT_OF_MEMORY),
        ({"load_s": 60.0}, Death.TOO_SLOW),
    ],
)
async def test_a_failed_start_is_explained_and_leaves_nothing(
    vllm: Maker, mode: dict[str, Any], death: Death
) -> None:
    engine = vllm(mode, start_timeout_s=1.0 if "load_s" in mode else 60.0)
    with pytest.raises(EngineFailed) as caught:
        await engine.ensure_ready(HEARD.append)
    assert caught.value.death is death
    assert not engine._child.is_running


async def test_draining_waits_for_what_others_have_asked(vllm: Maker) -> None:
    async with ready(vllm({"running": 1})) as busy:
        draining = asyncio.create_task(busy.drain())
        await asyncio.wait([draining], timeout=0.3)
        assert not draining.done()
        draining.cancel()
    async with ready(vllm({})) as idle:
        await idle.drain()
