"""The deeper tier of inspection as configured. Its runtime is an extra, imported where wanted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from gilmok.config import Settings
from gilmok.core.errors import ConfigError
from gilmok.inspection import DeepTier
from gilmok.inspection.deep import Reader
from gilmok.system import entropy

_MODULES = ("numpy", "onnxruntime")


def deep_tier(settings: Settings) -> DeepTier | None:
    """`None` where the fast tier's word stands."""
    wanted = settings.privacy.deep
    if wanted == "off" or (wanted == "auto" and any(_absent())):
        return None
    return _loaded()


@cache
def _loaded() -> DeepTier:
    """One for the process: it keeps no text, and loading it takes half a second. Half of the cores
    are left to the rest."""
    return DeepTier(_reader, entropy(16), threads=max(1, (os.cpu_count() or 1) // 2))


def _reader() -> Reader:
    """The one that this process has."""
    found: Reader = import_module("gilmok.inspection.reader").shipped()
    return found


def _absent() -> Iterator[str]:
    return (name for name in _MODULES if find_spec(name) is None)


def deep_missing(settings: Settings) -> ConfigError | None:
    """What the deeper tier needs and is not installed."""
    if settings.privacy.deep != "on" or not (absent := ", ".join(_absent())):
        return None
    return ConfigError(
        file=settings.file or "(environment)",
        key="privacy.deep",
        reason=f"needs {absent}, which is not installed.",
        fix="Run pip install 'gilmok[deep]', or set deep = \"auto\".",
        reason_ko=f"{absent} 이(가) 설치되어 있지 않습니다.",
        fix_ko="pip install 'gilmok[deep]' 을 실행하거나 deep = \"auto\" 로 두세요.",
    )
