"""Carries out what `residency` decides, with drivers. It has no policy of its own.

One task lives each life of an engine: it loads it, then watches it until it dies or is told to stop;
one task stops it. An engine has at most one of them at a time. Every look at the demand and what
follows from it at once (whom callers may ask) happens without an await in between, so that a drained
engine gets nothing new. A drain that is taken back is such a change too, and no driver hears of it.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import Task, TaskGroup
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Self

from gilmok.core.endpoint import Endpoint
from gilmok.core.engine import NOBODY, Bytes, Demand, EngineState, Need
from gilmok.core.ports import Clock, Rng
from gilmok.engines import residency as rules
from gilmok.engines.drivers import Driver
from gilmok.engines.drivers.driver import is_there
from gilmok.engines.failure import EngineFailed
from gilmok.engines.lifecycle import Death
from gilmok.engines.remembered import Remembered
from gilmok.engines.residency import (
    Action,
    Event,
    Expected,
    Failed,
    Load,
    Loaded,
    Measured,
    Reason,
    Residency,
    Sampled,
    Stop,
    Stopped,
    Wedged,
)
from gilmok.engines.residency.memory import excess, larger
from gilmok.engines.schedule import usually_wanted
from gilmok.engines.seen import KeeperPolicy, Seen
from gilmok.engines.views import EngineView, view_of

log = logging.getLogger(__name__)

OnChange = Callable[[str, EngineState, Endpoint | None], None]
_AT_ONCE = (Reason.WEDGED, Reason.STUCK)
"""Reasons to stop that wait for nobody."""


class Keeper:
    """`async with Keeper(…) as keeper`: entering begins to load pinned engines and takes over what an
    earlier life left loaded; leaving stops everything and returns when it is gone.

    `on_change` hears of every change of state, in order; with the endpoint when it is warm, and once
    more when a sick one is given up.
    """

    def __init__(
        self,
        drivers: Mapping[str, Driver],
        residency: Residency,
        *,
        demand: Callable[[str], Demand],
        on_change: OnChange,
        clock: Clock,
        rng: Rng,
        remembered: Remembered | None = None,
        policy: KeeperPolicy = KeeperPolicy(),  # noqa: B008  (frozen)
    ) -> None:
        """Every need of `residency` has a driver."""
        self._drivers = dict(drivers)
        self._residency = residency
        self._demand = demand
        self._on_change = on_change
        self._clock = clock
        self._rng = rng
        self._remembered = remembered or Remembered(None)
        self._policy = policy
        self._dying: set[str] = set()
        """Dead, and not yet cleared away: their memory still counts."""
        self._told = dict.fromkeys(self._drivers, (EngineState.COLD, False))
        self._endpoints: dict[str, Endpoint] = {}
        self._seen = {id: Seen() for id in self._drivers}
        self._failures: dict[str, Death] = {}
        self._tasks: dict[str, Task[None]] = {}
        self._found: set[str] = set()
        """Loaded before we were: how long their first load takes tells nothing."""
        self._news = asyncio.Event()
        self._running: Task[None] | None = None

    # What others ask

    def look(self) -> None:
        """The demand has changed: decide soon. Costs one flag; many calls make one decision."""
        self._news.set()

    def state(self, id: str) -> EngineState:
        return EngineState.SICK if id in self._dying else self._residency.state(id)

    def endpoint(self, id: str) -> Endpoint | None:
        """Where it answers, while it is warm."""
        return self._endpoints.get(id) if self.state(id) is EngineState.WARM else None

    def ready_in(self, id: str) -> float | None:
        """Seconds until it can take a request; see `residency.ready_in`."""
        return self._ready_in(id, self._demands(), self._clock.monotonic())

    def _ready_in(self, id: str, demands: Mapping[str, Demand], now: float) -> float | None:
        if id in self._dying:
            return self._residency.load_s(id)
        return rules.ready_in(self._residency, demands, id, now)

    def unfit(self, id: str) -> rules.Unfit | None:
        return rules.unfit(self._residency, id)

    @property
    def held(self) -> Bytes:
        """Bytes by device that count against the budget now."""
        return self._residency.held

    @property
    def budget(self) -> Bytes:
        return self._residency.budget

    def need(self, id: str) -> Need:
        return self._residency.needs[id]

    def snapshot(self) -> tuple[EngineView, ...]:
        """Every engine, in configuration order."""
        demands, now = self._demands(), self._clock.monotonic()
        return tuple(self._view(id, demands, now) for id in self._residency.residences)

    def _view(self, id: str, demands: Mapping[str, Demand], now: float) -> EngineView:
        residence, demand = self._residency.residences[id], demands.get(id, NOBODY)
        ready_s, failure = self._ready_in(id, demands, now), self._failures.get(id)
        return view_of(id, self.state(id), residence, demand, self._seen[id], ready_s, failure, now)

    # Its life

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run(), name="engine-keeper")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
            if not self._running.cancelled() and (error := self._running.exception()):
                raise error

    async def _run(self) -> None:
        try:
            await self._take_over()
            async with TaskGroup() as group:
                group.create_task(self._write_now_and_then(), name="engine-memory")
                while True:
                    self._news.clear()
                    look_at = self._decide(group)
                    await self._until(look_at)
        finally:
            await self._end()

    async def _until(self, look_at: float | None) -> None:
        patience = None if look_at is None else max(0.0, look_at - self._clock.monotonic())
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._news.wait()

    async def _take_over(self) -> None:
        """What an earlier life of the gateway left loaded in a service, as after `kill -9`: what fits
        is loaded for good (which finds it there), what does not is let go. Nothing is loaded yet, so
        that the budget is kept."""
        there = await asyncio.gather(*map(is_there, self._drivers.values()))
        found = {id for id, alive in zip(self._drivers, there, strict=True) if alive}
        self._expect(found, 1.0)
        planned = rules.decide(self._residency, self._demands(), self._clock.monotonic())
        loads = {action.engine for action in planned.actions if isinstance(action, Load)}
        self._found = found & loads
        await asyncio.gather(*(self._let_go(id) for id in found - loads))
        self._expect(found - loads, 0.0)
        self._expect(self._found, 1.0)

    def _expect(self, engines: set[str], for_s: float) -> None:
        """For the next look only: they then count as any others that nobody waits for."""
        now = self._clock.monotonic()
        for id in engines:
            self._residency = self._residency.after(Expected(engine=id, until=now + for_s), now)

    async def _let_go(self, id: str) -> None:
        with suppress(EngineFailed):
            await self._drivers[id].stop()

    async def _end(self) -> None:
        """Whatever else happens: nothing outlives the gateway."""
        self._endpoints.clear()
        ended = await asyncio.gather(
            *(driver.close() for driver in self._drivers.values()), return_exceptions=True
        )
        for id, failure in zip(self._drivers, ended, strict=True):
            if isinstance(failure, Exception):
                log.error("engine_not_closed", extra={"engine": id, "error": _kind(failure)})
            self._tell(id, EngineState.COLD)
        self._remembered.write()

    # Deciding

    def _demands(self) -> dict[str, Demand]:
        return {id: self._demand(id) for id in self._drivers}

    def _decide(self, group: TaskGroup) -> float | None:
        decision = rules.decide(self._residency, self._demands(), self._clock.monotonic())
        self._residency = decision.residency
        self._tell_all()
        for action in decision.actions:
            self._begin(action, group)
        return decision.look_at

    def _begin(self, action: Action, group: TaskGroup) -> None:
        engine = action.engine
        run = self._residency.residences[engine].run
        match action:
            case Load():
                work = self._live(engine, action.run)
            case Stop():
                log.info("engine_stopping", extra={"engine": engine, "reason": action.reason.value})
                work = self._leave(engine, run, action.reason, self._tasks.get(engine))
            case _:
                return  # It gets nothing new, which was told; its requests end by themselves.
        self._tasks[engine] = group.create_task(work, name=f"engine-{engine}")

    def _after(self, event: Event) -> None:
        now = self._clock.monotonic()
        self._residency = self._residency.after(event, now, self._rng.random())
        self._tell_all()
        self.look()

    def _tell_all(self) -> None:
        for id in self._residency.residences:
            self._tell(id, self.state(id))

    def _tell(self, id: str, state: EngineState) -> None:
        news = (state, self._residency.residences[id].given_up)
        if self._told[id] == news:
            return
        self._told[id] = news
        if state not in (EngineState.WARM, EngineState.DRAINING):  # A drain may be taken back.
            self._endpoints.pop(id, None)
        try:
            self._on_change(id, state, self.endpoint(id))
        except Exception as error:
            log.exception("engine_listener_failed", extra={"engine": id, "error": _kind(error)})

    # One engine's life

    async def _live(self, engine: str, run: int) -> None:
        """From its load to its death; cancelled when it is to be stopped."""
        try:
            await self._load(engine, run)
            death = await self._watch(engine, run)
        except EngineFailed as failure:
            death = failure.death
        except Exception as error:
            # A driver that is broken is one engine that cannot be had, and no reason to end the rest.
            log.exception("engine_driver_failed", extra={"engine": engine, "error": _kind(error)})
            death = Death.EXITED
        self._failures[engine] = death
        log.warning("engine_died", extra={"engine": engine, "cause": death.value})
        self._dying.add(engine)
        try:
            self._tell_all()  # Nobody is sent there while the rest of it goes.
            await self._stop(engine)
        finally:
            self._dying.discard(engine)
        self._after(Failed(engine=engine, death=death, run=run))

    async def _load(self, engine: str, run: int) -> None:
        """Raises `EngineFailed`."""
        driver, began = self._drivers[engine], self._clock.monotonic()
        seen = self._seen[engine] = Seen()
        was_there = engine in self._found
        self._found.discard(engine)
        log.info("engine_loading", extra={"engine": engine})
        following = asyncio.create_task(self._follow(engine, run), name=f"engine-{engine}-load")
        try:
            endpoint = await driver.ensure_ready(seen.loading)
        finally:
            following.cancel()
        now = self._clock.monotonic()
        seen.ready(now)
        self._endpoints[engine] = endpoint
        held, measured = self._residency.residences[engine].held, await self._measure(engine)
        took_s = None if was_there else now - began
        if took_s is not None:
            self._remembered.loaded(driver.key, took_s)
        log.info("engine_loaded", extra={"engine": engine, "seconds": round(now - began, 2)})
        # Never less than what was reserved: buffers that nobody has used yet are not resident yet.
        footprint = None if measured is None else larger(measured, held)
        self._after(Loaded(engine=engine, footprint=footprint, took_s=took_s, run=run))

    async def _follow(self, engine: str, run: int) -> None:
        """A load that takes more than it may is seen before it is through."""
        while True:
            await asyncio.sleep(self._policy.sample_s)
            await self._compare(engine, run)

    async def _watch(self, engine: str, run: int) -> Death:
        ended = asyncio.create_task(self._drivers[engine].ended(), name=f"engine-{engine}-end")
        try:
            while not ended.done():
                await asyncio.wait([ended], timeout=self._policy.sample_s)
                death = await self._examine(engine, run)
                if death is not None:
                    return death
        finally:
            ended.cancel()
        return Death.EXITED

    async def _examine(self, engine: str, run: int) -> Death | None:
        """One look at a loaded engine: why it is gone, or `None`."""
        health = await self._drivers[engine].health()
        if not health.alive:
            return health.death or Death.EXITED
        seen, now = self._seen[engine], self._clock.monotonic()
        demand, residence = self._demand(engine), self._residency.residences[engine]
        seen.saw(health, demand, now)
        if seen.is_wedged(residence, demand, now, self._policy):
            self._failures[engine] = Death.WEDGED
            log.warning("engine_wedged", extra={"engine": engine})
            self._after(Wedged(engine=engine, run=run))
        if health.utilisation is not None:
            # It changes no state, and what it does change is seen at the next look.
            sample = Sampled(engine=engine, utilisation=health.utilisation)
            self._residency = self._residency.after(sample, now)
        await self._compare(engine, run)
        return None

    async def _compare(self, engine: str, run: int) -> None:
        """What it holds with what was reserved for it: only more than that is news."""
        measured = await self._measure(engine)
        held = self._residency.residences[engine].held
        if measured is not None and excess(measured, held):
            self._after(Measured(engine=engine, footprint=larger(measured, held), run=run))

    async def _measure(self, engine: str) -> Bytes | None:
        driver = self._drivers[engine]
        measured = self._seen[engine].measured = await driver.footprint()
        if measured:
            self._remembered.measured(driver.key, measured)
        return measured

    async def _leave(
        self, engine: str, run: int, reason: Reason, before: Task[None] | None
    ) -> None:
        """Ends its life, whatever that is doing, and then the engine itself."""
        if before is not None and not before.done():
            before.cancel()
            await asyncio.wait([before])
        if reason not in _AT_ONCE:
            with suppress(Exception):  # A courtesy to others, and no condition.
                async with asyncio.timeout(self._policy.drain_s):
                    await self._drivers[engine].drain()
        await self._stop(engine)
        self._after(Stopped(engine=engine, run=run))

    async def _stop(self, engine: str) -> None:
        """Returns when it is gone, and not before: until then its memory is not free."""
        while True:
            try:
                await self._drivers[engine].stop()
                self._seen[engine].measured = None
                return
            except Exception as error:
                cause = error.death.value if isinstance(error, EngineFailed) else _kind(error)
                log.error("engine_not_stopped", extra={"engine": engine, "cause": cause})
            await asyncio.sleep(self._policy.stop_again_s)

    async def _write_now_and_then(self) -> None:
        while True:
            self._look_ahead()
            await asyncio.sleep(self._policy.write_s)
            self._remembered.write()

    def _look_ahead(self) -> None:
        """Has engines loaded again that were stopped for idleness and are usually wanted soon."""
        keys = {id: driver.key for id, driver in self._drivers.items()}
        wall_s, now = self._clock.wall() / 1e9, self._clock.monotonic()
        every_s = self._policy.write_s
        for event in usually_wanted(
            self._residency, self._remembered, keys, wall_s=wall_s, now=now, every_s=every_s
        ):
            self._after(event)


def _kind(error: BaseException) -> str:
    return type(error).__name__
