"""The table of tasks, by itself: the document's own, and others."""

from __future__ import annotations

import pytest
from tests.unit.nouns import endpoint

from gilmok.core.endpoint import Snapshot, Standing
from gilmok.core.errors import RoleNotFound
from gilmok.core.request import Urgency
from gilmok.surfaces.tasks.roles import AUTO, USUAL, Role, Team, team_here

DOCUMENT = {
    "qwen3-coder-next:q4_K_M": "plan design architecture requirements strategy",
    "qwen3-coder:32b": "code implement refactor fix feature optimize",
    "qwen3:14b": "review test qa validate debug summary",
}
TABLE = {task: model for model, tasks in DOCUMENT.items() for task in tasks.split()}


def by_the_document(task: str, urgency: str) -> str:
    """What the document's `select_model` does."""
    model = TABLE.get(task, "qwen3-coder-next:q4_K_M")
    kept = task in ("plan", "design", "architecture")
    if urgency == "critical" and model == "qwen3-coder-next:q4_K_M" and not kept:
        return "qwen3-coder:32b"
    return model


@pytest.mark.parametrize("urgency", Urgency)
@pytest.mark.parametrize("task", [*TABLE, "general", "nonsense"])
def test_the_usual_team_chooses_as_the_document_does(task: str, urgency: Urgency) -> None:
    assert Team(USUAL).role_for(task, urgency).model == by_the_document(task, urgency)


def role(name: str, *tasks: str, lighter: str | None = None, keeps: tuple[str, ...] = ()) -> Role:
    return Role(name=name, agent=name, model=f"m-{name}", tasks=tasks, lighter=lighter, keeps=keeps)


def test_other_roles_follow_the_same_two_rules() -> None:
    team = Team(
        [role("big", "think", "dream", lighter="small", keeps=("dream",)), role("small", "type")]
    )
    chosen = {
        (task, urgency): team.role_for(task, urgency).name
        for task in ("think", "dream", "type", "other")
        for urgency in (Urgency.HIGH, Urgency.CRITICAL)
    }
    assert chosen == {
        ("think", Urgency.HIGH): "big",
        ("think", Urgency.CRITICAL): "small",
        ("dream", Urgency.HIGH): "big",
        ("dream", Urgency.CRITICAL): "big",
        ("type", Urgency.HIGH): "small",
        ("type", Urgency.CRITICAL): "small",
        ("other", Urgency.HIGH): "big",
        ("other", Urgency.CRITICAL): "small",
    }


def test_a_default_may_be_named() -> None:
    roles = [role("one"), role("architect"), role("three")]
    assert Team(roles).role_for("x", Urgency.NORMAL).name == "architect"
    assert Team(roles, "three").role_for("x", Urgency.NORMAL).name == "three"
    assert Team([role("one"), role("two")]).role_for("x", Urgency.NORMAL).name == "one"


def test_a_lighter_role_that_is_not_there_changes_nothing() -> None:
    assert Team(USUAL[:1]).role_for("strategy", Urgency.CRITICAL).name == "architect"


def test_without_roles_the_gateway_chooses() -> None:
    team = Team([])
    assert team.role_for("plan", Urgency.CRITICAL) is AUTO
    assert team.called("coder") is AUTO


def test_a_role_that_nobody_configured_is_not_found() -> None:
    with pytest.raises(RoleNotFound):
        Team([role("writer")]).called("coder")


def fleet(*named: tuple[str, str]) -> Snapshot:
    return Snapshot.of(*(Standing.unmeasured(endpoint(id, model=model)) for id, model in named))


@pytest.mark.parametrize(
    ("here", "found"),
    [
        ((), {}),
        ((("x", "gpt-4o"),), {}),
        ((("coder", "anything"),), {"coder": "coder"}),
        ((("ollama:qwen3:14b", "qwen3:14b"),), {"reviewer": "qwen3:14b"}),
        (
            (("a", "qwen3:14b"), ("reviewer", "other"), ("b", "qwen3-coder:32b")),
            {"coder": "qwen3-coder:32b", "reviewer": "reviewer"},
        ),
    ],
)
def test_a_team_that_nobody_configured(
    here: tuple[tuple[str, str], ...], found: dict[str, str]
) -> None:
    assert {role.name: role.model for role in team_here(fleet(*here)).roles} == found
