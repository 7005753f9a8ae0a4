"""A real gateway on a real socket, for tests: `async with Running(toml) as gateway`."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gilmok.build import Gateway, gateway, load_settings
from gilmok.surfaces.http import Limits
from gilmok.surfaces.server import Server
from gilmok.surfaces.services.form import OVERHEAD

_NO_SERVICES = """[services]
local = false
"""
_NO_DEEP = """[privacy]
deep = "off"
"""
QUIET = f"""
[embedded]
enabled = false
[discovery]
ollama = false
environment_keys = false
{_NO_SERVICES}{_NO_DEEP}"""
"""Nothing joins by itself, and the fast inspection's word stands."""


def quietly(toml: str) -> str:
    """`toml` behind `QUIET`, which leaves a section to whoever writes it."""
    quiet = QUIET
    if "[services]" in toml:
        quiet = quiet.replace(_NO_SERVICES, "")
    if "[privacy]" in toml:
        quiet = quiet.replace(_NO_DEEP, "")
    return f"{quiet}\n{toml}"


def free_port() -> int:
    """A port of this machine that nobody listens on, for a process that is told its own.

    Below the ports that the system hands out by itself: one of those might be given to somebody
    else before the process listens, or between two of its lives.
    """
    while True:
        port = secrets.randbelow(12_000) + 20_000
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Running:
    """`toml` is the configuration besides `QUIET`; the ledger lies in `folder`, or in memory."""

    def __init__(self, folder: Path, toml: str, *, memory: bool = True) -> None:
        self._path = folder / "gilmok.toml"
        place = ":memory:" if memory else str(folder / "ledger.db")
        self._path.write_text(quietly(f'[ledger]\npath = "{place}"\n{toml}'), encoding="utf-8")
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        settings = load_settings(self._path)
        self.gateway: Gateway = await self._stack.enter_async_context(gateway(settings))
        limits = Limits(
            max_body_bytes=settings.server.max_body_bytes,
            max_form_bytes=settings.services.max_recording_bytes + OVERHEAD,
        )
        self.server = await self._stack.enter_async_context(
            Server(self.gateway.answer, limits, refuse=self.gateway.refuse, gate=self.gateway.gate)
        )
        await self.server.listen("127.0.0.1", 0)
        self.port = self.server.port
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def post(self, path: str, body: object, headers: dict[str, str] | None = None) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return await self.send("POST", path, raw, headers)

    async def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return await self.send("GET", path, b"", headers)

    async def chat(self, text: str, *, model: str = "auto", **more: object) -> Answer:
        body = {"model": model, "messages": [{"role": "user", "content": text}], **more}
        return await self.post("/v1/chat/completions", body)

    async def send(
        self, method: str, path: str, body: bytes, headers: dict[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own; reads until the gateway closes it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        fields = {
            "host": f"127.0.0.1:{self.port}",
            "content-type": "application/json",
            "content-length": str(len(body)),
            "connection": "close",
            **(headers or {}),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        raw = await reader.read(-1)
        writer.close()
        return Answer(raw)


class Answer:
    """A response as it came: status, headers, and the body with its chunks joined."""

    def __init__(self, raw: bytes) -> None:
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.raw = raw
        self.status = int(lines[0].split(" ")[1]) if raw else 0
        self.headers = {
            name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines[1:])
        }
        self.complete = True
        self.body = self._joined(body) if "transfer-encoding" in self.headers else body

    def _joined(self, rest: bytes) -> bytes:
        whole = b""
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            length = int(size, 16)
            if length == 0:
                return whole
            whole += rest[:length]
            rest = rest[length + 2 :]
        self.complete = False
        return whole

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """The error's code, of a whole answer or of the last event of a stream."""
        body = self.events[-1] if self.is_stream else self.json
        return body["error"]["code"] if isinstance(body, dict) and "error" in body else None

    @property
    def is_stream(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/event-stream")

    @property
    def events(self) -> list[Any]:
        """The stream's `data:` lines, decoded; `[DONE]` as that string."""
        found = []
        for line in self.body.decode().split("\n"):
            if line.startswith("data: "):
                data = line[6:]
                found.append(data if data == "[DONE]" else json.loads(data))
        return found

    @property
    def text(self) -> str:
        """The answer's content, of either form."""
        if not self.is_stream:
            return self.json["choices"][0]["message"]["content"] or ""
        return "".join(
            choice["delta"].get("content") or ""
            for event in self.events
            if isinstance(event, dict)
            for choice in event.get("choices", ())
        )
