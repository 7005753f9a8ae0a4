"""The llama.cpp driver with real processes and sockets; the server is a stand-in."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gilmok.core.engine import RAM
from gilmok.core.money import Price
from gilmok.engines.command import arguments
from gilmok.engines.drivers import DriverSettings, LlamaCpp, LlamaCppSettings, driver_for
from gilmok.engines.failure import EngineFailed
from gilmok.engines.lifecycle import Death
from tests.unit.engines.conftest import ROW, fake_settings, family, gone

Maker = Callable[..., LlamaCpp]
MIB = 2**20


def settings(folder: Path, mode: dict[str, Any], **more: Any) -> LlamaCppSettings:
    fake = fake_settings(folder, mode, 60.0)
    given = {
        "id": "coder",
        "provider": ROW,
        "model": "qwen",
        "server": fake.server,
        "weights": fake.weights,
        "threads": 1,
        "start_timeout_s": 60.0,
        "price": Price(5, 6),
    }
    return LlamaCppSettings(**{**given, **more})


@pytest.fixture
def llama(tmp_path: Path) -> Maker:
    def make(mode: dict[str, Any] | None = None, **more: Any) -> LlamaCpp:
        return LlamaCpp(settings(tmp_path, mode or {}, **more))

    return make


@asynccontextmanager
async def ready(engine: LlamaCpp) -> AsyncIterator[LlamaCpp]:
    try:
        await engine.ensure_ready(lambda share: None)
        yield engine
    finally:
        await engine.close()


def processes(engine: LlamaCpp) -> list[int]:
    assert engine._child.process is not None
    return family(engine._child.process.pid)


async def test_it_loads_is_measured_and_frees_its_memory(llama: Maker) -> None:
    async with ready(llama({"ballast_mb": 40, "running": 2})) as engine:
        endpoint = await engine.ensure_ready(lambda share: None)
        assert (endpoint.id, endpoint.model, endpoint.price) == ("coder", "qwen", Price(5, 6))
        held = await engine.footprint()
        assert held is not None
        assert 40 * MIB < held[RAM] < 120 * MIB
        health = await engine.health()
        assert (health.alive, health.answers, health.running) == (True, True, 2)
        below = processes(engine)
        await engine.stop()
        assert gone(below, 0)
        assert await engine.footprint() == {}
        assert not (await engine.health()).alive


async def test_a_slow_load_is_followed(llama: Maker) -> None:
    heard: list[float | None] = []
    engine = llama({"load_s": 1.0, "ballast_mb": 20})
    try:
        await engine.ensure_ready(heard.append)
    finally:
        await engine.close()
    assert heard
    assert all(share is not None and 0.0 <= share <= 1.0 for share in heard)


async def test_a_stolen_port_is_no_failure(llama: Maker) -> None:
    async with ready(llama({"once": "E srv start: couldn't bind HTTP server socket"})) as engine:
        assert (await engine.health()).answers


@pytest.mark.parametrize(
    ("mode", "death"),
    [
        ({"die": 1, "log": "ggml: failed to allocate CPU buffer of size 52"}, Death.OUT_OF_MEMORY),
        ({"die": 1, "log": "failed to load model"}, Death.EXITED),
        ({"die": 1, "log": "couldn't bind HTTP server socket"}, Death.PORT_TAKEN),
        ({"signal": signal.SIGILL}, Death.WRONG_CPU),
        ({"deaf": True}, Death.TOO_SLOW),
    ],
)
async def test_a_failed_load_is_explained_and_leaves_nothing(
    llama: Maker, mode: dict[str, Any], death: Death, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gilmok.engines.drivers.llamacpp._PORT_TRIES", 1)
    engine = llama(mode, start_timeout_s=0.5 if "deaf" in mode else 60.0)
    with pytest.raises(EngineFailed) as caught:
        await engine.ensure_ready(lambda share: None)
    assert caught.value.death is death
    assert '[[engines]] "coder"' in str(caught.value)
    assert not engine._child.is_running


async def test_a_cancelled_load_leaves_nothing(llama: Maker) -> None:
    engine, began = llama({"load_s": 60.0}), asyncio.Event()
    loading = asyncio.create_task(engine.ensure_ready(lambda share: began.set()))
    await began.wait()
    below = processes(engine)
    loading.cancel()
    await asyncio.wait([loading])
    assert gone(below, 0)


@pytest.mark.parametrize("victim", [0, 1])
async def test_its_death_is_seen_at_once(llama: Maker, victim: int) -> None:
    async with ready(llama()) as engine:
        below = processes(engine)
        os.kill(below[victim], signal.SIGKILL)
        await engine.ended()
        assert not (await engine.health()).alive
        await engine.ensure_ready(lambda share: None)
        assert (await engine.health()).alive
        assert await asyncio.to_thread(gone, below)


async def test_stopped_in_its_tracks_it_does_not_answer_and_can_be_ended(
    llama: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gilmok.engines.probe._TIMEOUT_S", 0.2)
    async with ready(llama()) as engine:
        below = processes(engine)
        os.kill(below[1], signal.SIGSTOP)
        health = await engine.health()
        assert (health.alive, health.answers) == (True, False)
        await engine.stop()
        assert gone(below, 0)


async def test_a_watchdog_stopped_in_its_tracks_takes_nobody_hostage(
    llama: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gilmok.engines.process._STOP_S", 0.2)
    async with ready(llama()) as engine:
        below = processes(engine)
        os.kill(below[0], signal.SIGSTOP)
        await engine.stop()
        assert await asyncio.to_thread(gone, below)


def test_it_is_remembered_by_what_decides_its_memory(tmp_path: Path) -> None:
    given = settings(tmp_path, {})
    before = LlamaCpp(given).key
    assert LlamaCpp(given).key == before
    assert LlamaCpp(replace(given, slots=9)).key != before
    assert LlamaCpp(replace(given, context=9)).key != before
    given.weights.write_text("another file")
    assert LlamaCpp(given).key != before


async def test_what_it_will_hold_is_more_than_its_file(tmp_path: Path) -> None:
    on_gpu = LlamaCpp(settings(tmp_path, {}, device="gpu1"))
    prior = await on_gpu.prior()
    assert prior is not None
    assert set(prior) == {RAM, "gpu1"}
    assert await LlamaCpp(settings(tmp_path, {}, weights=tmp_path / "none")).prior() is None


def test_a_gpu_is_named_on_the_command_line(tmp_path: Path) -> None:
    said = arguments(settings(tmp_path, {}, device="gpu1", options=("--mlock",)).run, 1, 1)
    assert said[said.index("--main-gpu") + 1] == "1"
    assert said[said.index("--gpu-layers") + 1] == "999"
    assert said[-1] == "--mlock"
    said = arguments(settings(tmp_path, {}).run, 1, 1)
    assert said[said.index("--device") + 1] == "none"


def test_every_kind_of_settings_has_its_driver(tmp_path: Path) -> None:
    assert isinstance(driver_for(settings(tmp_path, {})), LlamaCpp)
    with pytest.raises(ValueError, match="no driver"):
        driver_for(DriverSettings(id="x", provider=ROW, model="m"))
