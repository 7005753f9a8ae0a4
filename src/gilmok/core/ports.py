"""What the rooms need from outside, as protocols. `build` plugs the real ones in; the simulation
plugs in seeded ones, and a run replays exactly.

Sleeping and time-outs are asyncio's own (`asyncio.sleep`, `asyncio.timeout`): they follow the event
loop's clock, which the simulation replaces.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from gilmok.core.completion import Batch
from gilmok.core.endpoint import Endpoint
from gilmok.core.inspection import Inspection
from gilmok.core.outbound import Letter, Outbound
from gilmok.core.receipt import Intent, Receipt
from gilmok.core.request import Request


class Clock(Protocol):
    def monotonic(self) -> float:
        """Seconds; never steps back; the event loop's own clock."""
        ...

    def wall(self) -> int:
        """Nanoseconds since 1970, UTC."""
        ...


class Ids(Protocol):
    def new(self, prefix: str) -> str:
        """A fresh id such as `dec_…`: unguessable, sortable by time, URL-safe."""
        ...


class Rng(Protocol):
    def random(self) -> float:
        """Uniform in [0, 1)."""
        ...


class Inspector(Protocol):
    def inspect(self, request: Request) -> Inspection:
        """Never raises: a detector that fails makes the clearance `LOCAL_ONLY`."""
        ...


class Dialect(Protocol):
    """The encoding half of a wire: pure, no I/O."""

    def unsupported(self, request: Request) -> tuple[str, ...]:
        """Names of the request's parameters this dialect cannot carry."""
        ...

    def encode(self, endpoint: Endpoint, request: Request) -> Letter: ...


Dialects = Callable[[str], Dialect]
"""Finds the dialect of a wire by its name."""


class Upstream(Protocol):
    """Speaks to one endpoint."""

    def converse(
        self, outbound: Outbound, *, connect_s: float
    ) -> AbstractAsyncContextManager[AsyncIterator[Batch]]:
        """Sends and yields the answer's events as they come; leaving the context hangs up.

        Entering sends the request and waits for the answer's status.
        Raises `AttemptFailed`: on entering before the answer began, on iterating after.
        """
        ...

    async def close(self) -> None:
        """Lets idle connections go. Conversations under way end as they would."""
        ...


class Journal(Protocol):
    def intend(self, intent: Intent) -> Awaitable[None]:
        """Writes the intent down: it survives `kill -9` when this returns.

        The awaitable is done once it is as durable as configured; one that is never awaited stays
        silent. Calling and awaiting raise `JournalUnavailable`.
        """
        ...

    def record(self, receipt: Receipt) -> None:
        """Takes the receipt for the next group commit; never blocks, never raises."""
        ...
