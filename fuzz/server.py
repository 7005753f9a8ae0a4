"""Throws damaged and random HTTP at the server on real sockets, for a bounded time.

    python fuzz/server.py --seconds 60 --seed 1

Each round mutates a valid conversation (bytes flipped, cut, doubled, spliced from a dictionary),
sends it in random pieces, sometimes reads, and leaves in a random way. It fails when the server
stops serving, keeps a connection, lets an exception reach the event loop, answers with anything
but a known status, or lets a request through whose framing a strict reader refuses.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import socket
import struct
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import uvloop

from gilmok.core.errors import HttpError
from gilmok.surfaces.http import Headers, HttpRequest, Limits, Reply
from gilmok.surfaces.server import Server

LIMITS = Limits(
    max_body_bytes=20_000,
    head_bytes=4096,
    head_fields=20,
    head_s=0.1,
    body_s=0.1,
    idle_s=0.1,
    write_s=0.5,
)
STATUSES = {b"100", b"200", b"400", b"408", b"413", b"429", b"431"}
CONVERSATIONS = (
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /v1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: v\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"HEAD /large HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET http://a/x?y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
)
DICTIONARY = (
    *(b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b"\r\n\r\n", b"\xff", b"0\r\n\r\n", b";x=y"),
    *(b"Content-Length: 5\r\n", b"Content-Length: 99999999999999999999\r\n", b"Host: b\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n", b"ffffffff\r\n"),
    *(b"Upgrade: h2c\r\nConnection: upgrade\r\n", b"CONNECT a:1 ", b"HTTP/0.9", b"HTTP/2.0"),
    *(b"a" * 5000, b"A: b\r\n" * 30, b"x" * 30_000),
)


async def app(request: HttpRequest, reply: Reply) -> None:
    """Answers in the ways a handler can, and holds every request to the reader's promises."""
    assert len(request.body) <= LIMITS.max_body_bytes, "a body beyond the cap"
    assert len(request.headers) <= LIMITS.head_fields, "more fields than allowed"
    assert not {"content-length", "transfer-encoding"} <= request.headers.keys(), "two framings"
    text = "".join((request.path, request.query, *request.headers, *request.headers.values()))
    assert not set(text) & {"\r", "\n", "\0"}, "a line ending inside a field"
    if request.path == "/stream":
        reply.start(200, ())
        for _ in range(20):
            await reply.write(b"x" * 10_000)
        reply.end()
    elif request.path == "/large":
        reply.send(200, (), b"x" * 1_000_000)
    else:
        reply.send(200, (), request.body)


def refuse(error: HttpError) -> tuple[int, Headers, bytes]:
    return error.status, (), error.code.encode()


def damaged(rng: random.Random) -> bytes:
    data = bytearray(b"".join(rng.choices(CONVERSATIONS, k=rng.choice((1, 1, 2, 5, 40)))))
    for _ in range(rng.choice((0, 1, 1, 2, 4, 8))):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(4)
        if kind == 0 and at < len(data):
            data[at] = rng.randrange(256)
        elif kind == 1:
            data[at:at] = rng.choice(DICTIONARY)
        elif kind == 2:
            del data[at : at + rng.randrange(1, 20)]
        else:
            data[at:at] = data[at : at + rng.randrange(1, 200)]
    return bytes(data)


async def converse(rng: random.Random, port: int) -> bytes:
    """One connection; returns what came back, as far as it was read."""
    loop = asyncio.get_running_loop()
    with socket.socket() as sock:
        sock.setblocking(False)
        await loop.sock_connect(sock, ("127.0.0.1", port))
        data = damaged(rng)
        came = b""
        try:
            while data:
                size = rng.choice((1, 3, 100, 10_000, len(data))) if len(data) < 2000 else len(data)
                await loop.sock_sendall(sock, data[:size])
                data = data[size:]
            if rng.random() < 0.7:
                sock.shutdown(socket.SHUT_WR)
            if rng.random() < 0.8:
                while piece := await loop.sock_recv(sock, 65536):
                    came += piece
                    if rng.random() < 0.02:
                        break
            if rng.random() < 0.3:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except (ConnectionError, OSError):
            pass
        return came


def check(came: bytes) -> None:
    if came and (not came.startswith(b"HTTP/1.1 ") or came[9:12] not in STATUSES):
        raise AssertionError(f"an unexpected answer: {came[:60]!r}")


async def fuzz(seconds: float, seed: int) -> int:
    failures: list[str] = []

    def on_error(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        failures.append(repr(context.get("exception") or context["message"]))

    class Defects(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            failures.append(record.getMessage())

    logging.getLogger("gilmok").addHandler(defects := Defects())
    asyncio.get_running_loop().set_exception_handler(on_error)
    rounds, end = 0, time.monotonic() + seconds
    async with Server(app, LIMITS, refuse=refuse) as server:
        await server.listen("127.0.0.1", 0)
        while time.monotonic() < end and not failures:
            talks = [converse(random.Random(f"{seed}/{rounds + i}"), server.port) for i in range(8)]
            async with asyncio.timeout(30):
                for came in await asyncio.gather(*talks):
                    check(came)
            rounds += len(talks)
        async with asyncio.timeout(10):
            while server.connections:  # noqa: ASYNC110 (there is no event for it)
                await asyncio.sleep(0.05)
    logging.getLogger("gilmok").removeHandler(defects)
    for failure in failures:
        print(f"seed {seed}, before round {rounds}: {failure}", file=sys.stderr)
    return 0 if failures else rounds


def run(
    seconds: float,
    seed: int,
    new_loop: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop,
) -> int:
    """Rounds done; 0 where something failed."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(fuzz(seconds, seed))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    for loop in (uvloop.new_event_loop, asyncio.new_event_loop):
        rounds = run(options.seconds / 2, options.seed, loop)
        if not rounds:
            return 1
        print(f"{loop.__module__}: {rounds} connections, all served or refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
