"""One client's connection: reads requests, runs one handler at a time, sees the client leave.

States, told apart by four facts:

    reading      no handler runs; bytes go to the reader
    answering    a handler runs, or its answer is still being taken: bytes are kept unread
    refusing     the last answer is out; what still comes is thrown away, so that the client
                 reads the refusal instead of a reset (RFC 9112, 9.6)
    gone         closed or closing

A half-closed connection counts as left: nothing tells a client that waits from one that died.
"""

from __future__ import annotations

import asyncio
import logging
import math
from typing import Protocol, cast

from gilmok.core.errors import (
    HttpError,
    InternalError,
    RequestTimeout,
    ServerStopping,
    TooManyRequests,
    reason_of,
)
from gilmok.surfaces.http import App, Gate, Headers, HttpRequest, Limits, Refuse
from gilmok.surfaces.reply import House as ReplyHouse
from gilmok.surfaces.reply import HttpReply
from gilmok.surfaces.request_reader import Phase, RequestReader

_log = logging.getLogger(__name__)

_IDLE, _HEAD, _BODY = Phase.IDLE, Phase.HEAD, Phase.BODY
_SLICE = 8 * 1024
"""Bytes parsed before looking whether a request is complete: bounds how many pipelined ones exist
as objects."""
_UNREAD_MAX = 64 * 1024
"""Bytes kept unread behind a running request before the socket is no longer read."""
_UNSENT_MAX = 64 * 1024
"""Bytes waiting for a slow client before `write` waits."""
_LINGER_S = 5.0
_DROPPED_MAX = 16 * 1024 * 1024
"""Bytes thrown away behind a refusal, for a client that reads nothing before it has sent all."""


class House(ReplyHouse, Protocol):
    """What a connection needs from its server."""

    app: App
    limits: Limits
    refuse: Refuse
    gate: Gate
    arriving: int
    loop: asyncio.AbstractEventLoop

    def admit(self, connection: Connection) -> HttpError | None:
        """Takes the connection into the books; an error where there are too many."""
        ...

    def forget(self, connection: Connection) -> None: ...


class Connection(asyncio.Protocol):
    __slots__ = (
        "_arriving", "_deadline", "_dropped", "_lost", "_phase", "_progress_at", "_reader",
        "_refusing", "_reply", "_unread", "_unsent", "_waiter", "gone", "house", "must_wait",
        "task", "transport",
    )  # fmt: skip

    transport: asyncio.Transport
    _reader: RequestReader

    def __init__(self, house: House) -> None:
        self.house = house
        self.gone = False
        self.must_wait = False
        self.task: asyncio.Task[None] | None = None
        """The running handler."""
        self._reply: HttpReply | None = None
        self._lost = False
        self._refusing = False
        self._unread = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self._phase: Phase | None = _IDLE
        self._deadline = math.inf
        self._unsent = 0
        self._progress_at = 0.0
        self._arriving = 0
        """Bytes of this body in the server's books."""
        self._dropped = 0

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=_UNSENT_MAX)
        self._reader = RequestReader(self.house.limits, _address(self.transport))
        self._deadline = self.house.loop.time() + self.house.limits.head_s
        error = self.house.admit(self)
        if error is not None:
            self._refuse(error)
        if error is not None or self.house.draining:
            self.hang_up()

    def data_received(self, data: bytes) -> None:
        if self._refusing or self.gone:
            self._drop(len(data))
            return
        if self.task is None and not self.must_wait:
            self._read(data)
            return
        self._unread += data
        if len(self._unread) > _UNREAD_MAX:
            self.transport.pause_reading()

    def eof_received(self) -> None:
        self._depart()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._depart()
        if self.task is None:
            self.house.forget(self)
        else:  # its clean-up is still the server's business
            self.task.add_done_callback(lambda _: self.house.forget(self))

    def pause_writing(self) -> None:
        self.must_wait = True
        self._unsent = self.transport.get_write_buffer_size()
        self._progress_at = self.house.loop.time()

    def resume_writing(self) -> None:
        self.must_wait = self.gone
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        if self.task is None and not self._refusing and not self.transport.is_closing():
            self._proceed()

    # What the answer calls.

    async def drained(self) -> None:
        if not self.gone:
            self._waiter = self.house.loop.create_future()
            await self._waiter
        if self.gone:
            raise ConnectionResetError("the client has left")

    def hang_up(self) -> None:
        if not self.gone:
            self._let_go()
            self.pause_writing()  # from here on `check` sees to it that the rest is taken
            self.transport.close()

    # What the server calls.

    @property
    def idle(self) -> bool:
        """No request has begun to arrive, and none is being answered."""
        return self._refusing or (self.task is None and self._phase is _IDLE)

    def stop(self, reason: HttpError) -> None:
        """Stops the handler, which may still say why; closes the connection where there is none."""
        if self.task is not None:
            self.task.cancel(reason)
        else:
            self.hang_up()

    def cancel(self) -> None:
        """Stops the handler and closes the connection at once."""
        if self.task is not None:
            self.task.cancel()
        self._let_go()
        self.transport.abort()

    def check(self, now: float) -> None:
        """Looks at the deadlines; called about once a second."""
        if self._lost:
            return
        if now >= self._deadline:
            self._overdue()
        elif self.must_wait:
            unsent = self.transport.get_write_buffer_size()
            if unsent != self._unsent:
                self._unsent = unsent
                self._progress_at = now
            elif now - self._progress_at >= self.house.limits.write_s:
                self.cancel()

    # Reading.

    def _read(self, data: bytes | bytearray) -> None:
        reader = self._reader
        if len(data) <= _SLICE:
            reader.feed(data)
        else:
            view = memoryview(data)
            for at in range(0, len(data), _SLICE):
                reader.feed(view[at : at + _SLICE])
                if reader.ready or reader.failure:
                    self._unread += view[at + _SLICE :]
                    break
                if reader.is_long and self._phase is not _BODY:
                    self._advance()  # how long it may be is known before more of it is counted
                    if self._refusing:
                        return
        self._advance()

    def _advance(self) -> None:
        """Acts on what the reader has: a request, a defect, or the wait for more."""
        reader = self._reader
        if reader.ready:
            self._answer()
        elif reader.failure is not None:
            self._refuse(reader.failure)
        else:
            phase = reader.phase
            if phase is not self._phase:
                self._phase = phase
                self._deadline = self.house.loop.time() + self._patience()
                if phase is _BODY and not self._may_come(reader.head):
                    return
            if reader.expects_continue:
                reader.expects_continue = False
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if phase is _BODY:
                self._count(reader.body_bytes)

    def _may_come(self, head: HttpRequest) -> bool:
        """Asks the gate about a body that is still to come, and refuses it."""
        limits = self.house.limits
        found = self.house.gate(head, limits.max_body_bytes)
        if isinstance(found, int):
            self._reader.most = min(found, max(limits.max_body_bytes, limits.max_form_bytes))
            return True
        self._refuse_with(*found)
        return False

    def _count(self, arrived: int) -> None:
        """Enters what has come of a body into the server's books; refuses it where there is too
        much of all."""
        house = self.house
        house.arriving += arrived - self._arriving
        self._arriving = arrived
        if arrived and house.arriving > house.limits.arriving_bytes:
            self._refuse(TooManyRequests("bodies", house.limits.arriving_bytes, 1.0))

    def _answer(self) -> None:
        incoming = self._reader.ready.popleft()
        self._phase = None
        if self._arriving:
            self._count(0)
        self._deadline = math.inf
        self._reply = reply = HttpReply(
            self,
            head_only=incoming.request.method == "HEAD",
            keep_alive=incoming.keep_alive,
            http10=incoming.http10,
        )
        self.task = self.house.loop.create_task(self._handle(incoming.request, reply))

    async def _handle(self, request: HttpRequest, reply: HttpReply) -> None:
        try:
            await self.house.app(request, reply)
        except asyncio.CancelledError as cancelled:
            if self.gone or reason_of(cancelled) is not None:
                raise
            _log.error("handler_failed", extra={"kind": "cancelled_from_within"})
        except Exception as error:
            if not self.gone:
                fields = {"kind": type(error).__name__, "where": _place(error)}
                _log.error("handler_failed", extra=fields)
        finally:
            self.task = self._reply = None
            self._answered(reply)

    def _answered(self, reply: HttpReply) -> None:
        if self.transport.is_closing():
            return
        if not reply.started:
            ours = ServerStopping() if self.house.draining else InternalError("-")
            reply.send(*self.house.refuse(ours))
        elif not reply.ended:
            reply.abort()
            return
        if not reply.keep_alive or self.house.draining:
            self.hang_up()
        elif not self.must_wait:
            self._proceed()

    def _proceed(self) -> None:
        """Turns to what came while the last request was answered."""
        if self._unread and not self._reader.ready:
            data, self._unread = self._unread, bytearray()
            self.transport.resume_reading()
            self._read(data)
        else:
            self._advance()

    # Ending.

    def _refuse(self, error: HttpError) -> None:
        """Answers for the app, and takes no further request."""
        if not self.transport.is_closing():
            self._refuse_with(*self.house.refuse(error))

    def _refuse_with(self, status: int, headers: Headers, body: bytes) -> None:
        reply = HttpReply(self, head_only=False, keep_alive=False, http10=False)
        reply.send(status, headers, body)
        self._refusing = True
        self._count(0)
        self._reader.close()
        self._unread.clear()
        self.transport.resume_reading()
        self._deadline = self.house.loop.time() + _LINGER_S
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.hang_up()

    def _drop(self, size: int) -> None:
        """What comes behind a refusal is thrown away, but not without end."""
        self._dropped += size
        if self._refusing and self._dropped > _DROPPED_MAX:
            self.cancel()

    def _overdue(self) -> None:
        limits = self.house.limits
        if self._refusing:
            self.cancel()
        elif self._phase is _IDLE:
            self.hang_up()
        else:
            in_head = self._phase is _HEAD
            self._refuse(RequestTimeout(limits.head_s if in_head else limits.body_s))

    def _patience(self) -> float:
        limits = self.house.limits
        if self._phase is _IDLE:
            return limits.idle_s
        return limits.head_s if self._phase is _HEAD else limits.body_s

    def _depart(self) -> None:
        """The client has left. A handler that still answers is stopped; one that has answered
        may finish its own work."""
        if self._reply is not None and not self._reply.ended:
            self.cancel()
        else:
            self.hang_up()

    def _let_go(self) -> None:
        self.gone = self.must_wait = True
        if self._arriving:
            self._count(0)
        self._deadline = math.inf
        self._reader.close()
        self._unread.clear()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _address(transport: asyncio.Transport) -> str:
    """The client's address; an IPv4 client of an IPv6 socket is shown as IPv4."""
    name = transport.get_extra_info("peername")
    return str(name[0]).removeprefix("::ffff:") if isinstance(name, tuple) else ""


def _place(error: Exception) -> str:
    """Where it was raised: module and line, and nothing of what was being processed."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "?"
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
