"""How the server writes: framing, streams, slow clients, handlers that fail."""

from __future__ import annotations

import asyncio
import logging
from typing import cast

import pytest

from gilmok.core.errors import HttpError
from gilmok.surfaces.http import App, Headers, HttpRequest, Limits, Reply
from gilmok.surfaces.reply import HttpReply
from gilmok.surfaces.server import Server
from tests.wire.raw import PATIENCE_S, Client, echo, get, post, refuse, serving, until

PIECE = b"x" * 16 * 1024


def streaming(*pieces: bytes) -> App:
    async def app(request: HttpRequest, reply: Reply) -> None:
        reply.start(200, (("content-type", "text/event-stream"),))
        assert reply.started
        for piece in pieces:
            await reply.write(piece)
        reply.end()

    return app


async def test_a_whole_answer() -> None:
    async with serving() as server, Client(server.port) as client:
        await client.send(get("/a"))
        assert await client.until(b"GET /a? 0 ") == (
            b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\nGET /a? 0 "
        )


async def test_a_stream_is_chunked_and_the_connection_is_used_again() -> None:
    pieces = (b"a", b"", b"bc", b"d" * 200_000)  # an empty piece must not end it
    async with serving(streaming(*pieces)) as server, Client(server.port) as client:
        for _ in range(3):
            await client.send(get())
            answer = await client.answer()
            assert answer.fields == {
                "content-type": "text/event-stream",
                "transfer-encoding": "chunked",
            }
            assert answer.body == b"".join(pieces)
        assert server.connections == 1


async def test_http_1_0() -> None:
    async with serving() as server, Client(server.port) as client:
        await client.send(get(version="1.0"))
        answer = await client.answer()
        assert (answer.body, answer.fields["connection"]) == (b"GET /? 0 ", "close")
        assert await client.rest() == b""
    async with serving() as server, Client(server.port) as client:
        for _ in range(2):
            await client.send(get("/", "Connection: keep-alive", version="1.0"))
            assert (await client.answer()).fields["connection"] == "keep-alive"
    async with serving(streaming(b"a", b"b")) as server, Client(server.port) as client:
        await client.send(get("/", "Connection: keep-alive", version="1.0"))
        head = await client.until(b"\r\n\r\n")
        assert b"transfer-encoding" not in head
        assert b"connection: close" in head
        assert await client.rest() == b"ab"


async def test_answers_without_a_body() -> None:
    async def nothing(request: HttpRequest, reply: Reply) -> None:
        reply.send(204, (), b"ignored")

    async with serving() as server, Client(server.port) as client:
        await client.send(get(method="HEAD") + get("/2"))
        assert (await client.answer(to_head=True)).fields["content-length"] == "10"
        assert (await client.answer()).body == b"GET /2? 0 "
    async with serving(streaming(b"abc")) as server, Client(server.port) as client:
        await client.send(get(method="HEAD") + get("/2"))
        await client.answer(to_head=True)
        assert (await client.answer()).body == b"abc"
    async with serving(nothing) as server, Client(server.port) as client:
        await client.send(get() + get())
        assert (await client.answer()).fields == {}
        assert (await client.answer()).status == 204


async def test_the_date_comes_from_the_clock() -> None:
    class Noon:
        def monotonic(self) -> float:
            return 0.0

        def wall(self) -> int:
            return 784111777 * 1_000_000_000  # RFC 9110's example

    async with Server(echo, Limits(), refuse=refuse, clock=Noon()) as server:
        await server.listen("127.0.0.1", 0)
        async with Client(server.port) as client:
            await client.send(get())
            assert (await client.answer()).fields["date"] == "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    "field",
    [("a", "b\r\nc: d"), ("a", "b\n"), ("a", "b\r"), ("a", "b\0"), ("a\r\nb", "c"), ("a", "길")]
    + [(name, "1") for name in ("content-length", "transfer-encoding", "connection", "date")],
)
async def test_fields_that_would_break_the_framing_are_refused(field: tuple[str, str]) -> None:
    async def app(request: HttpRequest, reply: Reply) -> None:
        with pytest.raises(ValueError, match=r"header|itself") as caught:
            reply.send(200, (field,), b"")
        assert field[1] not in str(caught.value) or len(field[1]) == 1
        with pytest.raises(ValueError, match=r"header|itself"):
            reply.start(200, (field,))
        reply.send(200, (("x-ok", "1"),), b"")

    async with serving(app) as server, Client(server.port) as client:
        await client.send(get())
        assert set((await client.answer()).fields) == {"x-ok", "content-length"}


async def test_calls_out_of_order_are_defects() -> None:
    async def app(request: HttpRequest, reply: Reply) -> None:
        with pytest.raises(RuntimeError):
            await reply.write(b"early")
        with pytest.raises(RuntimeError):
            reply.end()
        reply.start(200, ())
        with pytest.raises(RuntimeError):
            reply.start(200, ())
        with pytest.raises(RuntimeError):
            reply.send(200, (), b"")
        await reply.write(b"ok")
        reply.end()
        with pytest.raises(RuntimeError):
            await reply.write(b"late")
        reply.abort()  # after the end it changes nothing

    async with serving(app) as server, Client(server.port) as client:
        for _ in range(2):
            await client.send(get())
            assert (await client.answer()).body == b"ok"


async def test_write_waits_for_a_client_that_does_not_read() -> None:
    blocked: asyncio.Future[tuple[int, int]] = asyncio.get_running_loop().create_future()
    total = 512

    async def app(request: HttpRequest, reply: Reply) -> None:
        reply.start(200, ())
        for i in range(total):
            writing = asyncio.ensure_future(reply.write(PIECE))
            await asyncio.sleep(0)  # a write that need not wait is done now
            if not writing.done() and not blocked.done():
                transport = cast(HttpReply, reply)._client.transport
                blocked.set_result((i, transport.get_write_buffer_size()))
            await writing
        reply.end()

    async with serving(app) as server, Client(server.port, recv_bytes=65536) as client:
        await client.send(get())
        async with asyncio.timeout(PATIENCE_S):
            written, buffered = await blocked
        assert buffered <= 64 * 1024 + len(PIECE) + 16
        assert written < total
        assert len((await client.answer()).body) == total * len(PIECE)


async def test_answers_for_a_client_that_does_not_read_do_not_pile_up() -> None:
    unsent: list[int] = []

    async def app(request: HttpRequest, reply: Reply) -> None:
        unsent.append(cast(HttpReply, reply)._client.transport.get_write_buffer_size())
        reply.send(200, (), PIECE * 16)

    async with serving(app) as server, Client(server.port, recv_bytes=4096) as client:
        await client.send(get() * 60)
        await until(lambda: len(server._connections) == 1)
        (connection,) = server._connections
        await until(lambda: connection.must_wait)
        await client.send(get())  # comes while an answer waits and no handler runs
        await until(lambda: connection.task is None)
        held = len(unsent)
        await until(lambda: connection._unread.endswith(get()))
        assert len(unsent) == held
        for _ in range(61):
            assert len((await client.answer()).body) == len(PIECE) * 16
    assert max(unsent) <= 64 * 1024


async def test_a_client_that_takes_nothing_has_left() -> None:
    cancelled = asyncio.Event()

    async def app(request: HttpRequest, reply: Reply) -> None:
        reply.start(200, ())
        try:
            while True:
                await reply.write(PIECE)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    limits = Limits(write_s=0.1)
    async with serving(app, limits) as server, Client(server.port, recv_bytes=4096) as client:
        await client.send(get())
        async with asyncio.timeout(PATIENCE_S):
            await cancelled.wait()


class Leak(Exception):
    pass


async def raises(request: HttpRequest, reply: Reply) -> None:
    raise Leak("user text")


async def raises_a_cancellation(request: HttpRequest, reply: Reply) -> None:
    raise asyncio.CancelledError("user text")


async def forgets(request: HttpRequest, reply: Reply) -> None:
    pass


@pytest.mark.parametrize("app", [raises, raises_a_cancellation, forgets])
async def test_a_handler_that_fails_before_the_answer_makes_a_500(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with serving(app) as server, Client(server.port) as client:
            for _ in range(2):  # the connection stays
                await client.send(post(b"user text"))
                answer = await client.answer()
                assert (answer.status, answer.body) == (500, b"internal_error")
    assert "user text" not in caplog.text
    if app is raises:
        told = next(r for r in caplog.records if r.message == "handler_failed")
        assert told.__dict__["kind"] == "Leak"
        assert told.__dict__["where"].startswith(f"{__name__}:")


@pytest.mark.parametrize("how", ["raise", "return", "abort"])
@pytest.mark.parametrize("version", ["1.1", "1.0"])
async def test_a_stream_that_breaks_does_not_look_complete(how: str, version: str) -> None:
    async def app(request: HttpRequest, reply: Reply) -> None:
        reply.start(200, ())
        await reply.write(b"partial")
        if how == "raise":
            raise Leak
        if how == "abort":
            reply.abort()
            with pytest.raises(RuntimeError):
                await reply.write(b"more")

    async with serving(app) as server, Client(server.port) as client:
        await client.send(get(version=version))
        await client.until(b"\r\n\r\n")
        if version == "1.1":
            assert await client.rest() == b"7\r\npartial\r\n"  # and no last chunk
        else:
            with pytest.raises(ConnectionResetError):
                await client.rest()


async def test_refusals_carry_the_headers_they_are_given() -> None:
    def render(error: HttpError) -> tuple[int, Headers, bytes]:
        return error.status, (("x-code", error.code),), b"{}"

    async with Server(echo, Limits(), refuse=render) as server:
        await server.listen("127.0.0.1", 0)
        async with Client(server.port) as client:
            await client.send(b"nonsense\r\n\r\n")
            assert (await client.answer()).fields["x-code"] == "invalid_request"
