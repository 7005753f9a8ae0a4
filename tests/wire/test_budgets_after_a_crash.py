"""`kill -9` in the middle of answers: what was spent, and may have been, is not to be spent again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from gilmok.config import hash_key
from tests.gateway import QUIET, Answer, free_port
from tests.unit.cli.processes import environment
from tests.wall import Wall

TOML = """
[ledger]
path = "ledger.db"
[[plans]]
id = "default"
tenant_caps = {{ monthly_usd = 0.033 }}
[[keys]]
id = "app"
sha256 = "{key}"
"""
ENDPOINT = """
[[endpoints]]
id = "{id}"
provider = "vllm"
base_url = "{url}"
model = "{model}"
price_input = 0
price_output = 1000
"""


class Process:
    """A gateway that can be killed."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gilmok", "serve", "--config", str(self._folder / "gilmok.toml"),
            env=environment(self._folder, GILMOK_PORT=str(self._port)),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(30):
            while True:
                try:
                    await self.send("GET", "/health/live")
                    return
                except OSError:
                    await asyncio.sleep(0.02)

    async def kill(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    async def stop(self) -> None:
        self._process.terminate()
        await self._process.wait()

    async def open(
        self, method: str, path: str, body: object = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        raw = b"" if body is None else json.dumps(body).encode()
        writer.write(
            f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n"
            f"authorization: Bearer app\r\ncontent-type: application/json\r\n"
            f"content-length: {len(raw)}\r\n\r\n".encode()
            + raw
        )
        return reader, writer

    async def send(self, method: str, path: str, body: object = None) -> Answer:
        reader, writer = await self.open(method, path, body)
        answer = Answer(await reader.read(-1))
        writer.close()
        return answer


def question(model: str, *, stream: bool = False) -> dict[str, object]:
    messages = [{"role": "user", "content": "hello"}]
    return {"model": model, "messages": messages, "max_tokens": 8, "stream": stream}


@pytest.mark.timeout(90)
async def test_what_was_under_way_counts_at_its_worst(tmp_path: Path) -> None:
    """Two answers given (0.016), two under way (0.016): 0.001 of 0.033 is left."""
    port = free_port()
    async with Wall() as wall:
        toml = TOML.format(key=hash_key("app"))
        for id, model in (("whole", "tokens=8"), ("stuck", "stall=1")):
            toml += ENDPOINT.format(id=id, model=model, url=wall.openai)
        (tmp_path / "gilmok.toml").write_text(QUIET + toml)
        gateway = Process(tmp_path, port)
        await gateway.start()
        for _ in range(2):
            assert (
                await gateway.send("POST", "/v1/chat/completions", question("whole"))
            ).status == 200
        streams = [
            await gateway.open("POST", "/v1/chat/completions", question("stuck", stream=True))
            for _ in range(2)
        ]
        for reader, _ in streams:
            await reader.readuntil(b"data: ")  # The answer has begun.
        await gateway.kill()
        for _, writer in streams:
            writer.close()
        await gateway.start()
        (row,) = (await gateway.send("GET", "/v1/budget")).json["data"]
        refused = await gateway.send("POST", "/v1/chat/completions", question("whole"))
        await gateway.stop()
        assert len(wall.calls) == 4
    assert (row["spent_usd"], row["held_usd"]) == ("0.032000000", "0.000000000")
    assert (row["remaining_usd"], refused.status) == ("0.001000000", 402)
