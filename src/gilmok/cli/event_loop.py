"""The event loop a gateway runs on: uvloop where the platform has it."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine

try:
    import uvloop
except ImportError:  # Windows has none.
    _new_loop: Callable[[], AbstractEventLoop] = asyncio.new_event_loop
else:
    _new_loop = uvloop.new_event_loop


def run(main: Coroutine[object, object, None]) -> None:
    """Like `asyncio.run`."""
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(main)
