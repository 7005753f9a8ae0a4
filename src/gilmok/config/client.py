"""What a client of a gateway, such as the command line, finds in the environment."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from gilmok.core.text import Secret

KEY_VARIABLE = "GILMOK_API_KEY"
ADMIN_KEY_VARIABLE = "GILMOK_ADMIN_KEY"


def client_key(environ: Mapping[str, str] = os.environ) -> Secret | None:
    """The key to show to a gateway; `None` where there is none."""
    value = environ.get(KEY_VARIABLE, "").strip()
    return Secret(value) if value else None


def admin_key(environ: Mapping[str, str] = os.environ) -> Secret | None:
    """The admin key to show to a gateway; `None` where there is none."""
    value = environ.get(ADMIN_KEY_VARIABLE, "").strip()
    return Secret(value) if value else None


def variables_set(names: Iterable[str], environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Those of the variables that hold something, in the order given. Never what they hold."""
    return tuple(name for name in names if environ.get(name, "").strip())
