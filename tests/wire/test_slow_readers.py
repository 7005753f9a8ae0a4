"""A client that takes its answer in small sips keeps nobody else from theirs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from gilmok.surfaces import chat
from tests.laws.stage import at_home, stage
from tests.wire.raw import Client, post, until


async def test_no_sipping_beyond_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "TAKING_S", 0.1)
    body = {"model": "auto", "stream": True, "messages": [{"role": "user", "content": "hi"}]}
    fields = "Content-Type: application/json", "x-gilmok-deadline-ms: 200"
    question = post(json.dumps(body).encode(), *fields, path="/v1/chat/completions")
    async with stage(tmp_path, at_home("huge=3000000")) as s:
        async with Client(s.gateway.port, recv_bytes=2048) as client:
            await client.send(question.replace(b"Host: test", b"Host: localhost"))
            await client.until(b"data: ")

            async def sip() -> None:
                while await asyncio.get_running_loop().sock_recv(client.sock, 512):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)

            sipping = asyncio.create_task(sip())
            gateway = s.gateway.gateway
            await until(lambda: gateway._limits.in_flight == 0)
            sipping.cancel()
        (receipt,) = await s.receipts(1)
        assert (receipt.outcome, receipt.error) == ("cancelled", "client_left")
        assert gateway.ledger.open_holds == 0
