"""The configuration file: every section and option with its type, default, bounds and reason.

This is the one place an option is declared. `config.example.toml` and `docs/configuration.md` are
generated from these classes (`reference.py`), and the errors a user reads are worded from the same
bounds (`wording.py`), so the three cannot disagree.

The classes are frozen and hold what the file says; `load.py` resolves it into `Settings`.
"""

from gilmok.config.schema.asking import (
    BreakerSettings,
    CacheSettings,
    DispatchSettings,
    HealthSettings,
    IdempotencySettings,
    OutputSettings,
    ValidationSettings,
)
from gilmok.config.schema.callers import (
    AdminSettings,
    CapSettings,
    KeySettings,
    LimitSettings,
    PaceSettings,
    PlanSettings,
    TenantSettings,
)
from gilmok.config.schema.choosing import (
    InjectionSettings,
    PrivacySettings,
    RoutingSettings,
    StrategySettings,
    Weights,
)
from gilmok.config.schema.endpoints import EndpointSettings
from gilmok.config.schema.engines import DEVICE, RUNPOD, EngineOptions, MemorySettings
from gilmok.config.schema.file import ConfigFile
from gilmok.config.schema.recording import (
    EventSettings,
    FeedbackSettings,
    LedgerSettings,
    TelemetrySettings,
)
from gilmok.config.schema.section import IDENTIFIER, PATH, SHA256, Section
from gilmok.config.schema.server import (
    DiscoverySettings,
    EmbeddedSettings,
    NetworkSettings,
    ServerSettings,
)
from gilmok.config.schema.services import BUCKET, ServiceSettings
from gilmok.config.schema.tasks import TASK, RoleSettings, TaskSettings

__all__ = [
    "BUCKET",
    "DEVICE",
    "IDENTIFIER",
    "PATH",
    "RUNPOD",
    "SHA256",
    "TASK",
    "AdminSettings",
    "BreakerSettings",
    "CacheSettings",
    "CapSettings",
    "ConfigFile",
    "DiscoverySettings",
    "DispatchSettings",
    "EmbeddedSettings",
    "EndpointSettings",
    "EngineOptions",
    "EventSettings",
    "FeedbackSettings",
    "HealthSettings",
    "IdempotencySettings",
    "InjectionSettings",
    "KeySettings",
    "LedgerSettings",
    "LimitSettings",
    "MemorySettings",
    "NetworkSettings",
    "OutputSettings",
    "PaceSettings",
    "PlanSettings",
    "PrivacySettings",
    "RoleSettings",
    "RoutingSettings",
    "Section",
    "ServerSettings",
    "ServiceSettings",
    "StrategySettings",
    "TaskSettings",
    "TelemetrySettings",
    "TenantSettings",
    "ValidationSettings",
    "Weights",
]
