"""What cannot be arranged on a socket: a request that comes while the one before it is stopped."""

from __future__ import annotations

import asyncio

import pytest
from tests.contract.test_idempotency_stores import HandClock

from gilmok.core.errors import AllEndpointsFailed, HttpError, JournalUnavailable, StreamBroken
from gilmok.core.identity import Caller
from gilmok.state import IdempotencyBounds, MemoryIdempotencyStore
from gilmok.surfaces.http import Headers, HttpRequest
from gilmok.surfaces.idempotency import Idempotency, Recorder
from gilmok.surfaces.routes import Turn


class Shown:
    """Implements `http.Reply`: remembers what a client was sent."""

    def __init__(self) -> None:
        self.started = False
        self.said: list[object] = []

    def send(self, status: int, headers: Headers, body: bytes) -> None:
        self.started = True
        self.said.append((status, dict(headers), body))

    def start(self, status: int, headers: Headers) -> None:
        self.started = True
        self.said.append((status, dict(headers)))

    async def write(self, data: bytes) -> None:
        self.said.append(data)

    def end(self) -> None:
        self.said.append("end")

    def abort(self) -> None:
        self.said.append("abort")


def turn(reply: Shown, body: bytes = b"{}") -> Turn:
    http = HttpRequest("POST", "/v1/x", "", {"idempotency-key": "k"}, body, "")
    return Turn(http, reply, "dec_1", "en")


def idempotency() -> Idempotency:
    store = MemoryIdempotencyStore(HandClock(), IdempotencyBounds())
    return Idempotency(store, lambda http: Caller(tenant="t", key_id="k"))


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_comes_while_the_one_before_is_stopped_is_a_first_one() -> None:
    stopped = asyncio.Event()

    async def slowly_stopped(turn: Turn) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await stopped.wait()

    async def at_once(turn: Turn) -> None:
        turn.reply.send(200, (), b"mine")

    async with idempotency() as once:
        leaving = asyncio.create_task(once.answer(turn(Shown()), slowly_stopped))
        await settle()
        leaving.cancel()
        await settle()
        assert not leaving.done()  # its work is still being stopped
        shown = Shown()
        await once.answer(turn(shown), at_once)
        assert shown.said == [(200, {}, b"mine")]
        stopped.set()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        # What the first one's end leaves behind is the second one's answer.
        again = Shown()
        await once.answer(turn(again), slowly_stopped)
        assert again.said == [(200, {"idempotent-replayed": "true"}, b"mine")]


@pytest.mark.parametrize(
    ("told", "asked", "is_given_again"),
    [
        (AllEndpointsFailed("e: reset", 1.0), True, True),
        (AllEndpointsFailed("e: reset", 1.0), False, False),
        (JournalUnavailable("disk full"), True, False),
        (StreamBroken(), False, True),
        (ZeroDivisionError(), False, True),
    ],
)
async def test_which_errors_are_given_again(
    told: Exception, asked: bool, is_given_again: bool
) -> None:
    times = 0
    if isinstance(told, HttpError):
        told.asked = asked

    async def failing(turn: Turn) -> Exception:
        nonlocal times
        times += 1
        turn.reply.send(503, (), b"sorry")
        return told

    async with idempotency() as once:
        for _ in range(2):
            await once.answer(turn(Shown()), failing)
            await settle()
    assert times == (1 if is_given_again else 2)


async def test_a_handler_that_never_ends_its_answer_breaks_it_for_everybody() -> None:
    async def half(turn: Turn) -> None:
        turn.reply.start(200, ())
        await turn.reply.write(b"one")

    async with idempotency() as once:
        first, second = Shown(), Shown()
        await asyncio.gather(once.answer(turn(first), half), once.answer(turn(second), half))
        assert first.said == [(200, {}), b"one", "abort"]
        assert second.said[1:] == [b"one", "abort"]
        # It is no answer to give again.
        third = Shown()
        await once.answer(turn(third), half)
        assert third.said[0] == (200, {})


async def test_a_handler_that_raises_what_is_no_error_of_ours_breaks_it_too() -> None:
    async def broken(turn: Turn) -> None:
        raise ConnectionResetError

    async with idempotency() as once:
        shown = Shown()
        await once.answer(turn(shown), broken)
        assert shown.said == ["abort"]


async def test_leaving_stops_what_runs() -> None:
    stopped = []

    async def endless(turn: Turn) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append(turn.decision_id)

    async with idempotency() as once:
        shown = Shown()
        waiting = asyncio.create_task(once.answer(turn(shown), endless))
        await settle()
    assert stopped == ["dec_1"]
    await waiting
    assert shown.said == ["abort"]


async def test_a_recorder_is_as_strict_as_a_reply() -> None:
    recorders: list[Recorder] = []

    async def careless(turn: Turn) -> None:
        reply = turn.reply
        assert isinstance(reply, Recorder)
        recorders.append(reply)
        with pytest.raises(RuntimeError):
            await reply.write(b"too early")
        with pytest.raises(RuntimeError):
            reply.end()
        reply.start(200, ())
        with pytest.raises(RuntimeError):
            reply.send(200, (), b"twice")
        await reply.write(b"")  # an empty chunk would be the end
        reply.end()
        with pytest.raises(RuntimeError):
            await reply.write(b"too late")
        reply.abort()

    async with idempotency() as once:
        shown = Shown()
        await once.answer(turn(shown), careless)
        assert shown.said == [(200, {}), "end"]
    assert recorders[0].started
