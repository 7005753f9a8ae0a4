"""How long the embedded model takes for a summary of twenty reviews, and of all.

A llama-server with SmolLM2 on one core, answers of one length: reading is what differs. All reviews of
a place do not fit into its context; they are read in as few calls as they need, and the call that
would make one summary of these is left out. What so small a model answers is of no interest here.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
import numpy as np
import psutil
from bench.reviews.context import Judgements, balanced, everything
from bench.reviews.places import Place

from gilmok.engines.installed import find_server, find_weights
from gilmok_reviews.analysis.policy import Policy
from gilmok_reviews.analysis.prompts import summary_question

_CONTEXT = 8192
"""What the model was trained for, and all that the server gives it."""
_PACKED = 7000
"""Tokens of reviews in one call."""
_ANSWER = 120
"""Tokens of every answer."""
_FRAME = 12
"""Tokens of a review's number and quotation marks."""
_READY_S, _ANSWER_S = 60.0, 900.0


@dataclass(frozen=True, slots=True)
class Took:
    tokens: int
    """The engine's own count of the prompt. Medians, as all here."""
    seconds: float
    """Of one core, in the engine."""
    calls: float


@dataclass(frozen=True, slots=True)
class Timing:
    few: Took
    all: Took
    places: int


def is_here() -> bool:
    return find_server() is not None and find_weights() is not None


async def measured(places: Sequence[Place], judged: Judgements, k: int) -> Timing:
    rng = np.random.default_rng(0)
    few: list[Took] = []
    all_: list[Took] = []
    async with (
        _server() as (url, engine),
        httpx.AsyncClient(base_url=url, timeout=_ANSWER_S) as client,
    ):
        for place in places:
            for choice, took in ((balanced, few), (everything, all_)):
                texts = [found.review.text for found in choice(place, judged, k, rng)]
                took.append(await _read(client, engine, texts))
    return Timing(_median(few), _median(all_), len(places))


async def _read(client: httpx.AsyncClient, engine: psutil.Process, texts: Sequence[str]) -> Took:
    pieces: list[list[str]] = [[]]
    filled = 0
    for text in texts:
        counted = await client.post("/tokenize", json={"content": text})
        size = len(counted.json()["tokens"]) + _FRAME
        if pieces[-1] and filled + size > _PACKED:
            pieces.append([])
            filled = 0
        pieces[-1].append(text)
        filled += size
    took = [await _ask(client, engine, piece) for piece in pieces]
    return Took(sum(t.tokens for t in took), sum(t.seconds for t in took), len(took))


async def _ask(client: httpx.AsyncClient, engine: psutil.Process, texts: Sequence[str]) -> Took:
    system, user = summary_question(texts, Policy().sentences, "en")
    began = _cpu_s(engine)
    answer = await client.post(
        "/completion",
        json={
            "prompt": f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{user}<|im_end|>\n",
            "n_predict": _ANSWER,
            "ignore_eos": True,
            "cache_prompt": False,
        },
    )
    answer.raise_for_status()
    return Took(int(answer.json()["tokens_evaluated"]), _cpu_s(engine) - began, 1)


def _median(took: Sequence[Took]) -> Took:
    return Took(
        round(median(one.tokens for one in took)),
        median(one.seconds for one in took),
        median(one.calls for one in took),
    )


@asynccontextmanager
async def _server() -> AsyncIterator[tuple[str, psutil.Process]]:
    server, weights = find_server(), find_weights()
    if server is None or weights is None:
        raise RuntimeError("no llama-server or no weights: see docs/decisions/0004")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = await asyncio.create_subprocess_exec(
        str(server), "--model", str(weights), "--host", "127.0.0.1", "--port", str(port),
        "--threads", "1", "--threads-batch", "1", "--ctx-size", str(_CONTEXT),
        "--parallel", "1", "--cache-ram", "0", "--no-webui", "--offline",
        env={"LD_LIBRARY_PATH": str(Path(server).parent)},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_READY_S), httpx.AsyncClient() as client:
            while not await _is_ready(client, port):  # noqa: ASYNC110  (another process)
                await asyncio.sleep(0.1)
        yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)
    finally:
        process.kill()
        await process.wait()


def _cpu_s(engine: psutil.Process) -> float:
    """User and system time: another process on the machine does not change it."""
    times = engine.cpu_times()
    return float(times.user + times.system)


async def _is_ready(client: httpx.AsyncClient, port: int) -> bool:
    try:
        answer = await client.get(f"http://127.0.0.1:{port}/health")
    except httpx.HTTPError:
        return False
    return answer.status_code == 200
