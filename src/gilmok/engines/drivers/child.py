"""An engine that is a child process: what it holds and how it is, for the drivers that start one."""

from __future__ import annotations

import asyncio

from gilmok.core.engine import RAM, Bytes
from gilmok.engines import gpu, lifecycle, measure
from gilmok.engines.drivers.driver import Health, Progress, never
from gilmok.engines.process import EngineProcess

_PROGRESS_EVERY_S = 0.5
_BUSY = 0.05
"""Of its cores: below it a process only answers our own questions, which is no work."""


class Child:
    """One process from the moment it exists. Invariant: `process` is set as long as there may be
    something to stop."""

    def __init__(self, device: str, cores: int) -> None:
        self.process: EngineProcess | None = None
        self._device = device
        self._share = measure.CpuShare(cores)
        self._told_at = 0.0
        self._used_s = 0.0
        self._busy_s = 0.0
        self.utilisation: float | None = None

    def began(self, process: EngineProcess) -> None:
        self.process = process

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.status is None

    @property
    def pids(self) -> list[int]:
        return [] if self.process is None else measure.family(self.process.pid)

    async def stop(self) -> None:
        process = self.process
        if process is not None:
            await process.stop()
            self.process = None

    async def ended(self) -> None:
        if self.process is None:
            await never()
        else:
            await self.process.ended()

    def footprint(self) -> Bytes | None:
        """Of the GPUs only where NVML knows this process; then the declared figure holds."""
        if not self.is_running:
            return {}
        pids = self.pids
        found = {RAM: measure.resident(pids)}
        if self._device == RAM:
            return found
        held = gpu.held(pids)
        return None if held is None else {**found, **held}

    def health(self, answers: bool) -> Health:
        """Without what the engine itself says."""
        if self.process is None:
            return Health(alive=False)
        status = self.process.status
        if status is not None:
            death = lifecycle.cause(status, self.process.last_words)
            return Health(alive=False, death=death)
        before, used = self._used_s, measure.cpu_s(self.pids)
        self._used_s = used
        share = self._share.since(used, asyncio.get_running_loop().time())
        if self._device != RAM:
            share = gpu.utilisation(self._device)
        elif share is not None and share >= _BUSY:
            self._busy_s += used - before
        self.utilisation = share
        return Health(alive=True, answers=answers, work=self._busy_s, utilisation=share)

    def tell(self, progress: Progress, expected: Bytes | None) -> None:
        """How far a load is, by what it holds of what it is expected to hold. Measured twice a second
        only: it is asked at each look."""
        now = asyncio.get_running_loop().time()
        if now - self._told_at < _PROGRESS_EVERY_S:
            return
        self._told_at = now
        held = self.footprint()
        whole = sum((expected or {}).values())
        progress(min(1.0, sum(held.values()) / whole) if held and whole else None)
