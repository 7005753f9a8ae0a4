"""Clients that leave in the middle of an answer, at every chunk of it, and what must follow.

The wall says when its caller hung up, on the clock by which the client left. The receipt says what
was produced until then. Used by `test_leave.py` and, with thousands of clients and a gateway in a
process of its own, by `fuzz/leave.py`.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from random import Random

import msgspec
from msgspec import Struct

from gilmok.config import hash_key
from gilmok.ledger import Decision
from tests.laws.scenes import IMPATIENT, endpoint
from tests.wall import Ending, Exchange, Wall
from tests.wire import raw
from tests.wire.raw import Client, post

PIECES, GRAIN = 60, 6
"""Of the paced answers: pieces, and characters of each."""
_CHARS_PER_TOKEN = 3
_PACED = f"tokens={PIECES}+grain={GRAIN}+pace=8+deaf"
_BLANK = "%20" * GRAIN
_MODELS = {
    **{f"paced-{wire}": (_PACED, wire) for wire in ("openai", "anthropic", "ollama")},
    **{f"short-{wire}": ("tokens=3+pace=2", wire) for wire in ("openai", "anthropic", "ollama")},
    **{f"half-{wire}": ("stall=3", wire) for wire in ("openai", "anthropic", "ollama")},
    # White space to its end would be asked for again: who leaves it leaves before that.
    "held": (f"{_PACED}+repeat={_BLANK}", "openai"),
    "masked": ("parrot+grain=1+pace=4", "openai"),
    "mute": ("mute", "openai"),
    "slow": ("slow=60000", "openai"),
    "late": ("ttft=60000", "openai"),
    "flood": ("tokens=150000+deaf", "openai"),
    "large": ("huge=3000000", "openai"),
}
"""Endpoints: what the wall does there, and in which dialect."""
_TEXTS = {"masked": "Call 010-1234-5678 or write to kim@example.com, please. " * 2}
_FIRST = 100_000
_LONGEST = re.compile(rb'"(?:max_tokens|max_completion_tokens|num_predict)": ?(\d+)')
"""The longest answer is each client's own, so that the wall's exchanges can be told apart."""
_CONTENT = re.compile(rb'"content":("(?:[^"\\]|\\.)*")')


class Trial(Struct, frozen=True):
    model: str
    stream: bool
    moment: str
    """`unsent`, `sent`, `asked`, `status`, `bytes`, `events`, `upstream`, `stuck`."""
    count: int
    """Of bytes, events, or pieces of the wall's."""
    way: str
    once: bool = False
    """With an idempotency key."""


class Left(Struct):
    """A client that left."""

    number: int
    trial: Trial
    key: str
    left_at: float
    """Monotonic seconds."""
    seen: bytes
    """What it had read of its answer."""
    trouble: str = ""
    """What it did not get though it waited for it."""

    @property
    def mark(self) -> str:
        """Its end user's name, by which its receipt is found."""
        return f"client-{self.number}x"


WAYS: dict[str, Callable[[Client], None]] = {
    "FIN": Client.close,
    "RST": Client.reset,
    "half-close": Client.half_close,
}


def draw(chance: Random) -> Trial:
    """Everything at which an answer may be left, the paced chunks most often."""
    moment, models, most = chance.choice(
        (
            *(("events", "paced", PIECES), ("upstream", "paced", PIECES)) * 3,
            *(("bytes", "paced", 400), ("status", "paced", 0), ("events", "short", 4)) * 2,
            *(
                ("upstream", "held", PIECES // 2),
                ("upstream", "masked", 60),
                ("bytes", "masked", 600),
            ),
            *(("asked", "mute slow late half", 0), ("stuck", "flood", 0)),
            ("unsent", "paced", 0),
            ("sent", "paced mute", 0),
        )
    )
    stream = moment not in ("asked", "sent") or chance.random() < 0.5
    if chance.random() < 0.1:  # a whole answer, which has no chunks
        moment, models, most, stream = chance.choice(
            (("asked", "paced half mute slow", 0, False), ("status", "large", 0, False))
        )
    named = chance.choice(models.split(" "))
    model = chance.choice([name for name in _MODELS if name.partition("-")[0] == named])
    once = chance.random() < 0.15
    return Trial(
        model, stream, moment, chance.randint(1, max(1, most)), chance.choice(tuple(WAYS)), once
    )


def toml(wall: Wall, keys: Sequence[str]) -> str:
    """A gateway before the wall: for each key two places, and a budget that shows what is held."""
    tables = [
        endpoint(name, wall, model, zone="cloud", wire=wire)
        for name, (model, wire) in _MODELS.items()
    ]
    plan = (
        '[[plans]]\nid = "default"\nkey_limits = { concurrency = 2 }\n'
        "key_caps = { daily_usd = 1000000 }\n"
    )
    people = [
        f'[[keys]]\nid = "{key}"\nsha256 = "{hash_key(key)}"\noperator = true\n' for key in keys
    ]
    patient = IMPATIENT.replace("deadline_s = 10", "deadline_s = 120").replace("5.0", "100.0")
    return "".join((patient, plan, *people, *tables))


class Watch:
    """Finds what a client's request became at the wall."""

    def __init__(self, wall: Wall) -> None:
        self._wall = wall
        self._known: dict[int, list[Exchange]] = {}
        self._looked_at = 0

    def calls(self, left: Left) -> list[Exchange]:
        exchanges = self._wall.exchanges
        for exchange in exchanges[self._looked_at :]:
            if (found := _LONGEST.search(exchange.body)) is not None:
                self._known.setdefault(int(found[1]), []).append(exchange)
        self._looked_at = len(exchanges)
        return self._known.get(_FIRST + left.number, [])

    async def until(self, left: Left, holds: Callable[[Exchange], bool]) -> None:
        async with asyncio.timeout(raw.PATIENCE_S):
            while not any(map(holds, self.calls(left))):  # noqa: ASYNC110 (the wall tells of ends only)
                await asyncio.sleep(0.001)


async def leave(port: int, watch: Watch, left: Left) -> None:
    """One client, from its first byte to its leaving."""
    trial = left.trial
    message = _message(left)
    slow = 4096 if trial.moment == "stuck" or trial.model == "large" else None
    async with Client(port, recv_bytes=slow) as client:
        try:
            if trial.moment == "unsent":
                await client.send(message[: len(message) // 2])
            else:
                await client.send(message)
                await _MOMENTS[trial.moment](client, watch, left)
        finally:
            left.seen += bytes(client._buffer)
            left.left_at = time.monotonic()
            WAYS[trial.way](client)
        if trial.way == "half-close":  # Its other half stays until the gateway has hung up.
            await _hung_up_on(client)


async def _hung_up_on(client: Client) -> None:
    try:
        await client.rest()
    except ConnectionError:
        return


def _message(left: Left) -> bytes:
    trial = left.trial
    body: dict[str, object] = {
        "model": trial.model,
        "stream": trial.stream,
        "messages": [{"role": "user", "content": _TEXTS.get(trial.model, "hello")}],
        "max_tokens": _FIRST + left.number,
    }
    if trial.stream:
        body["stream_options"] = {"include_usage": True}
    fields = [
        "Content-Type: application/json",
        f"Authorization: Bearer {left.key}",
        f"x-gilmok-user: {left.mark}",
    ]
    if trial.once:
        fields.append(f"Idempotency-Key: {left.mark}")
    return post(json.dumps(body).encode(), *fields, path="/v1/chat/completions")


Moment = Callable[[Client, Watch, Left], Awaitable[None]]


async def _at_once(client: Client, watch: Watch, left: Left) -> None: ...


async def _asked(client: Client, watch: Watch, left: Left) -> None:
    await watch.until(left, lambda call: True)


async def _status(client: Client, watch: Watch, left: Left) -> None:
    left.seen += await client.until(b"\r\n\r\n")


async def _bytes(client: Client, watch: Watch, left: Left) -> None:
    await _status(client, watch, left)
    left.seen += await client._exactly(left.trial.count)


async def _events(client: Client, watch: Watch, left: Left) -> None:
    await _status(client, watch, left)
    for _ in range(left.trial.count):
        left.seen += await client.until(b"\n\n")


async def _upstream(client: Client, watch: Watch, left: Left) -> None:
    await watch.until(left, lambda call: call.chunks >= left.trial.count)


async def _stuck(client: Client, watch: Watch, left: Left) -> None:
    """Until the wall can send no more, because nobody reads."""
    await _asked(client, watch, left)
    sent = -1
    while sent != (now := sum(call.sent for call in watch.calls(left))):
        sent = now
        await asyncio.sleep(0.1)


_MOMENTS: dict[str, Moment] = {
    "sent": _at_once,
    "asked": _asked,
    "status": _status,
    "bytes": _bytes,
    "events": _events,
    "upstream": _upstream,
    "stuck": _stuck,
}


class Verdict:
    """What followed."""

    def __init__(self) -> None:
        self.lags: list[tuple[float, Trial]] = []
        """Seconds from a client's leaving to the wall's being hung up on."""
        self.moments: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.broken: list[str] = []

    def judge(self, left: Left, calls: Sequence[Exchange], decisions: Sequence[Decision]) -> None:
        self.moments[left.trial.moment] += 1
        for what in self._of(left, calls, decisions):
            self.broken.append(f"{left.number} {left.trial}: {what}")

    def _of(
        self, left: Left, calls: Sequence[Exchange], decisions: Sequence[Decision]
    ) -> Iterator[str]:
        if left.trouble:
            yield f"{left.trouble} after {left.seen[-300:]!r}"
        if left.seen and not left.seen.startswith(b"HTTP/1.1 200"):
            yield f"was told {left.seen[:80]!r}"
        if len(calls) > 1 or len(decisions) > 1:
            yield f"{len(calls)} calls, {len(decisions)} receipts"
        if calls and not decisions:
            yield "a call without a receipt"
        for call in calls:
            if call.ending is Ending.CLIENT_CLOSED and call.ended is not None:
                self.lags.append((call.ended - left.left_at, left.trial))
            elif call.ending is not Ending.ANSWERED:
                yield f"its upstream is {call.ending}"
        for decision in decisions:
            self.outcomes[decision.outcome] += 1
            yield from _of_receipt(left, calls, decision)


def _of_receipt(left: Left, calls: Sequence[Exchange], decision: Decision) -> Iterator[str]:
    attempts = decision.explanation.attempts
    if any(attempt.outcome == "started" for attempt in attempts):
        yield "an attempt is still open"
    whole = bool(calls) and calls[0].ending is Ending.ANSWERED
    if decision.outcome == "completed" and whole:
        return  # It left when all had been said.
    if (decision.outcome, decision.error) != ("cancelled", "client_left"):
        yield f"{decision.outcome} {decision.error}"
    if not calls or whole:
        return
    if decision.usage_reported is not False or not decision.cost_estimated or decision.cost <= 0:
        yield "usage that nobody reported is not marked as estimated, or costs nothing"
    yield from _of_usage(left, calls[0], decision.completion_tokens or 0)


def _of_usage(left: Left, call: Exchange, tokens: int) -> Iterator[str]:
    """No less than the client saw, no more than the wall sent."""
    seen = sum(len(msgspec.json.decode(text)) for text in _CONTENT.findall(left.seen))
    if tokens < seen // _CHARS_PER_TOKEN:
        yield f"{seen} characters seen, {tokens} tokens recorded"
    if left.trial.model.startswith(("paced", "held")) and left.trial.stream:
        # What was sent just before may lie unread, on a busy machine for longer.
        unread = PIECES // 3 if (call.ended or 0) - left.left_at < 0.05 else PIECES
        per_piece = GRAIN // _CHARS_PER_TOKEN
        if not (call.chunks - unread) * per_piece <= tokens <= call.chunks * per_piece:
            yield f"{call.chunks} pieces sent, {tokens} tokens recorded"
