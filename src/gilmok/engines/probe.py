"""Asks llama-server how it is: whether it answers yet, and what the loaded model can do."""

from __future__ import annotations

import asyncio
import socket

import msgspec
from msgspec import Struct

from gilmok.core.endpoint import Capability

_LARGEST_ANSWER = 4 * 2**20
_TIMEOUT_S = 5.0


class _Generation(Struct, frozen=True):
    n_ctx: int = 0


class _Modalities(Struct, frozen=True):
    vision: bool = False


class _Template(Struct, frozen=True):
    supports_tools: bool = False
    supports_tool_calls: bool = False


class Properties(Struct, frozen=True):
    """The part of `GET /props` that is of use here. Unknown fields are ignored."""

    default_generation_settings: _Generation = _Generation()
    modalities: _Modalities = _Modalities()
    chat_template_caps: _Template = _Template()

    @property
    def context(self) -> int:
        """Tokens of one slot; 0 where the server did not say."""
        return self.default_generation_settings.n_ctx

    def capabilities(self, offered: frozenset[Capability]) -> frozenset[Capability]:
        """What of the provider's offer the loaded model really has."""
        lacking = set()
        template = self.chat_template_caps
        if not (template.supports_tools and template.supports_tool_calls):
            lacking.add(Capability.TOOLS)
        if not self.modalities.vision:
            lacking.add(Capability.IMAGES)
        return offered - lacking


def free_port() -> int:
    """A loopback port free at this instant. Somebody may take it before it is used."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port: int = holder.getsockname()[1]
        return port


async def is_healthy(port: int) -> bool:
    """True once the model is loaded; needs no key, so none is shown to whoever listens there."""
    return await _get(port, "/health", "") is not None


async def properties(port: int, secret: str) -> Properties | None:
    """What the server says about itself; `None` where it does not answer to this secret."""
    body = await _get(port, "/props", f"Authorization: Bearer {secret}\r\n")
    if body is None:
        return None
    try:
        return msgspec.json.decode(body, type=Properties)
    except msgspec.MsgspecError:
        return Properties()


async def _get(port: int, path: str, header: str) -> bytes | None:
    """The body of a 200; `None` for anything else, failures to connect included."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}Connection: close\r\n\r\n"
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(request.encode())
                answer = await _all(reader)
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return None
    head, _, body = answer.partition(b"\r\n\r\n")
    return body if head.split(b" ", 2)[1:2] == [b"200"] else None


async def _all(reader: asyncio.StreamReader) -> bytes:
    answer = b""
    while len(answer) < _LARGEST_ANSWER and (chunk := await reader.read(65536)):
        answer += chunk
    return answer
