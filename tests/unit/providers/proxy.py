"""A tiny HTTP proxy: CONNECT tunnels and absolute URLs, to wherever a test says a name leads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.unit.providers.samples import serving


@dataclass
class TinyProxy:
    """`leads` says which port of this machine a `host:port` means; it resolves no name."""

    leads: dict[str, int]
    demands: str | None = None
    """The `Proxy-Authorization` it wants to see."""
    says: bytes | None = None
    """What it answers instead of doing its work."""
    heads: list[str] = field(default_factory=list)
    """The heads it was sent, in order."""
    passed: bytearray = field(default_factory=bytearray)
    """Every byte that it carried towards endpoints."""
    port: int = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head.decode("ascii"))
        method, target, _ = head.decode("ascii").split(" ", 2)
        if self.says is not None:
            writer.write(self.says)
            if not self.says:
                await reader.read()  # until the client gives up
            return
        if (
            self.demands is not None
            and f"proxy-authorization: {self.demands}" not in self.heads[-1]
        ):
            writer.write(
                b"HTTP/1.1 407 No\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n"
            )
            return
        if method == "CONNECT":
            await self._carry(target, b"", reader, writer)
        else:
            where, _, path = target.removeprefix("http://").partition("/")
            _, _, fields = head.partition(b"\r\n")
            await self._carry(
                where, f"{method} /{path} HTTP/1.1\r\n".encode() + fields, reader, writer
            )

    async def _carry(
        self, where: str, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection(
                "127.0.0.1", self.leads[where]
            )
        except (KeyError, OSError):
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
            return
        if first:
            there_writer.write(first)
        else:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            await asyncio.gather(
                self._pipe(reader, there_writer, self.passed),
                self._pipe(there_reader, writer, bytearray()),
            )
        finally:
            there_writer.close()

    async def _pipe(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: bytearray
    ) -> None:
        try:
            while data := await reader.read(64 * 1024):
                seen += data
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def proxying(
    leads: dict[str, int], *, demands: str | None = None, says: bytes | None = None
) -> AsyncGenerator[TinyProxy, None]:
    proxy = TinyProxy(leads, demands, says)
    async with serving(proxy.handle) as port:
        proxy.port = port
        yield proxy
