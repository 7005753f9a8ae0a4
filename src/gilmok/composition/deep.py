"""The deeper tier of inspection as configured. Its runtime is an extra, imported where wanted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from gilmok.composition.parts import labels
from gilmok.config import Settings
from gilmok.core.errors import ConfigError
from gilmok.inspection import BareNames, DeepTier
from gilmok.inspection.deep import Reader
from gilmok.system import entropy

_MODULES = ("numpy", "onnxruntime")


def deep_tier(settings: Settings) -> DeepTier | None:
    """`None` where the fast tier's word stands."""
    wanted = settings.privacy.deep
    if wanted == "off" or (wanted == "auto" and any(_absent())):
        return None
    return _loaded()


def bare_names(settings: Settings, tier: DeepTier | None) -> BareNames | None:
    """`None` where only names that their surroundings betray count."""
    kinds = settings.privacy.names
    return BareNames(tier, kinds, labels(settings)) if tier is not None and kinds else None


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
    """What the deeper tier needs and is not installed, or is switched off and wanted."""
    wanted = settings.privacy
    if wanted.names and wanted.deep == "off":
        return ConfigError(
            file=settings.file or "(environment)",
            key="privacy.names",
            reason='is found by the deeper tier, which deep = "off" switches off.',
            fix='Set deep = "auto", or names = [].',
            reason_ko='deep = "off" 로 꺼 둔 모델이 찾는 것입니다.',
            fix_ko='deep = "auto" 로 두거나 names = [] 로 두세요.',
        )
    if not (wanted.names or wanted.deep == "on") or not (absent := ", ".join(_absent())):
        return None
    key, otherwise = ("names", "names = []") if wanted.names else ("deep", 'deep = "auto"')
    return ConfigError(
        file=settings.file or "(environment)",
        key=f"privacy.{key}",
        reason=f"needs {absent}, which is not installed.",
        fix=f"Run pip install 'gilmok[deep]', or set {otherwise}.",
        reason_ko=f"{absent} 이(가) 설치되어 있지 않습니다.",
        fix_ko=f"pip install 'gilmok[deep]' 을 실행하거나 {otherwise} 로 두세요.",
    )
