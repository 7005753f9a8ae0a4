"""Vectors from a real llama-server, through the whole gateway: no wall in between."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import struct
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gilmok.engines import find_server, find_weights
from tests.gateway import Running, free_port

needs_model = pytest.mark.skipif(
    find_server() is None or find_weights() is None,
    reason="llama-server or its weights are not installed",
)
pytestmark = [pytest.mark.engine, needs_model]
_PATIENCE_S = 60.0


@asynccontextmanager
async def llama() -> AsyncIterator[str]:
    """A llama-server that embeds; its base URL."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(str(find_server()), "--model", str(find_weights()), "--port", str(port)),
        *("--embeddings", "--pooling", "mean", "--ctx-size", "512", "--threads", "1", "--no-webui"),
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while not await _is_ready(port):
                assert process.returncode is None, "llama-server ended at once"
                await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _is_ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.write(b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    answer = await reader.read(-1)
    writer.close()
    return b" 200 " in answer[:20]


def cosine(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True)) / (math.hypot(*a) * math.hypot(*b))


async def test_vectors_of_a_real_model_in_both_spellings(tmp_path: Path) -> None:
    texts = ["오늘 날씨가 좋다", "오늘 날씨가 참 좋다", "DROP TABLE students;"]
    async with llama() as url:
        table = (
            '[services]\nlocal = false\n[[endpoints]]\nid = "vectors"\nprovider = "llamacpp"\n'
            f'base_url = "{url}"\nmodel = "smollm2"\ndoes = "embeddings"\n'
        )
        async with Running(tmp_path, table) as gateway:
            asked = {"model": "vectors", "input": texts}
            plain = await gateway.post("/v1/embeddings", asked)
            packed = await gateway.post("/v1/embeddings", asked | {"encoding_format": "base64"})
    assert plain.status == packed.status == 200, plain.body
    numbers = [tuple(each["embedding"]) for each in json.loads(plain.body)["data"]]
    assert [
        struct.unpack(f"<{len(row)}f", base64.b64decode(each["embedding"]))
        for row, each in zip(numbers, json.loads(packed.body)["data"], strict=True)
    ] == [pytest.approx(row, abs=1e-6) for row in numbers]
    assert cosine(numbers[0], numbers[1]) > cosine(numbers[0], numbers[2])
    assert json.loads(plain.body)["usage"]["prompt_tokens"] > len(texts)
