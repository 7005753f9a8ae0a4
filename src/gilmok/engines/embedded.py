"""The embedded engine: llama-server as a child of the gateway, kept alive while it is wanted.

Decisions are in `lifecycle`; this module carries them out. The process listens on loopback only,
on a port and with a secret that are new at every start, so `endpoint` changes when it comes back.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Self

from gilmok.core.endpoint import Endpoint, Zone
from gilmok.core.errors import GilmokError
from gilmok.core.ports import Clock, Rng
from gilmok.core.text import Secret
from gilmok.engines import lifecycle
from gilmok.engines.command import EngineSettings, arguments, environment
from gilmok.engines.lifecycle import Death, EngineState, Life, RestartPolicy
from gilmok.engines.probe import Properties, free_port, is_healthy, properties
from gilmok.engines.process import EngineProcess

_POLL_S = 0.05
_SMT = Path("/sys/devices/system/cpu/smt/active")


class EngineFailed(GilmokError):
    """The embedded model could not be started, and another try would end the same way."""

    code: ClassVar[str] = "engine_failed"
    en = "The embedded model did not start ({cause}): {detail} {fix}"
    ko = "내장 모델을 시작하지 못했습니다({cause}): {detail} {fix_ko}"

    def __init__(self, death: Death, detail: str) -> None:
        fix, fix_ko = _FIXES[death]
        super().__init__(cause=death.value, detail=detail, fix=fix, fix_ko=fix_ko)


_FIXES = {
    Death.WRONG_CPU: (
        "This llama-server was built for another processor. Give your own as [embedded] "
        "server_path, or use Ollama.",
        "이 llama-server는 다른 프로세서용으로 빌드되었습니다. [embedded] server_path에 다른 "
        "실행 파일을 지정하거나 Ollama를 쓰세요.",
    ),
    Death.TOO_SLOW: (
        "Raise [embedded] start_timeout_s or choose a smaller model.",
        "[embedded] start_timeout_s를 늘리거나 더 작은 모델을 고르세요.",
    ),
    Death.NOT_STARTED: ("Check [embedded] server_path.", "[embedded] server_path를 확인하세요."),
    Death.PORT_TAKEN: ("Try again.", "다시 시도하세요."),
    Death.EXITED: (
        "Check [embedded] model_path and the free memory.",
        "[embedded] model_path와 남은 메모리를 확인하세요.",
    ),
}

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
        port, secret = free_port(), secrets.token_urlsafe(32)
        threads = self._settings.threads or usual_threads()
        process = await EngineProcess.start(
            arguments(self._settings, port, threads), environment(self._settings, secret)
        )
        self._process = process
        try:
            death = await self._until_ready(process, port, secret)
            if death is None:
                death = lifecycle.cause(await process.ended(), "")
            return death
        finally:
            self._process = None
            await process.stop()

    async def _until_ready(self, process: EngineProcess, port: int, secret: str) -> Death | None:
        """`None` once it is ready, else how it died."""
        ended = asyncio.create_task(process.ended(), name="engine-ended")
        try:
            async with asyncio.timeout(self._settings.start_timeout_s):
                while not ended.done():
                    found = await _look(port, secret)
                    if found is not None and not ended.done():
                        process.hush()
                        self._endpoint = _endpoint(self._settings, port, secret, found)
                        self._become(lifecycle.answered(self._life, self._clock.monotonic()))
                        return None
                    await asyncio.wait([ended], timeout=_POLL_S)
            death = lifecycle.cause(ended.result(), process.last_words)
        except TimeoutError:
            death = Death.TOO_SLOW
        finally:
            ended.cancel()
        self._failure = EngineFailed(death, process.last_words.rpartition("\n")[2])
        return death

    def _become(self, life: Life) -> None:
        if life.state is self._life.state:
            self._life = life
            return
        self._life = life
        self._changed.set()
        self._on_change(life.state)


async def _look(port: int, secret: str) -> Properties | None:
    """The server's properties once its model is loaded. Whoever cannot check the secret is not it."""
    if not await is_healthy(port):
        return None
    return await properties(port, secret)


def _endpoint(settings: EngineSettings, port: int, secret: str, found: Properties) -> Endpoint:
    return Endpoint(
        id=settings.endpoint_id,
        provider=settings.provider,
        base_url=f"http://127.0.0.1:{port}/v1",
        model=settings.model,
        zone=Zone.LOCAL,
        context=found.context or settings.context,
        quality=settings.quality,
        max_output=settings.max_output,
        api_key=Secret(secret),
        capabilities=found.capabilities(settings.provider.capabilities),
    )


def usual_threads() -> int:
    """The physical cores this process may use, at most 4: small models gain nothing from more."""
    affinity = getattr(os, "sched_getaffinity", None)
    usable = len(affinity(0)) if affinity else os.cpu_count() or 1
    try:
        if _SMT.read_text().strip() == "1":
            usable //= 2
    except OSError:
        pass
    return max(1, min(4, usable))
