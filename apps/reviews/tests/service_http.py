"""The service's HTTP on a real socket, in this process or in one of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from apps.reviews.tests.scenes import StandIn, settings
from fastapi import FastAPI
from starlette.applications import Starlette

from gilmok_reviews.api.app import create_app

SOURCES = [str(Path(__file__).parents[1] / "src")]


@asynccontextmanager
async def serving(
    folder: Path, gateway_url: str, app: FastAPI | None = None, **more: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application over `folder`."""
    made = app or create_app(settings(folder, gateway_url, **more), StandIn())
    async with (
        listening(made) as base,
        httpx.AsyncClient(base_url=base, timeout=30, trust_env=False) as client,
    ):
        yield client


@asynccontextmanager
async def listening(app: Starlette) -> AsyncIterator[str]:
    """The address of an application on a port of its own."""
    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=1)
    )
    task = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


async def events(
    client: httpx.AsyncClient, job_id: str, after: int | None = None, most: int = 10_000
) -> list[tuple[int, str, dict[str, Any]]]:
    """Number, kind and data of a job's events, to its end or as many as `most`."""
    found: list[tuple[int, str, dict[str, Any]]] = []
    headers = {} if after is None else {"last-event-id": str(after)}
    path = f"/api/v1/jobs/{job_id}/events"
    async with client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200
        number, kind = 0, ""
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                number = int(value)
            elif name == "event":
                kind = value
            elif name == "data":
                found.append((number, kind, json.loads(value)))
                if len(found) == most:
                    break
    return found


class Process:
    """`gilmok-reviews` as a process, for tests that kill it."""

    def __init__(self, folder: Path, gateway_url: str, *arguments: str) -> None:
        self._arguments = arguments
        self._environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([*SOURCES, os.getcwd()]),
            "REVIEWS_DATA": str(folder),
            "GILMOK_URL": gateway_url,
            "OMP_NUM_THREADS": "1",
            "LANG": "C.UTF-8",
        }

    async def start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "apps.reviews.tests.command", *self._arguments,
            stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env=self._environment,
        )  # fmt: skip

    async def kill_when(self, come: asyncio.Event) -> bool:
        """Starts it and kills it when `come` is set; False where it ended before."""
        process = await self.start()
        over, due = asyncio.create_task(process.wait()), asyncio.create_task(come.wait())
        await asyncio.wait([over, due], return_when=asyncio.FIRST_COMPLETED)
        alive = process.returncode is None
        if alive:
            process.send_signal(signal.SIGKILL)
        due.cancel()
        await process.communicate()
        await over
        return alive

    async def run(self) -> tuple[int, str, str]:
        """Its exit code, and what it said and complained about."""
        process = await self.start()
        said, complained = await process.communicate()
        return process.returncode or 0, said.decode(), complained.decode()
