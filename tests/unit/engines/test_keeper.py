"""The keeper with scripted drivers: what it does with decisions and with drivers that misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from gilmok.core.endpoint import Endpoint, ProviderRow, Zone
from gilmok.core.engine import RAM, Bytes, Demand, EngineState, Need
from gilmok.engines.drivers import Health, Progress
from gilmok.engines.drivers.driver import never
from gilmok.engines.failure import EngineFailed
from gilmok.engines.keeper import Keeper
from gilmok.engines.lifecycle import Death
from gilmok.engines.remembered import Experience, Remembered
from gilmok.engines.residency import Residency, ResidencyPolicy
from gilmok.engines.residency.idle import Week, hour_of_week
from gilmok.engines.seen import KeeperPolicy
from tests.unit.engines.conftest import LoopClock

QUICK = KeeperPolicy(sample_s=0.01, wedge_s=0.1, silent_s=0.2, stop_again_s=0.02, drain_s=0.2)
SWAPPY = ResidencyPolicy(
    first_delay_s=0.01, longest_delay_s=0.02, swap_worth=0.0, turn_s=0.0, regret_s=0.02
)
COLD, LOADING, WARM, DRAINING, SICK = EngineState


class Scripted:
    """A driver that does as it is told by its fields, and notes what it was told."""

    def __init__(self, id: str, holds: int = 10) -> None:
        self.id = id
        self.key = f"scripted|{id}"
        self.holds = holds
        self.log: list[str] = []
        self.loaded = False
        self.may_load = asyncio.Event()
        self.may_load.set()
        self.failures: list[Exception] = []
        self.stop_failures = 0
        self.ends = asyncio.Event()
        self.state = Health(alive=True, answers=True, work=0.0)

    async def prior(self) -> Bytes | None:
        return {RAM: self.holds}

    async def ensure_ready(self, progress: Progress) -> Endpoint:
        self.log.append("load")
        progress(0.5)
        try:
            await self.may_load.wait()
        except asyncio.CancelledError:
            self.log.append("cancelled")
            raise
        if self.failures:
            raise self.failures.pop(0)
        self.loaded = True
        self.ends.clear()
        return Endpoint(
            id=self.id,
            provider=ProviderRow(name="x", wire="openai"),
            base_url="http://127.0.0.1:9/v1",
            model=self.id,
            zone=Zone.LOCAL,
            context=1,
            quality=0.5,
        )

    async def drain(self) -> None:
        self.log.append("drain")

    async def stop(self) -> None:
        self.log.append("stop")
        if self.stop_failures:
            self.stop_failures -= 1
            raise EngineFailed(Death.WEDGED, "no")
        self.loaded = False

    async def close(self) -> None:
        self.log.append("close")
        self.loaded = False

    async def footprint(self) -> Bytes | None:
        return {RAM: self.holds}

    async def health(self) -> Health:
        return self.state if self.loaded else Health(alive=False)

    async def ended(self) -> None:
        await self.ends.wait()

    def utilisation(self) -> float | None:
        return None


class Stage:
    """Some engines of 10 bytes each in so much memory, and who wants them."""

    def __init__(self, *ids: str, budget: int = 10, **need: object) -> None:
        self.drivers = {id: Scripted(id) for id in ids}
        self.demands = dict.fromkeys(ids, Demand())
        self.told: list[tuple[str, EngineState]] = []
        self.endpoints: dict[str, Endpoint | None] = {}
        self.remembered = Remembered(None)
        self._changed = asyncio.Event()
        self._needs = {id: Need(id=id, footprint={RAM: 10}, **need) for id in ids}  # type: ignore[arg-type]
        self._budget = {RAM: budget}

    @asynccontextmanager
    async def keeper(self, tell: Callable[[], None] = lambda: None) -> AsyncIterator[Keeper]:
        def hear(id: str, state: EngineState, endpoint: Endpoint | None) -> None:
            self.told.append((id, state))
            self.endpoints[id] = endpoint
            self._changed.set()
            tell()

        self.running = Keeper(
            self.drivers,
            Residency.of(self._needs, self._budget, SWAPPY),
            demand=self.demands.__getitem__,
            on_change=hear,
            clock=LoopClock(),
            rng=Random(1),
            remembered=self.remembered,
            policy=QUICK,
        )
        async with self.running:
            yield self.running

    def want(self, id: str, **demand: float) -> None:
        now = asyncio.get_running_loop().time()
        oldest = now if demand.get("waiting") else None
        self.demands[id] = Demand(oldest=oldest, **demand)  # type: ignore[arg-type]
        self.running.look()

    async def until(self, id: str, state: EngineState) -> None:
        async with asyncio.timeout(10):
            while self.running.state(id) is not state:
                self._changed.clear()
                await self._changed.wait()

    async def when(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not done():  # noqa: ASYNC110  (scripts set no events)
                await asyncio.sleep(0.005)

    def states(self, id: str) -> list[EngineState]:
        return [state for engine, state in self.told if engine == id]


async def test_it_is_loaded_when_it_is_wanted_and_gone_at_the_end() -> None:
    stage = Stage("a")
    async with stage.keeper() as keeper:
        assert keeper.state("a") is COLD
        stage.want("a", waiting=1)
        await stage.until("a", WARM)
        assert stage.endpoints["a"] is keeper.endpoint("a") is not None
        assert keeper.ready_in("a") == 0.0
    assert stage.states("a") == [LOADING, WARM, COLD]
    assert stage.endpoints["a"] is None
    assert stage.drivers["a"].log == ["load", "close"]


async def test_a_drained_engine_is_not_cut_off() -> None:
    stage = Stage("a", "b")
    async with stage.keeper() as keeper:
        stage.want("a", waiting=1)
        await stage.until("a", WARM)
        stage.want("a", running=1)
        stage.want("b", waiting=1)
        await stage.until("a", DRAINING)
        assert keeper.endpoint("a") is None
        assert "stop" not in stage.drivers["a"].log
        stage.want("a")
        await stage.until("b", WARM)
    assert stage.drivers["a"].log == ["load", "drain", "stop", "close"]
    gone, came = stage.told.index(("a", COLD)), stage.told.index(("b", LOADING))
    assert gone < came


async def test_a_drain_that_nobody_needs_any_more_is_taken_back() -> None:
    """The other's request went elsewhere: the engine takes requests again, and no driver hears of it."""
    stage = Stage("a", "b")
    async with stage.keeper() as keeper:
        stage.want("a", waiting=1)
        await stage.until("a", WARM)
        before = keeper.endpoint("a")
        stage.want("a", running=1)
        stage.want("b", waiting=1)
        await stage.until("a", DRAINING)
        assert stage.endpoints["a"] is None
        stage.want("b")
        await stage.until("a", WARM)
        assert stage.endpoints["a"] is keeper.endpoint("a") is before
    assert stage.states("a") == [LOADING, WARM, DRAINING, WARM, COLD]
    assert stage.drivers["a"].log == ["load", "close"]


async def test_a_load_that_fails_is_tried_again_and_explained() -> None:
    stage = Stage("a")
    stage.drivers["a"].failures = [EngineFailed(Death.OUT_OF_MEMORY, "52 GB")]
    async with stage.keeper() as keeper:
        stage.want("a", waiting=1)
        await stage.until("a", WARM)
        view = keeper.snapshot()[0]
        assert view.failure is Death.OUT_OF_MEMORY
    assert stage.states("a") == [LOADING, SICK, LOADING, WARM, COLD]


async def test_a_death_is_told_before_the_rest_is_cleared_away() -> None:
    stage = Stage("a", "b", budget=20)
    async with stage.keeper() as keeper:
        stage.want("a", waiting=1)
        await stage.until("a", WARM)
        stage.want("a", running=1)
        stage.drivers["a"].stop_failures = 3
        stage.drivers["a"].ends.set()
        stage.drivers["a"].state = Health(alive=False, death=Death.EXITED)
        await stage.until("a", SICK)
        assert keeper.held == {RAM: 10}
        stage.want("b", waiting=1)
        await stage.until("b", WARM)
        assert stage.states("a")[-1] is SICK
        stage.drivers["a"].state = Health(alive=True, answers=True)
        stage.want("a", waiting=1)
        await stage.until("a", WARM)
    assert stage.states("a") == [LOADING, WARM, SICK, LOADING, WARM, COLD]
    assert stage.drivers["a"].log.count("stop") == 4


async def test_memory_that_could_not_be_freed_counts() -> None:
    stage = Stage("a", "b")
    stage.drivers["a"].stop_failures = 5
    held = []
    async with stage.keeper() as keeper:
        stage.want("a", waiting=1)
        await stage.until("a", WARM)
        stage.want("a")
        stage.want("b", waiting=1)
        while "load" not in stage.drivers["b"].log:
            held.append(sum(keeper.held.values()))
            await asyncio.sleep(0.005)
        assert stage.drivers["a"].log.count("stop") == 6
    assert max(held) <= 10


async def test_a_broken_driver_is_one_engine_and_not_all() -> None:
    stage = Stage("a", "b", budget=20)
    stage.drivers["a"].failures = [RuntimeError("a bug") for _ in range(99)]
    async with stage.keeper():
        stage.want("a", waiting=1)
        await stage.until("a", SICK)
        stage.want("b", waiting=1)
        await stage.until("b", WARM)


async def test_a_broken_listener_is_not_the_end() -> None:
    stage = Stage("a")

    def fail() -> None:
        raise RuntimeError("a bug")

    async with stage.keeper(fail):
        stage.want("a", waiting=1)
        await stage.until("a", WARM)


async def test_what_exceeds_its_footprint_is_seen_and_leaves() -> None:
    stage = Stage("a", "b", budget=20)
    async with stage.keeper() as keeper:
        for id in "ab":
            stage.want(id, waiting=1)
            await stage.until(id, WARM)
            stage.want(id)
        stage.drivers["a"].holds = 15
        await stage.when(lambda: COLD in stage.states("a") + stage.states("b"))
        assert sum(keeper.held.values()) <= 20
    known = stage.remembered.of("scripted|a")
    assert known is not None
    assert known.footprint == {RAM: 15}


async def test_unused_buffers_stay_reserved() -> None:
    stage = Stage("a")
    stage.drivers["a"].holds = 4
    async with stage.keeper() as keeper:
        stage.want("a", waiting=1)
        await stage.until("a", WARM)
        view = keeper.snapshot()[0]
        assert (view.reserved, view.measured) == ({RAM: 10}, {RAM: 4})


async def test_requests_without_progress_are_a_wedge() -> None:
    stage = Stage("a")
    async with stage.keeper() as keeper:
        stage.want("a", waiting=1)
        await stage.until("a", WARM)
        stage.want("a", running=1)
        await stage.when(lambda: "stop" in stage.drivers["a"].log)
        assert keeper.snapshot()[0].failure is Death.WEDGED
        await stage.until("a", SICK)


async def test_work_and_idleness_are_no_wedge() -> None:
    stage = Stage("a", "b", budget=20)
    async with stage.keeper():
        for id in "ab":
            stage.want(id, waiting=1)
            await stage.until(id, WARM)
        stage.want("a", running=1)
        stage.want("b")
        for step in range(20):
            stage.drivers["a"].state = Health(alive=True, answers=True, work=float(step))
            await asyncio.sleep(0.015)
    assert SICK not in stage.states("a") + stage.states("b")


async def test_silence_is_a_wedge_even_when_nobody_waits() -> None:
    stage = Stage("a")
    async with stage.keeper():
        stage.want("a", waiting=1)
        await stage.until("a", WARM)
        stage.want("a")
        stage.drivers["a"].state = Health(alive=True, answers=False)
        await stage.until("a", SICK)


@pytest.mark.parametrize("during", ["load", "stop"])
async def test_leaving_in_the_middle_closes_all(during: str) -> None:
    stage = Stage("a", "b")
    if during == "load":
        stage.drivers["a"].may_load.clear()
    stage.drivers["a"].stop_failures = 999
    async with stage.keeper():
        stage.want("a", waiting=1)
        await stage.until("a", LOADING if during == "load" else WARM)
        if during == "stop":
            stage.want("a")
            stage.want("b", waiting=1)
        await stage.when(lambda: during in stage.drivers["a"].log)
    for driver in stage.drivers.values():
        assert driver.log[-1] == "close"
        assert not driver.loaded
    assert set(stage.states("a")[-1:]) == {COLD}


async def test_what_an_earlier_life_left_is_kept_where_it_fits_and_let_go_elsewhere() -> None:
    stage = Stage("a", "b")
    stage.drivers["a"].loaded = stage.drivers["b"].loaded = True
    async with stage.keeper() as keeper:
        await stage.when(lambda: WARM in (keeper.state("a"), keeper.state("b")))
        kept, other = ("a", "b") if keeper.state("a") is WARM else ("b", "a")
        assert stage.drivers[kept].log == ["load"]
        assert stage.drivers[other].log == ["stop"]
        assert not stage.drivers[other].loaded


async def test_finding_it_loaded_is_no_load_to_learn_from() -> None:
    stage = Stage("a")
    stage.drivers["a"].loaded = True
    async with stage.keeper() as keeper:
        await stage.until("a", WARM)
        known = stage.remembered.of("scripted|a")
        assert known is not None
        assert (known.load_s, known.loads, known.footprint) == (None, 0, {RAM: 10})
        stage.drivers["a"].state = Health(alive=False, death=Death.EXITED)
        await stage.until("a", SICK)
        assert (keeper.ready_in("a") or 0.0) >= 10.0, "what was configured holds still"
        stage.drivers["a"].state = Health(alive=True, answers=True)
        stage.want("a", waiting=1)
        await stage.until("a", WARM)
        known = stage.remembered.of("scripted|a")
        assert known is not None
        assert known.loads == 1


async def test_pinned_engines_come_first_and_stay() -> None:
    stage = Stage("a", pinned=True)
    async with stage.keeper():
        await stage.until("a", WARM)


async def test_what_never_fits_is_said_and_not_tried() -> None:
    stage = Stage("a", budget=9)
    async with stage.keeper() as keeper:
        stage.want("a", waiting=1)
        unfit = keeper.unfit("a")
        assert unfit is not None
        assert (unfit.needed, unfit.budget) == (10, 9)
        assert keeper.ready_in("a") is None
        await asyncio.sleep(0.03)
    assert stage.drivers["a"].log == ["close"]


async def test_many_looks_are_one_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage("a")
    asked: list[str] = []

    def demand(id: str) -> Demand:
        asked.append(id)
        return Demand()

    async with stage.keeper() as keeper:
        await asyncio.sleep(0.02)
        monkeypatch.setattr(keeper, "_demand", demand)
        for _ in range(1000):
            keeper.look()
        await asyncio.sleep(0.02)
    assert len(asked) == 1


async def test_a_load_shows_how_far_it_is_and_is_remembered(tmp_path: Path) -> None:
    stage = Stage("a")
    stage.remembered = Remembered(tmp_path / "engines.json")
    stage.drivers["a"].may_load.clear()
    async with stage.keeper() as keeper:
        stage.want("a", waiting=1)
        await stage.when(lambda: keeper.snapshot()[0].progress == 0.5)
        assert keeper.snapshot()[0].waiting == 1
        stage.drivers["a"].may_load.set()
        await stage.until("a", WARM)
    known = Remembered.read(tmp_path / "engines.json").of("scripted|a")
    assert known is not None
    assert (known.footprint, known.loads) == ({RAM: 10}, 1)


async def test_drivers_that_cannot_see_an_end_wait_for_ever() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await never()


async def test_what_is_usually_wanted_soon_is_warmed_before_it_is_asked_for() -> None:
    stage = Stage("a", "b", budget=20, idle_s=0.05)
    this_hour = hour_of_week(0)  # when the clock of these tests stands still
    stage.remembered = Remembered(
        None, {"scripted|a": Experience(week=Week(hour=0, usual={this_hour: 0.9}))}
    )
    async with stage.keeper() as keeper:
        await stage.until("a", WARM)
        await asyncio.sleep(0.1)
        assert keeper.state("a") is WARM
        assert keeper.state("b") is COLD


async def test_a_load_that_takes_more_than_it_may_is_seen_before_it_is_through() -> None:
    stage = Stage("a", "b", budget=20)
    stage.drivers["b"].may_load.clear()
    stage.drivers["b"].holds = 15
    async with stage.keeper() as keeper:
        stage.want("a", waiting=1)
        await stage.until("a", WARM)
        stage.want("a")
        stage.want("b", waiting=1)
        await stage.until("a", COLD)
        assert keeper.state("b") is LOADING
        assert keeper.held == {RAM: 15}
