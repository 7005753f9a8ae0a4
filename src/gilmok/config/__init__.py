"""The configuration: one schema, one loader, reload that keeps the last good state.

The only room that reads environment variables.
"""

from gilmok.config.endpoints import EMBEDDED_ID, OLLAMA_PREFIX
from gilmok.config.keys import hash_key
from gilmok.config.load import Report, check, load
from gilmok.config.problems import Notice
from gilmok.config.reload import Change, Reloaded, Reloader, diff
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
    KeySettings,
    LedgerSettings,
    LimitSettings,
    NetworkSettings,
    PlanSettings,
    PrivacySettings,
    RoleSettings,
    RoutingSettings,
    ServerSettings,
    StrategySettings,
    TaskSettings,
    TelemetrySettings,
    TenantSettings,
    Weights,
)
from gilmok.config.settings import Settings
from gilmok.config.terms import TermsBook

__all__ = [
    "EMBEDDED_ID",
    "OLLAMA_PREFIX",
    "AdminSettings",
    "BreakerSettings",
    "CacheSettings",
    "Change",
    "DiscoverySettings",
    "DispatchSettings",
    "EmbeddedSettings",
    "FeedbackSettings",
    "HealthSettings",
    "IdempotencySettings",
    "KeySettings",
    "LedgerSettings",
    "LimitSettings",
    "NetworkSettings",
    "Notice",
    "PlanSettings",
    "PrivacySettings",
    "Reloaded",
    "Reloader",
    "Report",
    "RoleSettings",
    "RoutingSettings",
    "ServerSettings",
    "Settings",
    "StrategySettings",
    "TaskSettings",
    "TelemetrySettings",
    "TenantSettings",
    "TermsBook",
    "Weights",
    "check",
    "diff",
    "hash_key",
    "load",
]
