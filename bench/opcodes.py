"""Opcodes and Python calls of the gateway for one request, by room and by function.

usage: python -m bench.opcodes [--everything] [--seconds 3] [--most 40]

CPU time on a machine that is shared with other work cannot tell two percent apart. Opcodes can: from run to run they
differ by some tenths of a percent. The gateway runs in this process with a tracer on its loop; client and upstream are
processes of their own. The journal's thread is not counted. An opcode is no unit of time: what a call into C does is
not seen, and neither are system calls.
"""

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import uvloop
from bench.dialogue import request_body
from bench.gateways import GILMOK, GILMOK_ALL
from bench.load import ROOT, Demand, drive
from bench.machine import LOAD_CORE, Pinned, free_port
from bench.measure import CHAT, END_USERS

from gilmok.build import gateway, load_settings
from gilmok.surfaces.http import Limits
from gilmok.surfaces.server import Server
from gilmok.system import SystemClock

WARM_UP_S = 1.0
LEAST = 10
"""Opcodes of a room that is worth a line."""


class Tally:
    """Opcodes and calls of every function that a traced thread runs."""

    def __init__(self) -> None:
        self.opcodes: Counter[CodeType] = Counter()
        self.calls: Counter[CodeType] = Counter()

    def trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        """For `sys.settrace`."""
        self.calls[frame.f_code] += 1
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._count

    def _count(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "opcode":
            self.opcodes[frame.f_code] += 1
        return self._count

    def report(self, requests: int, most: int) -> None:
        rooms: Counter[str] = Counter()
        for code, count in self.opcodes.items():
            rooms[place(code).partition("/")[0]] += count
        calls = self.calls.total() / requests
        print(f"{self.opcodes.total() / requests:9.0f} opcodes, {calls:.1f} calls")
        for room, count in rooms.most_common():
            if count >= LEAST * requests:
                print(f"{count / requests:9.0f} {room}")
        print()
        for code, count in self.opcodes.most_common(most):
            each = self.calls[code] / requests
            print(f"{count / requests:9.1f} {each:6.2f} × {place(code)} {code.co_qualname}")


def place(code: CodeType) -> str:
    """The file: of the gateway's own from its rooms on."""
    path = Path(code.co_filename)
    return path.as_posix().rpartition("/gilmok/")[2] if "gilmok" in path.parts else path.name


@asynccontextmanager
async def serving(everything: bool, upstream: int, scratch: Path) -> AsyncIterator[Demand]:
    """A gateway on this loop; what to ask of it."""
    chosen = GILMOK_ALL if everything else GILMOK
    config = scratch / chosen.config_name
    ledger = f'[ledger]\npath = "{scratch / "ledger.db"}"\n'
    text = chosen.config.replace("{port}", "0").replace("{upstream}", str(upstream))
    config.write_text(ledger + text)
    async with (
        gateway(load_settings(config)) as running,
        Server(running.answer, Limits(), refuse=running.refuse, clock=SystemClock()) as server,
    ):
        await server.listen("127.0.0.1", 0)
        yield Demand(
            port=server.port,
            path=CHAT,
            body=request_body(chosen.model, stream=False),
            seconds=WARM_UP_S,
            headers=chosen.headers,
            callers=END_USERS,
        )


async def count(
    everything: bool, upstream: int, seconds: float, scratch: Path
) -> tuple[Tally, int]:
    tally = Tally()
    async with serving(everything, upstream, scratch) as demand:
        await asyncio.to_thread(drive, demand)
        sys.settrace(tally.trace)
        load = await asyncio.to_thread(drive, replace(demand, seconds=seconds))
        sys.settrace(None)
    if load.errors or not load.requests:
        raise SystemExit(f"{load.errors} errors, {load.requests} answers: nothing was counted")
    return tally, load.requests


def main() -> None:
    parser = argparse.ArgumentParser(description="opcodes of one request")
    parser.add_argument("--everything", action="store_true", help="see gateways.EVERYTHING")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--most", type=int, default=40, help="functions that are listed")
    given = parser.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        command = [sys.executable, "-m", "bench.upstream", str(port)]
        upstream = Pinned(LOAD_CORE, command, scratch / "upstream.log", ROOT)
        try:
            counting = count(given.everything, port, given.seconds, scratch)
            tally, requests = uvloop.run(counting)
        finally:
            upstream.stop()
    tally.report(requests, given.most)


if __name__ == "__main__":
    main()
