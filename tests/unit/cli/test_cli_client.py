"""The client against a real gateway, and against what is none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gilmok.cli.client import Client
from gilmok.cli.failures import BadUrl, Broken, NoGateway, Refused, Unreachable
from gilmok.core.text import Secret
from tests.gateway import Running, free_port
from tests.unit.cli.conftest import endpoint
from tests.wall import Wall


def body(model: str = "auto") -> dict[str, object]:
    return {"model": model, "messages": [{"role": "user", "content": "hi"}], "stream": True}


def read(client: Client, model: str = "auto") -> str:
    with client.chat(body(model)) as answer:
        return "".join(answer.pieces())


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:1/v1/", "http://localhost:1"),
        ("https://gate.example", "https://gate.example"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("unix:/run/gilmok.sock", "unix:/run/gilmok.sock"),
    ],
)
def test_urls(written: str, url: str) -> None:
    assert Client(written).url == url


@pytest.mark.parametrize(
    "written",
    [
        "",
        "ftp://x",
        "http://u:p@x",
        "http://x/y",
        "http://x?y",
        "http://x:0",
        "http://x:y",
        "unix:",
    ],
)
def test_what_is_no_url(written: str) -> None:
    with pytest.raises(BadUrl):
        Client(written)


async def test_a_stream_is_read_to_its_end(gateway: Running) -> None:
    client = Client(gateway.url)
    assert await asyncio.to_thread(read, client)


async def test_a_unix_socket(gateway: Running, tmp_path: Path) -> None:
    path = str(tmp_path / "g.sock")
    await gateway.server.listen(path=path)
    client = Client(f"unix:{path}")
    assert (await asyncio.to_thread(client.health)).status == "ok"
    assert await asyncio.to_thread(read, client)


async def test_nobody_there() -> None:
    client = Client(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unreachable):
        await asyncio.to_thread(client.health)


async def test_somebody_else_there(wall: Wall) -> None:
    with pytest.raises(NoGateway):
        await asyncio.to_thread(Client(wall.url).health)


async def test_somebody_who_speaks_no_http() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail ready\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises((NoGateway, Unreachable)):
            await asyncio.to_thread(Client(f"127.0.0.1:{port}").health)


async def test_a_refusal_has_code_words_and_decision(gateway: Running) -> None:
    client = Client(gateway.url, locale="ko")
    with pytest.raises(Refused) as refused:
        await asyncio.to_thread(read, client, "no-such-model")
    assert refused.value.status == 404
    assert refused.value.code == "model_not_found"
    assert refused.value.by_policy
    assert "모델이 없습니다" in refused.value.message
    assert refused.value.decision_id.startswith("dec_")


@pytest.mark.parametrize("fault", ["cut=2", "reset=2", "errevent=2"])
async def test_an_answer_that_breaks_is_told(wall: Wall, tmp_path: Path, fault: str) -> None:
    async with Running(tmp_path, endpoint("a", wall, f"tokens=9+{fault}")) as running:
        with pytest.raises(Broken):
            await asyncio.to_thread(read, Client(running.url))


async def test_the_key_is_sent_and_not_shown(wall: Wall, tmp_path: Path) -> None:
    digest = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"  # of "secret"
    key = f'[[keys]]\nid = "k"\nsha256 = "{digest}"\n'
    async with Running(tmp_path, endpoint("a", wall, "ok") + key) as running:
        stranger, caller = Client(running.url), Client(running.url, Secret("secret"))
        with pytest.raises(Refused, match="invalid_api_key"):
            await asyncio.to_thread(read, stranger)
        assert await asyncio.to_thread(read, caller)
    assert not wall.contains("secret")
