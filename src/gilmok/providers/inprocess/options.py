"""What the operator decides about work in this process."""

from __future__ import annotations

from msgspec import Struct


class Options(Struct, frozen=True, kw_only=True):
    device: str = "auto"
    """Of sentence-transformers models: `auto`, `cpu` or `cuda`."""
    half_precision: bool = True
    """On a GPU only."""
