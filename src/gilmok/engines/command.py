"""What llama-server is told. Pure."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gilmok.core.endpoint import ProviderRow
from gilmok.core.engine import RAM


class EngineSettings(Struct, frozen=True, kw_only=True):
    """What runs, resolved: both files exist."""

    provider: ProviderRow
    """The catalogue's `llamacpp` row."""
    server: Path
    weights: Path
    endpoint_id: str = "embedded"
    model_id: str | None = None
    """The name clients see; `None` means the file's name without its ending."""
    context: int = 4096
    """Tokens of prompt and answer together, for each parallel request."""
    max_output: int | None = None
    """Tokens of one answer at most."""
    threads: int | None = None
    """`None`: the physical cores, at most 4."""
    parallel: int = 2
    start_timeout_s: float = 120.0
    quality: float = 0.1
    device: str | None = None
    """`ram`, or `gpu0`, `gpu1`, …; `None`: as llama-server likes."""
    gpu_layers: int | None = None
    """On a GPU: how many; `None`: all."""
    options: tuple[str, ...] = ()
    """Further ones, which win over those above."""
    environment: Mapping[str, str] = {}
    """Besides what it needs itself."""

    @property
    def model(self) -> str:
        return self.model_id or self.weights.stem


_LONGEST = 1024
"""Tokens of an answer whose caller set no bound: a tiny model that does not find its end, as in a
language it does not speak, would fill its whole context."""


def arguments(settings: EngineSettings, port: int, threads: int) -> tuple[str, ...]:
    """The command line. It holds no secret: the key travels in the environment.

    Log level 1: from level 2 on, llama-server quotes requests it cannot parse. `--cache-ram 0`: the
    default keeps 8 GiB of old prompts. The context is divided among the slots, hence the product.
    """
    return (
        str(settings.server),
        *("--model", str(settings.weights)),
        *("--alias", settings.model),
        *("--host", "127.0.0.1"),
        *("--port", str(port)),
        *("--threads", str(threads)),
        *("--threads-batch", str(threads)),
        *("--ctx-size", str(settings.context * settings.parallel)),
        *("--parallel", str(settings.parallel)),
        *("--predict", str(min(_LONGEST, settings.context // 2))),
        *("--cache-ram", "0"),
        *("--log-verbosity", "1"),
        "--no-kv-unified",
        "--no-webui",
        "--no-slots",
        "--offline",
        *_placed(settings),
        *settings.options,
    )


def _placed(settings: EngineSettings) -> tuple[str, ...]:
    """On one device. On a Mac the RAM is the GPU's as well, and nothing needs to be said."""
    if settings.device is None or (settings.device == RAM and sys.platform == "darwin"):
        return ()
    if settings.device == RAM:
        return ("--device", "none")
    layers = "999" if settings.gpu_layers is None else str(settings.gpu_layers)
    number = settings.device.removeprefix("gpu")
    return ("--gpu-layers", layers, "--split-mode", "none", "--main-gpu", number)


def environment(settings: EngineSettings, secret: str) -> dict[str, str]:
    """The whole environment: other providers' keys and LLAMA_ARG_* variables are not inherited."""
    needed = {"LLAMA_API_KEY": secret, "LD_LIBRARY_PATH": str(settings.server.parent)}
    return {**settings.environment, **needed}
