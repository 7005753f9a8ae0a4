"""Endpoints that are looked for when the gateway starts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gilmok.build import gateway, load_settings
from gilmok.core.endpoint import EndpointState
from gilmok.core.errors import ConfigError
from tests.unit.engines.conftest import fake_settings


async def test_an_ollama_address_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    file = tmp_path / "gilmok.toml"
    file.write_text(
        '[embedded]\nenabled = false\n[ledger]\npath = ":memory:"\n'
        '[discovery]\nenvironment_keys = false\nollama_url = "https://127.1/"\n'
    )
    with pytest.raises(ConfigError, match=r"discovery\.ollama_url"):
        async with gateway(load_settings(file)):
            pass


async def test_the_embedded_model_is_loading_until_it_is_ready_and_not_down(tmp_path: Path) -> None:
    """Nobody listens at its address yet, which a health check took for the end of it. That round of
    checks is over once the endpoint beside it is known to be down."""
    fake = fake_settings(tmp_path, {"deaf": True}, 60.0)
    file = tmp_path / "gilmok.toml"
    file.write_text(
        f"""
[embedded]
enabled = true
server_path = "{fake.server}"
model_path = "{fake.weights}"
[ledger]
path = ":memory:"
[discovery]
ollama = false
environment_keys = false
[health]
interval_s = 1
[[endpoints]]
id = "nobody"
provider = "vllm"
base_url = "http://127.0.0.1:9/v1"
model = "m"
"""
    )
    async with gateway(load_settings(file)) as running, asyncio.timeout(30):
        registry = running.models.registry
        states = {"nobody": EndpointState.UNKNOWN}
        while states["nobody"] is not EndpointState.DOWN:
            await asyncio.sleep(0.01)
            states = {s.endpoint.id: s.state for s in registry.snapshot()}
        assert states["embedded"] is EndpointState.LOADING
