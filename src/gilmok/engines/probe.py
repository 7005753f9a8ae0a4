"""Asks llama-server how it is: whether it answers yet, and what the loaded model can do."""

from __future__ import annotations

import socket

import msgspec
from msgspec import Struct

from gilmok.core.endpoint import Capability
from gilmok.engines import http
from gilmok.engines.http import Fields, Unreachable

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
    return await get(port, "/health") is not None


async def properties(port: int, secret: str) -> Properties | None:
    """What the server says about itself; `None` where it does not answer to this secret."""
    body = await get(port, "/props", bearer(secret))
    if body is None:
        return None
    try:
        return msgspec.json.decode(body, type=Properties)
    except msgspec.MsgspecError:
        return Properties()


async def get(port: int, path: str, fields: Fields = ()) -> bytes | None:
    """The body of a 200 on loopback; `None` for anything else, failures to connect included."""
    try:
        reply = await http.ask(
            "GET", f"http://127.0.0.1:{port}{path}", fields=fields, timeout_s=_TIMEOUT_S
        )
    except Unreachable:
        return None
    return reply.body if reply.status == 200 else None


def bearer(secret: str) -> Fields:
    return (("authorization", f"Bearer {secret}"),)
