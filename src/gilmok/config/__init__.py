"""The configuration: one schema, one loader, reload that keeps the last good state.

The only room that reads environment variables.
"""

from gilmok.config.endpoints import EMBEDDED_ID, OLLAMA_PREFIX
from gilmok.config.keys import hash_key
from gilmok.config.load import Report, check, load
from gilmok.config.problems import Notice
from gilmok.config.reload import Change, Reloaded, Reloader, diff
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
    Weights,
)
from gilmok.config.settings import Settings

__all__ = [
    "EMBEDDED_ID",
    "OLLAMA_PREFIX",
    "BreakerSettings",
    "CacheSettings",
    "Change",
    "DiscoverySettings",
    "DispatchSettings",
    "EmbeddedSettings",
    "HealthSettings",
    "KeySettings",
    "LedgerSettings",
    "Notice",
    "PrivacySettings",
    "Reloaded",
    "Reloader",
    "Report",
    "RoutingSettings",
    "ServerSettings",
    "Settings",
    "TelemetrySettings",
    "Weights",
    "check",
    "diff",
    "hash_key",
    "load",
]
