# mypy: ignore-errors
# (the parts under test are not dependencies of the project, so their types are absent here)
"""What Granian's embedded RSGI server does at the edges. Prints one line per question.

usage: python -m bench.parts.probe_granian
"""

import asyncio
import os
import signal
import socket
import time
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.net import SocketHolder
from granian.server.embed import Server

LOG: list[str] = []


def say(question: str, answer: object) -> None:
    print(f"{question:58} {answer}", flush=True)


async def app(scope: Any, proto: Any) -> None:
    if scope.path == "/wait":
        await wait_for_upstream(proto)
    elif scope.path == "/stream":
        await stream_slowly(proto)
    elif scope.path == "/body":
        body = await proto()
        proto.response_str(200, [], str(len(body)))
    elif scope.path == "/stall":
        await stall_mid_stream(proto)
    elif scope.path == "/flood":
        await flood(proto)
    elif scope.path == "/slow":
        await asyncio.sleep(0.5)
        proto.response_str(200, [], "slow done")
    else:
        proto.response_str(200, [], f"{scope.path} from {scope.client} host {scope.authority}")


async def wait_for_upstream(proto: Any) -> None:
    """Waits for the upstream's first byte, racing it with the client's departure."""
    await proto()
    gone = asyncio.ensure_future(proto.client_disconnect())
    upstream = asyncio.ensure_future(asyncio.sleep(3))
    try:
        await asyncio.wait({gone, upstream}, return_when=asyncio.FIRST_COMPLETED)
        LOG.append(f"wait: gone={gone.done()} at {time.monotonic():.3f}")
        if not gone.done():
            proto.response_str(200, [], "late")
    except asyncio.CancelledError:
        LOG.append(f"wait: cancelled at {time.monotonic():.3f}")
        raise
    finally:
        gone.cancel()
        upstream.cancel()


async def stream_slowly(proto: Any) -> None:
    await proto()
    gone = asyncio.ensure_future(proto.client_disconnect())
    transport = proto.response_stream(200, [("content-type", "text/event-stream")])
    try:
        for number in range(300):
            await transport.send_bytes(b"data: %d\n\n" % number)
            if gone.done():
                LOG.append(f"stream: client_disconnect at {time.monotonic():.3f} chunk {number}")
                return
            await asyncio.sleep(0.01)
        LOG.append("stream: ran to its end")
    except BaseException as error:
        LOG.append(f"stream: {type(error).__name__} at {time.monotonic():.3f}")
        raise
    finally:
        gone.cancel()


async def stall_mid_stream(proto: Any) -> None:
    """One chunk out, then the upstream is silent: only client_disconnect can tell."""
    await proto()
    transport = proto.response_stream(200, [])
    await transport.send_bytes(b"data: 1\n\n")
    try:
        await asyncio.wait_for(proto.client_disconnect(), 3)
        LOG.append(f"stall: client_disconnect at {time.monotonic():.3f}")
    except TimeoutError:
        LOG.append("stall: nothing learnt in 3 s")


async def flood(proto: Any) -> None:
    """Writes 64 MB to a client that does not read: does send_bytes wait?"""
    transport = proto.response_stream(200, [])
    for number in range(1000):
        try:
            await asyncio.wait_for(transport.send_bytes(b"z" * 65536), 0.5)
        except TimeoutError:
            LOG.append(f"send_bytes waits after {number * 64} KiB")
            return
    LOG.append("send_bytes never waited: 64 MB buffered")


class FdServer(Server):
    """Serves a socket that we bound: the port is known and port 0 works."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.given = sock

    def _init_shared_socket(self) -> None:
        self._shd = SocketHolder(os.dup(self.given.fileno()), False, self.backlog)
        self._ssp = None


async def talk(port: int, data: bytes, wait_s: float = 0.3, host: str = "127.0.0.1") -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(data)
    received = b""
    try:
        while piece := await asyncio.wait_for(reader.read(65536), wait_s):
            received += piece
    except (TimeoutError, ConnectionError) as error:
        received += f"<{type(error).__name__}>".encode()
    writer.close()
    return received


async def leave(port: int, path: str, abort: bool) -> str:
    """Connect, ask, go away after 200 ms; how long until the handler knew?"""
    LOG.clear()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{{}}".encode())
    await asyncio.sleep(0.2)
    left = time.monotonic()
    writer.transport.abort() if abort else writer.close()
    await asyncio.sleep(0.5)
    moment = [float(line.split(" at ")[1].split()[0]) for line in LOG if " at " in line]
    return (
        f"{LOG} after {1000 * (moment[0] - left):.1f} ms"
        if moment
        else f"{LOG} (nothing within 500 ms)"
    )


async def half_close(port: int) -> str:
    LOG.clear()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /wait HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}")
    writer.write_eof()
    await asyncio.sleep(0.5)
    writer.close()
    return f"{LOG or 'not taken for a departure'}"


async def keep_alive(port: int) -> list[bool]:
    """The disconnect future of an earlier request must not disturb a later one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    seen = []
    for path in (b"/a", b"/stream", b"/b"):
        writer.write(b"GET " + path + b" HTTP/1.1\r\nhost: x\r\n\r\n")
        seen.append((await reader.readline()).startswith(b"HTTP/1.1 200"))
        while (
            b"0\r\n\r\n" not in (data := await reader.read(65536)) and path == b"/stream" and data
        ):
            pass
    writer.close()
    return seen


async def questions(port: int) -> None:
    get = b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n"
    say("plain answer", await talk(port, get))
    for path in ("/wait", "/stream", "/stall"):
        say(f"client closes during {path}", await leave(port, path, False))
        say(f"client resets during {path}", await leave(port, path, True))
    say("client half-closes (shutdown of its sending side)", await half_close(port))
    say("one connection, three requests one after the other", await keep_alive(port))
    pipelined = await talk(port, get + get.replace(b"/a", b"/b") + get.replace(b"/a", b"/c"))
    say(
        "three pipelined requests, answers in order",
        [p in pipelined for p in (b"/a from", b"/b from", b"/c from")],
    )
    LOG.clear()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /wait HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}" + get)
    await asyncio.sleep(0.2)
    writer.transport.abort()
    await asyncio.sleep(0.5)
    say(
        "pipelined data behind a waiting request, client leaves", LOG or "not noticed within 500 ms"
    )
    LOG.clear()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.transport.pause_reading()
    writer.write(get.replace(b"/a", b"/flood"))
    await asyncio.sleep(2)
    say("a client that does not read", LOG)
    writer.transport.abort()
    await limits(port)


async def limits(port: int) -> None:
    big = b"x" * 40_000_000
    head = b"POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"
    say("40 MB body", (await talk(port, head % len(big) + big, 3))[-20:])
    for size in (10_000, 200_000, 500_000):
        answer = await talk(
            port, b"GET /a HTTP/1.1\r\nhost: x\r\nx-big: " + b"y" * size + b"\r\n\r\n", 1
        )
        say(f"{size} byte header", answer[:60])
    many = b"".join(b"h%d: 1\r\n" % n for n in range(150))
    say(
        "150 headers",
        (await talk(port, b"GET /a HTTP/1.1\r\nhost: x\r\n" + many + b"\r\n", 1))[:40],
    )
    say(
        "half a header, then silence (header_read_timeout 1 s)",
        (await talk(port, b"GET /a HT", 3))[:80],
    )
    say("half a body, then silence for 3 s", (await talk(port, head % 100 + b"abc", 3))[:80])
    say(
        "content-length and chunked together",
        (
            await talk(
                port,
                b"POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            )
        )[:60],
    )
    say("bad request line", (await talk(port, b"BLAH\r\n\r\n"))[:80])


async def graceful(server: Server, port: int, task: asyncio.Task[None]) -> None:
    """stop() while a request is running: is it finished, and how long does it take?"""
    asking = asyncio.create_task(
        talk(port, b"GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", 2)
    )
    _, idle_writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.sleep(0.1)
    start = time.monotonic()
    server.stop()
    try:
        await asyncio.wait_for(asyncio.shield(task), 5)
        say(
            "stop() returns after",
            f"{time.monotonic() - start:.3f} s (idle keep-alive connection open)",
        )
    except TimeoutError:
        say("stop() returns after", "more than 5 s (idle keep-alive connection open)")
    say("the running request got", (await asking)[-30:])
    idle_writer.close()


async def main() -> None:
    loop = asyncio.get_running_loop()
    signals: list[str] = []
    for number in (signal.SIGHUP, signal.SIGTERM):
        loop.add_signal_handler(number, signals.append, number.name)
    sock = socket.create_server(("127.0.0.1", 0), backlog=1024)
    sock.setblocking(False)
    port = sock.getsockname()[1]
    settings = HTTP1Settings(header_read_timeout=1000)
    server = FdServer(
        sock,
        app,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        http1_settings=settings,
        websockets=False,
        log_enabled=False,
    )
    task = asyncio.create_task(server.serve())
    await asyncio.sleep(0.2)
    say("own socket, port 0 learnt before start", port)
    for number in (signal.SIGHUP, signal.SIGTERM):
        os.kill(os.getpid(), number)
    await asyncio.sleep(0.05)
    say("our own signal handlers still run", signals)
    await questions(port)
    await graceful(server, port, task)
    await ordinary()


async def ordinary() -> None:
    """Granian's own binding: is a taken port refused, does IPv6 work?"""
    first = Server(app, port=19555, log_enabled=False, websockets=False)
    second = Server(app, port=19555, log_enabled=False, websockets=False)
    tasks = [asyncio.create_task(first.serve()), asyncio.create_task(second.serve())]
    await asyncio.sleep(0.3)
    say("second server on a taken port", [task.done() and repr(task.exception()) for task in tasks])
    six = Server(app, address="::1", port=19556, log_enabled=False, websockets=False)
    tasks.append(asyncio.create_task(six.serve()))
    await asyncio.sleep(0.3)
    try:
        say("IPv6", (await talk(19556, b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n", host="::1"))[-40:])
    except OSError as error:
        say("IPv6", repr(error))
    for server in (first, second, six):
        server.stop()
    done, _pending = await asyncio.wait(tasks, timeout=3)
    say(
        "stopped",
        f"{len(done)} of 3; errors {[repr(t.exception()) for t in done if t.exception()]}",
    )


if __name__ == "__main__":
    asyncio.run(main())
    os._exit(0)
