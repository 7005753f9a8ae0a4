"""From the start of a program until it is ready: what every engine process has in common."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from msgspec import Struct

from gilmok.engines import lifecycle
from gilmok.engines.lifecycle import Death
from gilmok.engines.process import EngineProcess

_POLL_S = 0.05

T = TypeVar("T")


class Program(Struct, frozen=True, kw_only=True):
    command: tuple[str, ...]
    environment: Mapping[str, str]
    """The whole of it: nothing is inherited."""
    start_timeout_s: float
    port: int = 0
    """Of loopback, where it is told to listen."""


class NotReady(Exception):
    """A program ended, or had to be ended, before it was ready."""

    def __init__(self, death: Death, last_words: str) -> None:
        self.death = death
        self.last_words = last_words
        super().__init__(death.value)


async def start(
    program: Program,
    look: Callable[[], Awaitable[T | None]],
    *,
    started: Callable[[EngineProcess], None] = lambda process: None,
) -> tuple[EngineProcess, T]:
    """Starts it and looks until there is something to see; then its output is no longer kept.

    Raises `NotReady`. However this ends but well, nothing of the program is left. `started` is told
    of the process at once.
    """
    process = await EngineProcess.start(program.command, dict(program.environment))
    started(process)
    try:
        found = await _until_ready(process, look, program.start_timeout_s)
    except BaseException:
        await process.stop()
        raise
    process.hush()
    return process, found


async def _until_ready(
    process: EngineProcess, look: Callable[[], Awaitable[T | None]], timeout_s: float
) -> T:
    ended = asyncio.create_task(process.ended(), name="engine-ended")
    try:
        async with asyncio.timeout(timeout_s):
            while not ended.done():
                found = await look()
                if found is not None and not ended.done():
                    return found
                await asyncio.wait([ended], timeout=_POLL_S)
        death = lifecycle.cause(ended.result(), process.last_words)
    except TimeoutError:
        death = Death.TOO_SLOW
    finally:
        ended.cancel()
    raise NotReady(death, process.last_words)
