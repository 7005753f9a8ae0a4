"""The load generator: keep-alive connections that ask again as soon as they are answered; figures as JSON.

usage: python -m bench.loadgen PLAN_FILE    (the JSON of bench.load.Demand; bench.load writes it)
When the time is over every connection finishes its last request, so nothing is cut off.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import cast

import httptools
import uvloop
from bench.dialogue import filled
from bench.load import Demand

TAIL_BYTES = 512
GRACE_S = 30.0


@dataclass
class Tally:
    micros: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    """Microseconds until the body's first byte."""
    errors: int = 0


@dataclass(frozen=True)
class Plan:
    """What every connection does."""

    requests: Iterator[bytes]
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
        self.began = 0.0
        request = next(self.plan.requests)
        self.start = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        if not self.began:
            self.began = time.perf_counter()
        self.tail = (self.tail + body)[-TAIL_BYTES:]

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        good = 200 <= self.parser.get_status_code() < 300 and self.plan.expect in self.tail
        if good:
            self.tally.micros.append((now - self.start) * 1e6)
            self.tally.first.append((self.began - self.start) * 1e6)
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


def requests(demand: Demand) -> Iterator[bytes]:
    """Each request is another one: its number stands in it, and who asks goes round."""
    body = demand.body.encode()
    head = [
        f"POST {demand.path} HTTP/1.1",
        f"host: 127.0.0.1:{demand.port}",
        "content-type: application/json",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in demand.headers.items()),
    ]
    request = "\r\n".join(head).encode() + b"\r\n\r\n" + body
    for serial in count(demand.serial):
        yield filled(request, serial, demand.callers)


def quantile(sorted_values: list[float], share: float) -> float:
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


async def run(demand: Demand) -> dict[str, float]:
    tally, start = Tally(), time.perf_counter()
    loop = asyncio.get_running_loop()
    plan = Plan(requests(demand), demand.expect.encode(), start + demand.seconds)

    async def one(number: int) -> None:
        await asyncio.sleep(demand.spread_s * number / demand.connections)
        _, connection = await loop.create_connection(
            lambda: Connection(plan, tally), "127.0.0.1", demand.port
        )
        await asyncio.wait_for(connection.done, demand.seconds + GRACE_S)

    ends = await asyncio.gather(*map(one, range(demand.connections)), return_exceptions=True)
    micros, first = sorted(tally.micros) or [0.0], sorted(tally.first) or [0.0]
    return {
        "requests": len(tally.micros),
        "seconds": time.perf_counter() - start,
        "p50_us": quantile(micros, 0.5),
        "p99_us": quantile(micros, 0.99),
        "first_p50_us": quantile(first, 0.5),
        "first_p99_us": quantile(first, 0.99),
        "errors": tally.errors + sum(isinstance(end, BaseException) for end in ends),
    }


if __name__ == "__main__":
    demanded = Demand(**json.loads(Path(sys.argv[1]).read_text()))
    print(json.dumps(uvloop.run(run(demanded))))
