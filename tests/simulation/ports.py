"""The gateway's ports with faults at every one of them: upstreams, the journal, the client.

Each notes what it saw, because what the gateway says about itself is what is being tested.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from gilmok.core.completion import Batch, Delta, FinishReason, Opened, ToolCallDelta, Usage
from gilmok.core.endpoint import Endpoint, Zone
from gilmok.core.errors import (
    ConnectFailed,
    JournalUnavailable,
    MalformedAnswer,
    StreamBroken,
    UpstreamStatus,
    ZoneRefused,
)
from gilmok.core.outbound import Outbound
from gilmok.core.receipt import Intent, Receipt
from gilmok.ledger import MemoryJournal
from gilmok.surfaces.http import Headers
from tests.simulation.clockwork import Chance, Trace

Broken = Callable[[str], None]
"""Told of every invariant that did not hold."""

REFUSAL = "I'm sorry, but I can't help with that."
USELESS = (" ", '{"complexity": "simple", "privacy_sensitivity": "low"}')
"""Answers that no client may see."""

SECRETS = re.compile(r"900101-1\d{6}|010-\d{4}-\d{4}")


class SimulatedUpstream:
    """See `core.ports.Upstream`. Each call draws its own fate; `calm` ends all faults."""

    def __init__(self, endpoint: Endpoint, chance: Chance, trace: Trace, broken: Broken) -> None:
        self.endpoint = endpoint
        self.calm = False
        self.open = 0
        self._chance = chance
        self._trace = trace
        self._broken = broken
        self._calls = 0
        self._moods = chance.choice(((0.1, 0.1), (0.4, 0.3), (0.9, 0.2), (0.0, 0.0)))

    def converse(
        self, outbound: Outbound, *, connect_s: float
    ) -> AbstractAsyncContextManager[AsyncIterator[Batch]]:
        return self._converse(outbound)

    @asynccontextmanager
    async def _converse(self, outbound: Outbound) -> AsyncGenerator[AsyncIterator[Batch], None]:
        self._calls += 1
        name = f"{self.endpoint.id}.{self._calls}"
        self._trace(f"{name} called")
        self.open += 1
        try:
            await self._before(name, outbound)
            yield self._events(name, outbound)
        finally:
            self.open -= 1
            self._trace(f"{name} left")

    async def _before(self, name: str, outbound: Outbound) -> None:
        chance, fails = self._chance, not self.calm and self._chance.happens(self._moods[0])
        await asyncio.sleep(chance.uniform(0.001, 0.05))
        zone = await self.prove()
        if zone not in outbound.zones:
            raise ZoneRefused(self.endpoint.id, zone)
        if zone is Zone.CLOUD and SECRETS.search(outbound.letter.body.decode()):
            self._broken(f"a secret reached {name} in the cloud")
        await asyncio.sleep(chance.uniform(0.001, 1.0))
        if not fails:
            return
        match chance.randrange(8):
            case 0:
                raise ConnectFailed("refused")
            case 1:
                await asyncio.Event().wait()
            case 2:
                raise MalformedAnswer("not_http")
            case 3 if chance.happens(0.2):
                raise RuntimeError("a defect of the provider's code")
            case _:
                status = chance.choice((400, 401, 404, 429, 429, 500, 502, 503, 529))
                after = chance.choice((None, None, 0.2, 1.0, 7.5, 90.0))
                raise UpstreamStatus(status, after)

    async def _events(self, name: str, outbound: Outbound) -> AsyncIterator[Batch]:
        chance, stream = self._chance, outbound.stream
        advice = _advice(outbound.letter.body, chance, self.calm)
        pieces = [f"{name}:{at} " for at in range(chance.randint(1, 9))]
        if not self.calm and chance.happens(0.15):
            pieces = re.findall(r"\s*\S+|\s", chance.choice((REFUSAL, *USELESS)))
        fails = not self.calm and chance.happens(self._moods[1])
        stops = chance.randrange(len(pieces) + 1) if fails else None
        yield [Opened(name, self.endpoint.model)]
        for at, piece in enumerate(pieces):
            if at == stops:
                await self._break()
            await asyncio.sleep(chance.uniform(0.0, 0.4))
            if stream:
                yield [Delta(content=piece)]
        if stops == len(pieces):
            await self._break()
        finish = chance.choice((FinishReason.STOP, FinishReason.LENGTH))
        if pieces == [" "]:
            finish = FinishReason.STOP  # cut after its first token it would be an answer
        yield [advice or Delta(content=None if stream else "".join(pieces), finish=finish)]
        if self.calm or chance.happens(0.7):
            yield [Usage(50, len(pieces))]

    async def _break(self) -> None:
        match self._chance.randrange(5):
            case 0:
                await asyncio.Event().wait()
            case 1:
                raise UpstreamStatus(500)
            case 2:
                raise StreamBroken("stream_error_event")
            case 3 if self._chance.happens(0.2):
                raise RuntimeError("a defect of the provider's code")
            case _:
                raise StreamBroken

    async def prove(self) -> Zone:
        """A name may move to a less trusted place at any moment."""
        moved = not self.calm and self._chance.happens(0.03)
        return Zone.CLOUD if moved else self.endpoint.zone

    async def close(self) -> None:
        """Nothing is kept open."""


def _advice(question: bytes, chance: Chance, calm: bool) -> Delta | None:
    """What a model says to the gateway's own questions, right or wrong; `None` to others."""
    if b'"judgement"' in question:
        level = "low" if calm else chance.choice(("low", "low", "medium", "high", "none"))
        judged = {
            "complexity": chance.choice(("simple", "complex")),
            "sensitivity": level,
            "response_time": "fast",
            "contains_sensitive_data": level != "low",
            "estimated_tokens": chance.randrange(500),
            "reasons": [chance.choice(("health", "personal", "none"))],
        }
        return Delta(content=json.dumps(judged), finish=FinishReason.STOP)
    if offered := re.findall(rb'"(use_[0-9]+_[^"]*)"', question):
        name = chance.choice((*offered, b"use_9_nobody")).decode()
        why = '{"reason":"price","confidence":0.5}'
        return Delta(
            tool_calls=(ToolCallDelta(0, "call", name, why),), finish=FinishReason.TOOL_CALLS
        )
    return None


class FaultyJournal(MemoryJournal):
    """Takes its time, and at times its disk is full."""

    def __init__(self, chance: Chance, trace: Trace) -> None:
        super().__init__()
        self.calm = False
        self.receipts: list[Receipt] = []
        self.durable: set[tuple[str, int]] = set()
        self._chance = chance
        self._trace = trace

    def intend(self, intent: Intent) -> Awaitable[None]:
        self._trace(f"intent {intent.decision_id} {intent.number} {intent.endpoint_id}")
        done = asyncio.get_running_loop().create_future()
        full = not self.calm and self._chance.happens(0.02)
        delay = self._chance.choice((0.0, 0.002, 0.002, 0.5))
        asyncio.get_running_loop().call_later(delay, self._settle, done, intent, full)
        return done

    def _settle(self, done: asyncio.Future[None], intent: Intent, full: bool) -> None:
        if full:
            if not done.done():
                done.set_exception(JournalUnavailable("full"))
                done.exception()
            return
        super().intend(intent)
        self.durable.add((intent.decision_id, intent.number))
        if not done.done():
            done.set_result(None)

    def record(self, receipt: Receipt) -> None:
        self._trace(
            f"receipt {receipt.decision_id} {receipt.outcome} {receipt.error} {receipt.cost}"
        )
        self.receipts.append(receipt)
        super().record(receipt)


class SimulatedClient:
    """See `surfaces.http.Reply`: a client that may be slow, and may leave at any moment."""

    def __init__(self, chance: Chance, trace: Trace, broken: Broken) -> None:
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.body = b""
        self.ended = False
        self.cut = False
        self.gone = False
        self.first_byte: Callable[[str], None] = lambda decision: None
        self.slow = chance.happens(0.15)
        self._chance = chance
        self._trace = trace
        self._broken = broken

    @property
    def started(self) -> bool:
        return self.status is not None

    def _begin(self, status: int, headers: Headers) -> None:
        if self.started:
            self._broken("a second answer was begun")
        self.status, self.headers = status, dict(headers)
        decision = self.headers["x-gilmok-decision"]
        self._trace(f"status {decision} {status}")
        if status == 200 and not self.gone:
            self.first_byte(decision)

    def send(self, status: int, headers: Headers, body: bytes) -> None:
        self._begin(status, headers)
        self.body, self.ended = body, True

    def start(self, status: int, headers: Headers) -> None:
        self._begin(status, headers)

    async def write(self, data: bytes) -> None:
        if not self.started or self.ended:
            self._broken("written before the beginning or after the end")
        if self.gone:
            raise ConnectionResetError("the client has left")
        self.body += data
        if self.slow:
            await asyncio.sleep(self._chance.uniform(0.0, 2.0))

    def end(self) -> None:
        if not self.started or self.ended:
            self._broken("ended twice")
        self.ended = True

    def abort(self) -> None:
        if self.ended:
            return  # as the server's own reply does: an answer that ended is not cut
        self.ended = self.cut = True
        self._trace("aborted")

    @property
    def events(self) -> list[Any]:
        lines = self.body.decode().split("\n")
        data = [line[6:] for line in lines if line.startswith("data: ")]
        return [d if d == "[DONE]" else json.loads(d) for d in data]
