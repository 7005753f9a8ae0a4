"""After any number of clients that leave at any moment, everything is as it was."""

from __future__ import annotations

import asyncio
import gc
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.laws.scenes import IMPATIENT
from tests.laws.stage import Stage, at_home, in_cloud, stage
from tests.wall import Ending
from tests.wire.raw import Client, post, until

UPSTREAMS = (
    "ok", "ok+split", "tool", "nousage", "slow=20", "ttft=20", "pace=5", "stall=2", "cut=2",
    "reset=1", "errevent=1", "500", "429=0", "mute", "hangup", "badjson", "huge=300000",
)  # fmt: skip
HASTY = IMPATIENT.replace("first_token_s = 5.0", "first_token_s = 0.1").replace(
    "stall_s = 5.0", "stall_s = 0.1"
)
WIRES = ("openai", "anthropic", "ollama")
TEXTS = ("hi", "010-1234-5678로 전화", "주민번호 900101-1234567")
WAVES, AT_ONCE = 6, 30


def question(rng: Random) -> bytes:
    body: dict[str, Any] = {
        "model": rng.choice(("auto", "local", f"e{rng.randrange(len(UPSTREAMS))}")),
        "messages": [{"role": "user", "content": rng.choice(TEXTS)}],
        "stream": rng.random() < 0.7,
    }
    fields = "Content-Type: application/json", "Connection: close"
    raw = post(json.dumps(body).encode(), *fields, path="/v1/chat/completions")
    return raw.replace(b"Host: test", b"Host: localhost")


async def visit(port: int, rng: Random) -> None:
    """Asks, and leaves in one of the ways in which clients leave."""
    raw, way = question(rng), rng.choice(("unsaid", "reset", "half", "glance", "close", "stay"))
    async with Client(port, recv_bytes=2048) as client:
        if way == "unsaid":
            raw = raw[: rng.randrange(len(raw))]
        await client.send(raw)
        await asyncio.sleep(rng.random() * 0.05)
        if way == "reset":
            client.reset()
        elif way == "half":
            client.half_close()
        elif way == "glance":
            await client.fill()
        elif way == "stay":
            await client.rest()


async def assert_nothing_is_left(s: Stage, tasks: int) -> None:
    gateway, server = s.gateway.gateway, s.gateway.server
    await until(lambda: server.connections == 0)
    await until(
        lambda: not any(call.ending is Ending.OPEN for call in s.cloud.calls + s.home.calls)
    )
    gc.collect()
    await until(lambda: len(asyncio.all_tasks()) <= tasks)
    assert gateway._limits.in_flight == 0
    assert (gateway.ledger.open_holds, gateway.ledger.held) == (0, 0)
    decisions = await s.decisions()
    assert decisions
    assert all(a.outcome != "started" for d in decisions for a in d.explanation.attempts)
    assert gateway.ledger.spent == sum(d.cost for d in decisions)
    assert gateway.journal.open_decisions == 0


@pytest.mark.parametrize("seed", [1, 2])
async def test_clients_that_leave_leave_nothing_behind(tmp_path: Path, seed: int) -> None:
    rng = Random(seed)
    tables = [in_cloud(model, f"e{at}", rng.choice(WIRES)) for at, model in enumerate(UPSTREAMS)]
    troubles: list[dict[str, Any]] = []
    async with stage(tmp_path, *tables, at_home("pace=3"), settings=HASTY) as s:
        asyncio.get_running_loop().set_exception_handler(lambda _, what: troubles.append(what))
        tasks = len(asyncio.all_tasks())
        for _ in range(WAVES):
            await asyncio.gather(*(visit(s.gateway.port, rng) for _ in range(AT_ONCE)))
        await assert_nothing_is_left(s, tasks)
    assert troubles == []
