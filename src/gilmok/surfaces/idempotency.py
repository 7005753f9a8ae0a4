"""`Idempotency-Key` on every POST: the same request under the same key is carried out once.

The first request with a key is carried out by a task of its own, which writes its answer on a tape;
it and every later one with that key read the tape, from the beginning. So a client that leaves takes
nothing from the others. When the last of them has left before the answer was complete, the task is
cancelled and with it the upstream (law 3), and the key is free again; with `linger_s`, if nobody
has come back within that time.

An answer is given again where the request was *carried out*: it succeeded, or an endpoint had been
asked when it failed. What was refused before (key, limits, body, label, budget, nobody available)
cost nothing and is decided anew each time.
"""

from __future__ import annotations

import asyncio
import hashlib
from asyncio import CancelledError, Task, TimerHandle
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final, Self

from msgspec.structs import replace

from gilmok.core.errors import HttpError, InvalidIdempotencyKey, JournalUnavailable, reason_of
from gilmok.core.identity import Caller
from gilmok.state import Ending, IdempotencyStore, Opening, Tape, Whole
from gilmok.state.tape import Reader
from gilmok.surfaces.headers import DEADLINE, Header
from gilmok.surfaces.http import Headers, HttpRequest, Reply
from gilmok.surfaces.routes import Turn

HEADER: Final = "idempotency-key"
REPLAYED: Final = "idempotent-replayed"
_MARK: Final[Header] = (REPLAYED, "true")
_MAX_KEY: Final = 255
_SWEEP_S: Final = 60.0
"""Expired answers are forgotten within this time, however quiet it is."""

_ADMIN: Final = Caller(tenant="", key_id="")
"""The holder of the admin key: no tenant has an empty name."""

Perform = Callable[[Turn], Awaitable[Exception | None]]
"""Answers a turn completely; returns the error that its client was told, if it was one."""


class Idempotency:
    """Lives as long as the gateway; leaving its context stops what is still carried out."""

    def __init__(self, store: IdempotencyStore, identify: Callable[[HttpRequest], Caller]) -> None:
        """`identify` raises `InvalidKey`."""
        self.linger_s = 0.0
        """Seconds an answer goes on that nobody waits for, so that one who was cut off finds it."""
        self._store = store
        self._identify = identify
        self._running: dict[Tape, Task[bool]] = {}
        self._lingering: dict[Tape, TimerHandle] = {}
        self._sweeper: Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._sweeper = asyncio.create_task(self._sweep(), name="idempotency-sweep")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        tasks: list[Task[bool] | Task[None]] = list(self._running.values())
        if self._sweeper is not None:
            tasks.append(self._sweeper)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def answer(self, turn: Turn, perform: Perform, *, is_admin: bool = False) -> None:
        """Answers a turn that has a key: by `perform`, or as that did before. `is_admin`: the admin
        key was seen and found right.

        Raises `HttpError` where neither may be.
        """
        caller = _ADMIN if is_admin else self._identify(turn.http)
        place = _place(caller, key_of(turn.http))
        claim = await self._store.claim(place, digest_of(turn.http))
        tape = claim.tape
        try:
            with tape.read() as reader:
                if claim.is_first:
                    self._start(place, tape, turn, perform)
                await self._play(reader, turn.reply, replayed=not claim.is_first)
        finally:
            if not tape.readers and not tape.complete:
                await self._left_alone(place, tape)

    async def _play(self, reader: Reader, reply: Reply, *, replayed: bool) -> None:
        """Gives the answer on the tape. Where everything is stopped, it ends with the reason."""
        try:
            await _play(reader, reply, replayed=replayed)
        except CancelledError as cancelled:
            reason = reason_of(cancelled)
            task = self._running.get(reader.tape)
            if reason is None or task is None:
                raise
            task.cancel(reason)
            await _play(reader, reply, replayed=replayed)
            raise

    def _start(self, place: bytes, tape: Tape, turn: Turn, perform: Perform) -> None:
        task = asyncio.create_task(_carry_out(tape, turn, perform), name="idempotent-request")
        self._running[tape] = task

        def done(task: Task[bool]) -> None:
            del self._running[tape]
            self._stop_lingering(tape)
            if not tape.complete:
                tape.append(Ending.BROKEN)
            if not task.cancelled() and task.exception() is None and task.result():
                self._store.settle(place, tape)
            else:
                self._store.release(place, tape)

        task.add_done_callback(done)

    async def _left_alone(self, place: bytes, tape: Tape) -> None:
        """The last one who waited has left. An answer that is not kept would be found by nobody."""
        if self.linger_s > 0 and tape.kept:
            self._stop_lingering(tape)
            later = asyncio.get_running_loop().call_later
            self._lingering[tape] = later(self.linger_s, self._abandon, place, tape)
        elif (task := self._abandon(place, tape)) is not None:
            await asyncio.wait([task])

    def _stop_lingering(self, tape: Tape) -> None:
        if (timer := self._lingering.pop(tape, None)) is not None:
            timer.cancel()

    def _abandon(self, place: bytes, tape: Tape) -> Task[bool] | None:
        """Stops the work, unless somebody waits for it again or it is done."""
        task = self._running.get(tape)
        if task is None or tape.complete or tape.readers:
            return None
        # Released first: whoever comes from now on is a first one.
        self._store.release(place, tape)
        task.cancel()
        return task

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            self._store.sweep()


async def _carry_out(tape: Tape, turn: Turn, perform: Perform) -> bool:
    """True where the answer is to be given again."""
    told = await perform(replace(turn, reply=Recorder(tape)))
    if not tape.complete:
        return False
    if isinstance(told, JournalUnavailable):
        return False  # nothing is sent without a journal
    # Whatever is no `HttpError` broke an answer on its way, or is our own defect in the middle.
    return not isinstance(told, HttpError) or told.asked


async def _play(reader: Reader, reply: Reply, *, replayed: bool) -> None:
    """Gives the answer on the tape, and waits for what is not there yet."""
    mark = (_MARK,) if replayed else ()
    while True:
        match await reader.next():
            case Whole(status, headers, body):
                reply.send(status, (*headers, *mark), body)
                return
            case Opening(status, headers):
                reply.start(status, (*headers, *mark))
            case Ending.PROPER:
                reply.end()
                return
            case Ending.BROKEN:
                reply.abort()
                return
            case bytes() as piece:
                await reply.write(piece)


class Recorder:
    """Implements `http.Reply` by a tape. Its client cannot leave: there is none."""

    __slots__ = ("_tape", "started")

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self.started = False

    def send(self, status: int, headers: Headers, body: bytes) -> None:
        self._begin()
        self._tape.append(Whole(status, tuple(headers), body))

    def start(self, status: int, headers: Headers) -> None:
        self._begin()
        self._tape.append(Opening(status, tuple(headers)))

    async def write(self, data: bytes) -> None:
        self._demand_open()
        if data:
            self._tape.append(data)
            await self._tape.room()

    def end(self) -> None:
        self._demand_open()
        self._tape.append(Ending.PROPER)

    def abort(self) -> None:
        if not self._tape.complete:
            self._tape.append(Ending.BROKEN)

    def _begin(self) -> None:
        if self.started:
            raise RuntimeError("the answer has already begun")
        self.started = True

    def _demand_open(self) -> None:
        if not self.started or self._tape.complete:
            raise RuntimeError("no stream has begun, or it has ended")


def key_of(http: HttpRequest) -> str:
    """Raises `InvalidIdempotencyKey`; a key sent twice was joined by a space and is none."""
    key = http.headers[HEADER].strip(" \t")
    if not 1 <= len(key) <= _MAX_KEY or not all("!" <= char <= "~" for char in key):
        raise InvalidIdempotencyKey(_MAX_KEY)
    return key


def _place(caller: Caller, key: str) -> bytes:
    """A key belongs to the API key it came with: nobody else can meet it, by chance or by design."""
    return _hash(caller.tenant.encode(), caller.key_id.encode(), key.encode())


def digest_of(http: HttpRequest) -> bytes:
    """What makes two requests the same: route, body, and the headers that shape the answer.

    The time that the client allows is none of these: it may be less at the second try.
    """
    fields = sorted(
        f"{name}:{value}"
        for name, value in http.headers.items()
        if name.startswith("x-gilmok-") and name != DEADLINE
    )
    line = "\n".join((http.path, http.query, *fields))
    return _hash(line.encode("latin-1", "replace"), http.body)


def _hash(*parts: bytes) -> bytes:
    digest = hashlib.blake2b(digest_size=20)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
