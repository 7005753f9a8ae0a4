"""Providers: how each of them is asked, read, reached and proved to be where it says.

`catalogue` is the data, `dialect` encodes, `upstream_for` converses, `check`, `models` and
`discover_ollama` look without a word of any caller. See docs/providers.md.
"""

from gilmok.providers.probe import Model, check, discover_ollama, models
from gilmok.providers.registry import (
    WIRES,
    catalogue,
    dialect,
    unsupported,
    upstream_for,
)
from gilmok.providers.transport import HttpUpstream
from gilmok.providers.webhook import Webhook
from gilmok.providers.zones import prove

__all__ = [
    "WIRES",
    "HttpUpstream",
    "Model",
    "Webhook",
    "catalogue",
    "check",
    "dialect",
    "discover_ollama",
    "models",
    "prove",
    "unsupported",
    "upstream_for",
]
