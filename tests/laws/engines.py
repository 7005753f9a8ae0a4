"""Engines under attack: real processes that are killed, stopped, starved and robbed of their ports,
in every state, while callers wait for them. `fuzz.engines` is the long form.

Three engines share memory for the first alone or for the other two: the development team's Architect,
Coder and Reviewer in small. Held, whatever happens:

* what is reserved never exceeds the budget, nor does what all processes hold, measured;
* a caller is told exactly once: an answer, that its engine broke, or that its time is up;
* an engine that nobody attacked is never ended while it answers somebody;
* at the end no process is left, alive or unreaped.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from random import Random

from msgspec import Struct

from gilmok.core.endpoint import Endpoint
from gilmok.core.engine import RAM, Demand, EngineState, Need
from gilmok.engines import http, measure
from gilmok.engines.drivers import LlamaCpp
from gilmok.engines.http import Unreachable
from gilmok.engines.keeper import Keeper
from gilmok.engines.probe import bearer
from gilmok.engines.residency import Residency, ResidencyPolicy
from gilmok.engines.seen import KeeperPolicy
from tests.unit.engines.conftest import LoopClock

DEADLINE_S = 30.0
SLOTS = 2
WATCHED_EVERY_S = 0.03
BRISK = ResidencyPolicy(
    first_delay_s=0.02, longest_delay_s=0.1, tries=1000, swap_worth=0.0, turn_s=0.5, max_wait_s=2.0
)
ALERT = KeeperPolicy(sample_s=0.1, wedge_s=2.0, silent_s=1.5, stop_again_s=0.1, drain_s=1.0)


class Fault(StrEnum):
    NONE = "none"
    KILL = "kill -9 of the server"
    KILL_WATCHDOG = "kill -9 of its watchdog"
    WEDGE = "SIGSTOP of the server"
    SLOW = "a slow load"
    NO_MEMORY = "out of memory"
    STOLEN_PORT = "a stolen port"
    BROKEN = "a load that fails"
    STUBBORN = "SIGTERM is not heard"
    GREEDY = "more memory than declared"


HONEST = tuple(fault for fault in Fault if fault is not Fault.GREEDY)
"""Whatever else happens to them, they hold no more than was declared."""
ALIVE = (EngineState.LOADING, EngineState.WARM, EngineState.DRAINING)
SIGNALS = {
    Fault.KILL: (1, signal.SIGKILL),
    Fault.KILL_WATCHDOG: (0, signal.SIGKILL),
    Fault.WEDGE: (1, signal.SIGSTOP),
}


class Cast(Struct, frozen=True, kw_only=True):
    """The engines of a play."""

    drivers: Mapping[str, LlamaCpp]
    needs: Mapping[str, Need]
    budget: int


class Callers:
    """A queue in small: who waits for which engine, and who is being answered."""

    def __init__(self, ids: Sequence[str]) -> None:
        self.keeper: Keeper | None = None
        self.attacked: set[str] = set()
        self.told: Counter[int] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.asked = 0
        self.cut_off = 0
        self.states = dict.fromkeys(ids, EngineState.COLD)
        self.seen: Counter[EngineState] = Counter()
        self.changed = asyncio.Event()
        self._endpoints: dict[str, Endpoint | None] = dict.fromkeys(ids)
        self._waiting: dict[str, deque[tuple[float, asyncio.Future[Endpoint]]]]
        self._waiting = {id: deque() for id in ids}
        self._running = Counter[str]()

    def demand(self, id: str) -> Demand:
        line = self._waiting[id]
        return Demand(
            waiting=len(line), running=self._running[id], oldest=line[0][0] if line else None
        )

    def hear(self, id: str, state: EngineState, endpoint: Endpoint | None) -> None:
        was, self.states[id] = self.states[id], state
        self._endpoints[id] = endpoint
        self.seen[state] += 1
        self.changed.set()
        if state is EngineState.COLD and was is EngineState.DRAINING and id not in self.attacked:
            # Noted and not raised: the keeper outlives listeners that fail.
            self.cut_off += self._running[id]
        self._grant(id)

    async def ask(self, id: str, rng: Random) -> None:
        number, self.asked = self.asked, self.asked + 1
        turn: asyncio.Future[Endpoint] = asyncio.get_running_loop().create_future()
        entry = (asyncio.get_running_loop().time(), turn)
        self._waiting[id].append(entry)
        self._look()
        self._grant(id)
        try:
            async with asyncio.timeout(DEADLINE_S):
                endpoint = await turn
        except TimeoutError:
            with suppress(ValueError):
                self._waiting[id].remove(entry)
            outcome = "deadline"
        else:
            outcome = await self._request(endpoint, rng)
            self._running[id] -= 1
        self.told[number] += 1
        self.outcomes[outcome] += 1
        self._grant(id)
        self._look()

    def _grant(self, id: str) -> None:
        """Whoever is let in counts as running from that instant."""
        endpoint, line = self._endpoints[id], self._waiting[id]
        while endpoint is not None and line and self._running[id] < SLOTS:
            _, turn = line.popleft()
            if not turn.done():
                self._running[id] += 1
                turn.set_result(endpoint)

    def _look(self) -> None:
        if self.keeper is not None:
            self.keeper.look()

    async def _request(self, endpoint: Endpoint, rng: Random) -> str:
        key = "" if endpoint.api_key is None else endpoint.api_key.reveal()
        url = endpoint.base_url.removesuffix("/v1") + "/props"
        try:
            for _ in range(rng.randrange(1, 4)):
                reply = await http.ask("GET", url, fields=bearer(key), timeout_s=DEADLINE_S)
                if not reply.ok:
                    return "broken"
                await asyncio.sleep(rng.uniform(0.0, 0.2))
        except Unreachable:
            return "broken"
        return "answered"


class Play:
    """`await Play(cast, rng).run(rounds)`; raises `AssertionError` for what must not happen."""

    def __init__(self, cast: Cast, rng: Random, faults: Sequence[Fault]) -> None:
        self.callers = Callers(list(cast.drivers))
        self.most_measured = 0
        self.most_reserved = 0
        self.done: Counter[Fault] = Counter()
        self.struck: Counter[EngineState] = Counter()
        """In which states processes were attacked by a signal."""
        self._cast = cast
        self._rng = rng
        self._faults = faults
        self._greedy = False
        self._spoilt: dict[Path, str] = {}

    async def run(self, rounds: int) -> None:
        cast = self._cast
        keeper = Keeper(
            cast.drivers,
            Residency.of(cast.needs, {RAM: cast.budget}, BRISK),
            demand=self.callers.demand,
            on_change=self.callers.hear,
            clock=LoopClock(),
            rng=self._rng,
            policy=ALERT,
        )
        async with keeper:
            self.callers.keeper = keeper
            watching = asyncio.create_task(self._watch(keeper))
            try:
                for _ in range(rounds):
                    await self._round()
                    if watching.done():
                        watching.result()
            finally:
                watching.cancel()
                await asyncio.wait([watching])
        if not watching.cancelled() and (error := watching.exception()):
            raise error
        self._nobody_is_left()

    async def _round(self) -> None:
        """Some ask; something happens to one engine, in whatever state it is; all are told."""
        rng, callers = self._rng, self.callers
        ids = list(self._cast.drivers)
        victim, fault = rng.choice(ids), rng.choice(self._faults)
        callers.attacked = {victim}
        self._prepare(victim, fault)
        asking = [
            asyncio.create_task(callers.ask(rng.choice(ids), rng))
            for _ in range(rng.randrange(1, 7))
        ]
        asking.append(asyncio.create_task(callers.ask(victim, rng)))
        if fault in SIGNALS:
            await self._until(victim, rng.choice(ALIVE))
            await asyncio.sleep(rng.uniform(0.0, 0.1))
            self._strike(victim, fault)
        while True:
            _, rest = await asyncio.wait(asking, timeout=2.0)
            if not rest:
                break
            self._heal()  # Whoever still waits does so for an engine that cannot be loaded.
        self._heal()
        for task in asking:
            task.result()
        assert callers.told == Counter(range(callers.asked)), "not told exactly once"
        assert not callers.cut_off, "an engine was ended while it answered"
        self.done[fault] += 1

    async def _until(self, victim: str, state: EngineState) -> None:
        """If it comes to that: who drains depends on who waits."""
        with suppress(TimeoutError):
            async with asyncio.timeout(1.5):
                while self.callers.states[victim] is not state:
                    self.callers.changed.clear()
                    await self.callers.changed.wait()

    def _prepare(self, victim: str, fault: Fault) -> None:
        """What a load finds is written into the weights, which tell the stand-in how to behave."""
        modes = {
            Fault.SLOW: '"load_s": 0.7',
            Fault.NO_MEMORY: '"die": 1, "log": "failed to allocate buffer"',
            Fault.BROKEN: '"die": 1, "log": "failed to load model"',
            Fault.STOLEN_PORT: '"once": "couldn\'t bind HTTP server socket"',
            Fault.STUBBORN: '"stubborn": true',
            Fault.GREEDY: '"grow_mb": 60',
        }
        weights = self._cast.drivers[victim]._settings.weights
        if fault in modes:
            self._spoilt[weights] = weights.read_text()
            weights.write_text(self._spoilt[weights].rstrip("}") + ", " + modes[fault] + "}")
            weights.with_name(weights.name + ".once").unlink(missing_ok=True)
        self._greedy = self._greedy or fault is Fault.GREEDY

    def _heal(self) -> None:
        for weights, text in self._spoilt.items():
            weights.write_text(text)
        self._spoilt.clear()

    def _strike(self, victim: str, fault: Fault) -> None:
        process = self._cast.drivers[victim]._child.process
        if fault not in SIGNALS or process is None or process.status is not None:
            return
        depth, number = SIGNALS[fault]
        family = measure.family(process.pid)
        if len(family) > depth:
            with suppress(ProcessLookupError):
                os.kill(family[depth], number)
                self.struck[self.callers.states[victim]] += 1

    async def _watch(self, keeper: Keeper) -> None:
        """Reserved and measured, as often as a machine with other work allows."""
        budget = self._cast.budget
        while True:
            reserved = sum(keeper.held.values())
            pids = [pid for driver in self._cast.drivers.values() for pid in driver._child.pids]
            measured = measure.resident(pids)
            if not self._greedy:
                # One that takes more than it may is noticed after the fact, and others leave.
                assert reserved <= budget, f"reserved {reserved} of {budget}"
                assert measured <= budget, f"measured {measured} of {budget}"
            self.most_reserved = max(self.most_reserved, reserved)
            self.most_measured = max(self.most_measured, measured)
            await asyncio.sleep(WATCHED_EVERY_S)

    def _nobody_is_left(self) -> None:
        own = measure.family(os.getpid())[1:]
        assert not own, f"left behind: {own}"
        assert set(self.callers.states.values()) == {EngineState.COLD}
