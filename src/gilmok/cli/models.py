"""`gilmok models`: endpoints and preferences, as a running gateway sees them or as configured."""

from __future__ import annotations

import msgspec
from rich.text import Text

from gilmok.build import load_settings
from gilmok.cli import exits
from gilmok.cli.client import Client
from gilmok.cli.conversing import zone_text
from gilmok.cli.endpoints import name_the_list, price_of
from gilmok.cli.failures import NoGateway, Unreachable
from gilmok.cli.numbers import duration, tokens
from gilmok.cli.options import Config, Json, Key, Output, Url
from gilmok.cli.reaching import gateway_url, shown_key
from gilmok.cli.replies import EndpointHealth, Health, ModelList
from gilmok.cli.screen import STATES, Screen
from gilmok.cli.words import serving as words
from gilmok.cli.words import terms
from gilmok.config import EMBEDDED_ID, Settings
from gilmok.core.endpoint import Endpoint
from gilmok.core.request import Preference
from gilmok.core.work import Does


def models(
    *,
    json: Json = False,
    url: Url = None,
    key: Key = None,
    config: Config = None,
    screen: Output,
) -> int:
    settings = load_settings(config)
    client = Client(url or gateway_url(settings), shown_key(key), screen.locale)
    try:
        health = client.health()
    except (Unreachable, NoGateway):
        if url is not None:
            raise
        health = _as_configured(settings)
        screen.warn(words.FROM_SETTINGS, style="dim", url=client.url)
    else:
        client.get("/v1/models", ModelList)  # Says why, where the key may not see them.
        if not json:
            screen.say(words.FROM_GATEWAY, "dim", url=client.url)
    if json:
        screen.raw(msgspec.json.format(msgspec.json.encode(health)).decode() + "\n")
        return exits.OK
    known = {endpoint.id: endpoint for endpoint in _described(settings)}
    _show(screen, health, known, settings)
    return exits.OK


def _described(settings: Settings) -> tuple[Endpoint, ...]:
    """What the file says of endpoints, and of the engines' as they will be once they are loaded."""
    return (*settings.endpoints, *(engine.endpoint for engine in settings.engines))


def _as_configured(settings: Settings) -> Health:
    """The endpoints a gateway with these settings would begin with."""
    return Health(
        "configured",
        endpoints=tuple(
            EndpointHealth(
                e.id,
                e.model,
                e.zone.value,
                first_token_s=e.first_token_s,
                tokens_per_s=e.tokens_per_s,
                does=e.does.value,
            )
            for e in _described(settings)
        ),
    )


def _show(screen: Screen, health: Health, known: dict[str, Endpoint], settings: Settings) -> None:
    if health.endpoints:
        screen.table(
            (
                terms.ENDPOINT, terms.MODEL, terms.ZONE, words.STATE, terms.PRICE,
                words.CONTEXT, words.SPEED,
            ),
            [_row(screen, e, known.get(e.id), settings) for e in health.endpoints],
            right=frozenset({5, 6}),
        )  # fmt: skip
        name_the_list(screen, known.values())
    else:
        screen.say(words.NO_ENDPOINTS, "yellow")
    screen.line()
    screen.say(words.PREFERENCES, "bold")
    screen.rows((f"  {p.value}", screen.text(words.PREFERENCE[p.value])) for p in Preference)


def _row(
    screen: Screen, seen: EndpointHealth, known: Endpoint | None, settings: Settings
) -> tuple[str | Text, ...]:
    context = known.context if known and seen.does == Does.CHAT.value else None
    if seen.id == EMBEDDED_ID:
        context = settings.embedded.context
    # What no settings describe joined by itself on this machine, and costs nothing.
    price = price_of(screen, known) if known else screen.text(terms.FREE)
    return (
        seen.id,
        seen.model,
        zone_text(screen, seen.zone),
        state_text(screen, seen),
        price if known or seen.zone != "cloud" else screen.text(terms.UNKNOWN_PRICE),
        tokens(context) if context else "-",
        _speed(seen),
    )


def _speed(seen: EndpointHealth) -> str:
    """To the first token, and tokens per second: a voice and a maker of vectors have neither."""
    if seen.does != Does.CHAT.value:
        return "-"
    return f"{duration(1000 * seen.first_token_s)} {seen.tokens_per_s:.0f}/s"


def state_text(screen: Screen, seen: EndpointHealth) -> Text:
    if seen.blocked_for_s:
        resting = screen.text(terms.STATES["blocked"], seconds=seen.blocked_for_s)
        return Text(resting, style="yellow")
    said = terms.STATES.get(seen.state)
    return Text(screen.text(said) if said else seen.state, style=STATES.get(seen.state, ""))
