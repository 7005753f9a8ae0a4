"""Where the pseudonyms of end users come from."""

from __future__ import annotations

from gilmok.composition.world import World
from gilmok.config import Settings
from gilmok.core.pseudonym import Pseudonyms
from gilmok.ledger.user_key import user_key


def pseudonyms(settings: Settings, world: World) -> Pseudonyms:
    """Raises `ConfigError` where their secret cannot be read or made."""
    if settings.user_key is not None:
        return Pseudonyms.from_secret(settings.user_key)
    return Pseudonyms(user_key(settings.keyring, world.entropy))
