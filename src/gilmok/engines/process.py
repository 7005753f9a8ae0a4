"""One engine process under its watchdog: started, listened to, stopped. No policy."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from pathlib import Path

_WATCHDOG = Path(__file__).with_name("watchdog.py")
_STOP_S = 10.0  # longer than the watchdog's own grace
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
    def last_words(self) -> str:
        return "\n".join(self._lines)

    def hush(self) -> None:
        self._hushed = True
        self._lines.clear()

    async def ended(self) -> int:
        """Waits for the end; the exit status, negative for a signal."""
        status = await self._process.wait()
        await asyncio.wait([self._reading])
        return status

    async def stop(self) -> None:
        """Ends it, at the latest after `_STOP_S` seconds with SIGKILL; safe to call twice."""
        if self._process.stdin is not None:
            self._process.stdin.close()  # the watchdog sees the end of its input
        try:
            async with asyncio.timeout(_STOP_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await asyncio.wait([self._reading])

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
