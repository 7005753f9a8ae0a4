"""`POST /route`, `/architect`, `/coder` and `/reviewer`; `GET /models` and `/memory`."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.endpoint import Snapshot, Standing
from gilmok.core.errors import AnswerUnusable, StreamBroken, UnsupportedMediaType
from gilmok.core.identity import Caller, Permit
from gilmok.core.memory import ReadMemory
from gilmok.core.ports import Clock
from gilmok.core.request import Request, Urgency
from gilmok.passage import Passage
from gilmok.pipeline import Pipeline
from gilmok.surfaces import headers
from gilmok.surfaces.chat import answer_headers, caller_of, is_json
from gilmok.surfaces.chat_request import target
from gilmok.surfaces.routes import Turn
from gilmok.surfaces.tasks.answering import Answered, Arrival, request_of
from gilmok.surfaces.tasks.roles import ARCHITECT, CODER, DIRECT, REVIEWER, Role, Team, team_here
from gilmok.surfaces.tasks.wire import (
    GIB,
    LLMRequest,
    LLMResponse,
    MemoryInfo,
    TeamModel,
    TeamModels,
    read_task,
    timestamp,
)

_JSON = "application/json"
_encode = msgspec.json.Encoder().encode

Footprint = Callable[[str], int | None]
"""Bytes that the engine of an endpoint holds, as measured; `None` where nobody measured."""


def unmeasured(endpoint_id: str) -> int | None:
    """A `Footprint` where the gateway runs no engines."""
    return None


class TaskPolicy(Struct, frozen=True, kw_only=True):
    team: Team
    """Without roles the endpoints decide: see `roles.team_here`."""
    deadline_s: float


class Tasks:
    def __init__(
        self,
        *,
        pipeline: Pipeline,
        fleet: Callable[[], Snapshot],
        memory: ReadMemory,
        clock: Clock,
        policy: TaskPolicy,
        footprint: Footprint = unmeasured,
    ) -> None:
        self._pipeline = pipeline
        self._fleet = fleet
        self._memory = memory
        self._clock = clock
        self._policy = policy
        self._footprint = footprint

    async def task(self, turn: Turn) -> None:
        """The role is the table's choice."""
        await self._answer(turn, None)

    async def architect(self, turn: Turn) -> None:
        await self._answer(turn, ARCHITECT)

    async def coder(self, turn: Turn) -> None:
        await self._answer(turn, CODER)

    async def reviewer(self, turn: Turn) -> None:
        await self._answer(turn, REVIEWER)

    async def team(self, turn: Turn) -> None:
        caller = caller_of(self._pipeline, turn.http)
        fleet = self._fleet()
        _send(turn, _encode(_models(self._team(fleet), fleet, caller, self._footprint)))

    async def memory(self, turn: Turn) -> None:
        caller_of(self._pipeline, turn.http)
        now = self._memory()
        body = MemoryInfo(
            total_gb=now.total / GIB,
            used_gb=now.used / GIB,
            available_gb=now.available / GIB,
            percent_used=now.percent,
        )
        _send(turn, _encode(body))

    def _team(self, fleet: Snapshot) -> Team:
        return self._policy.team if self._policy.team.roles else team_here(fleet)

    async def _answer(self, turn: Turn, named: str | None) -> None:
        """`named`: the role that was asked by its own path; else the table chooses."""
        began = self._clock.monotonic()
        http = turn.http
        caller = caller_of(self._pipeline, http)
        with self._pipeline.admit(caller) as permit:
            if not is_json(http):
                raise UnsupportedMediaType
            task = read_task(http.body)
            fleet = self._fleet()
            urgency = _urgency(task, http.headers)
            word, role = self._chosen(task, named, urgency, self._team(fleet))
            arrival = Arrival(
                decision_id=turn.decision_id,
                received_at=self._clock.wall(),
                deadline=began + headers.seconds_allowed(http.headers, self._policy.deadline_s),
                locale=turn.locale,
                word=word,
                urgency=urgency,
            )
            request = _within_reach(request_of(task, role, fleet, arrival), http.headers)
            if (name := headers.user(http.headers)) is not None:
                caller = self._pipeline.name_user(caller, name, permit)
            await self._carry_out(turn, request, caller, permit, role, began)

    def _chosen(
        self, task: LLMRequest, named: str | None, urgency: Urgency, team: Team
    ) -> tuple[str, Role]:
        """The kind of task, and who does it. Raises `RoleNotFound`."""
        if named is not None:
            return DIRECT[named], team.called(named)
        word = task.task_type.lower()
        return word, team.role_for(word, urgency)

    async def _carry_out(
        self,
        turn: Turn,
        request: Request,
        caller: Caller,
        permit: Permit,
        role: Role,
        began: float,
    ) -> None:
        answered = Answered()
        try:
            async with self._pipeline.answer(request, caller) as passage:
                async for batch in passage.events():
                    for event in batch:
                        answered.add(event)
                text = answered.text
            fields = answer_headers(passage, _JSON, permit, cost=passage.cost)
        except StreamBroken as error:
            raise AnswerUnusable(error.reason) from error
        body = LLMResponse(
            model=self._model_of(passage),
            agent=role.agent,
            response=text,
            tokens_generated=answered.tokens,
            latency_ms=round((self._clock.monotonic() - began) * 1000, 3),
            memory_used_gb=self._measured_gb(passage),
            timestamp=timestamp(self._clock.wall()),
        )
        turn.reply.send(200, fields, _encode(body))

    def _model_of(self, passage: Passage) -> str:
        """A kept answer knows its endpoint only."""
        meant = self._fleet().named(passage.endpoint_id or "") if passage.hit else ()
        return meant[0].endpoint.model if meant else passage.model

    def _measured_gb(self, passage: Passage) -> float:
        held = self._footprint(passage.endpoint_id or "")
        return 0.0 if held is None else round(held / GIB, 3)


def _urgency(task: LLMRequest, fields: headers.Fields) -> Urgency:
    """The body's counts, where it says more than normal."""
    said = headers.urgency(fields)
    return said if task.urgency is Urgency.NORMAL else task.urgency


def _within_reach(request: Request, fields: headers.Fields) -> Request:
    """With what the headers say of the cache, as of a chat request."""
    if headers.CACHE not in fields and headers.CACHE_TAGS not in fields:
        return request
    reach, tags = headers.cache_reach(fields), headers.cache_tags(fields)
    return replace(request, cache=reach, cache_tags=tags)


def _models(team: Team, fleet: Snapshot, caller: Caller, footprint: Footprint) -> TeamModels:
    """The roles whose models the caller may use; what is asked of the others is refused anyway."""
    shown = []
    for role in team.roles:
        meant = fleet.named(role.model)
        if usable := [s for s in meant if caller.may_use(s.endpoint, s.zone)]:
            shown.append(_model(role, usable[0], footprint))
        elif not meant and (_chooses(role) or (caller.endpoints is caller.models is None)):
            shown.append(_model(role, None, footprint))
    names = {model.type for model in shown}
    return TeamModels(
        models=shown,
        total=len(shown),
        routing_rules={t: r.model for t, r in team.rules.items() if r.name in names},
    )


def _chooses(role: Role) -> bool:
    """True where the role has no model of its own, but a preference."""
    return target(role.model).name is None


def _model(role: Role, standing: Standing | None, footprint: Footprint) -> TeamModel:
    endpoint = None if standing is None else standing.endpoint
    measured = None if endpoint is None else footprint(endpoint.id)
    known_gb = 0.0 if measured is None else round(measured / GIB, 3)
    context = role.context_length or (endpoint.context if endpoint else 0)
    return TeamModel(
        model=role.model,
        name=role.agent,
        role=role.title,
        memory_gb=known_gb if role.memory_gb is None else role.memory_gb,
        type=role.name,
        description=role.description,
        context_length=context,
    )


def _send(turn: Turn, body: bytes) -> None:
    turn.reply.send(200, [headers.JSON, *headers.named(turn.decision_id)], body)
