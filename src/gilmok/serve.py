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
from gilmok.config import Reloaded, Reloader, Settings
from gilmok.ledger.address import announced
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
        reloading = _handle_signals(running, stop, hurry)
        log.debug("serving", extra={"port": server.port})
        _settle_memory()
        where = url(settings.server.host, server.port)
        with announced(settings.ledger.path, where):
            greeting = _greet(on_ready, running, where)
            await stop.wait()
        for task in (greeting, reloading):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
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


def _handle_signals(
    running: Gateway, stop: asyncio.Event, hurry: asyncio.Event
) -> asyncio.Task[None]:
    """The task that reads the file again after each SIGHUP; it never ends by itself."""
    loop = asyncio.get_running_loop()
    reloader = Reloader(running.settings, providers.catalogue(), unusable=running.unusable)
    hung_up = asyncio.Event()

    async def reload() -> None:
        while await hung_up.wait():
            hung_up.clear()  # A signal that comes while the file is read has it read once more.
            fresh = await asyncio.to_thread(reloader.read)
            try:
                _take(running, reloader.take(fresh))
            except Exception as error:  # A defect; the next signal is heard all the same.
                log.error("reload_failed", extra={"error": type(error).__name__})

    def interrupt() -> None:
        (hurry if stop.is_set() else stop).set()

    loop.add_signal_handler(signal.SIGHUP, hung_up.set)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, interrupt)
    return asyncio.create_task(reload(), name="reload")


def _take(running: Gateway, outcome: Reloaded) -> None:
    if outcome.failure is not None:
        for error in outcome.failure.errors:
            log.error("reload_refused", extra={"reason": error})
        return
    running.reconfigure(outcome.settings)
    for change in outcome.changes:
        log.info(
            "setting_changed", extra={"key": change.key, "needs_restart": change.needs_restart}
        )
    log.info("reloaded", extra={"changes": len(outcome.changes)})
