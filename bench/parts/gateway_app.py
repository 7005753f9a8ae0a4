# mypy: ignore-errors
# (the parts under test are not dependencies of the project, so their types are absent here)
# ruff: noqa: PLC0415 (each run imports only the part that it measures)
"""The bare gateway: decode, re-encode, post, decode, re-encode, reply. No policy.

usage: python -m bench.parts.gateway_app SERVER CLIENT LOOP PORT UPSTREAM_PORT
SERVER: rsgi-embed rsgi-worker asgi-embed asgi-worker uvicorn raw    CLIENT: pyreqwest aiohttp httpx raw none
LOOP: asyncio uvloop rloop
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import msgspec
from bench.parts import clients
from bench.parts.payloads import ChatAnswer, ChatChunk, ChatRequest, answer_body, stream_events

decode_request = msgspec.json.Decoder(ChatRequest).decode
decode_answer = msgspec.json.Decoder(ChatAnswer).decode
decode_chunk = msgspec.json.Decoder(ChatChunk).decode
encode = msgspec.json.Encoder().encode


class Nothing:
    """A client that answers from memory: what remains is the server's own cost."""

    async def post(self, body: bytes) -> bytes:
        return ANSWER

    async def stream(self, body: bytes) -> AsyncIterator[bytes]:
        for event in EVENTS:
            yield event


ANSWER, EVENTS = answer_body(), stream_events()
_client: clients.Upstream | None = None


def client() -> clients.Upstream:
    """The upstream client, built inside the running loop on first use."""
    global _client
    if _client is None:
        kind, port = os.environ["BENCH_CLIENT"], int(os.environ["BENCH_UPSTREAM"])
        _client = Nothing() if kind == "none" else clients.build(kind, port)
    return _client


async def answer(body: bytes) -> bytes:
    return encode(decode_answer(await client().post(body)))


async def events(body: bytes) -> AsyncIterator[bytes]:
    """Re-encoded events, one per upstream event."""
    rest = b""
    async for piece in client().stream(body):
        *lines, rest = (rest + piece).split(b"\n\n")
        for line in lines:
            payload = line[6:]
            yield (
                b"data: "
                + (payload if payload == b"[DONE]" else encode(decode_chunk(payload)))
                + b"\n\n"
            )


PLAIN_RSGI = [("content-type", "application/json")]
STREAM_RSGI = [("content-type", "text/event-stream")]


async def rsgi(scope: Any, proto: Any) -> None:
    request = decode_request(await proto())
    body = encode(request)
    if not request.stream:
        proto.response_bytes(200, PLAIN_RSGI, await answer(body))
        return
    transport = proto.response_stream(200, STREAM_RSGI)
    async for event in events(body):
        await transport.send_bytes(event)


PLAIN_ASGI = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json")],
}
STREAM_ASGI = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/event-stream")],
}


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    request = decode_request(b"".join(parts))
    body = encode(request)
    if not request.stream:
        data = await answer(body)
        head = [*PLAIN_ASGI["headers"], (b"content-length", str(len(data)).encode())]
        await send({**PLAIN_ASGI, "headers": head})
        await send({"type": "http.response.body", "body": data})
        return
    await send(STREAM_ASGI)
    async for event in events(body):
        await send({"type": "http.response.body", "body": event, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def raw(exchange: Any) -> None:
    request = decode_request(exchange.body)
    body = encode(request)
    if not request.stream:
        exchange.reply(await answer(body))
        return
    exchange.begin()
    async for event in events(body):
        exchange.send(event)
    exchange.end()


async def serve_embedded(server: str, port: int) -> None:
    from granian.constants import Interfaces
    from granian.server.embed import Server

    interface, target = (
        (Interfaces.RSGI, rsgi) if server.startswith("rsgi") else (Interfaces.ASGINL, asgi)
    )
    await Server(
        target, port=port, interface=interface, websockets=False, log_enabled=False
    ).serve()


async def serve_uvicorn(port: int) -> None:
    import uvicorn

    await uvicorn.Server(
        uvicorn.Config(asgi, port=port, log_level="error", http="httptools", lifespan="off")
    ).serve()


async def serve_raw(port: int) -> None:
    from bench.parts.raw_http import RawServer

    server = await asyncio.get_running_loop().create_server(
        partial(RawServer, raw), "127.0.0.1", port, backlog=1024
    )
    await server.serve_forever()


def serve_workers(server: str, loop: str, port: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces, Loops

    interface, name = (
        (Interfaces.RSGI, "rsgi") if server.startswith("rsgi") else (Interfaces.ASGINL, "asgi")
    )
    Granian(
        f"bench.parts.gateway_app:{name}",
        port=port,
        interface=interface,
        loop=Loops(loop),
        websockets=False,
        log_enabled=False,
    ).serve()


def main(server: str, client_kind: str, loop: str, port: int, upstream_port: int) -> None:
    os.environ.update(BENCH_CLIENT=client_kind, BENCH_UPSTREAM=str(upstream_port))
    if server.endswith("worker"):
        serve_workers(server, loop, port)
        return
    coroutine = {"uvicorn": serve_uvicorn, "raw": serve_raw}.get(
        server, partial(serve_embedded, server)
    )(port)
    if loop == "asyncio":
        asyncio.run(coroutine)
    else:
        module = __import__(loop)
        with asyncio.Runner(loop_factory=module.new_event_loop) as runner:
            runner.run(coroutine)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
