"""The page a gateway shows when it begins to serve: who is there, who joined, who is missing."""

from __future__ import annotations

from collections.abc import Iterator

from gilmok import __version__, providers
from gilmok.build import Gateway
from gilmok.cli.configuration import show_notices
from gilmok.cli.conversing import zone_text
from gilmok.cli.endpoints import price_of
from gilmok.cli.screen import Screen
from gilmok.cli.words import serving as words
from gilmok.cli.words import terms
from gilmok.config import Settings
from gilmok.config.client import variables_set
from gilmok.config.models import known_models
from gilmok.core.work import Does


def show_startup(screen: Screen, running: Gateway, url: str) -> None:
    settings = running.settings
    screen.say(words.SERVING, "bold green", version=__version__, url=url)
    if settings.file:
        screen.say(words.CONFIGURED_BY, "dim", file=settings.file)
    else:
        screen.say(words.DEFAULTS, "dim")
    memory = str(settings.ledger.path) == ":memory:"
    screen.say(words.LEDGER_MEMORY if memory else words.LEDGER, "dim", path=settings.ledger.path)
    if running.journal.swept:
        screen.say(words.SWEPT, "yellow", count=running.journal.swept)
    screen.line()
    _endpoints(screen, running)
    if running.models.joined:
        screen.say(words.JOINED)
        for joined in running.models.joined:
            own = joined.how == "embedded" and settings.embedded.model_path is not None
            said = words.JOINED_HOW["own" if own else joined.how]
            screen.line("  " + screen.text(said, id=joined.endpoint_id))
    if missing := ", ".join(dict.fromkeys(_missing(screen, running, settings))):
        screen.say(words.NOT_FOUND, "dim", things=missing)
    show_notices(screen, settings)
    screen.line()


def _endpoints(screen: Screen, running: Gateway) -> None:
    fleet = running.registry.snapshot()
    if not fleet:
        screen.say(words.NO_ENDPOINTS, "yellow")
        return
    screen.table(
        (terms.ENDPOINT, terms.MODEL, terms.ZONE, terms.PRICE),
        [
            (
                s.endpoint.id,
                s.endpoint.model,
                zone_text(screen, s.zone.value),
                price_of(screen, s.endpoint),
            )
            for s in fleet
        ],
    )
    if all(s.endpoint.does is not Does.CHAT for s in fleet):
        screen.say(words.NO_CHAT, "yellow")
    screen.line()


def _missing(screen: Screen, running: Gateway, settings: Settings) -> Iterator[str]:
    """What could have joined by itself and is not there."""
    if settings.discovery.environment_keys:
        yield from _unset_variables(settings)
    if settings.discovery.ollama and not any(j.how == "ollama" for j in running.models.joined):
        yield screen.text(words.MISSING_OLLAMA, url=settings.discovery.ollama_url)
    if settings.wants_embedded and running.models.embedded is None:
        yield screen.text(words.MISSING_EMBEDDED)


def _unset_variables(settings: Settings) -> Iterator[str]:
    rows = providers.catalogue()
    configured = {endpoint.provider.name for endpoint in settings.endpoints}
    for known in known_models():
        row = rows.get(known.provider)
        if not known.joins or row is None or row.api_key_env is None:
            continue
        if known.provider not in configured and not variables_set((row.api_key_env,)):
            yield row.api_key_env
