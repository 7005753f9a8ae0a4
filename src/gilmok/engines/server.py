"""One llama-server that answers: on loopback, on a port and with a secret of its own."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from gilmok.core.endpoint import Endpoint, Zone
from gilmok.core.text import Secret
from gilmok.engines import starting
from gilmok.engines.command import EngineSettings, arguments, environment
from gilmok.engines.failure import EngineFailed
from gilmok.engines.probe import Properties, free_port, is_healthy, properties
from gilmok.engines.process import EngineProcess
from gilmok.engines.starting import NotReady, Program

_WORDS = re.compile(r"[A-Za-z]{3,}\W+[A-Za-z]{3,}")

_SMT = Path("/sys/devices/system/cpu/smt/active")


class LlamaServer(Struct, frozen=True):
    process: EngineProcess
    endpoint: Endpoint
    port: int


async def start_llama(
    settings: EngineSettings,
    *,
    table: str = "[embedded]",
    started: Callable[[EngineProcess], None] = lambda process: None,
    looked: Callable[[], None] = lambda: None,
) -> LlamaServer:
    """Raises `EngineFailed`; then nothing of it is left. `table`: where it is configured. `started`
    is told of the process at once, `looked` is called whenever it was looked at."""
    port, secret = free_port(), new_secret()
    threads = settings.threads or usual_threads()
    program = Program(
        command=arguments(settings, port, threads),
        environment=environment(settings, secret),
        start_timeout_s=settings.start_timeout_s,
        port=port,
    )

    async def look() -> Properties | None:
        """Its properties once its model is loaded. Whoever cannot check the secret is not it."""
        looked()
        return await properties(port, secret) if await is_healthy(port) else None

    try:
        process, found = await starting.start(program, look, started=started)
    except NotReady as failure:
        raise EngineFailed(failure.death, _told(failure.last_words), engine=table) from None
    return LlamaServer(process, _endpoint(settings, port, secret, found), port)


def _told(last_words: str) -> str:
    """Its last line that says something: the logger has a thread of its own, which may not get to
    the end of the very last one."""
    lines = last_words.splitlines()
    return next((line for line in reversed(lines) if _WORDS.search(line)), last_words[-200:])


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


def new_secret() -> str:
    """256 bits, for one life of one process."""
    return secrets.token_urlsafe(32)


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
