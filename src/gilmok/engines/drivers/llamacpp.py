"""llama.cpp: one `llama-server` process for each model. Why not its router mode: docs/decisions/0012."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from gilmok.core.endpoint import Endpoint
from gilmok.core.engine import RAM, Bytes
from gilmok.engines import gguf
from gilmok.engines.command import EngineSettings
from gilmok.engines.drivers.child import Child
from gilmok.engines.drivers.driver import DriverSettings, Health, Progress
from gilmok.engines.drivers.prometheus import numbers
from gilmok.engines.failure import EngineFailed
from gilmok.engines.lifecycle import Death
from gilmok.engines.probe import bearer, get, is_healthy
from gilmok.engines.server import LlamaServer, start_llama, usual_threads

_PORT_TRIES = 5
"""Further starts, at once, when somebody else took the port."""
_WORK = (
    "llamacpp:n_decode_total",
    "llamacpp:prompt_tokens_total",
    "llamacpp:tokens_predicted_total",
)
_HOST_OF_GPU = 512 * 2**20
"""Of RAM, beside a model on a GPU: before it is measured."""


class LlamaCppSettings(DriverSettings, frozen=True, kw_only=True):
    server: Path
    weights: Path
    threads: int | None = None
    """`None`: the physical cores, at most 4."""
    gpu_layers: int | None = None
    """On a GPU: how many; `None`: all."""
    options: tuple[str, ...] = ()
    """Further ones of llama-server, such as `--cache-type-k q8_0`. They hold no secret: `ps` shows
    them."""
    environment: Mapping[str, str] = {}
    """For the process, which inherits nothing."""

    @property
    def run(self) -> EngineSettings:
        return EngineSettings(
            provider=self.provider,
            server=self.server,
            weights=self.weights,
            endpoint_id=self.id,
            model_id=self.model,
            context=self.context,
            max_output=self.max_output,
            threads=self.threads,
            parallel=self.slots,
            start_timeout_s=self.start_timeout_s,
            quality=self.quality,
            device=self.device,
            gpu_layers=self.gpu_layers,
            options=("--metrics", *self.options),
            environment=self.environment,
        )


class LlamaCpp:
    """See `drivers.driver.Driver`."""

    def __init__(self, settings: LlamaCppSettings) -> None:
        self._settings = settings
        self._child = Child(settings.device, settings.threads or usual_threads())
        self._server: LlamaServer | None = None
        self._work = 0.0

    @property
    def id(self) -> str:
        return self._settings.id

    @property
    def key(self) -> str:
        """By the file and not only by its name: a new download is another model."""
        of = self._settings
        try:
            found = of.weights.stat()
            file = f"{of.weights.name}:{found.st_size}:{found.st_mtime_ns}"
        except OSError:
            file = of.weights.name
        options = " ".join(of.options)
        return f"llamacpp|{file}|{of.context}|{of.slots}|{of.device}|{of.gpu_layers}|{options}"

    async def prior(self) -> Bytes | None:
        tokens = self._settings.context * self._settings.slots
        size = gguf.estimate(self._settings.weights, tokens)
        if size is None:
            return None
        device = self._settings.device
        return {RAM: size} if device == RAM else {device: size, RAM: _HOST_OF_GPU}

    async def ensure_ready(self, progress: Progress) -> Endpoint:
        if self._server is not None and self._child.is_running:
            return self._priced(self._server)
        await self.stop()
        expected = await self.prior()
        for tries_left in reversed(range(_PORT_TRIES + 1)):
            try:
                self._server = await start_llama(
                    self._settings.run,
                    table=self._settings.table,
                    started=self._child.began,
                    looked=lambda: self._child.tell(progress, expected),
                )
                break
            except EngineFailed as failure:
                await self.stop()
                if failure.death is not Death.PORT_TAKEN or not tries_left:
                    raise
            except BaseException:
                await self.stop()
                raise
        assert self._server is not None, "the last try raises"
        return self._priced(self._server)

    def _priced(self, server: LlamaServer) -> Endpoint:
        return replace(server.endpoint, price=self._settings.price)

    async def drain(self) -> None:
        """It has no callers but the gateway, which knows when they are through."""

    async def stop(self) -> None:
        self._server = None
        await self._child.stop()

    async def close(self) -> None:
        await self.stop()

    async def footprint(self) -> Bytes | None:
        return self._child.footprint()

    async def health(self) -> Health:
        server = self._server
        if server is None:
            return Health(alive=False)
        answers = self._child.is_running and await is_healthy(server.port)
        known = self._child.health(answers)
        found: dict[str, float] = {}
        if known.alive and answers:
            secret = server.endpoint.api_key
            said = await get(server.port, "/metrics", bearer(secret.reveal() if secret else ""))
            found = numbers((said or b"").decode("utf-8", "replace"))
        if found:  # A long prompt keeps it from showing its numbers: then the last ones hold.
            self._work = sum(found.get(name, 0.0) for name in _WORK)
        return replace(
            known,
            work=(known.work or 0.0) + self._work,
            running=_whole(found.get("llamacpp:requests_processing")),
            waiting=_whole(found.get("llamacpp:requests_deferred")),
        )

    async def ended(self) -> None:
        await self._child.ended()

    def utilisation(self) -> float | None:
        return self._child.utilisation


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
