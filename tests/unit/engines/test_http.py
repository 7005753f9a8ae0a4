"""The small client for the gateway's own words to engines: what it refuses to send, and to whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gilmok.engines import http
from gilmok.engines.http import Unreachable


@asynccontextmanager
async def saying(answer: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that says this whatever it hears, and what it heard."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.append(await reader.read(65536))
            writer.write(answer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard


async def _fails(url: str) -> str:
    with pytest.raises(Unreachable) as caught:
        await http.ask("GET", url, timeout_s=5.0)
    return caught.value.reason


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nhi",
    ],
)
async def test_it_reads_every_kind_of_body(answer: bytes) -> None:
    async with saying(answer) as (url, heard):
        reply = await http.ask(
            "POST", f"{url}/a?b=1", fields=(("x-key", "s"),), body=b"{}", timeout_s=5.0
        )
    assert (reply.ok, reply.body) == (True, b"hi")
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a?b=1 HTTP/1.1\r\n")
    assert b"x-key: s" in head
    assert b"content-length: 2" in head
    assert body == b"{}"


async def test_it_follows_nothing() -> None:
    async with saying(b"HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\n\r\n") as (url, heard):
        assert (await http.ask("GET", url, timeout_s=5.0)).status == 302
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", "not_http"),
        (b"", "refused"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5_000_000, "too_large"),
    ],
)
async def test_what_is_no_answer(answer: bytes, reason: str) -> None:
    async with saying(answer) as (url, _):
        assert await _fails(url) == reason


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data", "unfit_address"),
        ("http://[fd00:ec2::254]/", "unfit_address"),
        ("http://8.8.8.8/", "exposed"),
        ("http://user@127.0.0.1/", "bad_url"),
        ("http://127.0.0.1/\r\nx: y", "bad_url"),
        ("ftp://127.0.0.1/", "bad_url"),
        ("http://name.invalid/", "dns"),
        ("http://127.0.0.1:1/", "refused"),
    ],
)
async def test_where_nothing_is_sent(url: str, reason: str) -> None:
    assert await _fails(url) == reason


async def test_it_does_not_wait_for_ever() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(-1)  # until the client leaves
        finally:
            writer.close()

    silent = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with silent:
        url = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}/"
        with pytest.raises(Unreachable, match="timeout"):
            await http.ask("GET", url, timeout_s=0.05)


async def test_another_certificate_is_refused() -> None:
    async with saying(b"HTTP/1.1 200 OK\r\n\r\n") as (url, _):
        assert await _fails(url.replace("http:", "https:")) in ("tls", "refused")
