"""The application on a socket, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator

import uvicorn

from gilmok_reviews.api.app import create_app
from gilmok_reviews.service import Service, running
from gilmok_reviews.settings import Settings, SettingsError
from gilmok_reviews.texts import Says


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl-C ends the serving, and not the caller, who has a store to close."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)


async def serve(
    settings: Settings,
    begin: Callable[[Service], Awaitable[None]],
    listening: Callable[[str], None],
) -> None:
    """Until SIGINT or SIGTERM. `begin` is given the opened service before anybody else; `listening`
    is told the address. Writes no access log: paths name restaurants and reviews.

    Raises what `service.running` raises, and `SettingsError` where the port is taken.
    """
    async with running(settings) as service:
        await begin(service)
        await _listen(service, listening)


async def _listen(service: Service, listening: Callable[[str], None]) -> None:
    settings = service.settings
    with _socket(settings) as bound:
        host, port = bound.getsockname()[:2]
        listening(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        config = uvicorn.Config(
            create_app(settings, service=service),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        await _Server(config).serve(sockets=[bound])


def _socket(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise SettingsError(
            "REVIEWS_PORT",
            Says(
                f"{settings.host}의 {settings.port}번 포트를 쓸 수 없습니다",
                f"nothing can listen on {settings.host} port {settings.port}",
            ),
            Says(
                "그 포트를 쓰는 프로그램을 멈추거나 다른 포트를 정하세요",
                "Stop whoever does, or choose another port",
            ),
        ) from error
