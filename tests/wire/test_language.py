"""Whoever asks for no language is told in the gateway's, wherever the refusal comes from."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from tests.gateway import Running

HANGUL = re.compile("[가-힣]")
TOML = '[server]\nlanguage = "ko"\n'


async def test_a_gateway_for_people_who_read_korean(tmp_path: Path) -> None:
    async with Running(tmp_path, TOML) as gateway:
        handler = await gateway.chat("hi", model="nobody")
        gate = await gateway.post("/v1/chat/completions", "x", {"content-type": "text/plain"})
        batch = await gateway.post("/batch", [{"prompt": ""}])
        nowhere = await gateway.get("/chat/completions")
        english = await gateway.get("/nowhere", {"accept-language": "en-US,en;q=0.9"})
        server = await _refused_head(gateway.port)
    for answer in (handler, gate, batch, nowhere):
        assert HANGUL.search(answer.body.decode())
    assert HANGUL.search(server)
    assert not HANGUL.search(english.body.decode())


async def _refused_head(port: int) -> str:
    """What is told to somebody whose head cannot be read."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n")
    told = (await reader.read(-1)).decode()
    writer.close()
    return told
