"""What the server makes of bytes: requests, refusals, limits."""

from __future__ import annotations

import asyncio
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.core.errors import InvalidRequest
from gilmok.surfaces.http import HttpRequest, Limits, Reply
from gilmok.surfaces.request_reader import RequestReader
from tests.wire.raw import Client, get, post, serving, until

P = b"POST / HTTP/1.1\r\nHost: a\r\n"
G = b"GET / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = P + b"Transfer-Encoding: chunked\r\n\r\n"

HOSTILE: dict[str, tuple[bytes, int]] = {
    # Two opinions on where the body ends (request smuggling).
    "length and chunked": (P + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "chunked and length": (P + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    "two lengths": (P + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
    "the same length twice": (P + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400),
    "a list of lengths": (P + b"Content-Length: 5, 5\r\n\r\nhello", 400),
    "signed length": (P + b"Content-Length: +5\r\n\r\nhello", 400),
    "negative length": (P + b"Content-Length: -1\r\n\r\n", 400),
    "hexadecimal length": (P + b"Content-Length: 0x5\r\n\r\nhello", 400),
    "empty length": (P + b"Content-Length:\r\n\r\n", 400),
    "length beyond 64 bits": (P + b"Content-Length: 99999999999999999999\r\n\r\n", 400),
    "space before the colon": (P + b"Content-Length : 5\r\n\r\nhello", 400),
    "chunked not last": (P + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 400),
    "chunked not alone": (P + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
    "chunked twice": (P + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "not quite chunked": (P + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    "vertical tab before chunked": (P + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400),
    "identity": (P + b"Transfer-Encoding: identity\r\n\r\n", 400),
    "chunked in HTTP/1.0": (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "chunk size with a sign": (CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n", 400),
    "chunk size with 0x": (CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n", 400),
    "chunk size overflow": (CHUNKED + b"fffffffffffffffff\r\n", 400),
    "chunk size with a space": (CHUNKED + b"5 \r\nhello\r\n0\r\n\r\n", 400),
    "chunk with bare LF": (CHUNKED + b"5\nhello\n0\n\n", 400),
    "chunk longer than its size": (CHUNKED + b"5\r\nhelloX\r\n0\r\n\r\n", 400),
    "LF in a chunk extension": (CHUNKED + b"5;a\nb\r\nhello\r\n0\r\n\r\n", 400),
    # Lines.
    "bare LF": (b"GET / HTTP/1.1\nHost: a\n\n", 400),
    "LF between fields": (G + b"A: b\nC: d\r\n\r\n", 400),
    "CR in a value": (G + b"A: b\rC: d\r\n\r\n", 400),
    "NUL in a value": (G + b"A: b\0c\r\n\r\n", 400),
    "control character in a value": (G + b"A: b\x01c\r\n\r\n", 400),
    "folded field": (G + b"A: b\r\n c\r\n\r\n", 400),
    "folded empty field": (G + b"A:\r\n c\r\n\r\n", 400),
    "field before its name": (b"GET / HTTP/1.1\r\n A: b\r\nHost: a\r\n\r\n", 400),
    "no colon": (G + b"Abc\r\n\r\n", 400),
    "no name": (G + b": b\r\n\r\n", 400),
    "byte above ASCII in a name": (G + b"A\xff: b\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (G + b"Host: b\r\n\r\n", 400),
    "two keys": (G + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", 400),
    # The request line.
    "unknown method": (b"FOO / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "lower-case method": (b"get / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "WebDAV": (b"PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "tunnel": (b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "RTSP": (b"DESCRIBE rtsp://a/ RTSP/1.0\r\n\r\n", 400),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "HTTP/2": (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400),
    "HTTP/1.2": (b"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 400),
    "HTTP/0.9": (b"GET / HTTP/0.9\r\n\r\n", 400),
    "HTTP/0.9 without a version": (b"GET /\r\n\r\n", 400),
    "no target": (b"GET HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "relative target": (b"GET foo HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "foreign scheme": (b"GET ftp://a/x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "fragment": (b"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "byte above ASCII in the target": (b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "NUL in the target": (b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "TLS on a plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "upgrade": (G + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 400),
    "unknown expectation": (P + b"Expect: a pony\r\nContent-Length: 1\r\n\r\n", 400),
    # Size.
    "too many fields": (G + b"".join(b"A%d: b\r\n" % i for i in range(100)) + b"\r\n", 431),
    "head too large": (G + b"A: " + b"b" * 2048 + b"\r\n\r\n", 431),
    "endless target": (b"GET /" + b"a" * 50_000, 431),
    "endless name": (G + b"a" * 50_000, 431),
    "endless chunk extension": (CHUNKED + b"5;" + b"a" * 50_000, 431),
    "endless trailer": (CHUNKED + b"0\r\nA: " + b"a" * 50_000, 431),
    "endless trailers": (CHUNKED + b"0\r\n" + b"A: b\r\n" * 10_000, 431),
    "announced body too large": (P + b"Content-Length: 100001\r\n\r\n", 413),
    "chunked body too large": (CHUNKED + (b"2710\r\n" + b"a" * 10_000 + b"\r\n") * 11, 413),
}  # fmt: skip

SMALL = Limits(max_body_bytes=100_000, head_bytes=2048)


async def forbidden(request: HttpRequest, reply: Reply) -> None:
    raise AssertionError("a refused request reached the app")


@pytest.mark.parametrize(("sent", "status"), HOSTILE.values(), ids=HOSTILE)
async def test_hostile_bytes_are_refused_and_the_connection_ends(sent: bytes, status: int) -> None:
    async with serving(forbidden, SMALL) as server, Client(server.port) as client:
        await client.send(sent)
        answer = await client.answer()
        assert answer.status == status
        assert answer.fields["connection"] == "close"
        assert await client.rest() == b""


ACCEPTED: dict[str, tuple[bytes, bytes]] = {
    "plain": (get("/a?b=c"), b"GET /a?b=c 0 "),
    "two question marks": (get("/a?b?c"), b"GET /a?b?c 0 "),
    "raw path": (get("/a%2Fb/../c"), b"GET /a%2Fb/../c? 0 "),
    "body": (post(b"hello"), b"POST /? 5 hello"),
    "spaces after the length": (P + b"Content-Length: 5  \r\n\r\nhello", b"POST /? 5 hello"),
    "chunked": (CHUNKED + b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", b"POST /? 6 hello!"),
    "chunk extension": (CHUNKED + b"5;a=b\r\nhello\r\n0\r\n\r\n", b"POST /? 5 hello"),
    "trailer": (CHUNKED + b"5\r\nhello\r\n0\r\nHost: b\r\n\r\n", b"POST /? 5 hello"),
    "empty body": (post(b""), b"POST /? 0 "),
    "GET with a body": (get("/", "Content-Length: 2") + b"ab", b"GET /? 2 ab"),
    "empty lines first": (b"\r\n\r\n" + get(), b"GET /? 0 "),
    "absolute target": (get("http://x:1/a?b"), b"GET /a?b 0 "),
    "absolute target without a path": (get("http://x"), b"GET /? 0 "),
    "server-wide": (get("*", method="OPTIONS"), b"OPTIONS *? 0 "),
    "unused upgrade": (get("/", "Upgrade: h2c"), b"GET /? 0 "),
    "Latin-1 value": (get("/", "A: \xe9"), b"GET /? 0 "),
}


@pytest.mark.parametrize(("sent", "seen"), ACCEPTED.values(), ids=ACCEPTED)
async def test_valid_requests_arrive_whole_and_byte_by_byte(sent: bytes, seen: bytes) -> None:
    async with serving() as server, Client(server.port) as client:
        await client.send(sent)
        assert (await client.answer()).body == seen
        for i in range(len(sent)):
            await client.send(sent[i : i + 1])
        assert (await client.answer()).body == seen


async def test_headers_are_lower_case_joined_and_free_of_padding() -> None:
    seen: list[dict[str, str]] = []

    async def app(request: HttpRequest, reply: Reply) -> None:
        seen.append(request.headers)
        assert request.header("x-a") == "1, 2"
        assert request.header("nothing") is None
        assert request.peer == "127.0.0.1"
        reply.send(204, (), b"")

    async with serving(app) as server, Client(server.port) as client:
        await client.send(get("/", "X-A: 1 \t", "x-a:2", "Cookie: a", "Cookie: b", "Empty:"))
        assert (await client.answer()).status == 204
    assert seen == [{"host": "test", "x-a": "1, 2", "cookie": "a; b", "empty": ""}]


async def test_a_trailer_does_not_become_a_field_of_the_next_request() -> None:
    seen: list[dict[str, str]] = []

    async def app(request: HttpRequest, reply: Reply) -> None:
        seen.append(request.headers)
        reply.send(200, (), b"")

    async with serving(app) as server, Client(server.port) as client:
        await client.send(CHUNKED + b"0\r\nAuthorization: Bearer x\r\n\r\n" + get())
        await client.answer()
        await client.answer()
    assert [headers.get("authorization") for headers in seen] == [None, None]


async def test_what_follows_connection_close_is_not_a_request() -> None:
    async with serving() as server:
        for value in ("close", "keep-alive, Close"):
            async with Client(server.port) as client:
                await client.send(get("/1", f"Connection: {value}") + get("/2"))
                answer = await client.answer()
                assert (answer.body, answer.fields["connection"]) == (b"GET /1? 0 ", "close")
                assert await client.rest() == b""


async def test_a_refusal_waits_for_the_answers_before_it() -> None:
    go = asyncio.Event()

    async def app(request: HttpRequest, reply: Reply) -> None:
        await go.wait()
        reply.send(200, (), request.path.encode())

    async with serving(app) as server, Client(server.port) as client:
        await client.send(get("/1") + get("/2") + b"nonsense\r\n\r\n" + get("/3"))
        go.set()
        assert (await client.answer()).body == b"/1"
        assert (await client.answer()).body == b"/2"
        assert (await client.answer()).status == 400
        assert await client.rest() == b""


async def test_pipelined_requests_are_answered_one_after_another() -> None:
    running = 0

    async def app(request: HttpRequest, reply: Reply) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0)
        running -= 1
        reply.send(200, (), request.path.encode())

    async with serving(app) as server, Client(server.port) as client:
        count = 5_000  # far more bytes than are kept or parsed ahead
        sending = asyncio.create_task(
            client.send(b"".join(post(b"x" * (i % 97), path=f"/{i}") for i in range(count)))
        )
        for i in range(count):
            assert (await client.answer()).body == b"/%d" % i
        await sending


async def test_what_is_pipelined_is_not_parsed_without_bound() -> None:
    reader = RequestReader(Limits(), "")
    reader.feed(get() * 300)
    assert len(reader.ready) == 300  # one slice may hold this many; the connection feeds slices

    first = asyncio.Event()
    go = asyncio.Event()

    async def app(request: HttpRequest, reply: Reply) -> None:
        first.set()
        await go.wait()
        reply.send(200, (), b"")

    async with serving(app) as server, Client(server.port) as client:
        sending = asyncio.create_task(client.send(get() * 500_000))
        await first.wait()
        (connection,) = server._connections
        await until(lambda: not connection.transport.is_reading())
        assert len(connection._unread) <= 64 * 1024 + 256 * 1024  # the bound and one read
        assert len(connection._reader.ready) < 500
        sending.cancel()


async def test_a_body_of_the_largest_size_and_one_byte_more() -> None:
    body = b"x" * (8 * 1024 * 1024)
    async with serving() as server, Client(server.port) as client:
        await client.send(post(body))
        assert (await client.answer()).body.startswith(b"POST /? 8388608 ")
        await client.send(
            get("/", "Transfer-Encoding: chunked", method="POST")
            + b"400000\r\n%b\r\n400000\r\n%b\r\n0\r\n\r\n" % (body[: 1 << 22], body[: 1 << 22])
        )
        assert (await client.answer()).body.startswith(b"POST /? 8388608 ")
        # Refused at the head, and readable although the client sends the rest all the same.
        await client.send(post(body + b"x"))
        assert (await client.answer()).status == 413
        assert await client.rest() == b""


@given(st.lists(st.integers(1, 3000), max_size=30))
def test_a_chunked_body_is_put_together_whatever_the_chunks(sizes: list[int]) -> None:
    chunks = [bytes([i % 251]) * size for i, size in enumerate(sizes)]
    reader = RequestReader(Limits(), "")
    reader.feed(CHUNKED + b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n")
    body = reader.ready[0].request.body
    assert type(body) is bytes
    assert body == b"".join(chunks)


def test_many_tiny_chunks_take_little_more_memory_than_their_bytes() -> None:
    reader = RequestReader(Limits(), "")
    reader.feed(CHUNKED)
    tracemalloc.start()
    reader.feed(b"2\r\nab\r\n" * 200_000)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 2 * 400_000
    reader.feed(b"0\r\n\r\n")
    assert reader.ready[0].request.body == b"ab" * 200_000


async def test_expect_continue_is_answered_only_where_the_body_is_welcome() -> None:
    async with serving(limits=SMALL) as server:
        async with Client(server.port) as client:
            await client.send(get("/", "Content-Length: 2", "Expect: 100-Continue", method="POST"))
            assert await client.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            await client.send(b"ab")
            assert (await client.answer()).body == b"POST /? 2 ab"
            await client.send(post(b"cd", "Expect: 100-continue"))
            assert (await client.answer()).body == b"POST /? 2 cd"  # it came along: no 100
            await client.send(
                get("/1") + get("/2", "Content-Length: 2", "Expect: 100-continue", method="POST")
            )
            assert (await client.answer()).body == b"GET /1? 0 "
            assert await client.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        async with Client(server.port) as client:
            await client.send(get("/", "Content-Length: 100001", "Expect: 100-continue"))
            assert (await client.answer()).status == 413


@pytest.mark.parametrize(
    ("limits", "sent"),
    [
        (Limits(head_s=0.05), b"GET / HT"),
        (Limits(head_s=0.05), G + b"A: b\r\n"),
        (Limits(body_s=0.05), P + b"Content-Length: 5\r\n\r\nhell"),
        (Limits(body_s=0.05), CHUNKED + b"5\r\nhello\r\n"),
    ],
)
async def test_a_request_that_does_not_arrive_in_time_is_given_up(
    limits: Limits, sent: bytes
) -> None:
    async with serving(forbidden, limits) as server, Client(server.port) as client:
        await client.send(sent)
        assert (await client.answer()).status == 408
        assert await client.rest() == b""


async def test_a_trickle_does_not_postpone_the_deadline() -> None:
    async with serving(forbidden, Limits(head_s=0.1)) as server, Client(server.port) as client:

        async def trickle() -> None:
            await client.send(b"GET / HTTP/1.1\r\n")
            while True:
                await client.send(b"A: b\r\n")
                await asyncio.sleep(0.01)

        trickling = asyncio.create_task(trickle())
        assert (await client.answer()).status == 408
        trickling.cancel()


async def test_silent_connections_are_closed_without_a_word() -> None:
    async with serving(limits=Limits(head_s=0.05)) as server, Client(server.port) as client:
        assert await client.rest() == b""
    async with serving(limits=Limits(idle_s=0.05)) as server, Client(server.port) as client:
        await client.send(get())
        await client.answer()
        assert await client.rest() == b""


def test_a_request_shows_its_shape_and_no_text() -> None:
    request = HttpRequest("POST", "/secret", "q=s", {"authorization": "k"}, b"text", "10.0.0.1")
    assert repr(request) == "<POST path of 7 chars, 1 fields, body of 4 bytes>"
    assert "secret" not in str([request])


def _outcome(pieces: list[bytes]) -> tuple[list[str], bool]:
    reader = RequestReader(Limits(max_body_bytes=1000, head_bytes=1000, head_fields=5), "")
    for piece in pieces:
        reader.feed(piece)
    if reader.failure is not None:
        assert 400 <= reader.failure.status < 500
    return [
        f"{i.request!r} {i.request.body!r} {i.keep_alive} {i.http10}" for i in reader.ready
    ], reader.failure is not None


_FRAGMENTS = st.sampled_from(
    [
        *(get(), post(b"abc"), CHUNKED, P, G, b"5\r\nhello\r\n", b"0\r\n\r\n", b"\r\n", b"\n"),
        *(b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n"),
        *(b"Upgrade: x\r\nConnection: upgrade\r\n", b"Expect: 100-continue\r\n", b"\0", b"a" * 300),
    ]
)


@given(st.lists(st.one_of(_FRAGMENTS, st.binary(max_size=30)), max_size=12), st.data())
def test_any_bytes_read_the_same_however_they_are_cut(
    pieces: list[bytes], data: st.DataObject
) -> None:
    """The reader never raises, and where the network cuts the bytes changes nothing."""
    whole = b"".join(pieces)
    cut = data.draw(st.integers(0, len(whole)))
    expected = _outcome([whole[i : i + 1] for i in range(len(whole))])
    assert _outcome([whole]) == expected
    assert _outcome([whole[:cut], whole[cut:]]) == expected


def test_refusals_name_what_is_wrong() -> None:
    reader = RequestReader(Limits(), "")
    reader.feed(b"POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    assert isinstance(reader.failure, InvalidRequest)
    assert reader.failure.param == "host"
