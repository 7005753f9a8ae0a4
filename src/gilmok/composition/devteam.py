"""The development team's router, from its settings."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from gilmok.composition.world import World
from gilmok.config import RoleSettings, Settings
from gilmok.core.endpoint import Snapshot
from gilmok.pipeline import Pipeline
from gilmok.state import BatchBounds, BatchStore
from gilmok.surfaces.routes import Handler
from gilmok.surfaces.tasks.batch_runs import Ask, BatchPolicy, BatchRuns
from gilmok.surfaces.tasks.batches import BatchRoutes
from gilmok.surfaces.tasks.roles import CODER, USUAL, Role, Team
from gilmok.surfaces.tasks.routes import Footprint, TaskPolicy, Tasks, unmeasured

_USUAL = {role.name: role for role in USUAL}


class DevTeam:
    """What of it outlives a change of settings: batches that run, and those that are remembered."""

    def __init__(
        self,
        world: World,
        ask: Ask,
        fleet: Callable[[], Snapshot],
        footprint: Footprint = unmeasured,
    ) -> None:
        """`ask`: the gateway itself, as it is configured at that moment."""
        self._world = world
        self._fleet = fleet
        self._footprint = footprint
        self._store = BatchStore(world.clock, BatchBounds())
        self._runs = BatchRuns(self._store, ask, world.clock, BatchPolicy())

    async def __aenter__(self) -> Self:
        await self._runs.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runs.__aexit__(kind, error, trace)

    def handlers(self, settings: Settings, pipeline: Pipeline) -> dict[str, Handler]:
        """Takes new settings. What is under way ends as it began."""
        chosen, deadline_s = settings.tasks, settings.server.deadline_s
        self._store.bounds = BatchBounds(
            ttl_s=chosen.batch_ttl_s,
            max_entries=chosen.batch_kept,
            max_bytes=chosen.batch_max_bytes,
        )
        self._runs.policy = BatchPolicy(concurrency=chosen.batch_concurrency, patience_s=deadline_s)
        tasks = Tasks(
            pipeline=pipeline,
            fleet=self._fleet,
            memory=self._world.memory,
            clock=self._world.clock,
            policy=TaskPolicy(team=team(settings), deadline_s=deadline_s),
            footprint=self._footprint,
        )
        batches = BatchRoutes(
            pipeline=pipeline,
            store=self._store,
            runs=self._runs,
            ids=self._world.ids,
            most=chosen.batch_items,
        )
        return {
            "task": tasks.task,
            "architect": tasks.architect,
            "coder": tasks.coder,
            "reviewer": tasks.reviewer,
            "batch": batches.post,
            "batch_state": batches.state,
            "cancel_batch": batches.cancel,
            "team": tasks.team,
            "memory": tasks.memory,
        }


def team(settings: Settings) -> Team:
    """The configured roles. Explicit tasks count before the usual ones of another role."""
    names = {written.name for written in settings.roles}
    taken = {task for written in settings.roles for task in written.tasks or ()}
    roles = [_role(written, names, taken) for written in settings.roles]
    return Team(roles, settings.tasks.default)


def _role(written: RoleSettings, names: set[str], taken: set[str]) -> Role:
    """As written; what is not, as usual for a role of that name."""
    plain = Role(name=written.name, agent=_capital(written.name), model=written.model)
    usual = _USUAL.get(written.name, plain)
    tasks = written.tasks
    if tasks is None:
        tasks = tuple(task for task in usual.tasks if task not in taken)
    lighter = written.lighter or (usual.lighter if CODER in names else None)
    return replace(
        usual,
        model=written.model.removeprefix("gilmok/"),
        agent=written.agent or usual.agent,
        tasks=tasks,
        title=usual.title if written.role is None else written.role,
        description=usual.description if written.description is None else written.description,
        lighter=lighter,
        keeps=usual.keeps if written.keeps is None else written.keeps,
        memory_gb=written.memory_gb,
        context_length=written.context_length,
    )


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
