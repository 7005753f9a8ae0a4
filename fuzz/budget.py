"""A dollar and a crowd: `python -m fuzz.budget --requests 10000`.

Thousands of requests at once, every other one a stream, to a gateway in a process of its own, whose
tenant may spend 1 USD and whose every answer costs exactly the 0.008 USD that are held for it. All
connections stand before the first request is written. Exactly 125 may be answered. Exits 1
otherwise. `--of endpoint`: the dollar is what may be spent at the endpoint.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.gateway import QUIET, Answer, free_port
from tests.wall import Wall

from gilmok.config import hash_key

AT_ONCE = 9_900
"""The server takes 10,000 connections."""
EXPECTED = 125
_TOML = """
[ledger]
path = "ledger.db"
[server]
max_concurrency = 100000
{plan}
[[keys]]
id = "app"
sha256 = "{key}"
[[endpoints]]
id = "a"
provider = "vllm"
base_url = "{url}"
model = "tokens=8"
price_input = 0
price_output = 1000
{cap}
"""
_OF = {
    "tenant": {"plan": '[[plans]]\nid = "default"\ntenant_caps = { daily_usd = 1 }', "cap": ""},
    "endpoint": {"plan": "", "cap": "daily_cap_usd = 1"},
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--of", choices=_OF, default="tenant", help="whose dollar it is")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_attack(Path(folder), asked.requests, asked.of))


async def _attack(folder: Path, requests: int, of: str) -> int:
    began = time.monotonic()
    async with Wall() as wall:
        port = free_port()
        (folder / "gilmok.toml").write_text(
            QUIET + _TOML.format(url=wall.openai, key=hash_key("app"), **_OF[of])
        )
        gateway = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gilmok", "serve", "--config", str(folder / "gilmok.toml"),
            env={**os.environ, "GILMOK_PORT": str(port)}, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            await _ready(port)
            statuses: Counter[int] = Counter()
            for first in range(0, requests, AT_ONCE):
                statuses += await _crowd(port, range(first, min(first + AT_ONCE, requests)))
            budget = (await _ask(port, b"GET /v1/budget", b"")).json["data"][0]
        finally:
            gateway.terminate()
            await gateway.wait()
        calls = len(wall.calls)
    print(
        f"n={requests} of={of} answered={statuses[200]} refused={statuses[402]} upstream={calls} "
        f"spent={budget['spent_usd']} held={budget['held_usd']} in {time.monotonic() - began:.0f} s"
    )
    exact = statuses == {200: EXPECTED, 402: requests - EXPECTED} and calls == EXPECTED
    return 0 if exact and budget["spent_usd"] == "1.000000000" else 1


async def _crowd(port: int, numbers: range) -> Counter[int]:
    """The statuses of requests that are all connected before the first is sent."""
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in numbers]
    for number, (_, writer) in zip(numbers, opened, strict=True):
        body = {
            "model": "auto",
            "messages": [{"role": "user", "content": "hello"}],
            "max_tokens": 8,
            "stream": number % 2 == 0,
        }
        writer.write(_message(b"POST /v1/chat/completions", json.dumps(body).encode()))
    answers = await asyncio.gather(*(reader.read(-1) for reader, _ in opened))
    for _, writer in opened:
        writer.close()
    return Counter(Answer(raw).status for raw in answers)


async def _ask(port: int, line: bytes, body: bytes) -> Answer:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_message(line, body))
    answer = Answer(await reader.read(-1))
    writer.close()
    return answer


def _message(line: bytes, body: bytes) -> bytes:
    return (
        b"%b HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n"
        b"authorization: Bearer app\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
        % (line, len(body), body)
    )


async def _ready(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                if (await _ask(port, b"GET /health/live", b"")).status == 200:
                    return
            except OSError:
                await asyncio.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
