"""Carries batches out: each task is a request to `POST /route`, made by the gateway to itself.

So a task of a batch meets what any request meets: key, limits, label, money, queue, receipt, all as
they are configured when its turn comes. How many are under way at once is bounded here; which models
may be loaded together is not decided here.

A task that is refused at the door because its caller has no slot or no request left right now waits
for it, as long as a request may take: a batch is sent to be done, and its own tasks are what takes
the slots. Every other refusal is that task's result, and never another's.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import Task
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from msgspec import Raw, Struct

from gilmok.core.errors import (
    BatchCancelled,
    BatchesFull,
    HttpError,
    InternalError,
    LimitReached,
    ServerStopping,
    TooManyRequests,
)
from gilmok.core.ports import Clock
from gilmok.core.said import Locale
from gilmok.state import Batch, BatchStore, Outcome
from gilmok.surfaces.http import Headers, HttpRequest
from gilmok.surfaces.tasks.wire import BatchItem

log = logging.getLogger(__name__)

_PASSED_ON: Final = frozenset(
    {"authorization", "x-api-key", "api-key", "host", "content-type", "accept-language"}
)
"""Besides our own headers: who asks, and in which language."""
_SOONEST_S: Final = 0.02
_LATEST_S: Final = 1.0
_SWEEP_S: Final = 60.0
"""Expired batches are forgotten within this time, however quiet it is."""
_encode = msgspec.json.Encoder().encode

Ask = Callable[[HttpRequest, "Captured"], Coroutine[Any, Any, None]]
"""The gateway itself: see `http.App`."""


class BatchPolicy(Struct, frozen=True, kw_only=True):
    concurrency: int = 4
    """Tasks of one batch under way at once."""
    patience_s: float = 600.0
    """How long a task waits at the door; as long as a request may take."""


class Captured:
    """Implements `http.Reply` for an answer that stays inside: a task is answered whole."""

    __slots__ = ("body", "fields", "started", "status")

    def __init__(self) -> None:
        self.started = False
        self.status = 0
        self.fields: Headers = ()
        self.body = b""

    def send(self, status: int, headers: Headers, body: bytes) -> None:
        self.started = True
        self.status, self.fields, self.body = status, headers, body

    def start(self, status: int, headers: Headers) -> None:
        raise RuntimeError("a task is answered whole")

    async def write(self, data: bytes) -> None:
        raise RuntimeError("a task is answered whole")

    def end(self) -> None:
        raise RuntimeError("a task is answered whole")

    def abort(self) -> None:
        """There is no connection to end."""


class BatchRuns:
    """Lives as long as the gateway; leaving its context ends what is still running."""

    def __init__(self, store: BatchStore, ask: Ask, clock: Clock, policy: BatchPolicy) -> None:
        self._store = store
        self._ask = ask
        self._clock = clock
        self._running: dict[Batch, Task[None]] = {}
        self._stopped_by: dict[Batch, HttpError] = {}
        self._sweeper: Task[None] | None = None
        self.policy = policy
        """May be replaced at any time; a new one holds from the next batch on."""

    async def __aenter__(self) -> Self:
        self._sweeper = asyncio.create_task(self._sweep(), name="batch-sweep")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        tasks: list[Task[None]] = list(self._running.values())
        self._stopped_by |= dict.fromkeys(self._running, ServerStopping())
        if self._sweeper is not None:
            tasks.append(self._sweeper)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def start(self, batch: Batch, http: HttpRequest, locale: Locale) -> None:
        """Begins with the tasks that are missing. `http`: the request that brought the batch."""
        running = self._carry_out(batch, _as_task(http), locale)
        task = asyncio.create_task(running, name="batch")
        self._running[batch] = task
        task.add_done_callback(lambda task: self._done(batch, task))

    async def stop(self, batch: Batch) -> None:
        """Ends it now; what its tasks have asked of endpoints is hung up on."""
        if (task := self._running.get(batch)) is not None:
            task.cancel()
            await asyncio.wait([task])

    def _done(self, batch: Batch, task: Task[None]) -> None:
        del self._running[batch]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("batch_failed", extra={"decision": batch.id, "kind": type(error).__name__})

    async def _carry_out(self, batch: Batch, http: HttpRequest, locale: str) -> None:
        missing = batch.missing
        turns = iter(missing)
        cancelled = True
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.policy.concurrency, len(missing))):
                    group.create_task(self._work(batch, turns, http, locale))
            cancelled = False
        finally:
            reason = self._stopped_by.pop(batch, None) or BatchCancelled()
            for index in batch.missing:
                batch.add(_refused(index, reason, locale))
            batch.end(self._clock.monotonic(), cancelled=cancelled)

    async def _work(
        self, batch: Batch, turns: Iterator[int], http: HttpRequest, locale: str
    ) -> None:
        """One of those who take the tasks in turn."""
        for index in turns:
            if not self._store.has_room(batch.owner.tenant):
                batch.add(_refused(index, BatchesFull(), locale))
                continue
            answer = await self._asked(http, batch.tasks[index])
            if answer.started:
                batch.add(_outcome(index, answer))
            else:
                batch.add(_refused(index, InternalError(batch.id), locale))

    async def _asked(self, http: HttpRequest, item: bytes) -> Captured:
        """The answer to one task, after as much waiting at the door as there is patience for."""
        until = self._clock.monotonic() + self.policy.patience_s
        request = msgspec.structs.replace(http, body=item)
        pause = _SOONEST_S
        while True:
            answer = Captured()
            with suppress(ConnectionError):  # there is no connection; so it has no answer either
                await self._ask(request, answer)
            wait = _wait(answer, pause)
            if wait is None or self._clock.monotonic() + wait > until:
                return answer
            await asyncio.sleep(wait)
            pause = min(_LATEST_S, 2 * pause)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            self._store.sweep()


def _as_task(http: HttpRequest) -> HttpRequest:
    fields = {
        name: value
        for name, value in http.headers.items()
        if name in _PASSED_ON or name.startswith("x-gilmok-")
    }
    return HttpRequest("POST", "/route", "", fields, b"", http.peer)


class _Said(Struct, frozen=True):
    message: str
    code: str


class _Refusal(Struct, frozen=True):
    error: _Said


_REFUSAL = msgspec.json.Decoder(_Refusal)


def _wait(answer: Captured, pause: float) -> float | None:
    """Seconds until it is worth knocking again; `None` where the answer stands."""
    if answer.status != LimitReached.status:
        return None
    code = _REFUSAL.decode(answer.body).error.code
    if code == TooManyRequests.code:
        return pause  # a slot: perhaps this batch's own next task to end gives one back
    if code == LimitReached.code:
        return float(dict(answer.fields).get("retry-after", pause))
    return None


def _outcome(index: int, answer: Captured) -> Outcome:
    if answer.status == 200:
        done = BatchItem(index=index, status="success", result=Raw(answer.body))
        return Outcome(index, _encode(done), True)
    said = _REFUSAL.decode(answer.body).error
    return _failed(index, answer.status, said.message, said.code)


def _refused(index: int, error: HttpError, locale: str) -> Outcome:
    return _failed(index, error.status, error.message(locale), error.code)


def _failed(index: int, status: int, message: str, code: str) -> Outcome:
    item = BatchItem(index=index, status="error", error=f"{status}: {message}", code=code)
    return Outcome(index, _encode(item), False)
