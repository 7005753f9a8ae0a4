"""A gateway's life in which most requests are interrupted at one of their awaits.

See `interruption` for how. Whatever strikes where, in the end everything is back: permits, places,
holds, tokens, endpoints' places, idempotency keys, breakers' probes, tasks, conversations. And each
request that came so far that it was answered or refused by a decision has left one receipt.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from msgspec import Struct

from gilmok.core.completion import Batch
from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import AttemptFailed
from gilmok.core.identity import Caller
from gilmok.core.money import NANO_PER_USD
from gilmok.core.outbound import Outbound
from gilmok.core.ports import Clock
from gilmok.core.request import Request
from gilmok.fleet import BreakerPolicy, Registry
from gilmok.ledger import AccountId, Cycle, Scope
from gilmok.passage import Passage
from gilmok.pipeline import Pipeline
from gilmok.surfaces.http import HttpRequest
from tests.simulation import clockwork, invariants, remains
from tests.simulation.clockwork import Chance, VirtualLoop
from tests.simulation.interruption import Interrupted, Places, Plan, draw
from tests.simulation.ports import SimulatedClient, SimulatedUpstream
from tests.simulation.run import DEADLINE_S, TEXTS, Simulation, posted, said

REQUESTS = 60
_LONGEST_S = 4 * DEADLINE_S
"""A slow client and a clean-up that is interrupted may go beyond the deadline, but not for ever."""
_STEPS = 0.002
_STEPS_NS = (10**9, 3_600 * 10**9, 86_400 * 10**9, 30 * 86_400 * 10**9)
_REST_S = 60.0
"""Those whom nobody waits for have ended by then, and the journal's late writes."""


class Weather(Struct):
    """How a life went."""

    seed: int
    requests: int
    decided: int
    """Of them so many were answered or refused by a decision, and left a receipt."""
    broken: list[str]


def weather(seed: int, folder: Path, places: Places, requests: int = REQUESTS) -> Weather:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        storm = Storm(seed, folder, loop, places)
        with patch.object(Pipeline, "answer", storm.noting(Pipeline.answer)):
            runner.run(storm.live(requests))
    return Weather(seed, requests, len(storm.decided), storm.broken)


class WatchedRegistry(Registry):
    """Knows which endpoints are being probed: whoever waits for a lost probe waits for nothing."""

    def __init__(self, endpoints: Iterable[Endpoint], clock: Clock, policy: BreakerPolicy) -> None:
        super().__init__(endpoints, clock, policy)
        self.probed: set[str] = set()

    def asking(self, endpoint_id: str) -> bool:
        is_probe = super().asking(endpoint_id)
        if is_probe:
            self.probed.add(endpoint_id)
        return is_probe

    def gave_up(self, endpoint_id: str) -> None:
        super().gave_up(endpoint_id)
        self.probed.discard(endpoint_id)

    def answered(self, endpoint_id: str, *measured: float | None) -> None:
        super().answered(endpoint_id, *measured)
        self.probed.discard(endpoint_id)

    def failed(self, endpoint_id: str, error: AttemptFailed) -> None:
        super().failed(endpoint_id, error)
        self.probed.discard(endpoint_id)


class SteppingClock(clockwork.Clock):
    """Somebody sets the wall clock now and then, by a second or by weeks."""

    chance: Chance | None = None
    _off_ns = 0

    def wall(self) -> int:
        if self.chance is not None and self.chance.happens(_STEPS):
            self._off_ns += round(self.chance.gauss(0, 1) * self.chance.choice(_STEPS_NS))
        return super().wall() + self._off_ns


class RudeUpstream(SimulatedUpstream):
    """Fails at once at times, and has something to do when it is left."""

    def converse(
        self, outbound: Outbound, *, connect_s: float
    ) -> AbstractAsyncContextManager[AsyncIterator[Batch]]:
        if not self.calm and self._chance.happens(0.01):
            raise RuntimeError("a defect of the provider's code")
        return super().converse(outbound, connect_s=connect_s)


class Storm(Simulation):
    registry_class = WatchedRegistry
    upstream_class = RudeUpstream
    clock_class = SteppingClock

    def __init__(self, seed: int, folder: Path, loop: VirtualLoop, places: Places) -> None:
        chance = Chance(seed)
        super().__init__(
            seed,
            folder,
            loop,
            strategies=chance.happens(0.3),
            caps=False,
            more=_plan(chance),
            of_each=chance.choice(
                ("", "max_concurrency = 5\ndaily_cap_usd = 0.05", "tokens_per_minute = 90000")
            ),
        )
        self._gateway.idempotency.linger_s = chance.choice((0.0, 0.0, 5.0))
        self.decided: list[str] = []
        self._places = places
        self._loop.set_task_factory(cast(Any, self._task))

    def noting(self, answer: Any) -> Any:
        """`Pipeline.answer` with a note of whom it was entered for."""

        def noted(pipeline: Pipeline, request: Request, caller: Caller) -> Any:
            self.decided.append(request.id)
            found: AbstractAsyncContextManager[Passage] = answer(pipeline, request, caller)
            return found

        return noted

    async def live(self, requests: int) -> None:
        chance = self._chance
        async with self._journal:
            self._stepping.chance = self._chance
            async with asyncio.TaskGroup() as clients:
                for number in range(requests):
                    clients.create_task(self._visit(_question(chance, number), _plan_of(chance)))
                    await asyncio.sleep(chance.expovariate(4.0))
            self._stepping.chance = None
            await asyncio.sleep(_REST_S)
            self._check_all()
            await self._recover()
        self._keyring.close()

    async def _visit(self, http: HttpRequest, plan: Plan) -> None:
        client = SimulatedClient(self._chance, self.trace, lambda what: None)
        coroutine = Interrupted(self._gateway.answer(http, client), plan, self._places)
        handler = asyncio.create_task(coroutine, name="client")
        done, _ = await asyncio.wait([handler], timeout=_LONGEST_S)
        if not done:
            self._break(f"a request has not ended after {_LONGEST_S} s")
            handler.cancel()
            await asyncio.wait([handler])
        if not handler.cancelled():
            handler.exception()  # What was thrown may come through; it is noticed here.

    def _task(
        self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **more: Any
    ) -> asyncio.Task[Any]:
        """A request with an idempotency key is carried out by a task of its own, struck as well."""
        if getattr(coroutine, "__qualname__", "") == "_carry_out":
            coroutine = Interrupted(coroutine, _plan_of(self._chance), self._places)
        return asyncio.Task(coroutine, loop=loop, **more)

    async def _top_up(self) -> None:
        if self._gateway.ledger.accounts is not None:
            everybody = AccountId(Scope.TENANT, "local", "local")
            for cycle in Cycle:
                await self._gateway.budgets.add_to(everybody, cycle, 100 * NANO_PER_USD)
        await self._raise_caps()

    def _check_all(self) -> None:
        left = remains.of_gateway(self._gateway)
        for what in (*left, *self._of_receipts(), *self._of_rest()):
            self._break(what)

    def _of_receipts(self) -> Iterator[str]:
        receipts = self._journal.receipts
        yield from remains.of_receipts(self.decided, [r.decision_id for r in receipts])
        for receipt in receipts:
            yield from invariants.of_receipt(receipt)
        if self._gateway.ledger.spent != sum(r.cost for r in receipts):
            yield "the ledger and the receipts disagree"

    def _of_rest(self) -> Iterator[str]:
        if still := sum(upstream.open for upstream in self._upstreams):
            yield f"{still} conversations were not left"
        if self._watched.probed:
            yield f"lost probes of {sorted(self._watched.probed)}"
        if len(tasks := asyncio.all_tasks()) > 1:
            yield f"tasks are left: {sorted(task.get_name() for task in tasks)}"

    @property
    def _stepping(self) -> SteppingClock:
        assert isinstance(self._clock, SteppingClock)
        return self._clock

    @property
    def _watched(self) -> WatchedRegistry:
        assert isinstance(self._registry, WatchedRegistry)
        return self._registry


def _plan_of(chance: Chance) -> Plan:
    return draw(chance) if chance.happens(0.85) else {}


def _plan(chance: Chance) -> str:
    """Limits and caps of every scope, tight enough to refuse now and then."""
    if chance.happens(0.3):
        return ""
    return (
        '[[plans]]\nid = "default"\n'
        f"tenant_limits = {{ concurrency = {chance.choice((6, 20))}, tokens_per_minute = 90000 }}\n"
        f"key_limits = {{ requests_per_minute = {chance.choice((100, 600))} }}\n"
        "user_limits = { concurrency = 3, requests_per_day = 12 }\n"
        f"tenant_caps = {{ daily_usd = {chance.choice((0.05, 0.5))}, monthly_usd = 3 }}\n"
        "user_caps = { daily_usd = 0.02 }\n"
    )


def _question(chance: Chance, number: int) -> HttpRequest:
    body: dict[str, object] = {
        "model": chance.choice(("auto", "auto", "auto", "local", "best", "e0", "m1")),
        **said(chance.choice((*TEXTS[:2], *TEXTS))),
        "max_tokens": 200,
    }
    if chance.happens(0.6):
        body["stream"] = True
    headers = {}
    if chance.happens(0.3):
        headers["x-gilmok-user"] = chance.choice(("ann", "bob"))
    if chance.happens(0.2):
        headers["idempotency-key"] = f"key-{number // chance.choice((1, 1, 3))}"
    if chance.happens(0.1):
        headers["x-gilmok-deadline-ms"] = str(chance.choice((300, 2000)))
    return posted(body, headers)
