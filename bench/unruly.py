"""Clients as they are: some leave before the answer, some in the middle of it. Outcomes as JSON.

usage: python -m bench.unruly PLAN_FILE    (the JSON of bench.soak.Crowd; bench.soak writes it)
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import cast

import httptools
import uvloop
from bench.load import Demand
from bench.loadgen import requests
from bench.soak import Crowd

PATIENCE_S = 60.0


class Visit(asyncio.Protocol):
    """One connection, which asks until somebody leaves or the crowd has asked enough."""

    def __init__(self, crowd: "Asking") -> None:
        self.crowd = crowd
        self.loop = asyncio.get_running_loop()
        self.gone: asyncio.Future[None] = self.loop.create_future()
        self.way: str | None = None
        """How the client leaves: `before` the answer, or `amid` it."""
        self.open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.ask()

    def ask(self) -> None:
        if self.crowd.left <= 0:
            self.transport.close()
            return
        self.crowd.left -= 1
        self.open = True
        self.parser = httptools.HttpResponseParser(self)
        self.tail = b""
        self.way = self.crowd.way()
        self.transport.write(self.crowd.request())
        if self.way == "before":
            self.loop.call_later(self.crowd.rng.random() * 0.003, self.leave)

    def leave(self) -> None:
        if self.open:
            self.crowd.seen["left"] += 1
            self.open = False
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.open:
            self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.tail = (self.tail + body)[-512:]
        if self.way == "amid":
            self.leave()

    def on_message_complete(self) -> None:
        if not self.open:
            return
        self.open = False
        self.crowd.seen[self.outcome()] += 1
        if self.parser.should_keep_alive():
            self.loop.call_soon(self.ask)
        else:
            self.transport.close()

    def outcome(self) -> str:
        status = self.parser.get_status_code()
        if status != 200:
            return f"status {status}"
        streamed = self.tail.endswith(b"\n\n")
        return "broken" if streamed and b"[DONE]" not in self.tail else "answered"

    def connection_lost(self, exc: Exception | None) -> None:
        if self.open:
            self.crowd.seen["cut off"] += 1
        if not self.gone.done():
            self.gone.set_result(None)


class Asking:
    """What is left to ask, by whom, and what came of it."""

    def __init__(self, crowd: Crowd) -> None:
        self.rng = Random(crowd.seed)
        self.left = crowd.requests
        self.leaving = crowd.leaving
        self.streams = crowd.streams
        self.seen: Counter[str] = Counter()
        self.kinds: tuple[Iterator[bytes], ...] = tuple(
            requests(replace(crowd.demand, body=body)) for body in (crowd.whole, crowd.stream)
        )

    def way(self) -> str | None:
        if self.rng.random() >= self.leaving:
            return None
        return self.rng.choice(("before", "amid"))

    def request(self) -> bytes:
        return next(self.kinds[self.rng.random() < self.streams])


async def client(asking: Asking, port: int) -> None:
    loop = asyncio.get_running_loop()
    while asking.left > 0:
        _, visit = await loop.create_connection(lambda: Visit(asking), "127.0.0.1", port)
        await visit.gone


async def run(crowd: Crowd) -> dict[str, int]:
    asking = Asking(crowd)
    port = crowd.demand.port
    async with asyncio.timeout(PATIENCE_S + crowd.requests / 20):
        await asyncio.gather(*(client(asking, port) for _ in range(crowd.connections)))
    return dict(asking.seen)


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text())
    crowd = Crowd(**{**given, "demand": Demand(**given["demand"])})
    print(json.dumps(uvloop.run(run(crowd))))
