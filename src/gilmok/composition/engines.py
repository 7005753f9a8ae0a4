"""The gateway's engines and the queues before them, put together.

Who waits is known to the queues, what is loaded to the keeper, and who may be asked to the registry;
here each is told what the others have to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from gilmok.composition.drivers import driver
from gilmok.composition.world import World
from gilmok.config import Settings
from gilmok.config.engines import Engine
from gilmok.core.endpoint import Endpoint, EndpointState, Queueing
from gilmok.core.engine import GIB, RAM, Bytes, EngineState, Need
from gilmok.core.engine_view import DeviceView, EngineView, MachineView, QueueView
from gilmok.core.errors import ConfigError
from gilmok.dispatch.queue import QueuePolicy, Queues
from gilmok.engines import gpu
from gilmok.engines.keeper import Keeper
from gilmok.engines.remembered import Remembered, expected
from gilmok.engines.residency import Residency, ResidencyPolicy, Unfit
from gilmok.engines.seen import KeeperPolicy
from gilmok.engines.views import EngineView as KeptEngine
from gilmok.fleet import Registry
from gilmok.telemetry.idle import savings

_GONE_S = 60.0
"""When to come back to an engine that could not be loaded."""
_POD_LOAD_S = 90.0
_LEAST_LOAD_S = 2.0
_SECONDS_PER_GIB = 1.0
"""From a usual disk."""
_SHARE_OF_RAM = 0.8
_SHARE_OF_GPU = 0.9


class Engines:
    """Use as an async context manager: while it lasts, engines are loaded as they are needed."""

    keeper: Keeper
    """Once entered."""

    def __init__(
        self, settings: Settings, world: World, registry: Registry, queues: Queues
    ) -> None:
        """Raises `ConfigError` where an engine cannot be run here."""
        self._settings = settings
        self._world = world
        self._registry = registry
        self._queues = queues
        self._engines = {engine.id: engine for engine in settings.engines}
        self._drivers = {id: driver(e, settings.file) for id, e in self._engines.items()}
        self._again: dict[str, asyncio.TimerHandle] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Raises `ConfigError` where nobody knows what an engine holds."""
        remembered = Remembered.read(_memory_file(self._settings))
        needs = {id: await self._need(engine, remembered) for id, engine in self._engines.items()}
        self.keeper = Keeper(
            self._drivers,
            Residency.of(
                needs, budget(self._settings, self._world.memory().total), _policy(self._settings)
            ),
            demand=self._queues.demand,
            on_change=self._changed,
            clock=self._world.clock,
            rng=self._world.rng,
            remembered=remembered,
            policy=KeeperPolicy(wedge_s=self._settings.memory.stuck_s),
        )
        for engine in self._engines.values():
            self._registry.join(engine.endpoint, EndpointState.UP)
            self._close(engine.id)
        self._queues.on_demand = self._wanted
        await self._stack.enter_async_context(self.keeper)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)
        for timer in self._again.values():
            timer.cancel()

    async def _need(self, engine: Engine, remembered: Remembered) -> Need:
        options, of = engine.options, self._drivers[engine.id]
        declared = None
        if options.memory_gb is not None and options.driver != "pod":
            declared = {options.device: round(options.memory_gb * GIB)}
        experience = remembered.of(of.key)
        footprint = expected(declared, await of.prior(), experience)
        if footprint is None:
            raise _unknown_size(self._settings, engine)
        load_s = options.load_s or (experience and experience.load_s)
        return Need(
            id=engine.id,
            footprint=footprint,
            slots=engine.slots,
            load_s=load_s or _load_s(options.driver, footprint),
            exclusive=options.exclusive,
            together=frozenset(options.together),
            min_residence_s=options.min_residence_s,
            idle_s=options.idle_s,
            pinned=options.pinned,
        )

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Of every engine, at its present address if it has one."""
        found = (self._registry.endpoint(id) for id in self._engines)
        return tuple(endpoint for endpoint in found if endpoint is not None)

    def knows(self, endpoint_id: str) -> bool:
        """True where nobody need look whether an endpoint is up: it is started when it is asked."""
        return endpoint_id in self._engines

    @property
    def unfit(self) -> Mapping[str, str]:
        return _Unfit(self, self._engines)

    def footprint(self, endpoint_id: str) -> int | None:
        """Bytes that an engine holds, over all devices, or would hold; `None` of other endpoints."""
        if endpoint_id not in self._engines:
            return None
        (view,) = (view for view in self.keeper.snapshot() if view.id == endpoint_id)
        return sum((view.measured or self.keeper.need(view.id).footprint).values())

    def machine(self) -> MachineView:
        held, budget = self.keeper.held, self.keeper.budget
        return MachineView(
            devices=tuple(
                DeviceView(id=device, budget=size, held=held.get(device, 0))
                for device, size in budget.items()
                if self._engines
            ),
            engines=tuple(self._view(view) for view in self.keeper.snapshot()),
            queues=tuple(self._queue_views()),
        )

    def _view(self, view: KeptEngine) -> EngineView:
        engine = self._engines[view.id]
        rates = engine.endpoint.price.rates
        return EngineView(
            id=view.id,
            model=engine.endpoint.model,
            driver=engine.options.driver,
            state=view.state,
            footprint=view.reserved or self.keeper.need(view.id).footprint,
            in_flight=view.running,
            waiting=view.waiting,
            slots=engine.slots,
            ready_in_s=view.ready_in_s if _is_coming(view) else None,
            pinned=engine.options.pinned,
            problem="" if view.failure is None else view.failure.value,
            stopped_s=view.slept_s,
            saved=savings(view.slept_s, 0 if rates is None else rates.second),
        )

    def _queue_views(self) -> Iterator[QueueView]:
        now = self._world.clock.monotonic()
        for standing in self._registry.snapshot():
            queueing = standing.endpoint.queueing
            if queueing is None:
                continue
            demand = self._queues.demand(standing.endpoint.id)
            yield QueueView(
                endpoint_id=standing.endpoint.id,
                waiting=demand.waiting,
                running=demand.running,
                most=queueing.size,
                oldest_s=0.0 if demand.oldest is None else now - demand.oldest,
                work_s=demand.work_s,
            )

    def _wanted(self, endpoint_id: str) -> None:
        if endpoint_id in self._engines:
            self.keeper.look()

    def _changed(self, id: str, state: EngineState, found: Endpoint | None) -> None:
        engine = self._engines[id]
        if state is EngineState.WARM and found is not None:
            self._registry.moved(_merged(engine, found))
            self._queues.open(id, engine.slots)
            return
        self._close(id)

    def _close(self, id: str) -> None:
        """Nobody is asked there now; whoever may be later waits."""
        ready_in = self.keeper.ready_in(id)
        if (timer := self._again.pop(id, None)) is not None:
            timer.cancel()
        # What can never be loaded is not down: that is told apart, with the sum.
        is_gone = ready_in is None and self.keeper.unfit(id) is None
        self._registry.saw(id, EndpointState.DOWN if is_gone else EndpointState.UP)
        if ready_in is not None:
            self._queues.open(id, 0, ready_in)
            return
        self._queues.shut(id, _GONE_S)
        if is_gone:
            loop = asyncio.get_running_loop()
            self._again[id] = loop.call_later(_GONE_S, self._look_again, id)

    def _look_again(self, id: str) -> None:
        """An engine that was given up may be tried again after a while, if somebody asks for it; and
        nobody can before it is said to be there."""
        self._again.pop(id)
        if self.keeper.state(id) is EngineState.SICK:
            self._close(id)


def _memory_file(settings: Settings) -> Path | None:
    """Beside the ledger; nowhere where that is in memory."""
    return None if settings.keyring is None else settings.keyring.with_name("engines.json")


def _unknown_size(settings: Settings, engine: Engine) -> ConfigError:
    return ConfigError(
        file=settings.file or "(defaults)",
        key=f"engines ({engine.id}).memory_gb",
        reason="is required: nobody can tell what this engine will hold.",
        fix="Write how many GiB it takes of its device.",
        reason_ko="이 엔진이 메모리를 얼마나 쓰는지 알 수 없어 꼭 필요합니다.",
        fix_ko="장치의 메모리를 몇 GiB 쓰는지 적으세요.",
    )


def _load_s(driver: str, footprint: Bytes) -> float:
    """A prior."""
    if driver == "pod":
        return _POD_LOAD_S
    return _LEAST_LOAD_S + sum(footprint.values()) / GIB * _SECONDS_PER_GIB


def _merged(engine: Engine, found: Endpoint) -> Endpoint:
    """What was configured, at the address that was found, with what the server says it can do."""
    written = engine.options.capabilities is not None
    return replace(
        engine.endpoint,
        base_url=found.base_url,
        api_key=found.api_key,
        context=min(found.context, engine.endpoint.context),
        capabilities=engine.endpoint.capabilities if written else found.capabilities,
    )


def _is_coming(view: KeptEngine) -> bool:
    return view.state is EngineState.LOADING or view.waiting > 0


class _Unfit(Mapping[str, str]):
    """Sums that do not work out, by engine: made when somebody asks."""

    __slots__ = ("_engines", "_of")

    def __init__(self, of: Engines, engines: Mapping[str, Engine]) -> None:
        self._of = of
        self._engines = engines

    def __getitem__(self, id: str) -> str:
        found = self._of.keeper.unfit(id) if id in self._engines else None
        if found is None:
            raise KeyError(id)
        return _sum(found)

    def __iter__(self) -> Iterator[str]:
        return (id for id in self._engines if id in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _sum(unfit: Unfit) -> str:
    """`ram 52.0 GiB > 64.0 GiB - 20.0 GiB = 44.0 GiB`, in no language: what it needs, the budget, and
    what of that never becomes free."""
    needs = f"{unfit.device} {_gib(unfit.needed)}"
    if unfit.beside is not None:
        return f"{needs} != {unfit.beside}"
    if not unfit.pinned:
        return f"{needs} > {_gib(unfit.budget)}"
    left = unfit.budget - unfit.pinned
    return f"{needs} > {_gib(unfit.budget)} - {_gib(unfit.pinned)} = {_gib(left)}"


def _gib(amount: int) -> str:
    return f"{amount / GIB:.1f} GiB"


def budget(settings: Settings, total: int) -> Bytes:
    """What engines may hold together, by device; `total`: the machine's own memory."""
    memory = settings.memory
    ram = memory.ram_gb * GIB if memory.ram_gb else total * _SHARE_OF_RAM
    gpus: dict[str, int] = {}
    if any(engine.options.device != RAM for engine in settings.engines):
        gpus = {name: round(size * _SHARE_OF_GPU) for name, size in gpu.sizes().items()}
    gpus |= {f"gpu{index}": round(size * GIB) for index, size in enumerate(memory.gpu_gb)}
    return {RAM: round(ram), **gpus}


def _policy(settings: Settings) -> ResidencyPolicy:
    memory = settings.memory
    return ResidencyPolicy(max_wait_s=memory.max_wait_s, idle_utilisation=memory.idle_utilization)


def queue_policies(endpoints: Iterable[Endpoint]) -> dict[str, QueuePolicy]:
    """By endpoint, of those before which requests wait."""
    return {e.id: _queue_policy(e, e.queueing) for e in endpoints if e.queueing is not None}


def _queue_policy(endpoint: Endpoint, queueing: Queueing) -> QueuePolicy:
    return QueuePolicy(
        concurrent=queueing.slots,
        waiting=queueing.size,
        batch_tokens=queueing.batch_tokens,
        token_s=1.0 / endpoint.tokens_per_s,
    )
