"""One round of one gateway: start, check the answers, load without and with streaming, stop."""

import http.client
import time
from dataclasses import dataclass, replace
from pathlib import Path

from bench.dialogue import ANSWER, WORDS, answer_text, request_body, stream_text
from bench.gateways import PATIENCE_S, Gateway, Running, Unavailable, start
from bench.load import Demand, Load, drive
from bench.machine import cpu_seconds, free_port, resident_mib

WARM_UP_S = 2.0
ALONE_S = 1.0
TOLERANCE = 0.005  # a cache, a retry or a hedge would show as a difference


@dataclass(frozen=True)
class Phase:
    """The figures of one load. `upstream` counts what the upstream served meanwhile."""

    load: Load
    cpu_s: float
    upstream: int

    @property
    def cpu_us(self) -> float:
        return self.cpu_s / max(self.load.requests, 1) * 1e6

    def complaint(self) -> str | None:
        """Why this phase does not count, or None."""
        if self.load.errors:
            return f"{self.load.errors} errors"
        if not self.load.requests:
            return "no request was completed"
        if abs(self.upstream - self.load.requests) > self.load.requests * TOLERANCE:
            return f"the upstream saw {self.upstream} requests for {self.load.requests} answers"
        return None


@dataclass(frozen=True)
class Round:
    """One start of one gateway. `alone_us`: median latency of a single client."""

    ready_s: float
    alone_us: float
    plain: Phase
    stream: Phase
    memory_mib: float

    def complaint(self) -> str | None:
        for name, phase in (("non-stream", self.plain), ("stream", self.stream)):
            if reason := phase.complaint():
                return f"{name}: {reason}"
        return None


def ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request(method, path, body, {"content-type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def served(upstream_port: int) -> int:
    return int(ask(upstream_port, "GET", "/count")[1])


def await_answer(gateway: Gateway, running: Running) -> None:
    """Wait until a chat request is answered with 200. Raises Unavailable with what came instead."""
    deadline, last = time.monotonic() + PATIENCE_S, "no answer"
    while time.monotonic() < deadline and running.process.alive():
        try:
            status, body = ask(
                running.port, "POST", running.path, request_body(gateway.model, False)
            )
        except OSError:
            time.sleep(0.05)
            continue
        if status == 200:
            return
        last = f"{status}: {body[:200].decode(errors='replace')}"
        time.sleep(0.2)
    tail = running.process.output()[-300:]
    raise Unavailable(f"never answered a chat request ({last}); its log ends: {tail}")


def check_answers(gateway: Gateway, running: Running) -> None:
    """The gateway must deliver the upstream's text unchanged, whole and streamed."""
    _, whole = ask(running.port, "POST", running.path, request_body(gateway.model, False))
    if answer_text(whole) != ANSWER:
        raise Unavailable("the answer is not the upstream's text")
    _, streamed = ask(running.port, "POST", running.path, request_body(gateway.model, True))
    if stream_text(streamed) != "".join(WORDS):
        raise Unavailable("the stream is not the upstream's text")


def demand_for(gateway: Gateway, stream: bool, seconds: float) -> Demand:
    expect = "[DONE]" if stream else ""
    return Demand(request_body(gateway.model, stream), seconds, expect=expect)


def phase(running: Running, upstream: int, demand: Demand, scratch: Path) -> Phase:
    seen, spent = served(upstream), cpu_seconds(running.process.pid)
    load = drive(running.port, running.path, demand, scratch)
    return Phase(load, cpu_seconds(running.process.pid) - spent, served(upstream) - seen)


def one_round(gateway: Gateway, upstream: int, seconds: int, scratch: Path) -> Round:
    """Raises Unavailable when the gateway does not start or does not answer properly."""
    begun = time.monotonic()
    running = start(gateway, free_port(), upstream, scratch)
    try:
        await_answer(gateway, running)
        ready_s = time.monotonic() - begun
        check_answers(gateway, running)
        plain, stream = (demand_for(gateway, streamed, seconds) for streamed in (False, True))
        for demand in (plain, stream):
            drive(running.port, running.path, replace(demand, seconds=WARM_UP_S), scratch)
        alone = replace(plain, connections=1, seconds=ALONE_S)
        return Round(
            ready_s,
            drive(running.port, running.path, alone, scratch).p50_us,
            phase(running, upstream, plain, scratch),
            phase(running, upstream, stream, scratch),
            resident_mib(running.process.pid),
        )
    finally:
        running.process.stop()
