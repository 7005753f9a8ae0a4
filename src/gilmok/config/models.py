"""Known models: defaults for what a configuration leaves out. Data: `models.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from msgspec import Struct, convert

from gilmok.core.work import Does


class KnownModel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    provider: str
    model: str
    does: Does = Does.CHAT
    context: int
    max_output: int | None = None
    """Tokens; of pictures, those of one."""
    quality: float
    joins: bool = False
    """True where the model joins by itself once its provider's key is in the environment."""


class _Table(Struct, frozen=True):
    models: tuple[KnownModel, ...]


@cache
def known_models() -> tuple[KnownModel, ...]:
    text = resources.files(__package__).joinpath("models.toml").read_text("utf-8")
    return convert(tomllib.loads(text), _Table).models


def find(provider: str, model: str) -> KnownModel | None:
    return next((m for m in known_models() if (m.provider, m.model) == (provider, model)), None)
