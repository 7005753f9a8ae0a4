"""The n-th call to the disk fails, in a gateway at work: for every n, in every way.

Calls of the log of intents fail as the operating system's do (`Disk` stands where `os` does), those of
the database as SQLite's: its file may not grow, or a statement is broken off at its n-th step. Each
round asks some questions meanwhile, then gives the room back. Nobody but those whose intents failed is
refused, every call upstream has its row, every cost is charged once, and the gateway goes on.
"""

from __future__ import annotations

import asyncio
import errno
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

from msgspec import Struct
from tests.gateway import Answer, Running
from tests.wall import Wall

from gilmok.ledger import durable, journal, write_ahead
from gilmok.ledger.audit import audit
from gilmok.ledger.journal import Journal
from gilmok.ledger.records import Decision

CALLS = ("write", "open", "ftruncate", "close", "fdatasync")
PER_ROUND = 6
"""Questions; about ten calls to the disk."""
_SEGMENT = 1_500
"""Bytes: a round begins a new segment or two."""
_PATIENCE_S = 20.0
_RETRY_S = 0.02
"""Instead of half a second."""
TOML = """
synchronous = "{synchronous}"
[dispatch]
retries = 1
[breaker]
failures = 1000
[[plans]]
id = "default"
tenant_caps = {{ monthly_usd = 1000 }}
"""
ENDPOINT = """
[[endpoints]]
id = "{id}"
provider = "vllm"
base_url = "{url}"
model = "{id}"
price_input = 1.0
price_output = 2.0
"""
MODELS = ("ok", "flap")
"""The second fails every other time, so that there are second attempts."""


class Tally(Counter[str]):
    """How often what happened."""

    def __str__(self) -> str:
        return ", ".join(f"{what} {count}" for what, count in sorted(self.items()))


class Fault(Struct, frozen=True):
    kind: str
    """`full`, `broken`, `short` or `torn` of the log; `database full` or `interrupted`."""
    first: int
    """The call, page or step that fails."""
    length: int
    """How many in a row."""


class Disk:
    """`os`, as the journal sees it."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._calls = 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in CALLS:
            return real

        def call(*arguments: Any) -> Any:
            number, self._calls = self._calls, self._calls + 1
            if 0 <= number - self._fault.first < self._fault.length:
                return self._fail(name, real, arguments)
            return real(*arguments)

        return call

    def _fail(self, name: str, real: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        kind = self._fault.kind
        if name == "close":
            real(*arguments)  # A close that fails has closed.
        elif name == "write" and kind in ("short", "torn"):
            file, data = arguments
            written = real(file, data[: len(data) // 2])
            if kind == "torn":
                # Taking it back is the next call.
                self._calls = max(self._calls, self._fault.first + self._fault.length - 1)
            return written
        raise OSError(errno.ENOSPC if kind == "full" else errno.EIO, "injected")


def faults(rounds: int, chance: random.Random) -> Iterator[Fault]:
    """Every call of a round fails once in every way before any other does again."""
    kinds = ("full", "broken", "short", "torn", "database full", "interrupted")
    for number in range(rounds):
        kind = kinds[number % len(kinds)]
        nth = number // len(kinds)
        match kind:
            case "interrupted":
                # Every eleventh step of a group, in another phase each time around.
                yield Fault(kind, 11 * nth % 3_000 + chance.randrange(11), 1)
            case "database full":
                yield Fault(kind, nth % 4, 1)
            case "torn":
                yield Fault(kind, nth % 24, 2)
            case _:
                yield Fault(kind, nth % 24, chance.choice((1, 1, 3, 10**9)))


async def attack(folder: Path, rounds: int, seed: int) -> Tally:
    """How often each kind of fault led to which answer. Raises `AssertionError`."""
    with patch.object(journal, "_RETRY_S", _RETRY_S), patch.object(durable, "_RETRY_S", _RETRY_S):
        return await _attack(folder, rounds, seed)


async def _attack(folder: Path, rounds: int, seed: int) -> Tally:
    told = Tally()
    for synchronous in ("normal", "full"):
        place = folder / synchronous
        os.makedirs(place)
        chance = random.Random(f"{seed} {synchronous}")
        async with Wall() as wall:
            toml = TOML.format(synchronous=synchronous)
            toml += "".join(ENDPOINT.format(id=model, url=wall.openai) for model in MODELS)
            async with Running(place, toml, memory=False) as gateway:
                trial = _Trial(gateway, wall, chance)
                for fault in faults(rounds // 2, chance):
                    try:
                        told.update(await trial.round(fault))
                    except Exception as error:
                        raise AssertionError(f"seed {seed}, {synchronous}, {fault}") from error
        books = audit(place / "ledger.db", now=time.time_ns(), longest_s=0.0)
        assert books.agrees, books.disagreements
        assert books.in_flight == 0
        assert books.receipts_cost == trial.spent
    return told


class _Trial:
    def __init__(self, gateway: Running, wall: Wall, chance: random.Random) -> None:
        self._gateway = gateway
        self._wall = wall
        self._chance = chance
        self._numbers = count()
        self.spent = 0
        """Nano-dollars, as the decisions say."""
        assert isinstance(gateway.gateway.journal, Journal)
        self._journal = gateway.gateway.journal
        self._journal._segment_bytes = _SEGMENT

    async def round(self, fault: Fault) -> Tally:
        self._wall.clear()
        users = [f"u{next(self._numbers)}" for _ in range(PER_ROUND)]
        with self._failing(fault):
            asking = (self._ask(user, self._chance.choice(MODELS)) for user in users)
            answers = await asyncio.gather(*asking)
            await self._journal.flush()
            is_noticed = not self._journal.healthy
        last = await self._recovered()
        assert last.status == 200, last.body
        await self._check([*answers, last], [*users, "last"])
        told = Tally(f"{fault.kind}: {answer.code or answer.status}" for answer in answers)
        told[f"{fault.kind}: health degraded"] += is_noticed
        return told

    @contextmanager
    def _failing(self, fault: Fault) -> Iterator[None]:
        if fault.kind in ("database full", "interrupted"):
            with self._failing_database(fault):
                yield
        else:
            disk = Disk(fault)
            with ExitStack() as patches:
                for module in (write_ahead, durable, journal):
                    patches.enter_context(patch.object(module, "os", disk))
                yield

    @contextmanager
    def _failing_database(self, fault: Fault) -> Iterator[None]:
        connection = self._journal._connection
        if fault.kind == "interrupted":
            steps = count()
            connection.set_progress_handler(lambda: next(steps) == fault.first, 1)
            yield
            connection.set_progress_handler(None, 1)
        else:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages + fault.first}")
            yield
            connection.execute("PRAGMA max_page_count = 1073741823")

    async def _ask(self, user: str, model: str) -> Answer:
        return await self._gateway.chat(
            "hello",
            model=model,
            stream=self._chance.random() < 0.5,
            max_tokens=50,
            user=user,
        )

    async def _recovered(self) -> Answer:
        """Its first answer, once there is room again, and what it says of its health is true."""
        answer = await self._ask("last", "ok")
        async with asyncio.timeout(_PATIENCE_S):
            while not self._journal.healthy:
                await self._journal.flush()
                await asyncio.sleep(0.01)
        health = (await self._gateway.get("/health")).json
        assert (health["status"], health["journal"]) == ("ok", "ok")
        return answer

    async def _check(self, answers: list[Answer], users: list[str]) -> None:
        gateway = self._gateway.gateway
        ids = [answer.headers["x-gilmok-decision"] for answer in answers]
        found = {d.decision_id: d for d in await self._journal.recent(len(ids) + 1) if d.user}
        calls = Counter(call.json["user"] for call in self._wall.calls)
        for answer, user, decision_id in zip(answers, users, ids, strict=True):
            _check_one(answer, found[decision_id], calls[user])
        assert gateway.ledger.open_holds == gateway.ledger.held == 0
        self.spent += sum(found[decision_id].cost for decision_id in ids)
        assert gateway.ledger.spent == self.spent
        (budget,) = (await self._gateway.get("/v1/budget")).json["data"]
        assert budget["spent_usd"] == f"{self.spent / 10**9:.9f}"
        assert budget["held_usd"] == "0.000000000"
        assert self._journal.open_decisions == 0
        assert self._journal.dropped == 0


def _check_one(answer: Answer, decision: Decision, calls: int) -> None:
    attempts = decision.explanation.attempts
    assert len(attempts) >= calls, "a call without a row"
    assert decision.cost == sum(attempt.cost for attempt in attempts)
    if answer.status == 200:
        assert decision.outcome == "completed" or answer.code, decision.error
    else:
        assert answer.status == 503, answer.body
        assert answer.code == decision.error
        # Questions that came together may meet the bad half of `flap` as often as they try.
        assert answer.code in ("journal_unavailable", "all_endpoints_failed"), answer.body
        assert answer.headers["retry-after"]
        # Refused before it was sent, or, after a sync that failed, with what it may have cost.
        assert sum(a.cost > 0 for a in attempts) <= calls
