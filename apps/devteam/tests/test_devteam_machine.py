"""The configuration that makes a gateway swap: the gateway's own loader reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gilmok.build import load_settings
from gilmok_devteam.machine import MACHINES, SETS, ModelSet, configuration
from gilmok_devteam.roles import ROLES


@pytest.fixture(params=SETS)
def models(request: pytest.FixtureRequest) -> ModelSet:
    name: ModelSet = request.param
    return name


def test_the_gateway_reads_it(models: ModelSet, tmp_path: Path) -> None:
    machine = MACHINES[models]
    gguf = tmp_path / 'a "quoted" 모델.gguf'
    gguf.write_bytes(b"GGUF")
    config = tmp_path / "gilmok.toml"
    text = configuration(machine, {role.id: gguf for role in ROLES}, tmp_path / "l.db", 1)
    config.write_text(text, encoding="utf-8")
    settings = load_settings(config)
    engines = {engine.id: engine for engine in settings.engines}
    assert set(engines) == {role.id for role in ROLES}
    assert {engine.options.model for engine in engines.values()} == {str(gguf)}


def test_the_architect_fills_the_memory_and_the_others_share_it(models: ModelSet) -> None:
    machine = MACHINES[models]
    sizes = {engine.role: engine.memory_gb for engine in machine.engines}
    assert [e.role for e in machine.engines if e.exclusive] == ["architect"]
    assert max(sizes.values()) <= machine.ram_gb
    assert sizes["architect"] + min(sizes["coder"], sizes["reviewer"]) > machine.ram_gb
    assert sizes["coder"] + sizes["reviewer"] <= machine.ram_gb
