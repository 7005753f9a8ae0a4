"""`gilmok serve` as a process of its own, for tests that kill it or take its disk away."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.gateway import Answer, free_port
from tests.unit.cli.processes import environment

_PATIENCE_S = 30.0


class GatewayProcess:
    """`async with` kills what is still alive at the end. `config` lies in `folder`, its home."""

    def __init__(self, folder: Path, config: Path | None = None) -> None:
        self._folder = folder
        self._config = config or folder / "gilmok.toml"
        self._port = free_port()
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            await self.kill()

    @property
    def pid(self) -> int:
        return self._running.pid

    async def start(self) -> None:
        """It listens when this returns."""
        await self._launch()
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                try:
                    await self.send("GET", "/health/live")
                    return
                except OSError:
                    assert self._running.returncode is None, await self._said()
                    await asyncio.sleep(0.02)

    async def fail_to_start(self) -> tuple[int, str]:
        """The exit code and what it said."""
        await self._launch()
        said = await self._said()
        return await self._running.wait(), said

    async def kill(self) -> None:
        process, self._process = self._running, None
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
        await process.communicate()

    async def stop(self) -> str:
        """What it wrote to its log."""
        process, self._process = self._running, None
        process.terminate()
        _, said = await process.communicate()
        return said.decode()

    async def open(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str = "app",
        language: str = "en",
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        raw = b"" if body is None else json.dumps(body).encode()
        writer.write(
            f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n"
            f"authorization: Bearer {key}\r\ncontent-type: application/json\r\n"
            f"accept-language: {language}\r\ncontent-length: {len(raw)}\r\n\r\n".encode()
            + raw
        )
        return reader, writer

    async def send(
        self, method: str, path: str, body: object = None, *, language: str = "en"
    ) -> Answer:
        reader, writer = await self.open(method, path, body, language=language)
        answer = Answer(await reader.read(-1))
        writer.close()
        return answer

    async def _launch(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gilmok", "serve", "--config", str(self._config),
            env=environment(self._folder, GILMOK_PORT=str(self._port)),
            stdout=asyncio.subprocess.DEVNULL, stderr=PIPE,
        )  # fmt: skip

    @property
    def _running(self) -> asyncio.subprocess.Process:
        assert self._process is not None, "start it first"
        return self._process

    async def _said(self) -> str:
        assert self._running.stderr is not None
        return (await self._running.stderr.read()).decode()
