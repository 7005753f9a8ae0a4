"""The engine's keeper with real processes, pipes and sockets; the server is a stand-in."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from gilmok.core.endpoint import Capability, Zone
from gilmok.engines import EngineFailed, EngineState
from gilmok.engines.lifecycle import Death
from gilmok.engines.probe import Properties
from tests.unit.engines.conftest import Maker, family, gone

PROPS = {
    "default_generation_settings": {"n_ctx": 2048, "params": {}},
    "modalities": {"vision": False},
    "chat_template_caps": {"supports_tools": True, "supports_tool_calls": True},
}


async def test_its_endpoint_says_what_the_model_can_do(engine: Maker) -> None:
    async with engine(props=PROPS) as running:
        endpoint = await running.ready()
    assert endpoint.id == "embedded"
    assert endpoint.zone is Zone.LOCAL
    assert endpoint.model == "own-model"
    assert endpoint.context == 2048
    assert endpoint.base_url.startswith("http://127.0.0.1:")
    assert endpoint.base_url.endswith("/v1")
    assert endpoint.capabilities == {Capability.STREAM, Capability.TOOLS, Capability.JSON_MODE}


async def test_leaving_ends_every_process(engine: Maker) -> None:
    async with engine() as running:
        await running.ready()
        assert running.pid is not None
        processes = family(running.pid)
        assert len(processes) >= 2
    assert gone(processes, 0)
    assert running.state is EngineState.STOPPED


async def test_the_secret_is_on_no_command_line(engine: Maker) -> None:
    async with engine() as running:
        endpoint = await running.ready()
        assert endpoint.api_key is not None
        assert running.pid is not None
        for process in family(running.pid):
            assert endpoint.api_key.reveal() not in _of(process, "cmdline")


async def test_it_inherits_no_other_keys(engine: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-somebody")
    async with engine() as running:
        await running.ready()
        assert running.pid is not None
        for process in family(running.pid):
            assert "sk-somebody" not in _of(process, "environ")


async def test_it_comes_back_with_a_new_secret(engine: Maker) -> None:
    seen: list[EngineState] = []
    sick = asyncio.Event()

    def note(state: EngineState) -> None:
        seen.append(state)
        if state is EngineState.SICK:
            sick.set()

    async with engine(on_change=note) as running:
        first = await running.ready()
        assert running.pid is not None
        os.kill(family(running.pid)[1], signal.SIGKILL)
        await sick.wait()
        second = await running.ready()
    assert first.api_key != second.api_key
    assert seen == [
        EngineState.STARTING,
        EngineState.READY,
        EngineState.SICK,
        EngineState.STARTING,
        EngineState.READY,
        EngineState.STOPPED,
    ]


async def test_a_killed_watchdog_takes_the_program_along(engine: Maker) -> None:
    async with engine() as running:
        await running.ready()
        assert running.pid is not None
        processes = family(running.pid)
        os.kill(running.pid, signal.SIGKILL)
        assert await asyncio.to_thread(gone, processes)


async def test_a_lost_port_is_tried_elsewhere(engine: Maker) -> None:
    async with engine(once="E srv start: couldn't bind HTTP server socket") as running:
        await running.ready()
        assert running.failure is not None
        assert running.failure.parameters["cause"] == Death.PORT_TAKEN


@pytest.mark.parametrize(
    ("mode", "death", "detail"),
    [
        ({"die": 1, "log": "failed to load model"}, Death.EXITED, "failed to load model"),
        ({"signal": signal.SIGILL}, Death.WRONG_CPU, "starting"),
    ],
)
async def test_a_failed_start_is_explained(
    engine: Maker, mode: dict[str, object], death: Death, detail: str
) -> None:
    async with engine(**mode) as running:
        with pytest.raises(EngineFailed) as caught:
            await running.ready()
    assert caught.value.parameters["cause"] == death
    assert detail in caught.value.message("en")
    assert caught.value.message("ko") != caught.value.message("en")


async def test_a_model_that_loads_too_long_is_given_up(engine: Maker) -> None:
    async with engine(deaf=True, start_timeout_s=0.3) as running:
        with pytest.raises(EngineFailed) as caught:
            await running.ready()
    assert caught.value.parameters["cause"] == Death.TOO_SLOW


async def test_a_missing_binary_is_explained(engine: Maker, tmp_path: Path) -> None:
    keeper = engine()
    (tmp_path / "llama-server").unlink()
    async with keeper as running:
        with pytest.raises(EngineFailed) as caught:
            await running.ready()
    assert caught.value.parameters["cause"] == Death.NOT_STARTED


async def test_output_is_forgotten_once_it_is_ready(engine: Maker) -> None:
    async with engine(log="quotes the user") as running:
        await running.ready()
        process = running._process
        assert process is not None
        assert process.last_words == ""
        process.hush()
        assert running.failure is None


def test_an_unknown_answer_is_no_capability() -> None:
    offered = frozenset({Capability.STREAM, Capability.TOOLS, Capability.IMAGES})
    assert Properties().capabilities(offered) == {Capability.STREAM}


def _of(pid: int, what: str) -> str:
    return Path(f"/proc/{pid}/{what}").read_text(errors="replace")
