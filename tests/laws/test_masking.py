"""Masking is undone without a difference: the short form of `fuzz/masking.py`."""

from __future__ import annotations

import re

import pytest

from gilmok.guard import mask
from tests.laws.masking import attack

SEED = 20261122


def test_no_cutting_in_any_dialect_makes_a_difference() -> None:
    assert attack(SEED, range(400)) == []


def test_the_attack_sees_a_tail_that_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mask.Unmasking, "_possible_start", lambda self, text: 0)
    assert any("came back changed" in wrong for wrong in attack(SEED, range(60)))


def test_the_attack_sees_what_is_held_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mask.Unmasking, "_possible_start", lambda self, text: min(len(text), 3))
    assert any("longer than needed" in wrong for wrong in attack(SEED, range(60)))


def test_the_attack_sees_a_placeholder_that_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mask._Names, "_TAKEN", re.compile(r"(?!)"))
    assert any("stood in the conversation" in wrong for wrong in attack(SEED, range(60)))
