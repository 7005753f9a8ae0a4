"""The load generator: keep-alive connections that ask again as soon as they are answered; figures as JSON.

usage: python -m bench.loadgen PORT PATH CONNECTIONS SECONDS BODY_FILE EXPECT
When the time is over every connection finishes its last request, so nothing is cut off. EXPECT must be in the last
bytes of each body ("" expects nothing).
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httptools
import uvloop

TAIL_BYTES = 512
GRACE_S = 30.0


@dataclass
class Tally:
    micros: list[float] = field(default_factory=list)
    errors: int = 0


@dataclass(frozen=True)
class Plan:
    """What every connection does."""

    request: bytes
    expect: bytes
    until: float


class Connection(asyncio.Protocol):
    """One connection: asks, checks the answer, asks again until the time is over."""

    def __init__(self, plan: Plan, tally: Tally) -> None:
        self.plan, self.tally = plan, tally
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self.loop.create_future()
        self.finished = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self.ask()

    def ask(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.tail = b""
        self.start = time.perf_counter()
        self.transport.write(self.plan.request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.tail = (self.tail + body)[-TAIL_BYTES:]

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        good = 200 <= self.parser.get_status_code() < 300 and self.plan.expect in self.tail
        if good:
            self.tally.micros.append((now - self.start) * 1e6)
        else:
            self.tally.errors += 1
        if now < self.plan.until and self.parser.should_keep_alive():
            self.loop.call_soon(self.ask)
            return
        self.finished = now >= self.plan.until
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.finished:
            self.tally.errors += 1
        if not self.done.done():
            self.done.set_result(None)


async def run(port: int, connections: int, seconds: float, plan: Plan) -> dict[str, float]:
    tally, start = Tally(), time.perf_counter()
    loop = asyncio.get_running_loop()

    async def one() -> None:
        _, connection = await loop.create_connection(
            lambda: Connection(plan, tally), "127.0.0.1", port
        )
        await asyncio.wait_for(connection.done, seconds + GRACE_S)

    ends = await asyncio.gather(*(one() for _ in range(connections)), return_exceptions=True)
    micros = sorted(tally.micros) or [0.0]
    return {
        "requests": len(tally.micros),
        "seconds": time.perf_counter() - start,
        "p50_us": micros[len(micros) // 2],
        "p99_us": micros[min(len(micros) - 1, len(micros) * 99 // 100)],
        "errors": tally.errors + sum(isinstance(end, BaseException) for end in ends),
    }


def main(port: int, path: str, connections: int, seconds: float, body: bytes, expect: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
    request = head.encode() + b"content-length: %d\r\n\r\n%s" % (len(body), body)
    plan = Plan(request, expect.encode(), time.perf_counter() + seconds)
    print(json.dumps(uvloop.run(run(port, connections, seconds, plan))))


if __name__ == "__main__":
    given = sys.argv[1:]
    content = Path(given[4]).read_bytes()
    main(int(given[0]), given[1], int(given[2]), float(given[3]), content, given[5])
