"""Engines end to end: real llama-servers under a memory budget, behind the real gateway."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gilmok.engines import find_server, find_weights
from tests.gateway import Answer, Running
from tests.wall import Wall

needs_model = pytest.mark.skipif(
    find_server() is None or find_weights() is None,
    reason="llama-server or its weights are not installed",
)
pytestmark = [pytest.mark.engine, needs_model]

MEMORY = """
[memory]
ram_gb = 1.0
max_wait_s = 2.0
"""
ENGINE = """
[[engines]]
id = "{id}"
driver = "llamacpp"
model = "{weights}"
memory_gb = {memory_gb}
context = 1024
slots = 1
threads = 1
min_residence_s = 0.0
{more}
"""

ELSEWHERE = """
[[endpoints]]
id = "other"
provider = "vllm"
base_url = "{url}"
model = "ok"
"""


def engine(id: str, memory_gb: float = 0.6, more: str = "") -> str:
    return ENGINE.format(id=id, weights=find_weights(), memory_gb=memory_gb, more=more)


async def ask(gateway: Running, model: str, **more: object) -> Answer:
    return await gateway.chat("Say hello.", model=model, max_tokens=4, **more)


async def decision(gateway: Running, answer: Answer) -> dict[str, Any]:
    found = await gateway.get(f"/v1/decisions/{answer.headers['x-gilmok-decision']}")
    told: dict[str, Any] = found.json
    return told


async def states(gateway: Running) -> dict[str, str]:
    found = (await gateway.get("/v1/engines")).json
    return {each["id"]: each["state"] for each in found["engines"]}


async def test_an_engine_is_loaded_by_the_first_that_asks(tmp_path: Path) -> None:
    async with Running(tmp_path, MEMORY + engine("one")) as gateway:
        assert await states(gateway) == {"one": "cold"}
        models = (await gateway.get("/v1/models")).json["data"]
        assert "one" in {model["id"] for model in models}
        answer = await ask(gateway, "one")
        assert answer.status == 200
        assert answer.headers["x-gilmok-zone"] == "local"
        assert await states(gateway) == {"one": "warm"}
        (attempt,) = (await decision(gateway, answer))["explanation"]["attempts"]
        assert attempt["queued_ms"] > 100
        streams = await asyncio.gather(*(ask(gateway, "one", stream=True) for _ in range(3)))
        assert [answer.events[-1] for answer in streams] == ["[DONE]"] * 3
        # llama-server hangs up after each: nobody is sent there over a connection that is closed.
        found = [(await decision(gateway, answer))["explanation"]["attempts"] for answer in streams]
        assert [len(attempts) for attempts in found] == [1] * 3


async def test_one_makes_room_for_the_other_and_nobody_is_cut(tmp_path: Path) -> None:
    """Both do not fit. Many ask for both at once; everybody is answered, once."""
    toml = MEMORY + engine("one") + engine("two")
    async with Running(tmp_path, toml, memory=False) as gateway:
        asked = [ask(gateway, model) for model in ("one", "two") * 4]
        answers = await asyncio.gather(*asked)
        assert [answer.status for answer in answers] == [200] * 8
        endpoints = [answer.headers["x-gilmok-endpoint"] for answer in answers]
        assert endpoints == ["one", "two"] * 4
        assert sorted((await states(gateway)).values()) == ["cold", "warm"]


async def test_what_never_fits_is_507_with_the_sum(tmp_path: Path) -> None:
    async with Running(tmp_path, MEMORY + engine("huge", 52.0)) as gateway:
        answer = await ask(gateway, "huge")
        assert (answer.status, answer.code) == (507, "insufficient_memory")
        message = answer.json["error"]["message"]
        assert "huge: ram 52.0 GiB > 1.0 GiB" in message


async def test_an_engine_that_is_not_loaded_in_time_leaves_the_question_to_others(
    tmp_path: Path,
) -> None:
    """Loading takes longer than there is time: somebody else is asked, at once."""
    async with Wall() as wall:
        cloud = "[server]\ndeadline_s = 20.0\n" + ELSEWHERE.format(url=wall.openai)
        slow = engine("slow", more="load_s = 3600.0\nquality = 1.0")
        async with Running(tmp_path, MEMORY + slow + cloud) as gateway:
            answer = await ask(gateway, "auto")
            assert answer.status == 200
            assert answer.headers["x-gilmok-endpoint"] == "other"
            refused = await ask(gateway, "slow")
            assert refused.status == 503
            assert int(refused.headers["retry-after"]) > 3000


BROKEN = """
[[engines]]
id = "broken"
driver = "llamacpp"
model = "{weights}"
server_path = "{server}"
quality = 1.0
"""


async def test_whoever_waits_for_an_engine_that_is_given_up_is_told_and_asks_others(
    tmp_path: Path,
) -> None:
    server = tmp_path / "llama-server"
    server.write_text("#!/bin/sh\nexit 1\n")
    server.chmod(0o755)
    broken = BROKEN.format(weights=find_weights(), server=server)
    async with Wall() as wall:
        other = ELSEWHERE.format(url=wall.openai)
        async with Running(tmp_path, MEMORY + broken + other) as gateway:
            refused = await ask(gateway, "broken")
            assert refused.status == 503
            assert "engine_busy" in refused.json["error"]["message"]
            answer = await ask(gateway, "auto")
            assert (answer.status, answer.headers["x-gilmok-endpoint"]) == (200, "other")
            assert await states(gateway) == {"broken": "sick"}
