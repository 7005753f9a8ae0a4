"""Settings: what the gateway runs on, resolved, checked and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gilmok.config.engines import Engine
from gilmok.config.keys import keyring_beside, keys_are_stored
from gilmok.config.problems import Notice
from gilmok.config.schema import (
    AdminSettings,
    BreakerSettings,
    CacheSettings,
    DiscoverySettings,
    DispatchSettings,
    EmbeddedSettings,
    FeedbackSettings,
    HealthSettings,
    IdempotencySettings,
    InjectionSettings,
    KeySettings,
    LedgerSettings,
    LimitSettings,
    MemorySettings,
    OutputSettings,
    PlanSettings,
    PrivacySettings,
    RoleSettings,
    RoutingSettings,
    ServerSettings,
    ServiceSettings,
    StrategySettings,
    TaskSettings,
    TelemetrySettings,
    TenantSettings,
    ValidationSettings,
)
from gilmok.config.terms import TermsBook
from gilmok.core.endpoint import Endpoint, Zone
from gilmok.core.prospect import Ability
from gilmok.core.text import Secret
from gilmok.core.work import Does


class Settings(Struct, frozen=True, kw_only=True):
    """Everything configured. Paths are absolute, credentials are `Secret`s, prices integers.

    `ledger.path` is never `None`; `server.port` already obeys `GILMOK_PORT`.
    """

    file: str | None
    """The configuration file; `None` where everything is default."""
    server: ServerSettings
    embedded: EmbeddedSettings
    discovery: DiscoverySettings
    endpoints: tuple[Endpoint, ...]
    """Configured ones in file order, then those that joined by a key in the environment."""
    joined: tuple[str, ...]
    """Ids of the endpoints that joined by a key in the environment."""
    memory: MemorySettings
    engines: tuple[Engine, ...]
    """Models that the gateway loads itself; their endpoints are not among `endpoints`."""
    plans: tuple[PlanSettings, ...]
    tenants: tuple[TenantSettings, ...]
    limits: LimitSettings
    keys: tuple[KeySettings, ...]
    admin: AdminSettings
    privacy: PrivacySettings
    injection: InjectionSettings
    user_key: Secret | None
    """Of which pseudonyms are made; `None`: the one beside the ledger."""
    routing: RoutingSettings
    strategies: StrategySettings
    services: ServiceSettings
    tasks: TaskSettings
    roles: tuple[RoleSettings, ...]
    dispatch: DispatchSettings
    validation: ValidationSettings
    output: OutputSettings
    breaker: BreakerSettings
    health: HealthSettings
    cache: CacheSettings
    idempotency: IdempotencySettings
    feedback: FeedbackSettings
    ledger: LedgerSettings
    webhook: Endpoint | None
    """Where events are posted to; its `api_key` signs them."""
    telemetry: TelemetrySettings
    notices: tuple[Notice, ...] = ()
    """Warnings for whoever wrote the file."""
    abilities: Mapping[str, Ability] = {}
    """Of endpoints whose answers were calibrated, by id: the content of `routing.calibration`."""

    @property
    def keyring(self) -> Path | None:
        """The file of stored keys; `None` where they are in memory, as the ledger is."""
        return keyring_beside(self.ledger)

    @property
    def terms(self) -> TermsBook:
        """What tenants and keys are granted."""
        return TermsBook(self.plans, self.tenants)

    @property
    def needs_key(self) -> bool:
        """True where callers at this machine need a key, too."""
        return bool(self.keys) or keys_are_stored(self.ledger)

    @property
    def wants_embedded(self) -> bool:
        """True where the embedded model is to be started if it is installed.

        `embedded.enabled` tells whether its absence is an error (`True`) or fine (`"auto"`).
        """
        if self.embedded.enabled == "auto":
            here = (*self.endpoints, *(engine.endpoint for engine in self.engines))
            chats = (endpoint for endpoint in here if endpoint.does is Does.CHAT)
            return all(endpoint.zone is not Zone.LOCAL for endpoint in chats)
        return self.embedded.enabled
