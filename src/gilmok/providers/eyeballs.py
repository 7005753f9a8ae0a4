"""Happy Eyeballs (RFC 8305): of several addresses the first that answers, without much waiting."""

from __future__ import annotations

import asyncio
from asyncio import Task
from collections.abc import Callable, Coroutine, Sequence
from itertools import chain, zip_longest
from typing import Any, TypeVar

from gilmok.providers.origin import IP

DELAY_S = 0.25
"""RFC 8305, section 8: how long an attempt is alone before the next one starts beside it."""

_T = TypeVar("_T")


def alternating(addresses: Sequence[IP]) -> Sequence[IP]:
    """The addresses with their families in turn, the first one's first (section 4): a family that
    does not work costs one delay and not one for each of its addresses."""
    first = [a for a in addresses if a.version == addresses[0].version]
    other = [a for a in addresses if a.version != addresses[0].version]
    return [a for a in chain.from_iterable(zip_longest(first, other)) if a is not None]


async def race(
    starts: Sequence[Callable[[], Coroutine[Any, Any, _T]]],
    discard: Callable[[_T], None],
    delay_s: float,
) -> _T:
    """The result of the first attempt that succeeds. Each starts when the one before has failed,
    or `delay_s` after it. The others are cancelled, and `discard` gets what they had already made.

    Raises the failure that came last where all fail.
    """
    waiting = list(reversed(starts))
    running: set[Task[_T]] = set()
    failure: BaseException | None = None
    try:
        while waiting or running:
            if waiting:
                running.add(asyncio.create_task(waiting.pop()()))
            patience = delay_s if waiting else None
            done, _ = await asyncio.wait(
                running, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                running.discard(task)
                if (failed := task.exception()) is None:
                    return task.result()
                failure = failed
    finally:
        await _give_up(running, discard)
    raise failure or ValueError("there is nothing to try")


async def _give_up(tasks: set[Task[_T]], discard: Callable[[_T], None]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled() and task.exception() is None:
            discard(task.result())
