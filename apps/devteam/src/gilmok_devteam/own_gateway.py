"""A gateway of the team's own: `gilmok serve` as a child process, for one run.

It listens on loopback, keeps everything in a folder that is deleted at the end, and is stopped
with its engines when the run is over.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from gilmok_devteam.clients import Gateway
from gilmok_devteam.machine import Machine, configuration
from gilmok_devteam.roles import RoleId

_START_S = 30.0
_STOP_S = 15.0
_POLL_S = 0.05


class GatewayFailed(Exception):
    """It did not come up. `said`: the end of what it wrote."""

    def __init__(self, said: str) -> None:
        super().__init__("the gateway did not start")
        self.said = said


def command() -> str | None:
    """`gilmok` beside this Python, else on PATH."""
    beside = Path(sys.executable).with_name("gilmok")
    return str(beside) if beside.exists() else shutil.which("gilmok")


@asynccontextmanager
async def own_gateway(
    gilmok: str, machine: Machine, weights: Mapping[RoleId, Path], threads: int | None
) -> AsyncIterator[Gateway]:
    """Serving when this yields. Raises `GatewayFailed`."""
    with tempfile.TemporaryDirectory(prefix="gilmok-devteam-") as name:
        folder = Path(name)
        config = folder / "gilmok.toml"
        text = configuration(machine, weights, folder / "ledger.db", threads)
        config.write_text(text, encoding="utf-8")
        port = _free_port()
        log = folder / "gateway.log"
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                gilmok, "serve", "--config", str(config), "--port", str(port),
                cwd=folder, stdin=DEVNULL, stdout=out, stderr=out, start_new_session=True,
                env={**os.environ, "HOME": name},
            )  # fmt: skip
        try:
            await _listening(process, port, log)
            yield Gateway(f"http://127.0.0.1:{port}/v1")
        finally:
            await _stop(process)


async def _listening(process: Process, port: int, log: Path) -> None:
    try:
        async with asyncio.timeout(_START_S):
            while process.returncode is None:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(_POLL_S)
                else:
                    writer.close()
                    return
    except TimeoutError:
        pass
    raise GatewayFailed(_end_of(log))


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-15:])


async def _stop(process: Process) -> None:
    """Asked first, so that it stops its engines; its whole group is killed where it does not."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_STOP_S):
            await process.wait()
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _free_port() -> int:
    """Nobody listens there now; `start_new_session` keeps Ctrl-C from the child meanwhile."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
