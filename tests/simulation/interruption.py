"""Interrupts a task at its n-th await: as a client does who leaves, or a part that fails.

A task can be stopped in three ways, and each leaves something else behind:

* *waiting*: it is cancelled while what it waits for has not come; that is cancelled, too;
* *going on*: it is cancelled in the moment in which what it waited for has come. The result is
  lost: a turn, a place or a connection that was handed over belongs to nobody;
* *failing*: what it waited for raises.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from enum import Enum
from random import Random
from types import TracebackType
from typing import Any, Final

from msgspec import Struct

from gilmok.core.errors import JournalUnavailable, StreamBroken, UpstreamStatus

ERRORS: Final[tuple[Callable[[], Exception], ...]] = (
    lambda: RuntimeError("a defect"),
    lambda: OSError(24, "too many open files"),
    lambda: ConnectionResetError("the client has left"),
    lambda: TimeoutError(),
    lambda: MemoryError(),
    lambda: JournalUnavailable("full"),
    lambda: StreamBroken(),
    lambda: UpstreamStatus(500),
)
_NEAR, _FAR = 3, 20
"""Awaits of a request: most lie among the first few, the pieces of a stream behind them."""
_SHOWN = 3


class Manner(Enum):
    WAITING = "waiting"
    GOING_ON = "going on"
    FAILING = "failing"


class Interruption(Struct, frozen=True):
    manner: Manner
    error: Callable[[], Exception] = ERRORS[0]


Plan = Mapping[int, Interruption]
"""What happens at which await, from 1."""


def draw(chance: Random) -> Plan:
    """One interruption mostly; at times a second one, which meets the clean-up of the first."""
    plan = {}
    at = 0
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        at += chance.randint(1, _NEAR if at or chance.random() < 0.65 else _FAR)
        plan[at] = Interruption(chance.choice(tuple(Manner)), chance.choice(ERRORS))
    return plan


class Places:
    """Where interruptions struck: by manner, and by the place in the source where it is known."""

    def __init__(self) -> None:
        self.manners: Counter[str] = Counter()
        self.ways: Counter[str] = Counter()
        """The gateway's own frames, the `await` that failed and those around it."""

    def struck(self, manner: Manner) -> None:
        self.manners[manner.value] += 1

    def raised(self, error: BaseException) -> None:
        way, trace = [], error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            if "gilmok/" in code.co_filename:
                way.append(f"{code.co_qualname}:{trace.tb_lineno}")
            trace = trace.tb_next
        if way:
            self.ways[" > ".join(way[-_SHOWN:])] += 1


class Interrupted(Coroutine[Any, Any, Any]):
    """A coroutine for a task, with a plan of what happens to it."""

    def __init__(self, inner: Coroutine[Any, Any, Any], plan: Plan, places: Places) -> None:
        self._inner = inner
        self._plan = plan
        self._places = places
        self._awaits = 0

    def send(self, value: Any) -> Any:
        strikes = self._plan.get(self._awaits)
        if strikes is not None and strikes.manner is Manner.FAILING:
            return self._fail(strikes.error())
        return self._waits_for(self._inner.send(value))

    def throw(
        self,
        kind: Any,
        value: Any = None,
        trace: TracebackType | None = None,
    ) -> Any:
        return self._waits_for(self._inner.throw(kind if value is None else value))

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Any:
        raise NotImplementedError("it is made for a task")

    def _fail(self, error: Exception) -> Any:
        self._places.struck(Manner.FAILING)
        try:
            return self._waits_for(self._inner.throw(error))
        finally:
            self._places.raised(error)

    def _waits_for(self, future: Any) -> Any:
        """The task waits once more; before it does, its end may be prepared."""
        self._awaits += 1
        strikes = self._plan.get(self._awaits)
        task = asyncio.current_task()
        assert task is not None
        if strikes is None or strikes.manner is Manner.FAILING:
            return future
        self._places.struck(strikes.manner)
        if strikes.manner is Manner.WAITING or future is None:
            asyncio.get_running_loop().call_soon(task.cancel)
        else:
            # The task's own callback is added after this one, and so runs after it.
            future.add_done_callback(lambda _: task.cancel())
        return future
