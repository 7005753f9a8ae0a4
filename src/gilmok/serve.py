"""The gateway behind a socket: listens, takes new settings on SIGHUP, drains on SIGTERM and SIGINT."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

from gilmok import providers
from gilmok.build import Gateway, Progress, gateway
from gilmok.config import Reloader, Settings
from gilmok.surfaces.http import Limits
from gilmok.surfaces.server import Server
from gilmok.surfaces.services.form import OVERHEAD

log = logging.getLogger(__name__)

DRAIN_S = 20.0
"""How long answers under way may go on after SIGTERM."""

OnReady = Callable[[Gateway, str], Awaitable[None]]
"""Called once with the gateway and its URL, while it already serves."""


async def serve(
    settings: Settings,
    *,
    on_ready: OnReady | None = None,
    progress: Progress = lambda step: None,
) -> None:
    """Serves until SIGTERM, SIGINT or cancellation; a second signal does not wait for answers.

    Raises `ConfigError` where the gateway cannot start, `OSError` where it cannot listen.
    """
    stop, hurry = asyncio.Event(), asyncio.Event()
    async with (
        gateway(settings, progress=progress) as running,
        Server(
            running.answer, _limits(settings), refuse=running.refuse, gate=running.gate
        ) as server,
    ):
        await server.listen(settings.server.host, settings.server.port)
        _handle_signals(running, stop, hurry)
        log.debug("serving", extra={"port": server.port})
        _settle_memory()
        greeting = _greet(on_ready, running, url(settings.server.host, server.port))
        await stop.wait()
        greeting.cancel()
        with suppress(asyncio.CancelledError):
            await greeting
        await _drain(server, hurry)


async def _drain(server: Server, hurry: asyncio.Event) -> None:
    """Lets answers under way end, unless a second signal comes; leaving the server cuts the rest."""
    draining = asyncio.create_task(server.drain(DRAIN_S), name="drain")
    hurried = asyncio.create_task(hurry.wait(), name="second-signal")
    await asyncio.wait([draining, hurried], return_when=asyncio.FIRST_COMPLETED)
    for task in (draining, hurried):
        task.cancel()
    await asyncio.wait([draining, hurried])


def _settle_memory() -> None:
    """What was built for the start stays: the collector need not walk it again and again.

    Requests make hundreds of short-lived objects and few cycles, so a young generation of the
    default 700 objects would be collected several times for each of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def url(host: str, port: int) -> str:
    """Where a client at this machine finds the gateway."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
    if ":" in reachable and not reachable.startswith("["):
        reachable = f"[{reachable}]"
    return f"http://{reachable}:{port}"


def _greet(on_ready: OnReady | None, running: Gateway, where: str) -> asyncio.Task[None]:
    async def greet() -> None:
        if on_ready is not None:
            await on_ready(running, where)

    return asyncio.create_task(greet(), name="greeting")


def _limits(settings: Settings) -> Limits:
    forms = settings.services.max_recording_bytes + OVERHEAD
    longest = max(settings.server.max_body_bytes, forms)
    return Limits(
        max_body_bytes=settings.server.max_body_bytes,
        max_form_bytes=forms,
        body_s=settings.server.body_timeout_s,
        arriving_bytes=max(Limits().arriving_bytes, 4 * longest),
    )


def _handle_signals(running: Gateway, stop: asyncio.Event, hurry: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    reloader = Reloader(running.settings, providers.catalogue(), unusable=running.unusable)

    def reload() -> None:
        outcome = reloader.reload()
        if outcome.failure is not None:
            for error in outcome.failure.errors:
                log.error("reload_refused", extra={"reason": error})
            return
        running.reconfigure(outcome.settings)
        for change in outcome.changes:
            log.info(
                "setting_changed", extra={"key": change.key, "needs_restart": change.needs_restart}
            )

    def interrupt() -> None:
        (hurry if stop.is_set() else stop).set()

    loop.add_signal_handler(signal.SIGHUP, reload)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, interrupt)
