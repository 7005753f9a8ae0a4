"""A gateway inside this command, for questions asked while none is running.

It lives in a thread with a loop of its own, so that the terminal stays the main thread's: Ctrl-C
and input behave as with a gateway elsewhere. It listens on a free loopback port and knows one key,
made for this command, so that nobody else on the machine can use it meanwhile.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import Thread

from msgspec import Struct
from msgspec.structs import replace

from gilmok.build import Progress, gateway
from gilmok.cli.event_loop import run
from gilmok.config import KeySettings, Settings, hash_key
from gilmok.core.text import Secret
from gilmok.engines import EngineFailed
from gilmok.serve import url
from gilmok.surfaces.http import Limits
from gilmok.surfaces.server import Server
from gilmok.surfaces.services.form import OVERHEAD

_HOST = "127.0.0.1"
_TENANT = "local"
"""The tenant of callers at this machine where no keys are configured."""


class _Started(Struct, frozen=True):
    url: str
    loop: asyncio.AbstractEventLoop
    stop: asyncio.Event


@contextmanager
def borrowed_gateway(settings: Settings, progress: Progress) -> Iterator[tuple[str, Secret]]:
    """A gateway's URL and key; it stops when the context is left.

    Raises what `build.gateway` raises where it cannot start.
    """
    key = Secret(secrets.token_urlsafe(32))
    own = KeySettings(id="cli", tenant=_TENANT, sha256=hash_key(key.reveal()))
    ready: Future[_Started] = Future()

    def live() -> None:
        try:
            run(_serve(replace(settings, keys=(own,)), progress, ready))
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = Thread(target=live, name="gilmok-borrowed")
    thread.start()
    try:
        started = ready.result()
        try:
            yield started.url, key
        finally:
            started.loop.call_soon_threadsafe(started.stop.set)
    finally:
        thread.join()


async def _serve(settings: Settings, progress: Progress, ready: Future[_Started]) -> None:
    limits = Limits(
        max_body_bytes=settings.server.max_body_bytes,
        max_form_bytes=settings.services.max_recording_bytes + OVERHEAD,
        body_s=settings.server.body_timeout_s,
    )
    stop = asyncio.Event()
    async with (
        gateway(settings, progress=progress) as running,
        Server(running.answer, limits, refuse=running.refuse, gate=running.gate) as server,
    ):
        await server.listen(_HOST, 0)
        if running.models.embedded is not None:
            with suppress(EngineFailed):  # Another endpoint may answer; if none does, it says why.
                await running.models.embedded.ready()
        ready.set_result(_Started(url(_HOST, server.port), asyncio.get_running_loop(), stop))
        await stop.wait()
