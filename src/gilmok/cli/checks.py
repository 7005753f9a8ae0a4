"""What `doctor` looks at. Each check returns what it found and never raises."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import psutil
from msgspec import Struct
from msgspec.structs import replace

from gilmok import providers
from gilmok.build import gateway
from gilmok.cli.caps import caps, told
from gilmok.cli.client import Client
from gilmok.cli.failures import NoGateway, Unreachable
from gilmok.cli.numbers import NANO_PER_S, duration, moment, size
from gilmok.cli.reaching import default_url, shown_key
from gilmok.cli.replies import Health
from gilmok.cli.screen import Screen
from gilmok.cli.words import checking as words
from gilmok.composition.engines import budget
from gilmok.config import EMBEDDED_ID, DiscoverySettings, Report, Settings
from gilmok.config.client import variables_set
from gilmok.core.endpoint import Zone
from gilmok.core.engine import GIB, RAM
from gilmok.core.errors import GilmokError
from gilmok.core.said import Said
from gilmok.core.work import Does
from gilmok.engines import find_server, find_weights
from gilmok.ledger.archive import FileArchive
from gilmok.system import SystemClock

_LEAST_PYTHON = (3, 11)
_OLLAMA_S = 1.0
_LEAST_DISK = 256 * 2**20
_CACHE_BYTES_PER_TOKEN = 64 * 1024
"""A generous bound for small models' attention cache."""
_RELEASED = 1_735_689_600 * NANO_PER_S
"""2025-01-01: a clock before it is wrong."""
_TOLERANCE = 300 * NANO_PER_S


class Grade(Enum):
    GOOD = "good"
    DOUBTFUL = "doubtful"
    """Works, or is optional."""
    BROKEN = "broken"
    """Essential, and does not work."""


class Finding(Struct, frozen=True):
    """One line of the examination, in the reader's language."""

    grade: Grade
    subject: str
    told: str
    fix: str = ""


def python(screen: Screen) -> Finding:
    subject, told = screen.text(words.PYTHON), platform.python_version()
    if sys.version_info[:2] < _LEAST_PYTHON:
        return Finding(Grade.BROKEN, subject, told, screen.text(words.OLD_PYTHON_FIX))
    return Finding(Grade.GOOD, subject, told)


def configuration(screen: Screen, report: Report) -> Iterator[Finding]:
    subject = screen.text(words.CONFIGURATION)
    for error in report.errors:
        yield Finding(Grade.BROKEN, subject, error.message(screen.locale))
    if report.valid:
        said = words.VALID if report.file else words.VALID_DEFAULTS
        yield Finding(Grade.GOOD, subject, screen.text(said, file=report.file))
    for notice in report.notices:
        yield Finding(Grade.DOUBTFUL, subject, notice.message(screen.locale))


def machine(screen: Screen, settings: Settings) -> Iterator[Finding]:
    """Everything the settings need of this machine."""
    examination = _Examination(screen, settings)
    yield from examination.findings()


class _Examination:
    """One look at the machine. What one check learns, later ones use."""

    def __init__(self, screen: Screen, settings: Settings) -> None:
        self._screen = screen
        self._settings = settings
        self._url = default_url(settings)
        self._running: Health | None = None
        self._engine = False
        self._ollama_models = 0
        self._weights = 0
        self._latest = 0

    def findings(self) -> Iterator[Finding]:
        port = self._port()
        yield self._packages()
        yield self._memory()
        if self._engine:
            yield self._starts()
        if self._settings.engines:
            yield self._engines()
        yield self._ollama()
        yield self._keys()
        yield self._endpoints()
        yield port
        yield from self._ledger()
        yield self._clock()

    def _found(
        self,
        grade: Grade,
        subject: Said,
        told: Said,
        fix: Said | None = None,
        /,
        **values: object,
    ) -> Finding:
        text = self._screen.text
        return Finding(
            grade, text(subject), text(told, **values), text(fix, **values) if fix else ""
        )

    def _port(self) -> Finding:
        client = Client(self._url, shown_key(None), self._screen.locale)
        port = self._settings.server.port + 1
        try:
            self._running = client.health()
        except Unreachable:
            return self._found(Grade.GOOD, words.PORT, words.PORT_FREE, url=self._url)
        except NoGateway:
            return self._found(
                Grade.BROKEN, words.PORT, words.PORT_TAKEN, words.PORT_FIX, url=self._url, port=port
            )
        version = self._running.version or "?"
        return self._found(Grade.GOOD, words.PORT, words.PORT_OURS, url=self._url, version=version)

    def _packages(self) -> Finding:
        if not self._settings.wants_embedded:
            return self._found(Grade.GOOD, words.EMBEDDED, words.NOT_WANTED)
        embedded = self._settings.embedded
        server, weights = find_server(embedded.server_path), find_weights(embedded.model_path)
        if server is None or weights is None:
            demanded = embedded.enabled is True
            return self._found(
                Grade.BROKEN if demanded else Grade.DOUBTFUL,
                words.EMBEDDED,
                words.NO_SERVER if server is None else words.NO_WEIGHTS,
                words.NO_PACKAGES_FIX,
            )
        self._engine = True
        self._weights = weights.stat().st_size
        return self._found(
            Grade.GOOD, words.EMBEDDED, words.PACKAGES,
            server=server.name, weights=weights.name, size=size(self._weights),
        )  # fmt: skip

    def _memory(self) -> Finding:
        memory, embedded = psutil.virtual_memory(), self._settings.embedded
        tokens = embedded.context * embedded.parallel
        needed = self._weights + tokens * _CACHE_BYTES_PER_TOKEN if self._engine else 0
        enough = memory.available >= needed or self._embedded_runs
        return self._found(
            Grade.GOOD if enough else Grade.DOUBTFUL,
            words.MEMORY,
            words.MEMORY_ENOUGH if enough else words.MEMORY_SHORT,
            None if enough else words.MEMORY_FIX,
            available=size(memory.available),
            total=size(memory.total),
            needed=size(needed),
        )

    @property
    def _embedded_runs(self) -> bool:
        running = self._running.endpoints if self._running else ()
        return any(e.id == EMBEDDED_ID and e.state == "up" for e in running)

    def _starts(self) -> Finding:
        """Starts the engine for real, unless a gateway has it running."""
        if self._embedded_runs:
            return self._found(Grade.GOOD, words.ENGINE, words.ENGINE_RUNS, url=self._url)
        try:
            milliseconds = asyncio.run(_start_engine(self._settings))
        except GilmokError as error:
            self._engine = False
            reason = error.message(self._screen.locale)
            return self._found(
                Grade.BROKEN, words.ENGINE, words.ENGINE_FAILS, words.ENGINE_FIX, reason=reason
            )
        return self._found(
            Grade.GOOD, words.ENGINE, words.ENGINE_STARTS, time=duration(milliseconds)
        )

    def _ollama(self) -> Finding:
        discovery = self._settings.discovery
        if not discovery.ollama:
            return self._found(Grade.GOOD, words.OLLAMA, words.NOT_WANTED)
        try:
            found = asyncio.run(providers.discover_ollama(discovery.ollama_url, _OLLAMA_S))
        except ValueError:
            return self._found(
                Grade.BROKEN, words.OLLAMA, words.OLLAMA_BAD_URL, words.OLLAMA_BAD_URL_FIX
            )
        self._ollama_models = len(found)
        if not found:
            return self._found(
                Grade.DOUBTFUL, words.OLLAMA, words.OLLAMA_ABSENT, words.OLLAMA_FIX,
                url=discovery.ollama_url,
            )  # fmt: skip
        models = ", ".join(f"{m.name} ({size(m.size)})" if m.size else m.name for m in found)
        return self._found(
            Grade.GOOD, words.OLLAMA, words.OLLAMA_MODELS, url=discovery.ollama_url, models=models
        )

    def _keys(self) -> Finding:
        rows = providers.catalogue().values()
        names = dict.fromkeys(row.api_key_env for row in rows if row.api_key_env)
        there = variables_set(names)
        if not there:
            return self._found(Grade.DOUBTFUL, words.KEYS, words.KEYS_ABSENT, words.KEYS_FIX)
        return self._found(Grade.GOOD, words.KEYS, words.KEYS_FOUND, names=", ".join(there))

    def _engines(self) -> Finding:
        engines = self._settings.engines
        for engine in engines:
            options = engine.options
            if options.driver == "llamacpp" and find_server(options.server_path) is None:
                return self._found(
                    Grade.BROKEN, words.ENGINES, words.NO_SERVER, words.NO_PACKAGES_FIX
                )
        room = budget(self._settings, psutil.virtual_memory().total)
        for engine in engines:
            device, needed = engine.options.device, (engine.options.memory_gb or 0.0) * GIB
            if engine.options.driver != "pod" and needed > room.get(device, 0):
                return self._found(
                    Grade.BROKEN, words.ENGINES, words.ENGINE_UNFIT, words.ENGINE_UNFIT_FIX,
                    id=engine.id, needed=size(round(needed)), device=device,
                    room=size(room.get(device, 0)),
                )  # fmt: skip
        names = ", ".join(engine.id for engine in engines)
        return self._found(
            Grade.GOOD, words.ENGINES, words.ENGINES_THERE, names=names, room=size(room[RAM])
        )

    def _endpoints(self) -> Finding:
        loaded = (engine.endpoint for engine in self._settings.engines)
        every = (*self._settings.endpoints, *loaded)
        configured = [endpoint for endpoint in every if endpoint.does is Does.CHAT]
        cloud = sum(endpoint.zone is Zone.CLOUD for endpoint in configured)
        local = len(configured) - cloud + self._ollama_models + self._engine
        if not local + cloud:
            return self._found(
                Grade.BROKEN, words.ENDPOINTS, words.NO_ENDPOINTS, words.ENDPOINTS_FIX
            )
        if not local:
            return self._found(
                Grade.DOUBTFUL, words.ENDPOINTS, words.NO_LOCAL, words.ENDPOINTS_FIX, cloud=cloud
            )
        return self._found(
            Grade.GOOD, words.ENDPOINTS, words.ENDPOINTS_THERE,
            count=local + cloud, local=local, cloud=cloud,
        )  # fmt: skip

    def _ledger(self) -> Iterator[Finding]:
        if str(self._settings.ledger.path) == ":memory:":
            yield self._found(Grade.GOOD, words.LEDGER, words.LEDGER_MEMORY)
            return
        path = Path(str(self._settings.ledger.path))
        # os.path: what may not be looked into is answered with False, not raised.
        folder = next(f for f in path.parents if os.path.exists(f))
        place = path if os.path.exists(path) else folder
        writable = folder.is_dir() and os.access(folder, os.W_OK) and os.access(place, os.W_OK)
        if not writable:
            reason = self._screen.text(words.NOT_WRITABLE)
            yield self._found(
                Grade.BROKEN, words.LEDGER, words.LEDGER_BROKEN, words.LEDGER_FIX,
                path=path, reason=reason,
            )  # fmt: skip
        else:
            yield self._journal(path)
            yield from self._caps()
        free = shutil.disk_usage(folder).free
        enough = free >= _LEAST_DISK
        yield self._found(
            Grade.GOOD if enough else Grade.BROKEN,
            words.DISK,
            words.DISK_FREE,
            None if enough else words.DISK_FIX,
            free=size(free),
        )

    def _caps(self) -> Iterator[Finding]:
        """What endpoints with caps have spent."""
        for cap in caps(self._settings, SystemClock().wall()):
            grade = Grade.DOUBTFUL if cap.spent >= cap.cap else Grade.GOOD
            about = f"{cap.account.name}: {told(self._screen, cap)}"
            yield Finding(grade, self._screen.text(words.CAP), about)

    def _journal(self, path: Path) -> Finding:
        if not os.path.exists(path):
            return self._found(Grade.GOOD, words.LEDGER, words.LEDGER_NEW, path=path)
        try:
            self._latest = _latest(path)
        except GilmokError as error:
            return Finding(
                Grade.BROKEN,
                self._screen.text(words.LEDGER),
                error.message(self._screen.locale),
            )
        return self._found(
            Grade.GOOD, words.LEDGER, words.LEDGER_THERE, path=path, size=size(path.stat().st_size)
        )

    def _clock(self) -> Finding:
        now = SystemClock().wall()
        right = now + _TOLERANCE >= max(self._latest, _RELEASED)
        if right:
            return Finding(Grade.GOOD, self._screen.text(words.CLOCK), moment(now))
        return self._found(
            Grade.DOUBTFUL, words.CLOCK, words.CLOCK_WRONG, words.CLOCK_FIX, now=moment(now)
        )


def _latest(path: Path) -> int:
    """When the newest decision was made, nanoseconds; 0 where there is none."""
    recent = asyncio.run(FileArchive(path).recent(1))
    return recent[0].at if recent else 0


async def _start_engine(settings: Settings) -> float:
    """Milliseconds until the engine of these settings is ready. Raises `GilmokError`."""
    alone = replace(
        settings,
        endpoints=(),
        joined=(),
        discovery=DiscoverySettings(ollama=False, environment_keys=False),
        ledger=settings.ledger.model_copy(update={"path": ":memory:"}),
    )
    clock = SystemClock()
    began = clock.monotonic()
    async with gateway(alone) as running:
        if running.models.embedded is not None:
            await running.models.embedded.ready()
        return 1000 * (clock.monotonic() - began)
