"""A gateway that is stopped tells everybody whom it cannot finish answering, and pays for what was
produced."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from gilmok.surfaces import server
from tests.laws.stage import at_home, stage
from tests.wire.raw import Client, post, until

ONCE = ((), ("Idempotency-Key: a",))


def question(*fields: str, stream: bool) -> bytes:
    body = {"model": "auto", "stream": stream, "messages": [{"role": "user", "content": "hi"}]}
    fields = ("Content-Type: application/json", "Accept-Language: ko", *fields)
    raw = post(json.dumps(body).encode(), *fields, path="/v1/chat/completions")
    return raw.replace(b"Host: test", b"Host: localhost")


@pytest.mark.parametrize("once", ONCE)
async def test_a_stream_ends_with_the_reason(tmp_path: Path, once: tuple[str, ...]) -> None:
    async with stage(tmp_path, at_home("stall=3")) as s:
        async with Client(s.gateway.port) as client:
            await client.send(question(*once, stream=True))
            for _ in range(3):
                await client.until(b'"content":')
            await s.gateway.server.drain(0)
            answer = await client.rest()
        *_, last, nothing = answer.split(b"\n\n")
        assert b'"code":"server_stopping"' in last
        assert "멈추는".encode() in last
        assert nothing == b"\r\n0\r\n\r\n", "the framing is whole: that is all there will be"
        assert b"[DONE]" not in answer
        await s.home.wait_closed(1)
        (receipt,) = await s.receipts(1)
        assert (receipt.outcome, receipt.error) == ("broken", "server_stopping")
        assert receipt.completion_tokens
        assert receipt.usage_reported is False
        assert s.gateway.gateway.ledger.open_holds == 0


@pytest.mark.parametrize("once", ONCE)
@pytest.mark.parametrize(("model", "stream"), [("slow=60000", False), ("mute", True)])
async def test_who_was_told_nothing_yet_is_refused(
    tmp_path: Path, model: str, stream: bool, once: tuple[str, ...]
) -> None:
    async with stage(tmp_path, at_home(model)) as s:
        async with Client(s.gateway.port) as client:
            await client.send(question(*once, stream=stream))
            await until(lambda: bool(s.home.calls))
            await s.gateway.server.drain(0)
            answer = await client.answer()
        assert answer.status == 503
        assert answer.fields["retry-after"] == "5"
        assert json.loads(answer.body)["error"]["code"] == "server_stopping"
        (receipt,) = await s.receipts(1)
        assert (receipt.outcome, receipt.error) == ("failed", "server_stopping")


async def test_who_does_not_read_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_LAST_WORD_S", 0.05)
    async with stage(tmp_path, at_home("tokens=150000+deaf")) as s:
        async with Client(s.gateway.port, recv_bytes=4096) as client:
            await until(lambda: s.gateway.server.connections == 1)
            (connection,) = s.gateway.server._connections
            ours = connection.transport.get_extra_info("socket")
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            await client.send(question(stream=True))
            await until(lambda: connection.must_wait)
            await s.gateway.server.drain(0)
            assert b"server_stopping" not in await client.rest()
        (receipt,) = await s.receipts(1)
        assert (receipt.outcome, receipt.error) == ("broken", "server_stopping")
