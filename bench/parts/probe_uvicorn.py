# mypy: ignore-errors
# (the parts under test are not dependencies of the project, so their types are absent here)
"""What uvicorn (httptools, uvloop, inside our own loop and on our own socket) does at the edges.

usage: python -m bench.parts.probe_uvicorn
"""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any

import uvicorn
import uvloop

LOG: list[str] = []
GET = b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n"
HEAD = {"type": "http.response.start", "status": 200, "headers": []}


def say(question: str, answer: object) -> None:
    print(f"{question:58} {answer}", flush=True)


async def gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def app(scope: Any, receive: Any, send: Any) -> None:
    message = await receive()
    size = len(message.get("body", b""))
    while message.get("more_body"):
        message = await receive()
        size += len(message.get("body", b""))
    if scope["path"] in ("/wait", "/stall"):
        if scope["path"] == "/stall":
            await send(HEAD)
            await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(gone(receive), 3)
            LOG.append(f"{scope['path']}: gone at {time.monotonic():.3f}")
        return
    await send(HEAD)
    if scope["path"] == "/flood":
        for number in range(1000):
            try:
                await asyncio.wait_for(
                    send({"type": "http.response.body", "body": b"z" * 65536, "more_body": True}),
                    0.5,
                )
            except TimeoutError:
                LOG.append(f"send waits after {number * 64} KiB")
                return
        LOG.append("send never waited: 64 MB buffered")
    if scope["path"] == "/slow":
        await asyncio.sleep(0.5)
    await send({"type": "http.response.body", "body": f"{scope['path']} {size}".encode()})


class Quiet(uvicorn.Server):
    """Leaves the signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def talk(port: int, data: bytes, wait_s: float = 0.3) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    received = b""
    try:
        while piece := await asyncio.wait_for(reader.read(65536), wait_s):
            received += piece
    except (TimeoutError, ConnectionError) as error:
        received += f"<{type(error).__name__}>".encode()
    writer.close()
    return received


async def leave(port: int, path: str, behind: bytes = b"", eof: bool = False) -> str:
    """Ask, go away after 200 ms; how long until the handler knew?"""
    LOG.clear()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{{}}".encode() + behind
    )
    await asyncio.sleep(0.2)
    left = time.monotonic()
    if eof:
        writer.write_eof()
    else:
        writer.transport.abort()
    await asyncio.sleep(0.5)
    writer.transport.abort()
    return (
        f"{1000 * (float(LOG[0].split(' at ')[1]) - left):.1f} ms"
        if LOG
        else "not noticed within 500 ms"
    )


async def questions(port: int) -> None:
    say("plain answer", await talk(port, GET))
    for path in ("/wait", "/stall"):
        say(f"client resets during {path}", await leave(port, path))
    say("client half-closes during /wait", await leave(port, "/wait", eof=True))
    say("client resets with a pipelined request behind", await leave(port, "/wait", behind=GET))
    answer = await talk(port, GET + GET.replace(b"/a", b"/b") + GET.replace(b"/a", b"/c"))
    say(
        "three pipelined requests, answers in order",
        [p in answer for p in (b"/a 0", b"/b 0", b"/c 0")],
    )
    LOG.clear()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.transport.pause_reading()
    writer.write(GET.replace(b"/a", b"/flood"))
    await asyncio.sleep(1.5)
    say("a client that does not read", LOG)
    writer.transport.abort()
    big = b"x" * 40_000_000
    head = b"POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"
    say("40 MB body", (await talk(port, head % len(big) + big, 3))[-20:])
    for size in (10_000, 200_000, 5_000_000):
        answer = await talk(
            port, b"GET /a HTTP/1.1\r\nhost: x\r\nx-big: " + b"y" * size + b"\r\n\r\n", 1
        )
        say(f"{size} byte header", answer[:40])
    say("half a header, then silence for 7 s", (await talk(port, b"GET /a HT", 7))[:60])
    both = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
    say("content-length and chunked together", (await talk(port, both))[:60])


async def main() -> None:
    signals: list[str] = []
    loop = asyncio.get_running_loop()
    for number in (signal.SIGHUP, signal.SIGTERM):
        loop.add_signal_handler(number, signals.append, number.name)
    sock = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port = sock.getsockname()[1]
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=5,
    )
    server = Quiet(config)
    task = asyncio.create_task(server.serve(sockets=[sock]))
    await asyncio.sleep(0.2)
    for number in (signal.SIGHUP, signal.SIGTERM):
        os.kill(os.getpid(), number)
    await asyncio.sleep(0.05)
    say("our own signal handlers still run", signals)
    await questions(port)
    asking = asyncio.create_task(talk(port, b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n", 2))
    await asyncio.open_connection("127.0.0.1", port)
    await asyncio.sleep(0.1)
    start = time.monotonic()
    server.should_exit = True
    await task
    say(
        "should_exit returns after",
        f"{time.monotonic() - start:.3f} s (idle keep-alive connection open)",
    )
    say("the running request got", (await asking)[-30:])


if __name__ == "__main__":
    uvloop.run(main())
