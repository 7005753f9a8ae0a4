"""Every rule about the source holds, would notice a breach, and has no exception it does not need."""

from __future__ import annotations

import pytest
from tests.meta.rooms import RULES
from tests.meta.rule import Rule
from tests.meta.source import GATEWAY, Module

_WRONG = [(rule, snippet) for rule in RULES for snippet in rule.wrong]
_RIGHT = [(rule, snippet) for rule in RULES for snippet in rule.right]
_ALLOWED = [(rule, room) for rule in RULES for room in rule.allowed]


def _named(value: object) -> str | None:
    return value.name if isinstance(value, Rule) else None


@pytest.mark.parametrize("rule", RULES, ids=_named)
def test_holds(rule: Rule) -> None:
    broken = [finding for module in GATEWAY for finding in rule.broken_by(module)]
    assert not broken, f"{rule.reason}:\n" + "\n".join(broken)


@pytest.mark.parametrize(("rule", "snippet"), _WRONG, ids=_named)
def test_notices(rule: Rule, snippet: str) -> None:
    assert rule.broken_by(Module("gilmok.somewhere", snippet))


@pytest.mark.parametrize(("rule", "snippet"), _RIGHT, ids=_named)
def test_lets_pass(rule: Rule, snippet: str) -> None:
    assert not rule.broken_by(Module("gilmok.somewhere", snippet))


@pytest.mark.parametrize(("rule", "room"), _ALLOWED, ids=_named)
def test_exception_is_needed(rule: Rule, room: str) -> None:
    within = [module for module in GATEWAY if module.within(room)]
    assert within, f"there is no {room}"
    assert any(list(rule.find(module)) for module in within), f"{room} keeps the rule: {rule.name}"


def test_lazy_module_name_is_noticed() -> None:
    rule = next(rule for rule in RULES if rule.name == "module names")
    assert rule.broken_by(Module("gilmok.common", ""))
    assert rule.broken_by(Module("gilmok.core.utils", ""))
    assert not rule.broken_by(Module("gilmok.core.commons", ""))


def test_every_rule_has_a_reason() -> None:
    for rule in RULES:
        assert rule.reason
        assert all(rule.allowed.values())
