"""Finding the gateway a command talks to: the one named, the one running, or one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from gilmok.build import load_settings
from gilmok.cli.borrowed import borrowed_gateway
from gilmok.cli.client import Client
from gilmok.cli.failures import NoGateway, Unreachable
from gilmok.cli.screen import Screen
from gilmok.cli.words import terms as words
from gilmok.config import Settings
from gilmok.config.client import client_key
from gilmok.core.errors import GilmokError
from gilmok.core.text import Secret
from gilmok.ledger.address import listening_at
from gilmok.serve import url as url_of


@contextmanager
def reach(
    screen: Screen, *, config: str | None, url: str | None, key: str | None
) -> Iterator[Client]:
    """A client of a gateway that answers.

    With `url` it must be that one. Without, it is the one the configuration says, or, where that
    is not running, one inside this command. Raises `Unreachable`, `NoGateway`, `ConfigErrors`.
    """
    if url is not None:
        yield checked(Client(url, shown_key(key), screen.locale))
        return
    settings = load_settings(config)
    running = running_gateway(settings, key, screen)
    if running is not None:
        yield running
        return
    screen.warn(words.BORROWING, style="dim", url=default_url(settings))
    with starting(screen) as steps, ExitStack() as stack:
        try:
            own, secret = stack.enter_context(borrowed_gateway(settings, steps))
        except GilmokError:
            screen.warn(words.NOT_BORROWED)
            raise
        steps.finish()
        yield Client(own, secret, screen.locale)


def running_gateway(settings: Settings, key: str | None, screen: Screen) -> Client | None:
    """A client of the gateway these settings describe, where it runs."""
    client = Client(gateway_url(settings), shown_key(key), screen.locale)
    try:
        return checked(client)
    except (Unreachable, NoGateway):
        return None


def checked(client: Client) -> Client:
    """The client, if a gateway answers. Raises `Unreachable`, `NoGateway`."""
    client.health()
    return client


def default_url(settings: Settings) -> str:
    return url_of(settings.server.host, settings.server.port)


def gateway_url(settings: Settings) -> str:
    """Where the gateway of these settings is asked: at their address, or, where nobody answers
    there, at the one that the gateway which writes their ledger told (another port, say)."""
    usual, told = default_url(settings), listening_at(settings.ledger.path)
    if told is None or told == usual:
        return usual
    try:
        Client(usual).health()
    except (Unreachable, NoGateway):
        return told
    return usual


def shown_key(given: str | None) -> Secret | None:
    """The key on the command line, else the environment's."""
    return Secret(given) if given else client_key()


class Steps:
    """Says what is being started: a spinner at a terminal, nothing elsewhere."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._status = screen.err.status("")

    def __call__(self, step: str) -> None:
        said = words.STEPS.get(step)
        self._status.update(self._screen.text(said) if said else step)
        if self._screen.err.is_terminal:
            self._status.start()

    def finish(self) -> None:
        self._status.stop()


@contextmanager
def starting(screen: Screen) -> Iterator[Steps]:
    steps = Steps(screen)
    try:
        yield steps
    finally:
        steps.finish()
