"""The whole file."""

from __future__ import annotations

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
    KeySettings,
    LimitSettings,
    PlanSettings,
    TenantSettings,
)
from gilmok.config.schema.choosing import (
    InjectionSettings,
    PrivacySettings,
    RoutingSettings,
    StrategySettings,
)
from gilmok.config.schema.endpoints import EndpointSettings
from gilmok.config.schema.engines import EngineOptions, MemorySettings
from gilmok.config.schema.recording import (
    EventSettings,
    FeedbackSettings,
    LedgerSettings,
    TelemetrySettings,
)
from gilmok.config.schema.section import Section
from gilmok.config.schema.server import (
    DiscoverySettings,
    EmbeddedSettings,
    NetworkSettings,
    ServerSettings,
)
from gilmok.config.schema.services import ServiceSettings
from gilmok.config.schema.tasks import RoleSettings, TaskSettings


class ConfigFile(Section):
    """The whole file."""

    server: ServerSettings = ServerSettings()
    embedded: EmbeddedSettings = EmbeddedSettings()
    discovery: DiscoverySettings = DiscoverySettings()
    network: NetworkSettings = NetworkSettings()
    endpoints: tuple[EndpointSettings, ...] = ()
    memory: MemorySettings = MemorySettings()
    engines: tuple[EngineOptions, ...] = ()
    plans: tuple[PlanSettings, ...] = ()
    tenants: tuple[TenantSettings, ...] = ()
    limits: LimitSettings = LimitSettings()
    keys: tuple[KeySettings, ...] = ()
    admin: AdminSettings = AdminSettings()
    privacy: PrivacySettings = PrivacySettings()
    injection: InjectionSettings = InjectionSettings()
    routing: RoutingSettings = RoutingSettings()
    strategies: StrategySettings = StrategySettings()
    services: ServiceSettings = ServiceSettings()
    tasks: TaskSettings = TaskSettings()
    roles: tuple[RoleSettings, ...] = ()
    dispatch: DispatchSettings = DispatchSettings()
    validation: ValidationSettings = ValidationSettings()
    output: OutputSettings = OutputSettings()
    breaker: BreakerSettings = BreakerSettings()
    health: HealthSettings = HealthSettings()
    cache: CacheSettings = CacheSettings()
    idempotency: IdempotencySettings = IdempotencySettings()
    feedback: FeedbackSettings = FeedbackSettings()
    ledger: LedgerSettings = LedgerSettings()
    events: EventSettings = EventSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
