"""Ollama: a service that loads models when it is asked to, and here only then.

Source: docs.ollama.com/api. An empty `/api/generate` loads a model, `keep_alive: -1` keeps it until
somebody says `keep_alive: 0`; a later request without `keep_alive` leaves that as it is. The context
of the load and of the requests has to be the same, or Ollama loads the model again: the `ollama` wire
sends the endpoint's context as `num_ctx`, and so does the load.

Others may use the same Ollama. What they load is not in our budget, and Ollama may evict a model of
ours for one of theirs; then it is loaded again when it is wanted.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from msgspec import Struct

from gilmok.core.endpoint import Capability, Endpoint, Zone
from gilmok.core.engine import RAM, Bytes
from gilmok.core.text import Secret
from gilmok.engines import gguf, gpu
from gilmok.engines.drivers import service
from gilmok.engines.drivers.driver import GONE, DriverSettings, Health, Progress, endpoint, never
from gilmok.engines.failure import EngineFailed
from gilmok.engines.lifecycle import Death

_ANSWER_S = 5.0
"""For whatever needs no model."""
_UNLOAD_S = 60.0
"""Ollama unloads a model when it has answered what it was asked."""
_POLL_S = 0.1
_BASE = 256 * 2**20
"""Of RAM, for the runner beside a model whose shape nobody knows."""


class OllamaSettings(DriverSettings, frozen=True, kw_only=True):
    base_url: str = "http://127.0.0.1:11434"
    zone: Zone = Zone.LOCAL
    """The declared one: an upper bound."""
    api_key: Secret | None = None
    """Where a proxy before it demands one."""


class _Running(Struct):
    name: str = ""
    model: str = ""
    size: int = 0
    size_vram: int = 0
    context_length: int = 0


class _Listed(Struct):
    models: list[_Running] = []


class _Shown(Struct):
    capabilities: list[str] | None = None
    model_info: dict[str, Any] = {}


class Ollama:
    """See `drivers.driver.Driver`. What `options.num_ctx` and Ollama's `OLLAMA_NUM_PARALLEL` make of
    the context is in the size that `/api/ps` reports."""

    def __init__(self, settings: OllamaSettings) -> None:
        self._settings = settings
        self._base = settings.base_url.rstrip("/")
        self._model = tagged(settings.model)
        self._key = service.fields(settings.api_key)
        self._utilisation: float | None = None

    @property
    def id(self) -> str:
        return self._settings.id

    @property
    def key(self) -> str:
        of = self._settings
        return f"ollama|{self._base}|{self._model}|{of.context}|{of.slots}|{of.device}"

    async def prior(self) -> Bytes | None:
        try:
            listed = await self._ask("GET", "/api/tags", kind=_Listed)
            shown = await self._ask("POST", "/api/show", {"model": self._model}, kind=_Shown)
        except EngineFailed:
            return None
        size = next((m.size for m in listed.models if self._is(m)), 0) if listed else 0
        if not size:
            return None
        shape = gguf.shape(shown.model_info) if shown else None
        of = self._settings
        whole = size + _BASE if shape is None else shape.total(size, of.context * of.slots)
        return {of.device: whole}

    async def ensure_ready(self, progress: Progress) -> Endpoint:
        shown = await self._ask("POST", "/api/show", {"model": self._model}, kind=_Shown)
        progress(None)
        of = self._settings
        load = {
            "model": self._model,
            "keep_alive": -1,
            "stream": False,
            "options": {"num_ctx": of.context},
        }
        try:
            # Hanging up would end the load too, as Ollama's scheduler is written; saying it is surer.
            await self._ask("POST", "/api/generate", load, timeout_s=of.start_timeout_s)
            found = await self._running()
            if found is None:
                raise EngineFailed(Death.EXITED, "loaded, and gone at once.", engine=of.table)
        except BaseException:
            await self._let_go()
            raise
        return endpoint(
            of,
            of.base_url,
            zone=of.zone,
            api_key=of.api_key,
            # Not what `/api/ps` says: another `num_ctx` than that of the load is another load.
            context=of.context,
            capabilities=_capabilities(of.provider.capabilities, shown),
        )

    async def drain(self) -> None:
        """Ollama does not say what it is answering; unloading waits for it."""

    async def stop(self) -> None:
        off = {"model": self._model, "keep_alive": 0, "stream": False}
        try:
            async with asyncio.timeout(_UNLOAD_S):
                while await self._running() is not None:
                    await self._ask("POST", "/api/generate", off)
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise EngineFailed(
                Death.WEDGED, "does not unload.", engine=self._settings.table
            ) from None
        except EngineFailed as failure:
            # A service that is gone, or has no such model, holds none either.
            if failure.death not in (Death.UNREACHABLE, Death.REFUSED):
                raise

    async def close(self) -> None:
        with suppress(EngineFailed):
            await self.stop()

    async def footprint(self) -> Bytes | None:
        try:
            found = await self._running()
        except EngineFailed:
            return None
        if found is None:
            return {}
        device = self._settings.device
        if device == RAM:
            return {RAM: found.size}
        return {device: found.size_vram, RAM: max(0, found.size - found.size_vram)}

    async def health(self) -> Health:
        try:
            found = await self._running()
        except EngineFailed as failure:
            gone = failure.death is Death.UNREACHABLE
            return Health(alive=not gone, death=failure.death if gone else None)
        if found is None:
            return GONE
        self._utilisation = gpu.utilisation(self._settings.device)
        return Health(alive=True, answers=True, utilisation=self._utilisation)

    async def ended(self) -> None:
        await never()

    def utilisation(self) -> float | None:
        return self._utilisation

    async def _running(self) -> _Running | None:
        listed = await self._ask("GET", "/api/ps", kind=_Listed)
        return next((m for m in listed.models if self._is(m)), None) if listed else None

    def _is(self, found: _Running) -> bool:
        return self._model in (found.name, found.model)

    async def _let_go(self) -> None:
        """What was begun is undone; a caller that is leaving does not wait long for it."""
        off = {"model": self._model, "keep_alive": 0, "stream": False}
        with suppress(EngineFailed):
            await self._ask("POST", "/api/generate", off)

    async def _ask(
        self,
        method: str,
        path: str,
        what: Any = None,
        *,
        kind: type[service.T] | None = None,
        timeout_s: float = _ANSWER_S,
    ) -> service.T | None:
        """Raises `EngineFailed`."""
        reply = await service.say(
            self._settings.table,
            method,
            self._base + path,
            what,
            key=self._key,
            timeout_s=timeout_s,
        )
        return None if kind is None else service.read(reply, kind)


def tagged(model: str) -> str:
    """As Ollama names it: without a tag it means `latest`."""
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


def _capabilities(offered: frozenset[Capability], shown: _Shown | None) -> frozenset[Capability]:
    """What of the provider's offer this model has; all of it where an old Ollama does not say."""
    said = None if shown is None else shown.capabilities
    if said is None:
        return offered
    lacking = set()
    if "tools" not in said:
        lacking.add(Capability.TOOLS)
    if "vision" not in said:
        lacking.add(Capability.IMAGES)
    return offered - lacking
