"""Which role does a task. Pure: a table, and two rules.

    task_type → role → model; where it is critical, a lighter role, except for what the role keeps

The usual three are those of the development team's own document. Where no role is configured, the
endpoints decide: those that are called like the usual roles, or have their models, are the roles;
without any, the gateway chooses as it does for `auto`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.endpoint import Snapshot
from gilmok.core.errors import RoleNotFound
from gilmok.core.request import Urgency


class Role(Struct, frozen=True, kw_only=True):
    name: str
    agent: str
    """What answers call it."""
    model: str
    """An endpoint's id, a model's name, or a preference: as in a chat request's `model`."""
    tasks: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    lighter: str | None = None
    """The role that does its critical tasks."""
    keeps: tuple[str, ...] = ()
    """Tasks it does itself even where they are critical."""
    memory_gb: float | None = None
    context_length: int | None = None


AUTO: Final = Role(name="auto", agent="auto", model="auto")
"""Where there are no roles: the gateway chooses."""

ARCHITECT: Final = "architect"
CODER: Final = "coder"
REVIEWER: Final = "reviewer"

USUAL: Final = (
    Role(
        name=ARCHITECT,
        agent="Architect",
        model="qwen3-coder-next:q4_K_M",
        tasks=("plan", "design", "architecture", "requirements", "strategy"),
        title="설계자 (Planner)",
        description="요구사항 분석, 아키텍처 설계, 장기 컨텍스트 추론",
        lighter=CODER,
        keeps=("plan", "design", "architecture"),
    ),
    Role(
        name=CODER,
        agent="Coder",
        model="qwen3-coder:32b",
        tasks=("code", "implement", "refactor", "fix", "feature", "optimize"),
        title="개발자 (Dev1)",
        description="코드 구현, 리팩터링, 기능 개발",
    ),
    Role(
        name=REVIEWER,
        agent="Reviewer",
        model="qwen3:14b",
        tasks=("review", "test", "qa", "validate", "debug", "summary"),
        title="검수자/테스터 (Dev2/Tester)",
        description="코드 리뷰, 테스트 작성, 버그 지적",
    ),
)
"""Who they are where nobody says otherwise, and whose models they have where none is configured."""

DIRECT: Final = {ARCHITECT: "design", CODER: "code", REVIEWER: "review"}
"""The kind of task that each of the usual roles does where it is asked by its own path."""


class Team:
    """The roles, and who does what. A task that two of them list is the first one's."""

    def __init__(self, roles: Iterable[Role], default: str | None = None) -> None:
        """`default`: the role of tasks that nobody lists; the architect, else the first role, where
        none is named."""
        self.roles: Final = tuple(roles)
        self._by_name = {role.name: role for role in self.roles}
        self._by_task: dict[str, Role] = {}
        for role in self.roles:
            for task in role.tasks:
                self._by_task.setdefault(task, role)
        first = self.roles[0] if self.roles else AUTO
        self._default = self._by_name.get(default or ARCHITECT, first)

    @property
    def rules(self) -> Mapping[str, Role]:
        """By task."""
        return self._by_task

    def role_for(self, task: str, urgency: Urgency) -> Role:
        role = self._by_task.get(task, self._default)
        if urgency is Urgency.CRITICAL and role.lighter and task not in role.keeps:
            return self._by_name.get(role.lighter, role)
        return role

    def called(self, name: str) -> Role:
        """Raises `RoleNotFound`. Without any roles, everybody is the gateway's own choice."""
        if not self.roles:
            return AUTO
        role = self._by_name.get(name)
        if role is None:
            raise RoleNotFound(name)
        return role


def team_here(fleet: Snapshot) -> Team:
    """The team that is there without being configured. An endpoint's own id counts before a model
    of the usual name."""
    found = []
    for role in USUAL:
        for name in (role.name, role.model):
            if fleet.named(name):
                found.append(replace(role, model=name))
                break
    return Team(found)
