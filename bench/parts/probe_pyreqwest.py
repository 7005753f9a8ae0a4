# mypy: ignore-errors
# (the parts under test are not dependencies of the project, so their types are absent here)
"""What pyreqwest does at the edges: errors, cancellation, DNS pinning, TLS, threads. One line per question.

usage: python -m bench.parts.probe_pyreqwest
Needs `openssl` on the PATH for the TLS questions.
"""

import asyncio
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from pyreqwest.client import Client, ClientBuilder

Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\n"


def say(question: str, answer: object) -> None:
    print(f"{question:52} {answer}", flush=True)


async def ask(reader: asyncio.StreamReader) -> bytes:
    """The head of one request; its body (always `{}` or nothing here) is read and dropped."""
    head = await reader.readuntil(b"\r\n\r\n")
    if b"ontent-Length: 2" in head or b"ontent-length: 2" in head:
        await reader.readexactly(2)
    return head


async def serve(peer: Peer, context: ssl.SSLContext | None = None) -> tuple[asyncio.Server, int]:
    async def safely(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await peer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(safely, "127.0.0.1", 0, ssl=context)
    return server, server.sockets[0].getsockname()[1]


def builder() -> ClientBuilder:
    return ClientBuilder().no_proxy().follow_redirects(False)


def short(error: BaseException) -> str:
    causes = getattr(error, "details", {}).get("causes") or []
    return f"{type(error).__name__}: {str(error)[:60]} <- {[c['message'][:70] for c in causes]}"


async def outcome(client: Client, url: str, stream: bool = False) -> str:
    """How one request ends, in words."""
    try:
        if not stream:
            response = await client.post(url).body_bytes(b"{}").build().send()
            return f"{response.status} {len(await response.bytes())} bytes"
        seen = 0
        request = client.post(url).body_bytes(b"{}").streamed_read_buffer_limit(0).build_streamed()
        async with request as response:
            try:
                while (piece := await response.body_reader.read_chunk()) is not None:
                    seen += len(piece)
            except Exception as error:
                return f"{response.status}, {seen} bytes, then {short(error)}"
            return f"{response.status}, {seen} bytes, clean end"
    except Exception as error:
        return short(error)


def scripted(*parts: bytes, abort: bool = False, hold_s: float = 0.0) -> Peer:
    """A peer that answers with fixed bytes, then closes (or resets, or is silent first)."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ask(reader)
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.05)
        await asyncio.sleep(hold_s)
        if abort:
            sock = writer.get_extra_info("socket")
            sock.setsockopt(1, 13, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # SO_LINGER 0: a reset
            writer.transport.abort()

    return peer


async def failures() -> None:
    def fresh() -> Client:
        return (
            builder()
            .connect_timeout(timedelta(seconds=1))
            .read_timeout(timedelta(seconds=1))
            .build()
        )

    client = fresh()
    chunked = HEAD + b"transfer-encoding: chunked\r\n\r\n"
    cases = {
        "truncated content-length body": scripted(HEAD + b"content-length: 100\r\n\r\nabc"),
        "truncated chunked body": scripted(chunked + b"3\r\nabc\r\n"),
        "reset in the middle of a chunked body": scripted(chunked + b"3\r\nabc\r\n", abort=True),
        "closed before any byte": scripted(),
        "reset before any byte": scripted(abort=True),
        "not HTTP": scripted(b"hello there\r\n\r\n"),
        "silence before the head (read_timeout 1 s)": scripted(hold_s=3),
        "silence in the body (read_timeout 1 s)": scripted(chunked + b"3\r\nabc\r\n", hold_s=3),
        "redirect": scripted(
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
        ),
        "64 KB header": scripted(
            HEAD + b"x-big: " + b"y" * 60000 + b"\r\ncontent-length: 0\r\n\r\n"
        ),
        "1 MB header": scripted(
            HEAD + b"x-big: " + b"y" * 1_000_000 + b"\r\ncontent-length: 0\r\n\r\n"
        ),
        "101 headers": scripted(
            HEAD + b"".join(b"h%d: 1\r\n" % n for n in range(101)) + b"content-length: 0\r\n\r\n"
        ),
        "50 MB body": scripted(HEAD + b"content-length: 50000000\r\n\r\n" + b"z" * 50_000_000),
    }
    for name, peer in cases.items():
        server, port = await serve(peer)
        for stream in (False, True):
            say(
                f"{name}{' (stream)' if stream else ''}",
                await outcome(fresh(), f"http://127.0.0.1:{port}/", stream),
            )
        server.close()
    say("connection refused", await outcome(client, "http://127.0.0.1:1/"))
    say("unknown host", await outcome(client, "http://nowhere.invalid/"))
    server, port = await serve(scripted(hold_s=3))
    try:
        await (
            client.post(f"http://127.0.0.1:{port}/")
            .timeout(timedelta(milliseconds=200))
            .build()
            .send()
        )
    except Exception as error:
        say("per-request total timeout", short(error))


async def cancellation() -> None:
    closed: list[float] = []

    def watching(first: bytes) -> Peer:
        async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await ask(reader)
            writer.write(first)
            try:
                await reader.read(1)
            finally:
                closed.append(time.monotonic())

        return peer

    async def once(first: bytes, how: str, buffer: int = 0, wait_s: float = 0.5) -> str:
        closed.clear()
        server, port = await serve(watching(first))
        client, url = builder().build(), f"http://127.0.0.1:{port}/"

        async def use() -> None:
            request = (
                client.post(url)
                .body_bytes(b"{}")
                .streamed_read_buffer_limit(buffer)
                .build_streamed()
            )
            async with request as response:
                await response.body_reader.read_chunk()
                if how == "cancel":
                    await response.body_reader.read_chunk()
            left.append(time.monotonic())

        left: list[float] = []
        task = asyncio.create_task(use())
        await asyncio.sleep(0.2)
        if how == "cancel":
            left.append(time.monotonic())
            task.cancel()
        await asyncio.sleep(wait_s)
        task.cancel()
        server.close()
        return (
            f"{1000 * (closed[0] - left[0]):.1f} ms"
            if closed and left
            else f"still open after {wait_s} s"
        )

    chunk = HEAD + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"
    say("cancel in mid-stream: upstream sees the close after", await once(chunk, "cancel"))
    say("leave the async with in mid-stream", await once(chunk, "leave"))
    say("cancel before the head", await once(b"", "cancel", wait_s=5))
    say("default stream buffer: leave after the first chunk", await once(chunk, "leave", 65536))


def certificates(folder: Path) -> None:
    """A private authority, a server certificate for api.example and a client certificate."""

    def run(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    run("req", "-x509", *key, "-subj", "/CN=test ca", "-keyout", "ca.key", "-out", "ca.pem")
    for name, subject in (("server", "api.example"), ("client", "client")):
        run(
            "req",
            "-x509",
            *key,
            "-subj",
            f"/CN={subject}",
            "-addext",
            f"subjectAltName=DNS:{subject}",
            "-addext",
            "basicConstraints=critical,CA:false",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-keyout",
            f"{name}.key",
            "-out",
            f"{name}.pem",
        )


async def tls() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificates(folder)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "ca.pem"))
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        names: list[str] = []
        context.sni_callback = lambda _sock, sni, _ctx: names.append(sni)
        hosts: list[bytes] = []

        async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await ask(reader)
            hosts.extend(line for line in head.split(b"\r\n") if line.lower().startswith(b"host"))
            certificate = writer.get_extra_info("peercert")
            hosts.append(b"client certificate" if certificate else b"no client certificate")
            writer.write(HEAD + b"content-length: 2\r\n\r\nok")
            await writer.drain()

        server, port = await serve(peer, context)
        ca = (folder / "ca.pem").read_bytes()
        pinned = builder().resolve("api.example", "127.0.0.1", port)
        say(
            "https, private CA not given",
            await outcome(pinned.build(), f"https://api.example:{port}/"),
        )
        trusted = builder().resolve("api.example", "127.0.0.1", port).add_root_certificate_pem(ca)
        say(
            "https, resolve() + private CA",
            await outcome(trusted.build(), f"https://api.example:{port}/"),
        )
        say("  SNI and Host seen by the server", (names[-1:], hosts))
        context.verify_mode = ssl.CERT_REQUIRED
        mutual = builder().resolve("api.example", "127.0.0.1", port).add_root_certificate_pem(ca)
        mutual.identity_pem(
            (folder / "client.key").read_bytes() + (folder / "client.pem").read_bytes()
        )
        say(
            "client certificate",
            (await outcome(mutual.build(), f"https://api.example:{port}/"), hosts[-1:]),
        )
        wrong = builder().resolve("other.example", "127.0.0.1", port).add_root_certificate_pem(ca)
        say("wrong name", await outcome(wrong.build(), f"https://other.example:{port}/"))
        server.close()
    missing = [
        n
        for n in ("tls_built_in_root_certs", "dns_resolver", "remote_addr")
        if not hasattr(ClientBuilder, n)
    ]
    say("absent from the builder", missing)


async def threads() -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await ask(reader)
            writer.write(HEAD + b"content-length: 2\r\n\r\nok")

    server, port = await serve(peer)
    before = len(os.listdir("/proc/self/task"))
    clients = [builder().build() for _ in range(3)]
    for client in clients:
        await outcome(client, f"http://127.0.0.1:{port}/")
    after = len(os.listdir("/proc/self/task"))
    say(
        "OS threads: before, after three clients",
        (before, after, f"python sees {threading.active_count()}"),
    )
    limit = clients[0].get("http://x/").default_streamed_read_buffer_limit()
    say("default streamed_read_buffer_limit", limit)
    response = await clients[0].get(f"http://127.0.0.1:{port}/").build().send()
    say(
        "response attributes with an address",
        [n for n in dir(response) if "addr" in n or "peer" in n or "url" in n],
    )

    def voluntary() -> int:
        total = 0
        for task in os.listdir("/proc/self/task"):
            text = Path(f"/proc/self/task/{task}/status").read_text()
            total += int(text.split("\nvoluntary_ctxt_switches:")[1].split()[0])
        return total

    start = voluntary()
    for _ in range(1000):
        await outcome(clients[0], f"http://127.0.0.1:{port}/")
    say("voluntary context switches per request (serial)", (voluntary() - start) / 1000)
    server.close()


async def main() -> None:
    start = time.perf_counter()
    ClientBuilder().no_proxy().build()
    say("building one client takes", f"{1000 * (time.perf_counter() - start):.1f} ms")
    await threads()
    await cancellation()
    await tls()
    await failures()


if __name__ == "__main__":
    asyncio.run(main())
    sys.stdout.flush()
    os._exit(0)
