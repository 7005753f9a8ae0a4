"""Events to the operator's own address: delivered in the background, never in anybody's way.

The address is reached by the endpoints' rules: its name is resolved once per connection, nothing
crosses a public network unencrypted, no redirect is followed. An event that finds no receiver is
tried again with growing pauses, and given up after `TRIES`; the log says so. What waits is bounded.
Who leaves gives everything that waits one last try, for `DRAIN_S` seconds at most.

`x-gilmok-signature: t=<seconds since 1970>,v1=<hex>` is the HMAC-SHA256 of `<t>.<body>` with the
configured secret, so that a receiver can tell who speaks, and a copy from the original.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from msgspec import Struct

from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import AttemptFailed
from gilmok.core.ports import Clock, Rng
from gilmok.core.text import Secret
from gilmok.providers.openai import OpenAI
from gilmok.providers.resolver import Lookup, system_lookup
from gilmok.providers.transport import HttpUpstream

log = logging.getLogger(__name__)

TRIES = 6
MOST_WAITING = 1_000
"""Events that wait for the receiver; later ones are given up at once."""
DRAIN_S = 5.0
"""For the last tries of everything that waits when the gateway stops."""
_CONNECT_S = 5.0
_ANSWER_S = 15.0
"""Connecting included."""
_WORTH_ANOTHER_TRY = frozenset({408, 409, 425, 429})
_NANO = 10**9


class _Event(Struct, frozen=True):
    id: str
    body: bytes


class Webhook:
    """One receiver. `async with` runs the deliveries; leaving tries what still waits once more.

    Raises `ValueError` for an address or a secret that cannot be used.
    """

    def __init__(
        self,
        receiver: Endpoint,
        clock: Clock,
        rng: Rng,
        *,
        lookup: Lookup = system_lookup,
        tell: Callable[[str], None] = lambda result: None,
        pause_s: float = 1.0,
    ) -> None:
        """`tell` hears of each event how it ended: `delivered` or `failed`. `pause_s`: before the
        second try; twice as long before each further one."""
        # The dialect is never spoken: only the base URL is posted to.
        self._upstream = HttpUpstream(receiver, OpenAI(), lookup=lookup)
        self._secret = receiver.api_key
        self._clock = clock
        self._rng = rng
        self._tell = tell
        self._pause_s = pause_s
        self._waiting: deque[_Event] = deque()
        self._news = asyncio.Event()
        self._leaving = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="webhook")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._leaving.set()
        self._news.set()
        if self._task is not None:
            try:
                await asyncio.wait([self._task], timeout=DRAIN_S)
            finally:
                self._task.cancel()
                await asyncio.wait([self._task])
        while self._waiting:
            self._give_up(self._waiting.popleft(), "shutdown")
        await self._upstream.close()

    def send(self, id: str, body: bytes) -> None:
        """Takes a JSON document to be delivered; never blocks, never raises. `id` names it in the
        log if it is not."""
        event = _Event(id, body)
        if self._leaving.is_set():
            self._give_up(event, "shutdown")
        elif len(self._waiting) >= MOST_WAITING:
            self._give_up(event, "queue_full")
        else:
            self._waiting.append(event)
            self._news.set()

    async def _run(self) -> None:
        """Until the gateway leaves and nothing waits. What is under way is still in the queue."""
        while True:
            while self._waiting:
                await self._deliver(self._waiting[0])
            if self._leaving.is_set():
                return
            self._news.clear()
            await self._news.wait()

    async def _deliver(self, event: _Event) -> None:
        """However it ends, it leaves the queue just before it is told, and no task ends between."""
        is_last = False
        for tries in range(TRIES):
            if tries:
                if is_last:
                    break
                # Full jitter above a half: gateways that failed together do not return together.
                await self._pause(self._pause_s * 2 ** (tries - 1) * (0.5 + self._rng.random() / 2))
            is_last = self._leaving.is_set()
            status, reason = await self._post(event.body)
            if 200 <= status < 300:
                self._waiting.popleft()
                self._tell("delivered")
                return
            if 300 <= status < 500 and status not in _WORTH_ANOTHER_TRY:
                break
        self._give_up(self._waiting.popleft(), reason)

    async def _pause(self, seconds: float) -> None:
        """Shorter where the gateway leaves meanwhile: the next try is the last."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._leaving.wait()

    async def _post(self, body: bytes) -> tuple[int, str]:
        """The status, 0 where there was none, and a code for what went wrong."""
        headers = () if self._secret is None else (self._signature(self._secret, body),)
        try:
            async with asyncio.timeout(_ANSWER_S):
                status = await self._upstream.tell(body, headers, connect_s=_CONNECT_S)
        except TimeoutError:
            return 0, "timeout"
        except AttemptFailed as error:
            return 0, str(error.parameters.get("detail", error.reason))
        return status, f"status_{status}"

    def _signature(self, secret: Secret, body: bytes) -> tuple[str, str]:
        now = self._clock.wall() // _NANO
        signed = b"%d.%b" % (now, body)
        mac = hmac.new(secret.reveal().encode("ascii"), signed, "sha256").hexdigest()
        return "x-gilmok-signature", f"t={now},v1={mac}"

    def _give_up(self, event: _Event, reason: str) -> None:
        log.error("webhook_failed", extra={"event": event.id, "reason": reason})
        self._tell("failed")
