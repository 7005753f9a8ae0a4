"""The doer for services: one letter and its answer, or a job that is asked for until it is done.

Every request of a job goes to the endpoint that took the letter, over connections proved to be in
the zones that the letter was cleared for (law 1); an address that an answer names is never followed.
Leaving the conversation calls the job off where its provider can be told (law 3).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType

from msgspec import Struct

from gilmok.core.completion import Batch, Opened
from gilmok.core.endpoint import Endpoint, Zone
from gilmok.core.errors import (
    AttemptFailed,
    ConnectFailed,
    JobLost,
    MalformedAnswer,
    UpstreamStatus,
)
from gilmok.core.outbound import Letter, Outbound
from gilmok.providers.http1 import Connection, Hangup, Head
from gilmok.providers.resolver import Lookup, system_lookup
from gilmok.providers.services.service import MAX_MADE, Job, JobService, Service, Step
from gilmok.providers.services.sigv4 import Signer, credentials, region_of
from gilmok.providers.transport import PATIENCE_S, HttpCarrier, broken, media_type, unanswered
from gilmok.providers.wire import Decoder

Wall = Callable[[], int]
"""Nanoseconds since 1970; only signatures need them."""
_AWS_SERVICE = "rekognition"
CALL_OFF_S = 2.0
"""How long the endpoint is given to be told that nobody waits any more."""
_MOST_FAILURES = 3
"""Questions in a row that may fail while a job goes on; it is not begun anew for that."""


class Pauses(Struct, frozen=True):
    """Between the questions whether a job is done, seconds: they grow, up to a bound."""

    first_s: float = 0.5
    factor: float = 1.5
    longest_s: float = 15.0

    def after(self, questions: int) -> float:
        return min(self.longest_s, self.first_s * self.factor ** min(questions, 60))


async def _head(connection: Connection, message: bytes) -> Head:
    try:
        return await connection.exchange(message)
    except Hangup as hangup:
        raise unanswered(hangup) from None


async def _whole(connection: Connection) -> bytes:
    body = bytearray()
    try:
        while data := await connection.read():
            body += data
            if len(body) > MAX_MADE:
                raise MalformedAnswer("too_large")
    except Hangup as hangup:
        raise broken(hangup) from None
    return bytes(body)


def no_clock() -> int:
    raise ValueError("whoever signs needs a clock")


class ServiceUpstream(HttpCarrier):
    """Speaks to one endpoint that does something else than chat. See `core.ports.Upstream`.

    Raises `ValueError` for a base URL or a key that cannot be sent.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        service: Service,
        *,
        lookup: Lookup = system_lookup,
        wall: Wall = no_clock,
        pauses: Pauses | None = None,
    ) -> None:
        super().__init__(endpoint, lookup=lookup)
        self.service = service
        self.pauses = pauses or Pauses()
        self._wall = wall
        self._signer: Signer | None = None
        if endpoint.provider.auth == "aws-sigv4" and endpoint.api_key is not None:
            region = region_of(self._origin.host)
            self._signer = Signer(credentials(endpoint.api_key), region, _AWS_SERVICE)

    def converse(
        self, outbound: Outbound, *, connect_s: float
    ) -> AbstractAsyncContextManager[AsyncIterator[Batch]]:
        if not isinstance(self.service, JobService):
            return super().converse(outbound, connect_s=connect_s)
        self.check_outbound(outbound)
        job = self.service.job(outbound.letter)
        return JobConversation(self, job, outbound.letter, outbound.zones, connect_s)

    def decoder(self, outbound: Outbound, head: Head) -> Decoder:
        return self.service.decoder(outbound.letter, media_type(head))

    def failure(self, head: Head, body: bytes) -> UpstreamStatus:
        return self.service.failure(head.status, head.headers, body)

    def message(self, letter: Letter) -> bytes:
        if self._signer is None:
            return super().message(letter)
        return self._message("POST", letter)

    async def step(self, step: Step, zones: frozenset[Zone], connect_s: float) -> bytes:
        """The answer's body. Raises `AttemptFailed`."""
        connection = await self.connection(zones, connect_s)
        try:
            head = await _head(connection, self._message(step.method, step.letter))
            body = await _whole(connection)
        except BaseException:
            connection.abort()
            raise
        connection.retire(self.pool.keep, PATIENCE_S)
        self.check_proxy(head)
        if not 200 <= head.status < 300:
            raise self.failure(head, body)
        media_type(head)
        return body

    def _message(self, method: str, letter: Letter) -> bytes:
        path = self._origin.path + letter.path
        signed = self._signed(method, path, letter)
        head = self._head(method, path, letter.headers, signed)
        if method == "GET":
            return head + b"\r\n"
        return b"%bcontent-length: %d\r\n\r\n%b" % (head, len(letter.body), letter.body)

    def _signed(self, method: str, path: str, letter: Letter) -> Sequence[str]:
        if self._signer is None:
            return ()
        headers = (("host", self._origin.authority), *letter.headers)
        added = self._signer.sign(method, path, "", headers, letter.body, self._wall())
        return [f"{name}: {value}" for name, value in added]


class JobConversation:
    """One job; an async context manager that is also the iterator of its events.

    Entering submits it. Where it is left before it is done, it is called off.
    """

    def __init__(
        self,
        upstream: ServiceUpstream,
        job: Job,
        letter: Letter,
        zones: frozenset[Zone],
        connect_s: float,
    ) -> None:
        self._upstream = upstream
        self._job = job
        self._letter = letter
        self._zones = zones
        self._connect_s = connect_s
        self._opened = self._over = False

    async def __aenter__(self) -> AsyncIterator[Batch]:
        self._job.take(await self._ask(Step("POST", self._letter)))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._over:
            return
        self._over = True
        try:
            async with asyncio.timeout(CALL_OFF_S):
                for step in self._job.calling_off():
                    await self._ask(step)
        except (AttemptFailed, TimeoutError):
            pass  # It was told as well as it could be; what it does now is its own affair.

    def __aiter__(self) -> AsyncIterator[Batch]:
        return self

    async def __anext__(self) -> Batch:
        if self._over:
            raise StopAsyncIteration
        if not self._opened:
            self._opened = True
            return [Opened()]
        await self._until_done()
        self._over = True
        return self._job.report()

    async def _until_done(self) -> None:
        """Raises `AttemptFailed`: `JobLost` where it is not the job that failed."""
        questions = failures = 0
        while (step := self._job.next()) is not None:
            if step.after_pause:
                await asyncio.sleep(self._upstream.pauses.after(questions))
                questions += 1
            try:
                answer = await self._ask(step)
            except (ConnectFailed, UpstreamStatus) as error:
                failures += 1
                if not _is_passing(error, step) or failures >= _MOST_FAILURES:
                    raise JobLost(error.reason) from error
                await asyncio.sleep(_wanted_s(error) or self._upstream.pauses.after(questions))
                continue
            failures = 0
            self._job.take(answer)

    async def _ask(self, step: Step) -> bytes:
        return await self._upstream.step(step, self._zones, self._connect_s)


def _is_passing(error: ConnectFailed | UpstreamStatus, step: Step) -> bool:
    """Whether the same may be asked a little later, without beginning anything twice."""
    if isinstance(error, ConnectFailed) or error.status == 429:
        return True
    return step.after_pause and error.status >= 500


def _wanted_s(error: ConnectFailed | UpstreamStatus) -> float:
    return (error.retry_after_s or 0.0) if isinstance(error, UpstreamStatus) else 0.0
