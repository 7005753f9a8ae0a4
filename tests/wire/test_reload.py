"""SIGHUP takes a new configuration, all of it or nothing, without dropping an answer under way."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gilmok.build import Gateway, load_settings
from gilmok.config import Reloader, Settings
from gilmok.core.errors import ConfigErrors
from gilmok.serve import serve
from tests.gateway import QUIET, Answer
from tests.wall import Wall

ENDPOINT = """
[[endpoints]]
id = "{id}"
provider = "openai"
base_url = "{url}"
model = "{model}"
zone = "cloud"
price_input = 0
price_output = 0
api_key = "k"
"""


@asynccontextmanager
async def serving(path: Path) -> AsyncIterator[tuple[Gateway, str]]:
    ready: asyncio.Future[tuple[Gateway, str]] = asyncio.get_running_loop().create_future()

    async def on_ready(running: Gateway, url: str) -> None:
        ready.set_result((running, url))

    task = asyncio.create_task(serve(load_settings(path), on_ready=on_ready))
    try:
        yield await ready
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        await task


async def ask(url: str, path: str, body: object = None) -> Answer:
    port = int(url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    raw = b"" if body is None else json.dumps(body).encode()
    writer.write(
        f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nhost: localhost\r\n"
        f"connection: close\r\ncontent-type: application/json\r\n"
        f"content-length: {len(raw)}\r\n\r\n".encode()
        + raw
    )
    answer = Answer(await reader.read(-1))
    writer.close()
    return answer


async def models(url: str) -> set[str]:
    return {model["id"] for model in (await ask(url, "/v1/models")).json["data"]}


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  (a signal has no event to wait for)
            await asyncio.sleep(0.01)


async def test_a_good_file_is_taken_and_a_bad_one_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "gilmok.toml"
    head = f'{QUIET}\n[server]\nport = 0\n[ledger]\npath = ":memory:"\n'
    async with Wall() as wall:
        first = ENDPOINT.format(id="first", url=wall.openai, model="slow=300")
        second = ENDPOINT.format(id="second", url=wall.openai, model="ok")
        path.write_text(head + first)
        async with serving(path) as (gateway, url):
            assert "first" in await models(url)
            chat = {"model": "first", "messages": [{"role": "user", "content": "hi"}]}
            under_way = asyncio.create_task(ask(url, "/v1/chat/completions", chat))
            await until(lambda: bool(wall.calls))  # not only a health check
            before = gateway.settings
            path.write_text(head + second)
            os.kill(os.getpid(), signal.SIGHUP)
            await until(lambda: gateway.settings is not before)
            assert {"first", "second"} & await models(url) == {"second"}
            assert (await under_way).status == 200

            good, served = gateway.settings, gateway.app
            path.write_text(head + second.replace('zone = "cloud"', 'zone = "local"\nzon = 1'))
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.sleep(0.05)
            assert gateway.settings is good
            assert gateway.app is served
            assert {"first", "second"} & await models(url) == {"second"}


async def test_an_address_that_the_transport_refuses_is_refused_before_it_is_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "gilmok.toml"
    head = f'{QUIET}\n[server]\nport = 0\n[ledger]\npath = ":memory:"\n'
    async with Wall() as wall:
        good = ENDPOINT.format(id="good", url=wall.openai, model="ok")
        path.write_text(head + good)
        async with serving(path) as (gateway, url):
            before = gateway.settings
            bad = ENDPOINT.format(id="bad", url="https://127.1/v1", model="ok")
            path.write_text(head + good + bad)
            os.kill(os.getpid(), signal.SIGHUP)
            await until(lambda: "reload_refused" in caplog.text)
            assert gateway.settings is before
            chat = {"model": "best", "messages": [{"role": "user", "content": "hi"}]}
            assert (await ask(url, "/v1/chat/completions", chat)).status == 200


async def test_a_second_signal_does_not_wait_for_answers(tmp_path: Path) -> None:
    path = tmp_path / "gilmok.toml"
    head = f'{QUIET}\n[server]\nport = 0\n[ledger]\npath = ":memory:"\n'
    async with Wall() as wall:
        path.write_text(head + ENDPOINT.format(id="e", url=wall.openai, model="stall=1"))
        async with serving(path) as (_, url):
            body = {"model": "e", "stream": True, "messages": [{"role": "user", "content": "hi"}]}
            under_way = asyncio.create_task(ask(url, "/v1/chat/completions", body))
            await until(lambda: bool(wall.calls))
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0.05)
            assert not under_way.done()
        # Leaving sent the second one: the answer ends long before its stall time or the drain's.
        async with asyncio.timeout(10):
            answer = await under_way
        assert "[DONE]" not in answer.events


async def test_no_answer_waits_for_a_file_that_is_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 3,000 tenants reading takes half a second; all answers once waited for it."""
    path = tmp_path / "gilmok.toml"
    head = f'{QUIET}\n[server]\nport = 0\n[ledger]\npath = ":memory:"\n'
    read, reading, go_on = Reloader.read, threading.Event(), threading.Event()

    def slowly(reloader: Reloader) -> Settings | ConfigErrors:
        reading.set()
        go_on.wait(10)
        return read(reloader)

    monkeypatch.setattr(Reloader, "read", slowly)
    async with Wall() as wall:
        path.write_text(head + ENDPOINT.format(id="first", url=wall.openai, model="ok"))
        async with serving(path) as (gateway, url):
            path.write_text(head + ENDPOINT.format(id="second", url=wall.openai, model="ok"))
            before = gateway.settings
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.to_thread(reading.wait, 10)
            assert "first" in await models(url)
            os.kill(os.getpid(), signal.SIGHUP)  # Once more, for what was written meanwhile.
            go_on.set()
            await until(lambda: gateway.settings is not before)
            assert {"first", "second"} & await models(url) == {"second"}
