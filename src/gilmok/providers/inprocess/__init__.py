"""Services that this process does itself: no socket, no key, nothing leaves the machine.

Each is an upstream like any other (`core.ports.Upstream`): what was cleared comes in as a letter,
and vectors, pictures or speech come out as events. The work runs on threads of its own.

| row | does | part | extra |
| --- | --- | --- | --- |
| `encoder` | vectors of sentences, 512 wide | universal sentence encoder | `semantic` |
| `sentence-transformers` | vectors by any model of that library | torch | `encoder-gpu` |
| `voice` | speech, Korean and English | eSpeak NG, in a process of its own | `media` |
| `cards` | drawn cards | Pillow | `media` |

A new one is a module with `begin(endpoint, options)`, a line in `kinds.KINDS` and a row.
"""

from __future__ import annotations

from msgspec import Struct

from gilmok.core.endpoint import Endpoint
from gilmok.core.ports import Dialect, Upstream
from gilmok.providers.inprocess.kinds import KINDS, Kind
from gilmok.providers.inprocess.letters import Letters
from gilmok.providers.inprocess.options import Options
from gilmok.providers.inprocess.upstream import InProcess

__all__ = [
    "KINDS",
    "WIRE",
    "InProcess",
    "Kind",
    "Options",
    "Service",
    "dialect",
    "installed",
    "missing",
    "upstream",
]

WIRE = "inprocess"
"""The wire's name in the catalogue."""
_LETTERS = Letters()
_DEFAULTS = Options()


class Service(Struct, frozen=True, kw_only=True):
    """One that is installed."""

    endpoint_id: str
    """`local-encoder`, `local-voice`, `local-cards`."""
    provider: str
    """Its row in the catalogue."""
    model: str


def installed() -> tuple[Service, ...]:
    """What can run here. Looks for packages and programs, and loads nothing."""
    return tuple(
        Service(endpoint_id=kind.endpoint_id, provider=row, model=kind.model)
        for row, kind in KINDS.items()
        if kind.endpoint_id and not kind.lacks()
    )


def missing() -> tuple[str, ...]:
    """Endpoint ids of those that cannot."""
    return tuple(k.endpoint_id for k in KINDS.values() if k.endpoint_id and k.lacks())


def dialect() -> Dialect:
    return _LETTERS


def upstream(endpoint: Endpoint, options: Options = _DEFAULTS) -> Upstream:
    """What does this endpoint's work. Raises `ValueError` for one that is none of these, or whose
    packages are not installed.
    """
    kind = KINDS.get(endpoint.provider.name)
    if kind is None or endpoint.does is not endpoint.provider.does:
        raise ValueError(f"{endpoint.provider.name} does no {endpoint.does} on this machine")
    if lacking := kind.lacks():
        raise ValueError(
            f"needs {', '.join(lacking)}, not installed: pip install 'gilmok[{kind.extra}]'"
        )
    return InProcess(endpoint, options, kind.module)
