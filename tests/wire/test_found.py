"""Endpoints that are looked for when the gateway starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from gilmok.build import gateway, load_settings
from gilmok.core.errors import ConfigError


async def test_an_ollama_address_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    file = tmp_path / "gilmok.toml"
    file.write_text(
        '[embedded]\nenabled = false\n[ledger]\npath = ":memory:"\n'
        '[discovery]\nenvironment_keys = false\nollama_url = "https://127.1/"\n'
    )
    with pytest.raises(ConfigError, match=r"discovery\.ollama_url"):
        async with gateway(load_settings(file)):
            pass
