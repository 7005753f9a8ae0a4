"""`gilmok top`: a running gateway, live on the terminal, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Event
from typing import Annotated, NoReturn

from cyclopts import Parameter
from rich.live import Live

from gilmok.build import load_settings
from gilmok.cli import exits
from gilmok.cli.client import Client
from gilmok.cli.failures import NoGateway, Refused, Unreachable
from gilmok.cli.numbers import moment
from gilmok.cli.numbers import since as moment_of
from gilmok.cli.options import Config, Key, Output, Url
from gilmok.cli.reaching import gateway_url, shown_key
from gilmok.cli.screen import Screen
from gilmok.cli.sla import asked
from gilmok.cli.top_frame import Seen, frame
from gilmok.cli.words import help, looking
from gilmok.cli.words import top as words
from gilmok.core.engine_view import MachineView
from gilmok.core.errors import NotPermitted
from gilmok.system import SystemClock

_SHORTEST_S, _LONGEST_S = 0.2, 3600.0
_NEVER = Event()

Wait = Callable[[float], object]
"""Seconds pass; tests let them pass at once."""


def top(
    *,
    since: Annotated[str, Parameter(name="--since", help=help.TOP_SINCE.en)] = "5m",
    interval: Annotated[float, Parameter(help=help.INTERVAL.en)] = 2.0,
    once: Annotated[bool, Parameter(negative="", help=help.ONCE.en)] = False,
    url: Url = None,
    key: Key = None,
    config: Config = None,
    screen: Output,
) -> int:
    if not _SHORTEST_S <= interval <= _LONGEST_S:
        screen.fail(screen.text(words.BAD_INTERVAL))
        return exits.USAGE
    try:
        moment_of(since, SystemClock().wall())
    except (ValueError, OverflowError):
        screen.fail(screen.text(looking.BAD_SINCE))
        return exits.USAGE
    client = Client(url or gateway_url(load_settings(config)), shown_key(key), screen.locale)
    seen = look(client, since)
    if once:
        screen.show(frame(screen, seen))
        return exits.OK
    with suppress(KeyboardInterrupt):  # The way to leave it.
        watch(screen, client, seen, interval)
    return exits.OK


def look(client: Client, since: str) -> Seen:
    """Everything that a frame shows. Raises like `Client.get`."""
    sla = asked(client, since)  # First: it says why, where the key is not taken.
    return Seen(
        url=client.url,
        time=moment(sla.until),
        span=since,
        health=client.health(),
        machine=_machine(client),
        sla=sla,
    )


def watch(
    screen: Screen,
    client: Client,
    seen: Seen,
    interval_s: float,
    *,
    wait: Wait = _NEVER.wait,
) -> NoReturn:
    """Draws one frame after the other, until Ctrl-C. A gateway that stops answering is asked again."""
    lost = False
    with Live(console=screen.out, screen=screen.out.is_terminal, auto_refresh=False) as live:
        while True:
            live.update(frame(screen, seen, lost=lost), refresh=True)
            wait(interval_s)
            try:
                seen, lost = look(client, seen.span), False
            except (Unreachable, NoGateway):
                lost = True


def _machine(client: Client) -> MachineView | None:
    try:
        return client.get("/v1/engines", MachineView)
    except Refused as refused:
        if refused.code == NotPermitted.code:
            return None
        raise
