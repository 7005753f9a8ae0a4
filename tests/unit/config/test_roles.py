"""[tasks] and [[roles]]: what is wrong with them, and the team that comes of them."""

from __future__ import annotations

import pytest

from gilmok.composition.devteam import team
from gilmok.config import diff
from gilmok.core.request import Urgency
from tests.unit.config.conftest import Checker, Loader

HERE = """
[[endpoints]]
id = "big"
provider = "vllm"
base_url = "http://127.0.0.1:9/v1"
model = "m-big"
"""
NO_OLLAMA = "[discovery]\nollama = false\n"


def roles(*names: str, **models: str) -> str:
    return "".join(
        f'[[roles]]\nname = "{name}"\nmodel = "{models.get(name, "big")}"\n' for name in names
    )


def errors(checked: Checker, text: str, locale: str = "en") -> list[str]:
    return [e.message(locale).partition(": ")[2] for e in checked(NO_OLLAMA + HERE + text).errors]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (roles("a", "a"), "roles[1].name"),
        (roles("a") + 'tasks = ["x", "x"]', "roles[0].tasks"),
        (roles("a") + 'tasks = ["X"]', "roles[0].tasks[0]"),
        (roles("a") + 'tasks = ["x"]\n' + roles("b") + 'tasks = ["y", "x"]', "roles[1].tasks[1]"),
        (roles("a") + 'lighter = "b"', "roles[0].lighter"),
        (roles("a") + '[tasks]\ndefault = "b"', "tasks.default"),
        ('[tasks]\ndefault = "b"', "tasks.default"),
        (roles("a", a="bigg"), "roles[0].model"),
        (roles("a") + "memory_gb = 0", "roles[0].memory_gb"),
        ("[tasks]\nbatch_concurrency = 0", "tasks.batch_concurrency"),
        ("[tasks]\nbatch_itms = 1", "tasks.batch_itms"),
    ],
)
def test_what_is_wrong_is_named(checked: Checker, text: str, at: str) -> None:
    found = errors(checked, text)
    assert [message.partition(": ")[0] for message in found] == [at]
    assert errors(checked, text, "ko") != found


@pytest.mark.parametrize(
    "model", ["big", "m-big", "gilmok/big", "auto", "cheap", "auto:0.3", "embedded", "ollama:x"]
)
def test_what_a_role_may_name(checked: Checker, model: str) -> None:
    assert not errors(checked, roles("a", a=model))


def test_an_unknown_model_may_be_ollamas(checked: Checker) -> None:
    report = checked(HERE + roles("a", a="qwen3:14b"))
    assert report.valid
    (notice,) = report.notices
    assert notice.key == "roles[0].model"
    assert "Ollama" in notice.message("ko")


def test_engines_are_meant_too(checked: Checker) -> None:
    engine = '[[engines]]\nid = "coder"\ndriver = "vllm"\nmodel = "org/m"\nmemory_gb = 2\n'
    text = engine + roles("a", "b", a="coder", b="org/m")
    assert not [e for e in errors(checked, text) if e.startswith("roles")]


def test_the_usual_roles_bring_their_tasks_along(config: Loader) -> None:
    found = team(config(HERE + roles("architect", "coder", "reviewer")))
    assert [(r.name, r.agent, r.model, len(r.tasks)) for r in found.roles] == [
        ("architect", "Architect", "big", 5),
        ("coder", "Coder", "big", 6),
        ("reviewer", "Reviewer", "big", 6),
    ]
    assert found.role_for("strategy", Urgency.CRITICAL).name == "coder"


def test_what_is_written_counts(config: Loader) -> None:
    text = (
        HERE
        + roles("architect", architect="gilmok/big")
        + 'agent = "Chief"\nrole = ""\nkeeps = []\nmemory_gb = 7\n'
        + roles("coder")
        + 'tasks = ["plan", "type"]\nlighter = "architect"\n'
        + roles("writer")
        + '[tasks]\ndefault = "writer"\n'
    )
    found = team(config(text))
    chief, coder, writer = found.roles
    assert (chief.agent, chief.title, chief.model, chief.memory_gb) == ("Chief", "", "big", 7.0)
    assert "plan" not in chief.tasks
    assert found.role_for("plan", Urgency.NORMAL) is coder
    assert found.role_for("design", Urgency.CRITICAL) is coder
    assert found.role_for("anything", Urgency.NORMAL) is writer
    assert (writer.agent, writer.tasks, writer.lighter) == ("Writer", (), None)


def test_a_changed_role_is_named_after_a_reload(config: Loader) -> None:
    before, after = config(HERE + roles("a", "b")), config(HERE + roles("b", "c", b="m-big"))
    assert {(c.key, c.kind, c.needs_restart) for c in diff(before, after)} == {
        ("roles.a", "removed", False),
        ("roles.b", "changed", False),
        ("roles.c", "added", False),
    }
