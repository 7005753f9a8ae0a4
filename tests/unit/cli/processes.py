"""The command line as a process of its own, where signals, pipes and terminals matter."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from codecs import getincrementaldecoder
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

_PATIENCE_S = 20.0
SOURCE = Path(__file__).parents[3] / "src"


def environment(home: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(SOURCE),
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "80",
        "TERM": "xterm",
        **more,
    }


async def start(home: Path, *arguments: str, **environ: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gilmok", *arguments,
        stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment(home, **environ),
    )  # fmt: skip


async def until(process: Process, needle: str) -> str:
    """What the process writes to its output until `needle` stands in it."""
    assert process.stdout is not None
    seen = b""
    while needle.encode() not in seen:
        piece = await process.stdout.read(4096)
        assert piece, f"it ended before {needle!r}: {seen.decode()}"
        seen += piece
    return seen.decode()


class Terminal:
    """`async with Terminal(…)`: the command on a terminal of its own."""

    def __init__(self, home: Path, *arguments: str, **environ: str) -> None:
        self._home = home
        self._environ = environ
        self._arguments = arguments
        self._decode = getincrementaldecoder("utf-8")().decode
        self.seen = ""

    async def __aenter__(self) -> Self:
        self._ours, theirs = os.openpty()
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gilmok", *self._arguments,
            stdin=theirs, stdout=theirs, stderr=theirs, env=environment(self._home, **self._environ),
        )  # fmt: skip
        os.close(theirs)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        os.close(self._ours)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    async def interrupt(self) -> None:
        """Ctrl-C, once the program waits: CPython's `input` may lose one that comes just before."""
        program = psutil.Process(self.process.pid)
        while program.status() != psutil.STATUS_SLEEPING:  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(0)
        self.process.send_signal(signal.SIGINT)

    async def until(self, needle: str) -> str:
        """What appeared since the last call, up to `needle`."""
        loop = asyncio.get_running_loop()
        while needle not in self.seen:
            readable = asyncio.Event()
            loop.add_reader(self._ours, readable.set)
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await readable.wait()
                piece = os.read(self._ours, 4096)
            except TimeoutError:
                raise AssertionError(f"waited in vain for {needle!r}: {self.seen}") from None
            except OSError:  # Linux says so when the other side is closed.
                raise AssertionError(f"it ended before {needle!r}: {self.seen}") from None
            finally:
                loop.remove_reader(self._ours)
            self.seen += self._decode(piece)
        before, _, self.seen = self.seen.partition(needle)
        return before + needle
