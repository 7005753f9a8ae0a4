"""`gilmok config`: check a file, make a caller's key, print an example."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated

from cyclopts import Parameter

from gilmok import config, providers
from gilmok.cli import exits
from gilmok.cli.conversing import zone_text
from gilmok.cli.endpoints import price_of
from gilmok.cli.numbers import size
from gilmok.cli.options import Config, Output
from gilmok.cli.reaching import default_url
from gilmok.cli.screen import Screen
from gilmok.cli.words import checking as words
from gilmok.cli.words import help, terms
from gilmok.config import Settings
from gilmok.config.engines import Engine
from gilmok.config.reference import example as example_file
from gilmok.core.address import literal_zone
from gilmok.core.api_key import ENTROPY_BYTES, compose
from gilmok.core.endpoint import Zone
from gilmok.core.engine import GIB
from gilmok.system import entropy

_LARGEST_KEY = 8192


def check(
    file: Annotated[str | None, Parameter(help=help.CHECKED_FILE.en)] = None,
    *,
    config: Config = None,
    screen: Output,
) -> int:
    found = _check(file or config)
    shown = found.file or screen.text(words.DEFAULTS)
    if found.settings is None:
        screen.fail(screen.text(words.FILE_INVALID, file=shown, count=len(found.errors)))
        for error in found.errors:
            screen.fail(error.message(screen.locale))
        return exits.CONFIG
    screen.say(words.FILE_VALID, "green", file=shown)
    show_notices(screen, found.settings)
    screen.line()
    screen.rows(_summary(screen, found.settings))
    show_endpoints(screen, found.settings)
    show_engines(screen, found.settings)
    return exits.OK


def _check(file: str | None) -> config.Report:
    return config.check(file, providers.catalogue())


def show_notices(screen: Screen, settings: Settings) -> None:
    if settings.notices:
        screen.say(words.NOTICES, "yellow")
        for notice in settings.notices:
            screen.line(f"  {notice.message(screen.locale)}")


def _summary(screen: Screen, settings: Settings) -> Iterator[tuple[str, str]]:
    """The settings as resolved; nothing in it is secret."""
    text = screen.text
    server, url = settings.server, default_url(settings)
    everywhere = literal_zone(server.host) is not Zone.LOCAL
    yield text(words.SERVER), text(words.LISTENS, url=url, host=server.host) if everywhere else url
    callers = text(words.CALLERS_STORED if settings.needs_key else words.CALLERS_NONE)
    if settings.keys:
        names = ", ".join(f"{key.id} ({key.tenant})" for key in settings.keys)
        callers = text(words.CALLERS_KEYS, count=len(settings.keys), names=names)
    yield text(words.CALLERS), callers
    privacy = settings.privacy
    yield (
        text(words.PRIVACY),
        text(
            words.PRIVACY_VALUE,
            medium=privacy.medium,
            attachments=privacy.attachments,
            terms=len(privacy.terms),
        ),
    )
    if privacy.names:
        kinds = (text(words.KINDS_OF_NAMES[kind]) for kind in privacy.names)
        yield text(words.NAMES), ", ".join(kinds)
    yield text(words.EMBEDDED), text(terms.YES if settings.wants_embedded else terms.NO)
    yield text(words.CACHE), text(terms.YES if settings.cache.enabled else terms.NO)
    yield text(words.LEDGER), str(settings.ledger.path)


def show_endpoints(screen: Screen, settings: Settings) -> None:
    if not settings.endpoints:
        return
    screen.line()
    screen.table(
        (
            terms.ENDPOINT, words.PROVIDER, terms.MODEL, terms.ZONE, terms.PRICE, words.HAS_KEY,
        ),
        [
            (
                e.id,
                e.provider.name,
                e.model,
                zone_text(screen, e.zone.value),
                price_of(screen, e),
                screen.text(terms.YES if e.api_key else terms.NO),
            )
            for e in settings.endpoints
        ],
    )  # fmt: skip


def show_engines(screen: Screen, settings: Settings) -> None:
    """What the gateway itself would load, as it is written: nothing is asked or measured."""
    if not settings.engines:
        return
    screen.line()
    screen.table(
        (words.ENGINE, words.DRIVER, terms.MODEL, words.TAKES, words.AT_ONCE),
        [
            (
                engine.id,
                engine.options.driver,
                engine.endpoint.model,
                _takes(screen, engine),
                str(engine.slots),
            )
            for engine in settings.engines
        ],
        right=frozenset({4}),
    )


def _takes(screen: Screen, engine: Engine) -> str:
    if engine.options.driver == "pod":
        return "-"
    device = engine.options.device
    if engine.options.memory_gb is None:
        return screen.text(words.ESTIMATED_AT_START, device=device)
    return f"{size(round(float(engine.options.memory_gb) * GIB))} {device}"


def hash_key(
    *, stdin: Annotated[bool, Parameter(negative="", help=help.STDIN.en)] = False, screen: Output
) -> int:
    if stdin:
        key = sys.stdin.readline(_LARGEST_KEY).strip()
        if not key:
            screen.fail(screen.text(words.NO_STDIN_KEY))
            return exits.USAGE
    else:
        key = compose(entropy(ENTROPY_BYTES)).reveal()
        screen.say(words.KEY_MADE)
        screen.copyable(f"  {key}")
    digest = config.hash_key(key)
    screen.say(words.HASH_IS)
    screen.copyable(f"  {digest}")
    screen.say(words.TOML_LINES)
    screen.copyable(f'\n[[keys]]\nid = "my-app"\ntenant = "default"\nsha256 = "{digest}"')
    return exits.OK


def example(*, screen: Output) -> int:
    screen.raw(example_file())
    return exits.OK
