"""Pods by the hour, against a stand-in for RunPod on real sockets."""

from __future__ import annotations

import asyncio

import pytest

from gilmok import providers
from gilmok.core.endpoint import Zone
from gilmok.core.text import Secret
from gilmok.engines.drivers import Hook, Hooks, Pod, PodSettings, runpod
from gilmok.engines.failure import EngineFailed
from gilmok.engines.lifecycle import Death
from tests.services.runpod import RunPod

ROW = providers.catalogue()["vllm"]
KEY = Secret("rp-key")
HEARD: list[float | None] = []


def pod(stub: RunPod, hooks: Hooks | None = None, **more: object) -> Pod:
    given = {
        "id": "big",
        "provider": ROW,
        "model": "m",
        "base_url": f"{stub.url}/v1",
        "hooks": hooks or runpod.pod_hooks("p1", KEY, rest=f"{stub.url}/rest"),
        "poll_s": 0.01,
        "pause_s": 0.01,
    }
    return Pod(PodSettings(**{**given, **more}))  # type: ignore[arg-type]


def serverless(stub: RunPod) -> Hooks:
    return runpod.serverless_hooks("e1", KEY, rest=f"{stub.url}/rest", serverless=f"{stub.url}/v2")


async def test_it_is_started_and_stopped() -> None:
    async with RunPod(boot_s=0.05) as stub:
        engine = pod(stub)
        assert not (await engine.health()).alive
        endpoint = await engine.ensure_ready(HEARD.append)
        assert await stub.answers()
        assert endpoint.base_url == f"{stub.url}/v1"
        assert (await engine.health()).alive
        await engine.stop()
        assert not await stub.answers()
        assert not (await engine.health()).alive


async def test_the_cloud_is_the_cloud() -> None:
    async with RunPod() as stub:
        endpoint = await pod(stub).ensure_ready(HEARD.append)
        assert endpoint.zone is Zone.CLOUD
        assert await pod(stub).footprint() == {}
    assert runpod.pod_url("p1") == "https://p1-8000.proxy.runpod.net/v1"
    assert runpod.serverless_url("e1") == "https://api.runpod.ai/v2/e1/openai/v1"


async def test_one_that_runs_is_not_started_again() -> None:
    async with RunPod() as stub:
        stub.is_running = True
        await pod(stub).ensure_ready(HEARD.append)
        assert not any(call.path.endswith("/start") for call in stub.service.calls)


async def test_workers_of_a_serverless_endpoint_are_kept_and_let_go() -> None:
    async with RunPod() as stub:
        engine = pod(stub, serverless(stub))
        await engine.ensure_ready(HEARD.append)
        assert stub.workers_min == 1
        stub.in_progress = 3
        health = await engine.health()
        assert (health.running, engine.utilisation()) == (3, 1.0)
        draining = asyncio.create_task(engine.drain())
        await asyncio.sleep(0.03)
        assert not draining.done()
        stub.in_progress = 0
        await draining
        await engine.stop()
        assert stub.workers_min == 0


async def test_a_stop_is_tried_again_because_it_costs_money() -> None:
    async with RunPod() as stub:
        engine = pod(stub)
        await engine.ensure_ready(HEARD.append)
        stub.failures = 3
        await engine.stop()
        assert not await stub.answers()


async def test_one_that_goes_on_is_not_called_stopped() -> None:
    async with RunPod() as stub:
        engine = pod(stub, stop_timeout_s=0.05)
        await engine.ensure_ready(HEARD.append)
        stub.is_deaf = True
        with pytest.raises(EngineFailed) as caught:
            await engine.stop()
        assert caught.value.death is Death.WEDGED
        stub.is_deaf = False
        await engine.close()
        assert not await stub.answers()


async def test_one_that_does_not_come_is_stopped_again() -> None:
    async with RunPod(boot_s=60.0) as stub:
        with pytest.raises(EngineFailed) as caught:
            await pod(stub, start_timeout_s=0.1).ensure_ready(HEARD.append)
        assert caught.value.death is Death.TOO_SLOW
        assert stub.service.calls[-2].path.endswith("/stop")


async def test_a_wrong_key_is_refused() -> None:
    async with RunPod(key="other") as stub:
        with pytest.raises(EngineFailed, match="Unauthorized") as caught:
            await pod(stub).ensure_ready(HEARD.append)
        assert caught.value.death is Death.REFUSED
        assert "rp-key" not in str(caught.value)


async def test_hooks_of_ones_own() -> None:
    async with RunPod() as stub:
        headers = (("authorization", Secret("Bearer rp-key")),)
        hooks = Hooks(
            start=Hook(url=f"{stub.url}/rest/pods/p1/start", headers=headers),
            stop=Hook(url=f"{stub.url}/rest/pods/p1/stop", headers=headers),
        )
        engine = pod(stub, hooks)
        stub.is_running = False
        await engine.ensure_ready(HEARD.append)
        assert await stub.answers()
        assert (await engine.health()).answers
        await engine.stop()
        assert not (await engine.health()).alive


async def test_a_service_that_cannot_be_asked_does_not_end_the_pod() -> None:
    async with RunPod() as stub:
        engine = pod(stub)
        await engine.ensure_ready(HEARD.append)
        stub.failures = 1
        health = await engine.health()
        assert (health.alive, health.answers) == (True, True)
