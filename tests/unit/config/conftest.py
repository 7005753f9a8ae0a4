from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gilmok.config import Report, Settings, check, load
from gilmok.core.endpoint import Capability, ProviderRow

CATALOGUE = {
    "openai": ProviderRow(
        name="openai",
        wire="openai",
        base_url="https://api.openai.com/v1",
        api_key_env="OPENAI_API_KEY",
        capabilities=frozenset({Capability.STREAM, Capability.TOOLS}),
    ),
    "anthropic": ProviderRow(
        name="anthropic",
        wire="anthropic",
        base_url="https://api.anthropic.com",
        api_key_env="ANTHROPIC_API_KEY",
        auth="x-api-key",
    ),
    "vllm": ProviderRow(name="vllm", wire="openai"),
    "llamacpp": ProviderRow(name="llamacpp", wire="openai"),
    "ollama": ProviderRow(
        name="ollama", wire="ollama", base_url="http://127.0.0.1:11434", auth="none"
    ),
}

Loader = Callable[..., Settings]
Checker = Callable[..., Report]


@pytest.fixture
def config(tmp_path: Path) -> Loader:
    """Loads a configuration written as text, with an environment of its own."""

    def load_text(text: str, environ: Mapping[str, str] | None = None) -> Settings:
        return load(_written(tmp_path, text), CATALOGUE, _environ(environ))

    return load_text


@pytest.fixture
def checked(tmp_path: Path) -> Checker:
    def check_text(text: str, environ: Mapping[str, str] | None = None) -> Report:
        return check(_written(tmp_path, text), CATALOGUE, _environ(environ))

    return check_text


def _written(directory: Path, text: str) -> Path:
    file = directory / "gilmok.toml"
    file.write_text(text, encoding="utf-8")
    return file


def _environ(environ: Mapping[str, str] | None) -> Mapping[str, str]:
    return {"HOME": "/home/somebody"} | dict(environ or {})
