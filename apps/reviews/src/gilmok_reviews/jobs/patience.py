"""Writing down what was done, also where the disk is full: it waits for room."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from gilmok_reviews.problems import Problem, Refused

AGAIN_S: Final = 5.0
Sleep = Callable[[float], Awaitable[None]]

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)


async def once_there_is_room(write: Callable[[], Awaitable[_Result]], sleep: Sleep) -> _Result:
    """What `write` gives, tried every `AGAIN_S` while there is no room for it. For work that nobody
    waits for; who waits is told."""
    while True:
        try:
            return await write()
        except Refused as error:
            if error.problem is not Problem.STORAGE_FULL:
                raise
        _log.warning("job_waits_for_storage")
        await sleep(AGAIN_S)
