"""A gateway on real sockets whose requests are interrupted at one of their awaits.

What `tests/simulation/storm.py` does on virtual time, with what only the real world has: a transport
that connects, waits for its turn and keeps connections, a journal on a disk, threads, descriptors.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from gilmok.core.identity import Caller
from gilmok.core.request import Request
from gilmok.pipeline import Pipeline
from tests.gateway import Running
from tests.laws.scenes import IMPATIENT, cloud, home
from tests.simulation import remains
from tests.simulation.interruption import Interrupted, Places, draw
from tests.wall import Ending, Wall
from tests.wire.raw import Client, post, until

AT_ONCE = 8
_STRUCK = {"Connection._handle", "_carry_out", "Dialer.dial"}
"""Of which tasks: a connection's handler, a request with an idempotency key, a race's connection."""
_SHARE = 0.7
_MODELS = (
    "ok", "ok+split", "tokens=40", "nousage", "slow=5", "ttft=5", "pace=2", "stall=1", "cut=2",
    "reset=1", "errevent=1", "500+flap", "429=0", "mute", "hangup", "huge=300000",
)  # fmt: skip
_SETTINGS = (
    IMPATIENT.replace("first_token_s = 5.0", "first_token_s = 0.1").replace(
        "stall_s = 5.0", "stall_s = 0.1"
    )
    + """
[network]
max_connections = 3
[cache]
enabled = true
[[plans]]
id = "default"
tenant_limits = { concurrency = 7, tokens_per_minute = 1000000000 }
key_limits = { requests_per_day = 1000000000 }
user_limits = { concurrency = 3 }
tenant_caps = { daily_usd = 1000000 }
user_caps = { daily_usd = 100 }
"""
)
_LONG = "A long text is looked at in a thread. " * 1000
_TEXTS = ("hi", "hello", "010-1234-5678로 전화", "주민번호 900101-1234567", _LONG)


class Report:
    """What happened, and what did not hold."""

    def __init__(self) -> None:
        self.requests = 0
        self.decided: list[str] = []
        self.broken: list[str] = []


async def interrupted(folder: Path, seed: int, requests: int, places: Places) -> Report:
    """A gateway's life with so many requests, most of them struck."""
    report, chance = Report(), Random(seed)
    async with Wall():
        pass  # With its first socket a loop opens some things that it keeps.
    before = _descriptors()
    with patch.object(Pipeline, "answer", _noting(Pipeline.answer, report)):
        async with _between_walls(folder, chance) as (running, walls):
            tasks = len(asyncio.all_tasks())
            loop = asyncio.get_running_loop()
            loop.set_task_factory(_striking(chance, places))
            try:
                await _crowd(running.port, chance, requests)
            finally:
                loop.set_task_factory(None)
            report.requests = requests
            await _quiet(running, walls, tasks)
            report.broken += await _left(running, report)
    gc.collect()
    with suppress(TimeoutError):  # A loop closes them a moment later.
        await until(lambda: _descriptors() <= before)
    if (after := _descriptors()) > before:
        report.broken.append(f"{after} descriptors are open, {before} were")
    return report


@asynccontextmanager
async def _between_walls(folder: Path, chance: Random) -> AsyncIterator[tuple[Running, list[Wall]]]:
    async with Wall() as at_home, Wall() as in_cloud:
        tables = [
            cloud(in_cloud, model, f"e{at}", chance.choice(("openai", "anthropic", "ollama")))
            for at, model in enumerate(_MODELS)
        ]
        # By name: two addresses, of which one does not answer, and so a race.
        named = cloud(in_cloud, "ok", "named").replace("127.0.0.1", "localhost")
        ledger = f'synchronous = "{chance.choice(("full", "normal"))}"\n'  # its table has begun
        toml = "".join((ledger, _SETTINGS, named, home(at_home, "pace=2"), *tables))
        async with Running(folder, toml, memory=False) as running:
            yield running, [at_home, in_cloud]


def _noting(answer: Any, report: Report) -> Any:
    """`Pipeline.answer` with a note of whom it was entered for."""

    def noted(pipeline: Pipeline, request: Request, caller: Caller) -> Any:
        report.decided.append(request.id)
        return answer(pipeline, request, caller)

    return noted


def _striking(chance: Random, places: Places) -> Any:
    """A task factory."""

    def make(
        loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **more: Any
    ) -> asyncio.Task[Any]:
        name = getattr(coroutine, "__qualname__", "")
        if name in _STRUCK and chance.random() < _SHARE:
            coroutine = Interrupted(coroutine, draw(chance), places)
        return asyncio.Task(coroutine, loop=loop, **more)

    return make


async def _crowd(port: int, chance: Random, requests: int) -> None:
    left = iter(range(requests))

    async def client() -> None:
        for number in left:
            with suppress(OSError, AssertionError):  # Some are hung up on.
                await _visit(port, chance, number)

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))


async def _visit(port: int, chance: Random, number: int) -> None:
    """One request; some clients leave by themselves."""
    body: dict[str, Any] = {
        "model": chance.choice(("auto", "named", f"e{chance.randrange(len(_MODELS))}")),
        "messages": [{"role": "user", "content": chance.choice(_TEXTS[: chance.choice((2, 5))])}],
        "stream": chance.random() < 0.6,
    }
    fields = ["Content-Type: application/json", "Connection: close", "x-gilmok-deadline-ms: 400"]
    if chance.random() < 0.3:
        fields.append(f"x-gilmok-user: {chance.choice(('ann', 'bob'))}")
    if chance.random() < 0.2:
        fields.append(f"Idempotency-Key: key-{number // chance.choice((1, 3))}")
    raw = post(json.dumps(body).encode(), *fields, path="/v1/chat/completions")
    async with Client(port, recv_bytes=chance.choice((2048, None))) as client:
        await client.send(raw.replace(b"Host: test", b"Host: localhost"))
        if chance.random() < 0.2:
            await asyncio.sleep(chance.random() * 0.01)
            chance.choice((client.reset, client.half_close, client.close))()
        else:
            await client.rest()


async def _quiet(running: Running, walls: list[Wall], tasks: int) -> None:
    """Until nobody is being answered any more."""
    server, gateway = running.server, running.gateway
    await until(lambda: server.connections == 0 and not gateway.idempotency._running)
    await until(lambda: not any(c.ending is Ending.OPEN for wall in walls for c in wall.calls))
    await gateway.journal.flush()
    gc.collect()
    with suppress(TimeoutError):
        await until(lambda: len(asyncio.all_tasks()) <= tasks)
    with suppress(TimeoutError):  # An answer's end may still be on its way; a leak stays.
        await until(lambda: not any(_of_pools(gateway)))


async def _left(running: Running, report: Report) -> list[str]:
    gateway = running.gateway
    # Before anything is awaited: the next health check connects, too.
    pools = list(_of_pools(gateway))
    written = await gateway.journal.recent(10**9)
    return [
        *remains.of_gateway(gateway),
        *remains.of_receipts(report.decided, (d.decision_id for d in written)),
        *pools,
        *(f"{gateway.journal.open_decisions} intents are open",)
        * bool(gateway.journal.open_decisions),
    ]


def _of_pools(gateway: Any) -> Iterator[str]:
    """Every connection that is open lies idle, and nobody waits for a turn."""
    for name, (_, upstream) in gateway.models.upstreams._by_id.items():
        pool = upstream.pool
        if pool._open != sum(not connection.closed for connection in pool._idle):
            yield f"{name}: {pool._open} connections are open, {len(pool._idle)} idle"
        if pool._waiting:
            yield f"{name}: somebody waits for a connection for ever"


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))
