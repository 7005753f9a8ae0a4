"""What may leave: bytes for one endpoint, and the zones they may reach.

Only `guard.clearance` constructs an `Outbound`; a meta-test reads every module's syntax tree to
hold that. Providers send nothing else.
"""

from __future__ import annotations

from msgspec import Struct

from gilmok.core.endpoint import Endpoint, Zone
from gilmok.core.text import Private


class Letter(Struct, frozen=True):
    """A request in an endpoint's dialect, before clearance has looked at its destination."""

    path: str
    """Appended to the endpoint's base URL."""
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    """Dialect headers (API version); authorization is added by the provider at the last moment."""

    def __repr__(self) -> str:
        return f"Letter({self.path!r}, <{len(self.body)} bytes>)"


class Restoration(Struct, frozen=True):
    """Placeholders and what they stand for, to undo the masking in the answer."""

    originals: tuple[tuple[str, Private], ...] = ()


class Outbound(Struct, frozen=True, kw_only=True):
    endpoint: Endpoint
    zones: frozenset[Zone]
    """Zones these bytes may reach. The transport refuses to send them anywhere else."""
    letter: Letter
    stream: bool
    restoration: Restoration = Restoration()
    """Empty where nothing was masked."""
