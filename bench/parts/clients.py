# mypy: ignore-errors
# (the parts under test are not dependencies of the project, so their types are absent here)
# ruff: noqa: PLC0415 (each run imports only the part that it measures)
"""Upstream clients with one shape: `post(body) -> bytes` and `stream(body) -> pieces of bytes`."""

from collections.abc import AsyncIterator
from typing import Protocol

JSON = {"content-type": "application/json"}


class Upstream(Protocol):
    async def post(self, body: bytes) -> bytes: ...

    def stream(self, body: bytes) -> AsyncIterator[bytes]: ...


class PyreqwestClient:
    def __init__(self, port: int) -> None:
        from pyreqwest.client import ClientBuilder

        self.url = f"http://127.0.0.1:{port}/v1/chat/completions"
        self.client = (
            ClientBuilder().no_proxy().follow_redirects(False).default_headers(JSON).build()
        )

    async def post(self, body: bytes) -> bytes:
        response = await self.client.post(self.url).body_bytes(body).build().send()
        return (await response.bytes()).to_bytes()

    async def stream(self, body: bytes) -> AsyncIterator[bytes]:
        # Without the limit of 0 the response is held back until 64 KiB have come or the stream ends.
        request = (
            self.client.post(self.url)
            .body_bytes(body)
            .streamed_read_buffer_limit(0)
            .build_streamed()
        )
        async with request as response:
            while (piece := await response.body_reader.read_chunk()) is not None:
                yield piece.to_bytes()


class AiohttpClient:
    def __init__(self, port: int) -> None:
        import aiohttp

        self.url = f"http://127.0.0.1:{port}/v1/chat/completions"
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            trust_env=False,
            auto_decompress=False,
            headers=JSON,
        )

    async def post(self, body: bytes) -> bytes:
        async with self.session.post(self.url, data=body, allow_redirects=False) as response:
            return await response.read()

    async def stream(self, body: bytes) -> AsyncIterator[bytes]:
        async with self.session.post(self.url, data=body, allow_redirects=False) as response:
            async for piece in response.content.iter_any():
                yield piece


class HttpxClient:
    def __init__(self, port: int) -> None:
        import httpx

        self.url = f"http://127.0.0.1:{port}/v1/chat/completions"
        self.client = httpx.AsyncClient(
            trust_env=False, headers=JSON, limits=httpx.Limits(max_connections=None)
        )

    async def post(self, body: bytes) -> bytes:
        return (await self.client.post(self.url, content=body)).content

    async def stream(self, body: bytes) -> AsyncIterator[bytes]:
        async with self.client.stream("POST", self.url, content=body) as response:
            async for piece in response.aiter_raw():
                yield piece


def build(kind: str, port: int) -> Upstream:
    """The client called `kind`; imports happen in the constructors so that only the one in use costs anything."""
    if kind == "raw":
        from bench.parts.raw_http import RawClient

        return RawClient("127.0.0.1", port, "/v1/chat/completions")
    return {"pyreqwest": PyreqwestClient, "aiohttp": AiohttpClient, "httpx": HttpxClient}[kind](
        port
    )
