"""Clients that leave, draining, listening, and many at once."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import socket
import ssl
import subprocess
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from gilmok.surfaces.connection import Connection
from gilmok.surfaces.http import HttpRequest, Limits, Reply
from gilmok.surfaces.server import Server
from tests.wire.raw import PATIENCE_S, Client, echo, get, post, refuse, serving, until

LEAVE: dict[str, Callable[[Client], None]] = {
    "close": Client.close,
    "half-close": Client.half_close,
    "reset": Client.reset,
}


class Watched:
    """An app that goes to a phase, says so, and records how it was ended."""

    def __init__(self, phase: str) -> None:
        self._phase = phase
        self.there = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.others = 0

    async def __call__(self, request: HttpRequest, reply: Reply) -> None:
        if self.there.is_set():
            self.others += 1
        try:
            if self._phase != "before the head":
                reply.start(200, ())
                await reply.write(b"x")
            while self._phase == "waiting to write":
                writing = asyncio.ensure_future(reply.write(b"x" * 16384))
                await asyncio.sleep(0)
                if not writing.done():
                    self.there.set()
                await writing
            self.there.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


@pytest.mark.parametrize("leave", LEAVE.values(), ids=LEAVE)
@pytest.mark.parametrize("behind", [b"", get("/2"), get("/2")[:9], post(b"x" * 999) * 9])
@pytest.mark.parametrize("phase", ["before the head", "in the stream", "waiting to write"])
async def test_a_client_that_leaves_cancels_the_handler(
    phase: str, behind: bytes, leave: Callable[[Client], None]
) -> None:
    app = Watched(phase)
    async with serving(app) as server, Client(server.port, recv_bytes=4096) as client:
        await client.send(get("/1") + behind)
        async with asyncio.timeout(PATIENCE_S):
            await app.there.wait()
            leave(client)
            await app.cancelled.wait()
            await server._empty.wait()
        assert app.others == 0  # what was pipelined is not served to nobody


async def test_a_client_that_leaves_before_the_handler_ran() -> None:
    async with serving(Watched("before the head")) as server:
        for _ in range(50):
            async with Client(server.port) as client:
                await client.send(get())
                client.reset()
        async with asyncio.timeout(PATIENCE_S):
            await server._empty.wait()


async def test_a_handler_that_has_answered_finishes_its_own_work() -> None:
    left = asyncio.Event()
    finished = asyncio.Event()

    async def app(request: HttpRequest, reply: Reply) -> None:
        reply.send(200, (), b"done")
        await left.wait()
        await asyncio.sleep(0)
        finished.set()

    async with serving(app) as server:
        async with Client(server.port) as client:
            await client.send(get())
            await client.answer()
        async with asyncio.timeout(PATIENCE_S):
            (connection,) = server._connections
            await until(lambda: connection.gone)
            left.set()
            await finished.wait()
            await server._empty.wait()


async def test_writing_to_a_client_that_left_raises_where_the_cancellation_was_swallowed() -> None:
    outcome: asyncio.Future[type[BaseException]] = asyncio.get_running_loop().create_future()
    there = asyncio.Event()

    async def app(request: HttpRequest, reply: Reply) -> None:
        reply.start(200, ())
        there.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            try:
                await reply.write(b"x")
            except ConnectionResetError as error:
                outcome.set_result(type(error))
            reply.end()

    async with serving(app) as server, Client(server.port) as client:
        await client.send(get())
        async with asyncio.timeout(PATIENCE_S):
            await there.wait()
            client.close()
            assert await outcome is ConnectionResetError


async def test_a_finished_connection_leaves_nothing_behind() -> None:
    gone: list[weakref.ref[object]] = []

    async def app(request: HttpRequest, reply: Reply) -> None:
        gone.append(weakref.ref(asyncio.current_task()))
        reply.send(200, (), b"")

    async with serving(app) as server:
        async with Client(server.port) as client:
            await client.send(get())
            await client.answer()
        async with asyncio.timeout(PATIENCE_S):
            await server._empty.wait()
        gc.collect()
        assert [task() for task in gone] == [None]
        assert not [o for o in gc.get_objects() if isinstance(o, Connection)]


async def test_drain_closes_idle_connections_and_lets_the_running_finish() -> None:
    started, go = asyncio.Event(), asyncio.Event()

    async def app(request: HttpRequest, reply: Reply) -> None:
        if request.path == "/slow":
            started.set()
            await go.wait()
        reply.send(200, (), request.path.encode())

    async with serving(app) as server, Client(server.port) as idle, Client(server.port) as busy:
        await idle.send(get())
        await idle.answer()
        await busy.send(get("/slow") + get("/behind"))
        await started.wait()
        port = server.port
        draining = asyncio.create_task(server.drain(PATIENCE_S))
        assert await idle.rest() == b""
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        go.set()
        answer = await busy.answer()
        assert (answer.body, answer.fields["connection"]) == (b"/slow", "close")
        assert await busy.rest() == b""
        async with asyncio.timeout(PATIENCE_S):
            await draining
        assert server.connections == 0


async def test_drain_cancels_what_takes_too_long_and_waits_for_its_clean_up() -> None:
    app = Watched("in the stream")
    async with serving(app) as server, Client(server.port) as client:
        await client.send(get())
        await app.there.wait()
        await server.drain(0.01)
        assert app.cancelled.is_set()
        assert server.connections == 0


async def test_leaving_the_context_ends_every_handler() -> None:
    app = Watched("before the head")
    async with serving(app) as server:
        client = await Client(server.port).__aenter__()
        await client.send(get())
        await app.there.wait()
    assert app.cancelled.is_set()
    client.close()


async def test_a_thousand_connections_at_once() -> None:
    waiting = 0
    all_there = asyncio.Event()

    async def app(request: HttpRequest, reply: Reply) -> None:
        nonlocal waiting
        waiting += 1
        if waiting == 1000:
            all_there.set()
        await all_there.wait()
        reply.send(200, (), request.body)

    async def one(number: int) -> None:
        async with Client(server.port) as client:
            await client.send(post(b"%d" % number))
            assert (await client.answer()).body == b"%d" % number

    async with serving(app) as server:
        await asyncio.gather(*(one(number) for number in range(1000)))


async def test_one_connection_too_many_is_told_so() -> None:
    limits = Limits(max_connections=1)
    async with serving(limits=limits) as server, Client(server.port) as first:
        await first.send(get())
        await first.answer()
        async with Client(server.port) as second:
            assert (await second.answer()).status == 429
            assert await second.rest() == b""
        await first.send(get())
        assert (await first.answer()).status == 200


async def test_a_taken_port_is_an_error() -> None:
    async with serving() as server, Server(echo, Limits(), refuse=refuse) as second:
        with pytest.raises(OSError, match="in use"):
            await second.listen("127.0.0.1", server.port)
        assert second.port == 0


async def test_ipv6_and_a_given_socket() -> None:
    peers: list[str] = []

    async def app(request: HttpRequest, reply: Reply) -> None:
        peers.append(request.peer)
        reply.send(200, (), b"")

    async def ask(family: socket.AddressFamily, address: tuple[str, int]) -> None:
        with socket.socket(family) as sock:
            sock.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(sock, address)
            await loop.sock_sendall(sock, get())
            assert (await loop.sock_recv(sock, 1000)).startswith(b"HTTP/1.1 200")

    async with Server(app, Limits(), refuse=refuse) as server:
        await server.listen("::1", 0)
        await ask(socket.AF_INET6, ("::1", server.port))
    async with Server(app, Limits(), refuse=refuse) as server:
        dual = socket.create_server(
            ("::", 0), family=socket.AF_INET6, dualstack_ipv6=True
        )  # IPv4 clients are seen as such
        await server.listen(sock=dual)
        await ask(socket.AF_INET, ("127.0.0.1", server.port))
    assert peers == ["::1", "127.0.0.1"]


async def test_a_unix_socket_is_not_taken_from_a_living_server(tmp_path: Path) -> None:
    path = str(tmp_path / "gilmok.sock")
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(path)
    async with Server(echo, Limits(), refuse=refuse) as server:
        await server.listen(path=path)
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(get("/", "Connection: close"))
        assert (await reader.read()).endswith(b"GET /? 0 ")
        writer.close()
        await writer.wait_closed()
        async with Server(echo, Limits(), refuse=refuse) as second:
            with pytest.raises(OSError, match="in use"):
                await second.listen(path=path)
        assert "gilmok.sock" in os.listdir(tmp_path)
    assert os.listdir(tmp_path) == []


async def test_tls(tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 "
        f"-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {cert}"
    )
    await asyncio.to_thread(
        lambda: subprocess.run(command.split(), check=True, capture_output=True)
    )
    here = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    here.load_cert_chain(cert, key)
    app = Watched("in the stream")
    async with Server(app, Limits(), refuse=refuse) as server:
        await server.listen("127.0.0.1", 0, ssl=here)
        there = ssl.create_default_context(cafile=str(cert))
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=there)
        writer.write(get())
        async with asyncio.timeout(PATIENCE_S):
            assert (await reader.readuntil(b"x\r\n")).endswith(b"\r\n\r\n1\r\nx\r\n")
            writer.transport.abort()
            await app.cancelled.wait()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=there)
        writer.write(b"nonsense\r\n\r\n")
        async with asyncio.timeout(PATIENCE_S):
            assert (await reader.read()).startswith(b"HTTP/1.1 400")
        writer.close()
        await writer.wait_closed()


async def test_random_bytes_on_real_sockets_leave_the_server_serving() -> None:
    rng = random.Random(2)
    seeds = [get(), post(b"abc"), get() * 3, get("/", "Transfer-Encoding: chunked", method="POST")]
    async with serving() as server:
        for _ in range(150):
            data = bytearray(rng.choice(seeds) + b"3\r\nabc\r\n0\r\n\r\n")
            for _ in range(rng.randrange(6)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            async with Client(server.port) as client:
                await client.send(bytes(data))
                client.half_close()
                try:
                    await client.rest()
                except ConnectionResetError:
                    continue
        async with Client(server.port) as client:
            await client.send(get())
            assert (await client.answer()).status == 200
