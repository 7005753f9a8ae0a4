"""Settings: what the gateway runs on, resolved, checked and frozen."""

from __future__ import annotations

from msgspec import Struct

from gilmok.config.problems import Notice
from gilmok.config.schema import (
    BreakerSettings,
    CacheSettings,
    DiscoverySettings,
    DispatchSettings,
    EmbeddedSettings,
    HealthSettings,
    KeySettings,
    LedgerSettings,
    PrivacySettings,
    RoutingSettings,
    ServerSettings,
    TelemetrySettings,
)
from gilmok.core.endpoint import Endpoint, Zone


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
    keys: tuple[KeySettings, ...]
    privacy: PrivacySettings
    routing: RoutingSettings
    dispatch: DispatchSettings
    breaker: BreakerSettings
    health: HealthSettings
    cache: CacheSettings
    ledger: LedgerSettings
    telemetry: TelemetrySettings
    notices: tuple[Notice, ...] = ()
    """Warnings for whoever wrote the file."""

    @property
    def wants_embedded(self) -> bool:
        """True where the embedded model is to be started if it is installed.

        `embedded.enabled` tells whether its absence is an error (`True`) or fine (`"auto"`).
        """
        if self.embedded.enabled == "auto":
            return all(endpoint.zone is not Zone.LOCAL for endpoint in self.endpoints)
        return self.embedded.enabled
