"""Some dozens of requests through the real queue to a real llama-server with SmolLM2."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from bench.readme import table
from bench.scheduling.figures import quantile

from gilmok.dispatch.queue import QueuePolicy, Queues, Ticket
from gilmok.engines.installed import find_server, find_weights
from gilmok.system import SystemClock

ENGINE = "smollm2"
_READY_S = 60.0
_LOAD = 0.9
_ROUNDS = 2


@dataclass(frozen=True)
class Ask:
    """Words of the prompt, tokens of the answer (it is made to go on until then), and when."""

    id: int
    at: float
    words: int
    output: int


@dataclass(frozen=True)
class Answered:
    latency: float
    ttft: float
    work: float


@dataclass(frozen=True)
class _Round:
    mean_s: float
    p99_s: float
    short_ttft_s: float
    work_s: float
    """With the engine, a request."""


def drawn(count: int, seed: int, service_s: float) -> list[Ask]:
    """Two kinds, as at a help desk: short questions with short answers, and texts to be rewritten."""
    rng = random.Random(f"real {seed}")
    at, asks = 0.0, []
    for number in range(count):
        long = rng.random() < 0.25
        words = rng.randint(150, 300) if long else rng.randint(5, 40)
        output = rng.randint(100, 200) if long else rng.randint(8, 30)
        asks.append(Ask(number, at, words, output))
        at += rng.expovariate(_LOAD / service_s)
    return asks


@asynccontextmanager
async def _server(slots: int) -> AsyncIterator[int]:
    server, weights = find_server(), find_weights()
    if server is None or weights is None:
        raise RuntimeError("no llama-server or no weights: see docs/decisions/0004")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = await asyncio.create_subprocess_exec(
        str(server), "--model", str(weights), "--host", "127.0.0.1", "--port", str(port),
        "--threads", "1", "--threads-batch", "1", "--ctx-size", str(2048 * slots),
        "--parallel", str(slots), "--cache-ram", "0", "--no-webui", "--offline",
        env={"LD_LIBRARY_PATH": str(Path(server).parent)},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_READY_S):
            while not await _is_ready(port):  # noqa: ASYNC110  (another process)
                await asyncio.sleep(0.1)
        yield port
    finally:
        process.kill()
        await process.wait()


async def _is_ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.write(b"GET /health HTTP/1.0\r\n\r\n")
    head = await reader.read(64)
    writer.close()
    return b" 200 " in head


async def _answer(port: int, ask: Ask, on_first: Callable[[], None]) -> tuple[int, int]:
    """Streams one answer; returns the engine's own counts."""
    rng = random.Random(ask.id)
    prompt = " ".join(
        rng.choice(("red", "sea", "hat", "run", "two", "old")) for _ in range(ask.words)
    )
    body = {
        "prompt": prompt,
        "n_predict": ask.output,
        "ignore_eos": True,
        "stream": True,
        "cache_prompt": False,
    }
    content = json.dumps(body).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /completion HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    writer.write(head.encode() + content)
    prompt_tokens = completion = 0
    try:
        while line := await reader.readline():
            if not line.startswith(b"data: {"):
                continue
            event = json.loads(line[6:])
            if event.get("stop"):
                prompt_tokens, completion = event["tokens_evaluated"], event["tokens_predicted"]
            else:
                on_first()
    finally:
        writer.close()
    return prompt_tokens, completion


async def _one(port: int, queues: Queues, ask: Ask, start: float) -> Answered:
    clock = SystemClock()
    await asyncio.sleep(max(0.0, start + ask.at - clock.monotonic()))
    arrived = clock.monotonic()
    ticket = Ticket(
        id=str(ask.id),
        tenant="t",
        arrived=arrived,
        prompt_tokens=ask.words,
        expected_output=ask.output,
    )
    turn = await queues.turn(ENGINE, ticket)
    began, first = clock.monotonic(), 0.0

    def on_first() -> None:
        nonlocal first
        if not first:
            first = clock.monotonic()
            turn.began(first - began)

    with turn:
        prompt, completion = await _answer(port, ask, on_first)
        turn.end(prompt, 0, completion, first - began, clock.monotonic() - began)
    ended = clock.monotonic()
    return Answered(ended - arrived, first - arrived, ended - began)


async def _replayed(slots: int, asks: list[Ask], stretch: float) -> list[Answered]:
    async with _server(slots) as port:
        queues = Queues(SystemClock())
        policy = QueuePolicy(stretch=stretch, prefill_tokens_per_s=480.0, token_s=0.013)
        queues.configure({ENGINE: policy})
        queues.open(ENGINE, slots)
        warm = [Ask(10_000 + n, 0.0, 30, 10) for n in range(4)]
        start = time.monotonic()
        await asyncio.gather(*(_one(port, queues, ask, start) for ask in warm))
        start = time.monotonic()
        return list(await asyncio.gather(*(_one(port, queues, ask, start) for ask in asks)))


async def compared(count: int, seed: int, slots: int = 1) -> str:
    async with _server(slots) as port:
        queues = Queues(SystemClock())
        queues.configure({ENGINE: QueuePolicy()})
        queues.open(ENGINE, slots)
        sample = drawn(12, seed + 1, 1.0)
        began = time.monotonic()
        await asyncio.gather(*(_one(port, queues, ask, 0.0) for ask in sample))
        service_s = (time.monotonic() - began) / len(sample)
    asks = drawn(count, seed, service_s)
    rules = {"first come, first served": 0.0, "ours": QueuePolicy().stretch}
    rounds: dict[str, list[_Round]] = {name: [] for name in rules}
    for _ in range(_ROUNDS):
        for name, stretch in rules.items():
            rounds[name].append(_round(asks, await _replayed(slots, asks, stretch)))
    return (
        f"Through the real `Queues` to a real llama-server (SmolLM2-135M, one thread, {slots} slot(s)): "
        f"{count} requests at load {_LOAD} of a measured {service_s:.2f} s each, seed {seed}, lengths known, "
        f"{_ROUNDS} rounds in turn (`python -m bench.scheduling --real --requests {count}`); where a request "
        f"takes longer with the engine, the machine was busy otherwise:\n\n{_table(rounds)}"
    )


def _round(asks: list[Ask], answered: list[Answered]) -> _Round:
    by_size = sorted(zip(asks, answered, strict=True), key=lambda p: p[0].words + 8 * p[0].output)
    latencies = [a.latency for a in answered]
    return _Round(
        mean(latencies),
        quantile(latencies, 0.99),
        mean(a.ttft for _, a in by_size[: len(asks) // 2]),
        mean(a.work for a in answered),
    )


def _table(rounds: dict[str, list[_Round]]) -> str:
    rows = []
    base = rounds["first come, first served"]
    for name, found in rounds.items():
        for number, (first, this) in enumerate(zip(base, found, strict=True), 1):
            rows.append(
                (
                    f"{name}, round {number}",
                    f"{this.mean_s:.2f}",
                    f"{first.mean_s / this.mean_s:.2f}",
                    f"{this.p99_s:.2f}",
                    f"{this.p99_s / first.p99_s:.2f}",
                    f"{this.short_ttft_s:.2f}",
                    f"{this.work_s:.2f}",
                )
            )
    columns = ("rule", "mean s", "better by", "p99 s", "p99 ×", "short TTFT s", "s with the engine")
    return table(columns, rows)
