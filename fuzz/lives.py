"""A gateway with many short lives: each begins in a fork of a process that has imported everything,
a fifth of the time that `gilmok serve` takes from the start, and ends with `kill -9`.

`async with Lives(config) as lives: await lives.begin(); …; await lives.kill()`

The other half is `python -m fuzz.lives CONFIG`: `b` on its standard input begins a life, `k` ends it,
and each is answered by a line when it is done.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

import gilmok.cli.serve  # noqa: F401  # `main` imports a command when it runs it.
from gilmok.cli import main

_DONE = b"done\n"


class Lives:
    """Not reentrant: one life at a time."""

    def __init__(self, config: Path) -> None:
        self._config = config

    async def __aenter__(self) -> Self:
        self._forking = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "fuzz.lives", str(self._config)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._forking.stdin is not None
        self._forking.stdin.close()
        await self._forking.wait()

    async def begin(self) -> None:
        """It does not listen yet."""
        await self._tell(b"b")

    async def kill(self) -> None:
        """Raises `ChildProcessError` where it had ended by itself."""
        await self._tell(b"k")

    async def _tell(self, what: bytes) -> None:
        assert self._forking.stdin is not None
        assert self._forking.stdout is not None
        self._forking.stdin.write(what)
        if await self._forking.stdout.readline() != _DONE:
            raise ChildProcessError("the gateway ended by itself")


def live_and_die(config: str) -> None:
    """Does what standard input says, until it ends."""
    process = None
    while command := os.read(0, 1):
        if command == b"b":
            process = os.fork()
            if process == 0:
                _serve(config)
        elif process is not None:
            os.kill(process, signal.SIGKILL)
            _, status = os.waitpid(process, 0)
            process = None
            if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
                return
        os.write(1, _DONE)
    if process is not None:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def _serve(config: str) -> NoReturn:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    main(["serve", "--config", config])


if __name__ == "__main__":
    live_and_die(sys.argv[1])
