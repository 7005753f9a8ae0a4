"""The embedded engine: llama-server as a child of the gateway, kept alive while it is wanted.

Decisions are in `lifecycle`; this module carries them out. The process listens on loopback only,
on a port and with a secret that are new at every start, so `endpoint` changes when it comes back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Self

from gilmok.core.endpoint import Endpoint
from gilmok.core.ports import Clock, Rng
from gilmok.engines import lifecycle
from gilmok.engines.command import EngineSettings
from gilmok.engines.failure import EngineFailed
from gilmok.engines.lifecycle import Death, EngineState, Life, RestartPolicy
from gilmok.engines.process import EngineProcess
from gilmok.engines.server import start_llama

Listener = Callable[[EngineState], None]


class EmbeddedEngine:
    """`async with EmbeddedEngine(…) as engine: await engine.ready()`.

    Entering starts the engine in the background; leaving stops it and waits until it is gone.
    """

    def __init__(
        self,
        settings: EngineSettings,
        clock: Clock,
        rng: Rng,
        *,
        policy: RestartPolicy = RestartPolicy(),  # noqa: B008  (frozen)
        on_change: Listener = lambda state: None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._rng = rng
        self._policy = policy
        self._on_change = on_change
        self._life = Life()
        self._endpoint: Endpoint | None = None
        self._failure: EngineFailed | None = None
        self._process: EngineProcess | None = None
        self._changed = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    @property
    def endpoint_id(self) -> str:
        return self._settings.endpoint_id

    @property
    def state(self) -> EngineState:
        return self._life.state

    @property
    def endpoint(self) -> Endpoint | None:
        """Where it answers; `None` until it was ready once. Replaced after each restart."""
        return self._endpoint

    @property
    def failure(self) -> EngineFailed | None:
        """Why it last died before it was ready."""
        return self._failure

    @property
    def pid(self) -> int | None:
        """The watchdog's process id, while there is one."""
        return self._process.pid if self._process else None

    async def ready(self) -> Endpoint:
        """Waits until it answers. Raises `EngineFailed` once it is given up."""
        while True:
            if self.state is EngineState.READY and self._endpoint is not None:
                return self._endpoint
            if self.state is EngineState.STOPPED:
                raise self._failure or EngineFailed(Death.EXITED, "stopped.")
            self._changed.clear()
            await self._changed.wait()

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run(), name="embedded-engine")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
            if not self._running.cancelled() and (error := self._running.exception()):
                raise error

    async def _run(self) -> None:
        try:
            while True:
                self._become(lifecycle.starting(self._life))
                death = await self._live()
                life, delay_s = lifecycle.died(
                    self._life, death, self._clock.monotonic(), self._policy, self._rng.random()
                )
                self._become(life)
                if life.state is EngineState.STOPPED:
                    return
                await asyncio.sleep(delay_s)
        finally:
            self._become(lifecycle.stopped(self._life))

    async def _live(self) -> Death:
        """One process from its start to its end, which is never orderly here."""
        try:
            server = await start_llama(self._settings, started=self._began)
        except EngineFailed as failure:
            self._process, self._failure = None, failure
            return failure.death
        try:
            self._endpoint = server.endpoint
            self._become(lifecycle.answered(self._life, self._clock.monotonic()))
            return lifecycle.cause(await server.process.ended(), "")
        finally:
            self._process = None
            await server.process.stop()

    def _began(self, process: EngineProcess) -> None:
        self._process = process

    def _become(self, life: Life) -> None:
        if life.state is self._life.state:
            self._life = life
            return
        self._life = life
        self._changed.set()
        self._on_change(life.state)
