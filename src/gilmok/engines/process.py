"""One engine process under its watchdog: started, listened to, stopped. No policy."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path

_WATCHDOG = Path(__file__).with_name("watchdog.py")
_STOP_S = 10.0  # longer than the watchdog's own grace
_LOOK_S = 0.2
_LAST_WORDS_S = 1.0
"""For the pipes of a process that is gone: only somebody who fled its process group holds them."""
_LONGEST_LINE = 500
_LINES = 20


class EngineProcess:
    """A running program. Its output is kept until `hush` is called, and only the last lines of it.

    After `hush`, output is read and thrown away: a model server may quote what it was asked.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._hushed = False
        self._swept = False
        self._reading = asyncio.create_task(self._read(), name="engine-output")

    @classmethod
    async def start(cls, command: tuple[str, ...], environment: dict[str, str]) -> EngineProcess:
        """In a session of its own: Ctrl-C in a terminal reaches the gateway, which then decides."""
        return cls(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(_WATCHDOG), *command),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        )

    @property
    def pid(self) -> int:
        """The watchdog's."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Once it has ended: its exit status, negative for a signal."""
        return self._process.returncode

    @property
    def last_words(self) -> str:
        return "\n".join(self._lines)

    def hush(self) -> None:
        self._hushed = True
        self._lines.clear()

    async def ended(self) -> int:
        """Waits for the end; the exit status, negative for a signal."""
        status = await self._exited()
        await asyncio.wait([self._reading], timeout=_LAST_WORDS_S)
        return status

    async def stop(self) -> None:
        """Ends it, at the latest after `_STOP_S` seconds with SIGKILL; safe to call twice."""
        if self._process.stdin is not None:
            self._process.stdin.close()  # the watchdog sees the end of its input
        try:
            async with asyncio.timeout(_STOP_S):
                await self._exited()
        except TimeoutError:
            self._process.kill()
            await self._exited()
        await asyncio.wait([self._reading], timeout=_LAST_WORDS_S)

    async def _exited(self) -> int:
        """asyncio tells of an end only when the pipes are closed too, and whoever a killed watchdog
        left behind holds them open: so it is looked at as well."""
        telling = asyncio.ensure_future(self._process.wait())
        try:
            while (status := self._process.returncode) is None:
                await asyncio.wait([telling], timeout=_LOOK_S)
            self._sweep(status)
            await asyncio.wait([telling], timeout=_LAST_WORDS_S)
        finally:
            telling.cancel()
        return status

    def _sweep(self, status: int) -> None:
        """A watchdog that was killed could not end what its program had started. All of that is in
        its process group, whose number nobody else gets while there is anyone in it."""
        if status == -signal.SIGKILL and not self._swept:
            self._swept = True
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _read(self) -> None:
        output = self._process.stdout
        if output is None:
            return
        rest = b""
        while chunk := await output.read(65536):
            if self._hushed:
                rest = b""
                continue
            *lines, rest = (rest + chunk).split(b"\n")
            rest = rest[:_LONGEST_LINE]
            self._keep(lines)
        if not self._hushed and rest:
            self._keep([rest])

    def _keep(self, lines: list[bytes]) -> None:
        self._lines.extend(line[:_LONGEST_LINE].decode("utf-8", "replace") for line in lines)
