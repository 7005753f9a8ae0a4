"""Settings become the rooms' own policies, one small translation each."""

from __future__ import annotations

from pathlib import Path

from gilmok.admission import Key, Keys
from gilmok.cache import ExactCache
from gilmok.config import Settings, Weights
from gilmok.core.identity import Caller
from gilmok.core.ports import Clock
from gilmok.dispatch import DispatchPolicy
from gilmok.fleet import BreakerPolicy
from gilmok.inspection import FastInspector, LabelPolicy
from gilmok.ledger import Journal, MemoryJournal
from gilmok.routing import Objective
from gilmok.surfaces.chat import Chat
from gilmok.surfaces.lookups import Lookups
from gilmok.surfaces.routes import Handler


def journal(settings: Settings) -> Journal | MemoryJournal:
    path = settings.ledger.path
    if path is None or path == ":memory:":
        return MemoryJournal()
    return Journal(Path(path), synchronous=settings.ledger.synchronous)


def keys(settings: Settings) -> Keys:
    alone = len({key.tenant for key in settings.keys}) == 1
    return Keys(
        Key(
            sha256=key.sha256,
            caller=Caller(
                tenant=key.tenant,
                key_id=key.id,
                zones=frozenset(key.zones),
                endpoints=None if key.endpoints is None else frozenset(key.endpoints),
                oversees=key.operator or alone,
            ),
            max_concurrency=key.max_concurrency,
        )
        for key in settings.keys
    )


def objective(settings: Settings) -> Objective:
    def triple(weights: Weights) -> tuple[float, float, float]:
        return weights.quality, weights.price, weights.time

    routing = settings.routing
    return Objective(
        balanced=triple(routing.weights_balanced),
        fast=triple(routing.weights_fast),
        quality=triple(routing.weights_quality),
        cheap=triple(routing.weights_cheap),
        best=triple(routing.weights_best),
    )


def breaker_policy(settings: Settings) -> BreakerPolicy:
    breaker = settings.breaker
    return BreakerPolicy(
        failures=breaker.failures, window_s=breaker.window_s, cool_s=breaker.cool_s
    )


def handlers(chat: Chat, lookups: Lookups) -> dict[str, Handler]:
    return {
        "chat": chat.chat,
        "route": chat.route,
        "models": lookups.models,
        "model": lookups.model,
        "decision": lookups.decision,
        "health": lookups.health,
        "live": lookups.live,
        "ready": lookups.ready,
        "metrics": lookups.metrics,
        "openapi": lookups.openapi,
    }


def inspector(settings: Settings) -> FastInspector:
    privacy = settings.privacy
    return FastInspector(
        LabelPolicy(medium=privacy.medium, attachments=privacy.attachments, terms=privacy.terms)
    )


def cache(settings: Settings, clock: Clock) -> ExactCache:
    chosen = settings.cache
    return ExactCache(
        clock,
        enabled=chosen.enabled,
        ttl_s=chosen.ttl_s,
        max_entries=chosen.max_entries,
        max_bytes=chosen.max_bytes,
    )


def dispatch_policy(settings: Settings) -> DispatchPolicy:
    chosen = settings.dispatch
    return DispatchPolicy(
        connect_s=chosen.connect_s,
        first_token_s=chosen.first_token_s,
        stall_s=chosen.stall_s,
        retries=chosen.retries,
        backoff_s=chosen.backoff_s,
        backoff_max_s=chosen.backoff_max_s,
    )
