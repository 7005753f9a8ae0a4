"""A real kiosk page on a real socket, and a browser-like client that keeps its cookie."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Self

import uvicorn
from tests.gateway import Answer

from gilmok_kiosk.assistant import Assistant
from gilmok_kiosk.conversation import Conversation
from gilmok_kiosk.events import Event, Finished, Said, Served, Trouble
from gilmok_kiosk.gateway import PATIENCE, Gateway
from gilmok_kiosk.menu import load_menu
from gilmok_kiosk.texts import Locale
from gilmok_kiosk.web import create_app

EXAMPLE = "라떼에 샷2잔, 우유 대신 두유, 라지 사이즈로 3잔 추가해줘"
RECOMMEND = "저는 카페인에 민감한데, 맛있는 음료를 추천해주세요"
"""Code recommends; a model may say a friendly word about it, which nobody misses."""
EXAMPLE_PRICE = 3 * (5000 + 700 + 500 + 2 * 500)
"""Latte, large, soy, two shots, three cups; from menu.toml."""


class Kiosk:
    """`async with Kiosk(gateway_url) as kiosk`: the page over the real assistant, or another."""

    def __init__(
        self,
        gateway_url: str,
        assistant: type[Assistant] = Assistant,
        patience: float = PATIENCE,
        **options: Any,
    ) -> None:
        self._patience = patience
        self._gateway_url = gateway_url
        self._assistant = assistant
        self._options = options
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        menu = load_menu()
        gateway = Gateway(self._gateway_url + "/v1", patience=self._patience)
        self._stack.push_async_callback(gateway.close)
        app = create_app(self._assistant(menu, gateway), menu, **self._options)
        listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))

        async def stop() -> None:
            server.should_exit = True
            await serving

        self._stack.push_async_callback(stop)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def guest(self) -> Guest:
        """Someone who has just opened the page."""
        guest = Guest(self.port)
        await guest.get("/")
        return guest


HOSTILE = "<img src=/x onerror=\"document.title='owned'\"><b>bold</b>"


class Mouthpiece(Assistant):
    """Says markup wherever it may say anything."""

    async def reply(
        self, conversation: Conversation, text: str, locale: Locale | None = None
    ) -> AsyncGenerator[Event, None]:
        yield Said(HOSTILE, "model")
        yield Trouble(HOSTILE, HOSTILE)
        yield Served(HOSTILE, HOSTILE, HOSTILE, 1, 0.0, HOSTILE, 1)
        yield Finished()


class Far(Assistant):
    """Answers from a cloud that costs a little."""

    async def reply(
        self, conversation: Conversation, text: str, locale: Locale | None = None
    ) -> AsyncGenerator[Event, None]:
        yield Said("빛이 아직 오지 않아서입니다.", "model")
        yield Served("far", "cloud", "low", 840, 0.0000123, "dec_1", 41)
        yield Finished()


@asynccontextmanager
async def speechless() -> AsyncIterator[str]:
    """The URL of a gateway that takes every request and hangs up: where it went, nobody knows."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


class Broken(Assistant):
    """Fails in the middle, with the guest's words in the error."""

    async def reply(
        self, conversation: Conversation, text: str, locale: Locale | None = None
    ) -> AsyncGenerator[Event, None]:
        yield Said("하나")
        raise RuntimeError(text)


class Guest:
    """One browser: keeps the cookie, says where its requests come from, as browsers do."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = ""
        self.set_cookie = ""

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.send("GET", path, b"", headers)

    async def post(self, path: str, body: object, **headers: str) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return await self.send("POST", path, raw, {**self._own_page, **headers})

    async def put(self, path: str, body: object) -> Answer:
        return await self.send("PUT", path, json.dumps(body).encode(), self._own_page)

    async def delete(self, path: str) -> Answer:
        return await self.send("DELETE", path, b"", self._own_page)

    async def say(self, text: str, locale: str = "ko") -> list[Any]:
        """The events of the reply."""
        answer = await self.post(f"/api/messages?locale={locale}", {"text": text})
        assert answer.status == 200, answer.body
        return answer.events

    async def order(self) -> Any:
        return (await self.get("/api/session")).json["order"]

    async def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        reader, writer = await self.begin(method, path, body, headers)
        answer = Answer(await reader.read(-1))
        writer.close()
        await writer.wait_closed()
        self.set_cookie = answer.headers.get("set-cookie", "")
        if self.set_cookie:
            self.cookie = self.set_cookie.partition(";")[0]
        return answer

    async def begin(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A request sent, its answer not yet read. A header given as "" is left out."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        fields = {
            "host": f"127.0.0.1:{self.port}",
            "connection": "close",
            "content-length": str(len(body)),
            "cookie": self.cookie,
            **({"content-type": "application/json"} if body else {}),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
        writer.write(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body)
        return reader, writer

    @property
    def _own_page(self) -> dict[str, str]:
        return {"origin": f"http://127.0.0.1:{self.port}", "sec-fetch-site": "same-origin"}
