"""`gilmok serve`: the gateway, with a start-up page that says what is there and how to call it."""

from __future__ import annotations

import errno
from typing import Annotated

from cyclopts import Parameter
from cyclopts.types import Port
from msgspec.structs import replace

from gilmok import serve as serving
from gilmok.build import Gateway, load_settings
from gilmok.cli import exits
from gilmok.cli.client import Client
from gilmok.cli.event_loop import run
from gilmok.cli.failures import NoGateway, Unreachable
from gilmok.cli.options import Config, Output
from gilmok.cli.reaching import Steps, default_url, starting
from gilmok.cli.screen import Screen
from gilmok.cli.startup import show_startup
from gilmok.cli.welcome import Welcome
from gilmok.cli.words import help
from gilmok.cli.words import serving as words
from gilmok.config import Settings
from gilmok.core.address import literal_zone
from gilmok.core.endpoint import Zone
from gilmok.core.os_errors import why
from gilmok.engines import EngineFailed
from gilmok.telemetry.logs import configure

_HIGHEST_PORT = 65_535


def serve(
    *,
    config: Config = None,
    host: Annotated[str | None, Parameter(help=help.HOST.en)] = None,
    port: Annotated[Port | None, Parameter(help=help.PORT.en)] = None,
    welcome: Annotated[bool, Parameter(negative="", help=help.WELCOME.en)] = False,
    screen: Output,
) -> int:
    settings = _with_address(load_settings(config), host, port)
    serves_others = settings.needs_key or settings.admin.sha256 is not None
    if not serves_others and literal_zone(settings.server.host) is not Zone.LOCAL:
        screen.fail(screen.text(words.BIND_NEEDS_KEYS, host=settings.server.host))
        return exits.CONFIG
    if _is_taken(screen, settings):
        return exits.FAILED
    configure(settings.telemetry.log_level, settings.telemetry.log_format)
    with starting(screen) as steps:
        page = _StartPage(screen, settings, steps, welcome=welcome)
        try:
            run(serving.serve(settings, on_ready=page.show, progress=steps))
        except OSError as error:
            return _cannot_listen(screen, settings, error)
    screen.say(words.STOPPED)
    return exits.OK


def _with_address(settings: Settings, host: str | None, port: int | None) -> Settings:
    given = {"host": host, "port": port}
    changed = {name: value for name, value in given.items() if value is not None}
    return replace(settings, server=settings.server.model_copy(update=changed))


class _StartPage:
    """What is printed once the gateway serves."""

    def __init__(self, screen: Screen, settings: Settings, steps: Steps, *, welcome: bool) -> None:
        self._screen = screen
        self._settings = settings
        self._steps = steps
        self._welcome = welcome

    async def show(self, running: Gateway, url: str) -> None:
        screen = self._screen
        self._steps.finish()
        show_startup(screen, running, url)
        if running.models.embedded is not None:
            self._steps("engine")
            try:
                await running.models.embedded.ready()
            except EngineFailed as failure:
                screen.fail(failure.message(screen.locale))
            finally:
                self._steps.finish()
        if self._welcome:
            await Welcome(screen, self._settings, url).show()
        screen.say(words.STOP_WITH, "dim")


def _is_taken(screen: Screen, settings: Settings) -> bool:
    """Says so where somebody answers at the address: better now than after the model is loaded."""
    if settings.server.port == 0:
        return False
    try:
        Client(default_url(settings)).health()
    except Unreachable:
        return False
    except NoGateway:
        _say_taken(screen, settings)
    else:
        _say_taken(screen, settings)
        screen.fail(screen.text(words.GATEWAY_THERE))
    return True


def _say_taken(screen: Screen, settings: Settings) -> None:
    port = settings.server.port
    other = port + 1 if port < _HIGHEST_PORT else port - 1
    screen.fail(screen.text(words.PORT_TAKEN, port=port, other=other))


def _cannot_listen(screen: Screen, settings: Settings, error: OSError) -> int:
    if error.errno == errno.EADDRINUSE:
        _say_taken(screen, settings)
    else:
        reason = why(error).text(screen.locale)
        server = settings.server
        screen.fail(
            screen.text(words.CANNOT_LISTEN, host=server.host, port=server.port, reason=reason)
        )
    return exits.FAILED
