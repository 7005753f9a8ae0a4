"""A time-out for a task that waits again and again, at the price of one timer.

`asyncio.timeout` sets and removes a timer for every wait, which is most of what passing on a small
piece of a stream would cost. Here the timer stays, looks at how long the present wait has lasted,
and sets itself anew.
"""

from __future__ import annotations

import asyncio
from math import inf


class Watch:
    """Cancels the task that armed it when a wait lasts too long.

        watch.arm(seconds)
        try:
            await something
        except CancelledError:
            if watch.rang():
                ...         # it was the time-out
            else:
                raise       # somebody else cancelled
        finally:
            watch.disarm()

    `close` it in the end. The task that makes it uses it, one wait at a time.
    """

    __slots__ = ("_cancelling", "_due", "_loop", "_rang", "_task", "_timer")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task(self._loop)
        self._timer: asyncio.TimerHandle | None = None
        self._due = inf
        self._rang = False
        self._cancelling = 0

    def arm(self, seconds: float) -> None:
        assert self._task is not None, "made outside of a task"
        self._cancelling = self._task.cancelling()
        self._due = due = self._loop.time() + seconds
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._look)
        elif due < self._timer.when():
            self._timer.cancel()
            self._timer = self._loop.call_at(due, self._look)

    def disarm(self) -> None:
        self._due = inf

    def rang(self) -> bool:
        """True once, where the cancellation being handled is this watch's own and nobody else's."""
        rang, self._rang = self._rang, False
        return rang and self._task is not None and self._task.uncancel() <= self._cancelling

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._due == inf or self._task is None:
            return  # nobody waits; the next wait sets the timer again
        if self._loop.time() >= self._due:
            self._rang = True
            self._task.cancel()
        else:
            self._timer = self._loop.call_at(self._due, self._look)
