"""Requests and endpoints that the tests of this room share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from msgspec.structs import replace

from gilmok import providers
from gilmok.core.completion import Batch, Delta, Event, Usage
from gilmok.core.endpoint import Endpoint, ProviderRow, Zone
from gilmok.core.outbound import Outbound
from gilmok.core.ports import Upstream
from gilmok.core.request import (
    Image,
    Message,
    Request,
    Role,
    Sampling,
    Target,
    Text,
    Tool,
    ToolCall,
)
from gilmok.core.text import Private, Secret

KEY = "sk-canary-key-0123456789"
EVERYWHERE = frozenset(Zone)
PIXEL = "data:image/png;base64,iVBORw0KGgo="


def text(words: str) -> Text:
    return Text(Private(words))


def said(role: Role, *words: str) -> Message:
    return Message(role=role, parts=tuple(text(word) for word in words))


def request(*messages: Message, **fields: Any) -> Request:
    return Request(
        id="dec_1",
        target=Target(name="asked-model"),
        messages=messages or (said(Role.USER, "hello"),),
        received_at=0,
        deadline=0.0,
        **fields,
    )


def endpoint(
    wire: str = "openai", base_url: str = "http://127.0.0.1:1/v1", model: str = "ok", **fields: Any
) -> Endpoint:
    auth = {"anthropic": "x-api-key"}.get(wire, "bearer")
    values: dict[str, Any] = {
        "id": "e1",
        "provider": ProviderRow(name=f"test-{wire}", wire=wire, auth=auth),
        "zone": Zone.LOCAL,
        "context": 8192,
        "quality": 0.5,
        "api_key": Secret(KEY),
    }
    return Endpoint(base_url=base_url, model=model, **(values | fields))


def omitting(where: Endpoint, *names: str, **row: Any) -> Endpoint:
    return replace(where, provider=replace(where.provider, omit=frozenset(names), **row))


def outbound(
    where: Endpoint,
    asked: Request | None = None,
    *,
    stream: bool = True,
    zones: frozenset[Zone] = EVERYWHERE,
) -> Outbound:
    asked = replace(asked or request(), stream=stream)
    letter = providers.dialect(where.provider.wire).encode(where, asked)
    return Outbound(endpoint=where, zones=zones, letter=letter, stream=stream)


def converse(
    upstream: Upstream, where: Endpoint, **fields: Any
) -> AbstractAsyncContextManager[AsyncIterator[Batch]]:
    return upstream.converse(outbound(where, **fields), connect_s=2.0)


@asynccontextmanager
async def serving(
    handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncGenerator[int, None]:
    """A server of raw bytes; its port. Every connection is over when the block is."""
    running: set[asyncio.Task[Any] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.add(asyncio.current_task())
        try:
            await handle(reader, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for _ in range(5):  # what was accepted just now gets its handler, and so its end
            await asyncio.sleep(0)
        await asyncio.gather(*(task for task in running if task is not None))


def replying(reply: bytes) -> AbstractAsyncContextManager[int]:
    """A server that answers anything with these bytes and closes; its port."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)

    return serving(handle)


async def answer(upstream: Upstream, where: Endpoint, **fields: Any) -> list[Event]:
    async with converse(upstream, where, **fields) as events:
        return [event async for batch in events for event in batch]


def words(events: Iterable[Event]) -> str:
    return "".join(event.content or "" for event in events if isinstance(event, Delta))


def finishes(events: Iterable[Event]) -> list[str]:
    return [event.finish for event in events if isinstance(event, Delta) and event.finish]


def usages(events: Iterable[Event]) -> list[Usage]:
    return [event for event in events if isinstance(event, Usage)]


def full_request() -> Request:
    """A request that uses every text there is; each is a canary `CNRY…` of its own.

    JSON texts hold their canary as a value, as the JSON of real callers does.
    """
    return request(
        said(Role.SYSTEM, "CNRYsystem"),
        said(Role.DEVELOPER, "CNRYdeveloper"),
        Message(
            role=Role.USER,
            parts=(
                text("CNRYuser"),
                Image(Private(PIXEL), "low"),
                text("CNRY둘째"),
            ),
        ),
        Message(
            role=Role.ASSISTANT,
            parts=(text("CNRYassistant"),),
            tool_calls=(
                ToolCall(
                    Private("CNRYcallid"), Private("CNRYtool"), Private('{"q":"CNRYarguments"}')
                ),
            ),
        ),
        Message(role=Role.TOOL, parts=(text("CNRYresult"),), tool_call_id=Private("CNRYcallid")),
        said(Role.USER, "CNRYlast"),
        tools=(
            Tool(
                name=Private("CNRYtool"),
                description=Private("CNRYdescription"),
                parameters=Private('{"type":"object","description":"CNRYparameters"}'),
            ),
        ),
        sampling=Sampling(
            temperature=0.5,
            top_p=0.9,
            max_tokens=77,
            seed=3,
            stop=(Private("CNRYstop"),),
            presence_penalty=0.1,
            tool_choice=Private('{"type":"function","function":{"name":"CNRYtool"}}'),
            response_format=Private(
                '{"type":"json_schema","json_schema":{"name":"n","schema":{"title":"CNRYschema"}}}'
            ),
        ),
        options=(("prediction", Private('{"content":"CNRYprediction"}')),),
        extras=(("CNRYfield", Private('"CNRYextra"')),),
    )
