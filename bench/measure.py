"""One round of one gateway: start, check the answers, load without and with streaming, stop."""

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bench.dialogue import ANSWER, CHUNKS, answer_text, filled, request_body, stream_text, words
from bench.gateway import PATIENCE_S, Gateway, Running, Unavailable, start
from bench.load import Demand, Load, drive
from bench.machine import Pinned, cpu_seconds, free_port, hurried, resident_mib

CHAT = "/v1/chat/completions"
END_USERS = 100
WARM_UP_S = 2.0
ALONE_S = 2.0
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
    """One start of one gateway. `direct` and `alone`: a single client, without the gateway and through it."""

    ready_s: float
    direct: Load
    alone: Load
    plain: Phase
    stream: Phase
    memory_mib: float

    def complaint(self) -> str | None:
        for name, phase in (("non-stream", self.plain), ("stream", self.stream)):
            if reason := phase.complaint():
                return f"{name}: {reason}"
        return None


def ask(
    port: int, path: str, body: str | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    """One request on a connection of its own: GET without a body, else POST."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    method = "GET" if body is None else "POST"
    try:
        content = {"content-type": "application/json", **(headers or {})}
        connection.request(method, path, body, content)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def chat(gateway: Gateway, running: Running, stream: bool) -> tuple[int, bytes]:
    """One chat request as the loads send it; no two are alike."""
    serial = time.monotonic_ns() // 1000
    body = filled(request_body(gateway.model, stream).encode(), serial, 1).decode()
    headers = {
        name: filled(value.encode(), serial, 1).decode() for name, value in running.headers.items()
    }
    return ask(running.port, running.path, body, headers)


def served(upstream_port: int) -> int:
    return int(ask(upstream_port, "/count")[1])


def await_answer(gateway: Gateway, running: Running) -> None:
    """Wait until a chat request is answered with 200. Raises Unavailable with what came instead."""
    deadline, last = time.monotonic() + PATIENCE_S, "no answer"
    while time.monotonic() < deadline and running.process.alive():
        try:
            status, body = chat(gateway, running, stream=False)
        except OSError:
            time.sleep(0.02)
            continue
        if status == 200:
            return
        last = f"{status}: {body[:200].decode(errors='replace')}"
        time.sleep(0.2)
    tail = running.process.output()[-300:]
    raise Unavailable(f"never answered a chat request ({last}); its log ends: {tail}")


def check_answers(gateway: Gateway, running: Running, chunks: int) -> None:
    """The gateway must deliver the upstream's text unchanged, whole and streamed."""
    _, whole = chat(gateway, running, stream=False)
    if answer_text(whole) != ANSWER:
        raise Unavailable("the answer is not the upstream's text")
    _, streamed = chat(gateway, running, stream=True)
    if stream_text(streamed) != "".join(words(chunks)):
        raise Unavailable("the stream is not the upstream's text")


def demand_for(gateway: Gateway, running: Running, stream: bool, seconds: float) -> Demand:
    return Demand(
        port=running.port,
        path=running.path,
        body=request_body(gateway.model, stream),
        seconds=seconds,
        headers=running.headers,
        expect="[DONE]" if stream else "",
        callers=END_USERS,
    )


def direct_demand(upstream: int, stream: bool, seconds: float) -> Demand:
    """The same without any gateway."""
    body = request_body("bench", stream)
    return Demand(port=upstream, path=CHAT, body=body, seconds=seconds, connections=1)


def phase(running: Running, upstream: int, demand: Demand) -> Phase:
    seen, spent = served(upstream), cpu_seconds(running.process.pid)
    load = drive(demand)
    return Phase(load, cpu_seconds(running.process.pid) - spent, served(upstream) - seen)


@dataclass(frozen=True)
class Setting:
    """What all rounds have in common."""

    upstream: Pinned
    port: int
    """The upstream's."""
    seconds: float
    """How long each load lasts."""
    niceness: int = 0
    """Of everything while there is a single client; see `machine.hurried`."""


def one_round(gateway: Gateway, setting: Setting, scratch: Path) -> Round:
    """Raises Unavailable when the gateway does not start or does not answer properly."""
    upstream, begun = setting.port, time.monotonic()
    running = start(gateway, free_port(), upstream, scratch)
    try:
        await_answer(gateway, running)
        ready_s = time.monotonic() - begun
        check_answers(gateway, running, CHUNKS)
        plain, stream = (demand_for(gateway, running, s, setting.seconds) for s in (False, True))
        for demand in (plain, stream):
            drive(replace(demand, seconds=WARM_UP_S))
        with hurried(setting.niceness, running.process.pid, setting.upstream.pid):
            direct = drive(direct_demand(upstream, False, ALONE_S))
            alone = drive(replace(plain, connections=1, seconds=ALONE_S))
        return Round(
            ready_s,
            direct,
            alone,
            phase(running, upstream, plain),
            phase(running, upstream, stream),
            resident_mib(running.process.pid),
        )
    finally:
        running.process.stop()
