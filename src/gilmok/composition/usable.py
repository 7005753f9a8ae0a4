"""The configuration, with what only the rooms that will use it can tell of it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from gilmok import providers
from gilmok.composition.cache import missing
from gilmok.composition.deep import deep_missing
from gilmok.composition.world import World
from gilmok.config import Settings, load
from gilmok.core.errors import ConfigError, ConfigErrors
from gilmok.providers import Webhook


def load_settings(path: str | os.PathLike[str] | None = None) -> Settings:
    """The configuration, with the built-in provider catalogue. Raises `ConfigErrors`."""
    settings = load(path, providers.catalogue())
    errors = tuple(unusable(settings))
    if errors:
        raise ConfigErrors(errors)
    return settings


def unusable(settings: Settings) -> Iterator[ConfigError]:
    """Whom the transport will not speak to: addresses that can be read in two ways."""
    yield from _no_receiver(settings)
    if (problem := missing(settings) or deep_missing(settings)) is not None:
        yield problem
    for endpoint in settings.endpoints:
        try:
            providers.upstream_for(endpoint)
        except (ValueError, OSError) as error:
            yield ConfigError(
                file=settings.file or "(environment)",
                key=f"endpoints ({endpoint.id})",
                reason=f"cannot be used: {error}.",
                fix="Correct its base_url, api_key, ca_file or proxy.",
                reason_ko=f"사용할 수 없습니다: {error}.",
                fix_ko="base_url, api_key, ca_file, proxy 를 확인하세요.",
            )


def _no_receiver(settings: Settings) -> Iterator[ConfigError]:
    """The webhook's address, by the same rules."""
    world = World.real()
    try:
        if settings.webhook is not None:
            Webhook(settings.webhook, world.clock, world.rng)
    except ValueError as error:
        yield ConfigError(
            file=settings.file or "(environment)",
            key="events.webhook",
            reason=f"cannot be used: {error}.",
            fix="Correct the address.",
            reason_ko=f"사용할 수 없습니다: {error}.",
            fix_ko="주소를 확인하세요.",
        )
