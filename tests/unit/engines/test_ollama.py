"""The Ollama driver against a stand-in that behaves as Ollama's documentation says, on real sockets;
and against a real Ollama where one listens on the usual port."""

from __future__ import annotations

import asyncio

import pytest

from gilmok import providers
from gilmok.core.endpoint import Capability, Zone
from gilmok.core.engine import RAM
from gilmok.engines.drivers import Ollama, OllamaSettings
from gilmok.engines.drivers.ollama import tagged
from gilmok.engines.failure import EngineFailed
from gilmok.engines.lifecycle import Death
from tests.services.ollama import GIB, Model
from tests.services.ollama import Ollama as Stub

ROW = providers.catalogue()["ollama"]
HEARD: list[float | None] = []


def driver(stub: Stub, model: str = "qwen3:14b", **more: object) -> Ollama:
    given = {"id": "coder", "provider": ROW, "model": model, "context": 8192, "base_url": stub.url}
    return Ollama(OllamaSettings(**{**given, **more}))  # type: ignore[arg-type]


async def test_it_loads_with_the_context_of_the_requests() -> None:
    async with Stub({"qwen3:14b": Model()}) as stub:
        engine = driver(stub)
        endpoint = await engine.ensure_ready(HEARD.append)
        assert stub.loaded["qwen3:14b"].num_ctx == endpoint.context == 8192
        assert stub.loaded["qwen3:14b"].keep_alive == -1
        assert endpoint.zone is Zone.LOCAL
        assert endpoint.base_url == stub.url
        assert (await engine.health()).alive
        await engine.ensure_ready(HEARD.append)
        assert stub.loads == 1


async def test_stopping_frees_its_memory() -> None:
    async with Stub({"qwen3:14b": Model()}) as stub:
        engine = driver(stub)
        await engine.ensure_ready(HEARD.append)
        assert await engine.footprint() == {RAM: GIB + 8192 * 1024}
        await engine.stop()
        assert not stub.loaded
        assert await engine.footprint() == {}
        assert not (await engine.health()).alive
        await engine.stop()


async def test_a_gpu_holds_its_part() -> None:
    async with Stub({"qwen3:14b": Model()}, vram=GIB) as stub:
        engine = driver(stub, device="gpu0")
        await engine.ensure_ready(HEARD.append)
        assert await engine.footprint() == {"gpu0": GIB, RAM: 8192 * 1024}


async def test_what_it_will_hold_is_told_from_its_shape() -> None:
    async with Stub({"qwen3:14b": Model(layers=4)}) as stub:
        prior = await driver(stub, slots=2).prior()
        cache = 4 * 2 * (64 + 64) * 8192 * 2 * 2
        assert prior is not None
        assert GIB + cache < prior[RAM] < GIB + cache + 256 * 2**20
        assert await driver(stub, model="unknown").prior() is None


async def test_its_tools_are_what_the_model_has() -> None:
    async with Stub({"a:1": Model(), "b:1": Model(capabilities=("vision",))}) as stub:
        tools = await driver(stub, "a:1").ensure_ready(HEARD.append)
        images = await driver(stub, "b:1").ensure_ready(HEARD.append)
    assert Capability.TOOLS in tools.capabilities
    assert Capability.IMAGES not in tools.capabilities
    assert Capability.TOOLS not in images.capabilities
    assert Capability.IMAGES in images.capabilities


async def test_without_the_model_it_is_refused() -> None:
    async with Stub({}) as stub:
        with pytest.raises(EngineFailed, match="not found") as caught:
            await driver(stub).ensure_ready(HEARD.append)
    assert caught.value.death is Death.REFUSED


async def test_out_of_memory_is_called_that() -> None:
    async with Stub({"qwen3:14b": Model(size=9 * GIB)}, memory=4 * GIB) as stub:
        with pytest.raises(EngineFailed) as caught:
            await driver(stub).ensure_ready(HEARD.append)
    assert caught.value.death is Death.OUT_OF_MEMORY


async def test_a_load_that_takes_too_long_is_undone() -> None:
    async with Stub({"qwen3:14b": Model(load_s=60.0)}) as stub:
        with pytest.raises(EngineFailed) as caught:
            await driver(stub, start_timeout_s=0.1).ensure_ready(HEARD.append)
        assert caught.value.death is Death.TOO_SLOW
        assert not stub.loaded


async def test_a_cancelled_load_is_undone() -> None:
    async with Stub({"qwen3:14b": Model(load_s=60.0)}) as stub:
        began = asyncio.Event()
        loading = asyncio.create_task(driver(stub).ensure_ready(lambda share: began.set()))
        await began.wait()
        loading.cancel()
        await asyncio.wait([loading])
        assert not stub.loaded
        assert stub.service.calls[-1].json["keep_alive"] == 0


async def test_evicted_for_others_it_is_gone() -> None:
    async with Stub({"qwen3:14b": Model()}) as stub:
        engine = driver(stub)
        await engine.ensure_ready(HEARD.append)
        stub.evict("qwen3:14b")
        assert not (await engine.health()).alive


async def test_a_service_that_is_gone_is_unreachable_and_holds_nothing() -> None:
    async with Stub({"qwen3:14b": Model()}) as stub:
        engine = driver(stub)
    with pytest.raises(EngineFailed) as caught:
        await engine.ensure_ready(HEARD.append)
    assert caught.value.death is Death.UNREACHABLE
    health = await engine.health()
    assert not health.alive
    assert health.death is Death.UNREACHABLE
    assert await engine.footprint() is None
    await engine.stop()
    await engine.close()


async def test_what_does_not_unload_is_not_called_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gilmok.engines.drivers.ollama._UNLOAD_S", 0.2)
    async with Stub({"qwen3:14b": Model()}) as stub:
        engine = driver(stub)
        await engine.ensure_ready(HEARD.append)
        stub.is_wedged = True
        with pytest.raises(EngineFailed) as caught:
            await engine.stop()
        assert caught.value.death is Death.WEDGED
        await engine.close()


def test_a_name_without_a_tag_means_latest() -> None:
    assert tagged("qwen3") == "qwen3:latest"
    assert tagged("hf.co/a/b") == "hf.co/a/b:latest"
    assert tagged("qwen3:14b") == "qwen3:14b"


async def test_a_real_ollama() -> None:
    """The smallest model that it has is loaded, measured and unloaded."""
    found = await providers.discover_ollama("http://127.0.0.1:11434", 0.5)
    if not found:
        pytest.skip("no Ollama with a model listens on 127.0.0.1:11434")
    smallest = min(found, key=lambda model: model.size or 0)
    engine = Ollama(
        OllamaSettings(id="real", provider=ROW, model=smallest.name, context=2048, slots=1)
    )
    assert await engine.prior()
    endpoint = await engine.ensure_ready(HEARD.append)
    try:
        assert endpoint.context == 2048
        held = await engine.footprint()
        assert held is not None
        assert sum(held.values()) > 0
        assert (await engine.health()).alive
    finally:
        await engine.stop()
    assert await engine.footprint() == {}
