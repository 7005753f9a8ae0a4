"""What can be looked up: models, decisions, health, engines, metrics, the OpenAPI document."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

import msgspec
from msgspec import Struct

from gilmok import __version__
from gilmok.core.endpoint import EndpointState, Standing
from gilmok.core.engine_view import NO_ENGINES, MachineView
from gilmok.core.errors import (
    InvalidKey,
    JournalUnavailable,
    NothingAvailable,
    NotPermitted,
    RouteNotFound,
)
from gilmok.core.memory import Memory, ReadMemory
from gilmok.core.ports import Clock
from gilmok.fleet import Registry
from gilmok.ledger import Decision
from gilmok.pipeline import Pipeline
from gilmok.surfaces import headers
from gilmok.surfaces.chat import caller_of
from gilmok.surfaces.models import model_body, models_body
from gilmok.surfaces.routes import Turn
from gilmok.surfaces.tasks.wire import GIB, timestamp

_encode = msgspec.json.Encoder().encode
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"

ReadDecision = Callable[[str, str], Awaitable[Decision]]
"""By decision id and tenant. Raises `DecisionNotFound`."""


class Healthy(Protocol):
    @property
    def healthy(self) -> bool: ...


class _Endpoint(Struct, frozen=True, omit_defaults=True):
    id: str
    model: str
    zone: str
    state: str
    blocked_for_s: float
    blocked_by: str
    first_token_s: float
    tokens_per_s: float
    does: str = "chat"
    """Told of those that do anything else."""


class HealthMemory(Struct, frozen=True):
    """The machine's, as the development team's document writes it: GiB as text, percent as it is."""

    used_gb: str
    available_gb: str
    percent: float


class Health(Struct, frozen=True, kw_only=True, omit_defaults=True):
    status: str
    version: str | None = None
    journal: str | None = None
    endpoints: list[_Endpoint] | None = None
    ollama: str | None = None
    """`connected` or `disconnected`, where there is an endpoint that speaks Ollama's dialect."""
    memory: HealthMemory | None = None
    timestamp: str | None = None


class Lookups:
    def __init__(
        self,
        *,
        pipeline: Pipeline,
        registry: Registry,
        journal: Healthy,
        read_decision: ReadDecision,
        metrics: Callable[[], bytes] | None,
        openapi: bytes,
        clock: Clock,
        memory: ReadMemory,
        machine: Callable[[], MachineView] = lambda: NO_ENGINES,
    ) -> None:
        self._pipeline = pipeline
        self._registry = registry
        self._journal = journal
        self._read_decision = read_decision
        self._metrics = metrics
        self._openapi = openapi
        self._clock = clock
        self._memory = memory
        self._machine = machine
        self._created = clock.wall() // 10**9

    async def models(self, turn: Turn) -> None:
        caller = caller_of(self._pipeline, turn.http)
        fleet = self._registry.snapshot()
        _send_json(turn, models_body(fleet, caller, created=self._created))

    async def model(self, turn: Turn) -> None:
        caller = caller_of(self._pipeline, turn.http)
        fleet = self._registry.snapshot()
        _send_json(turn, model_body(turn.argument, fleet, caller, created=self._created))

    async def decision(self, turn: Turn) -> None:
        caller = caller_of(self._pipeline, turn.http)
        decision = await self._read_decision(turn.argument, caller.tenant)
        _send_json(turn, _encode(decision))

    async def metrics(self, turn: Turn) -> None:
        """Sums over all tenants: for callers who may see them."""
        caller = caller_of(self._pipeline, turn.http)
        if self._metrics is None:
            raise RouteNotFound  # [telemetry] metrics = false
        if not caller.oversees:
            raise NotPermitted("GET /metrics")
        fields = [("content-type", PROMETHEUS), *headers.named(turn.decision_id)]
        turn.reply.send(200, fields, self._metrics())

    async def engines(self, turn: Turn) -> None:
        """What this machine's engines do for all tenants: for callers who may see that."""
        caller = caller_of(self._pipeline, turn.http)
        if not caller.oversees:
            raise NotPermitted("GET /v1/engines")
        _send_json(turn, _encode(self._machine()))

    async def openapi(self, turn: Turn) -> None:
        _send_json(turn, self._openapi)

    async def live(self, turn: Turn) -> None:
        """The process answers."""
        _send_json(turn, _encode(Health(status="live")))

    async def ready(self, turn: Turn) -> None:
        """Somebody could be answered now; 503 with the reason where not."""
        if not self._journal.healthy:
            raise JournalUnavailable("see the log")
        if not any(self._can_answer(s) for s in self._registry.snapshot()):
            raise NothingAvailable("no endpoint is up", 5.0)
        _send_json(turn, _encode(Health(status="ready")))

    async def health(self, turn: Turn) -> None:
        """Everything known about the endpoints, for callers; for strangers the status only."""
        fleet = self._registry.snapshot()
        fine = self._journal.healthy and any(self._can_answer(s) for s in fleet)
        status = "ok" if fine else "degraded"
        try:
            caller = caller_of(self._pipeline, turn.http)
        except InvalidKey:
            _send_json(turn, _encode(Health(status=status)))
            return
        body = Health(
            status=status,
            version=__version__,
            journal="ok" if self._journal.healthy else "failing",
            endpoints=[self._endpoint(s) for s in fleet if caller.may_use(s.endpoint, s.zone)],
            ollama=_ollama(s for s in fleet if caller.may_use(s.endpoint, s.zone)),
            memory=_memory(self._memory()),
            timestamp=timestamp(self._clock.wall()),
        )
        _send_json(turn, _encode(body))

    def _can_answer(self, standing: Standing) -> bool:
        ready = standing.state in (EndpointState.UP, EndpointState.UNKNOWN)
        return ready and standing.blocked_until <= self._clock.monotonic()

    def _endpoint(self, standing: Standing) -> _Endpoint:
        return _Endpoint(
            standing.endpoint.id,
            standing.endpoint.model,
            standing.zone,
            standing.state.value,
            round(max(0.0, standing.blocked_until - self._clock.monotonic()), 1),
            standing.blocked_by,
            round(standing.first_token_s, 4),
            round(standing.tokens_per_s, 1),
            standing.endpoint.does.value,
        )


def _ollama(fleet: Iterable[Standing]) -> str | None:
    states = [s.state for s in fleet if s.endpoint.provider.wire == "ollama"]
    if not states:
        return None
    return "connected" if EndpointState.UP in states else "disconnected"


def _memory(now: Memory) -> HealthMemory:
    return HealthMemory(f"{now.used / GIB:.1f}", f"{now.available / GIB:.1f}", now.percent)


def _send_json(turn: Turn, body: bytes) -> None:
    turn.reply.send(200, [headers.JSON, *headers.named(turn.decision_id)], body)
