"""What is known about a question before it is asked: who is there, how private it is, where it
would go and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from rich.text import Text

from gilmok.cli.client import Client
from gilmok.cli.failures import Refused
from gilmok.cli.reasons import reasons
from gilmok.cli.replies import EndpointHealth, Health, Planned
from gilmok.cli.screen import LEVELS, ZONES, Screen, coloured
from gilmok.cli.words import asking as words
from gilmok.cli.words import terms
from gilmok.core.endpoint import Zone
from gilmok.core.work import Does
from gilmok.lab.codes import meaning

Row = tuple[str, str | Text]


class Outlook(Struct, frozen=True):
    health: Health
    planned: Planned | None
    """`None` where the gateway would not even plan; asking says why."""

    @property
    def local_available(self) -> bool:
        return any(e.ready for e in _in(self.health, Zone.LOCAL))


def look_ahead(client: Client, body: Mapping[str, object]) -> Outlook:
    """Nothing is sent to any model for it. Raises `Unreachable`, `NoGateway`."""
    health = client.health()
    try:
        return Outlook(health, client.plan(body))
    except Refused:
        return Outlook(health, None)


def rows(screen: Screen, outlook: Outlook) -> Iterator[Row]:
    """As names and values, for people; none where nothing is told, for want of a valid key."""
    if outlook.planned is None and not outlook.health.version:
        return
    yield screen.text(words.LOCAL_MODEL), _local(screen, outlook)
    private = _in(outlook.health, Zone.PRIVATE)
    if private:
        yield screen.text(words.PRIVATE_NETWORK), _named(screen, private)
    planned = outlook.planned
    if planned is None:
        return
    yield screen.text(words.SENSITIVITY), _sensitivity(screen, planned)
    if not planned.candidates:
        yield screen.text(words.SIDE), screen.text(words.NOWHERE)
        return
    first = planned.candidates[0]
    yield screen.text(words.SIDE), coloured(first.zone, ZONES, screen.text(terms.ZONES[first.zone]))
    shown = f"{first.endpoint_id} ({first.model})"
    yield (
        screen.text(words.ENDPOINT),
        screen.text(words.MASKED, endpoint=shown) if first.masked else shown,
    )
    yield screen.text(words.REASON), "\n".join(reasons(screen, planned))


def _local(screen: Screen, outlook: Outlook) -> str:
    local = _in(outlook.health, Zone.LOCAL)
    ready = [e for e in local if e.ready]
    if ready:
        return screen.text(words.AVAILABLE, names=_named(screen, ready))
    if local:
        return screen.text(words.NOT_READY, names=_named(screen, local))
    return screen.text(words.UNAVAILABLE)


def _in(health: Health, zone: Zone) -> list[EndpointHealth]:
    """Those that could answer a question."""
    return [e for e in health.endpoints if e.zone == zone.value and e.does == Does.CHAT.value]


def _named(screen: Screen, endpoints: list[EndpointHealth]) -> str:
    return ", ".join(f"{e.id} ({e.model}){_state(screen, e)}" for e in endpoints)


def _state(screen: Screen, endpoint: EndpointHealth) -> str:
    """Its state, where that is anything but up."""
    state = "blocked" if endpoint.blocked_for_s else endpoint.state
    if state == "up" or state not in terms.STATES:
        return ""
    return ": " + screen.text(terms.STATES[state], seconds=endpoint.blocked_for_s)


def _sensitivity(screen: Screen, planned: Planned) -> Text:
    level = screen.text(terms.LEVELS[planned.sensitivity])
    kinds = ", ".join(_kind(screen, kind) for kind in planned.kinds)
    shown = screen.text(words.LEVEL_AND_KINDS, level=level, kinds=kinds) if kinds else level
    return coloured(planned.sensitivity, LEVELS, shown)


def _kind(screen: Screen, kind: str) -> str:
    said = meaning(kind, screen.locale)
    return kind if said == "-" else said
