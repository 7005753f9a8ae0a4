"""What may leave: bytes for one endpoint, and the zones they may reach.

Only `guard.clearance` constructs an `Outbound`; a meta-test reads every module's syntax tree to
hold that. Providers send nothing else.
"""

from __future__ import annotations

from msgspec import Struct

from gilmok.core.endpoint import Endpoint, Zone
from gilmok.core.text import Private
from gilmok.core.work import Work


class Letter(Struct, frozen=True):
    """A request in an endpoint's dialect, before clearance has looked at its destination."""

    path: str
    """Appended to the endpoint's base URL."""
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    """Dialect headers (API version); authorization is added by the provider at the last moment."""
    work: Work | None = None
    """What is wanted where it is no chat: how the answer is to be read."""

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
    units: int = 0
    """Of what is paid by the piece; see `work.units`."""
    units_known: bool = True
    """False where that is only a bound of what is paid."""
    restoration: Restoration = Restoration()
    """Empty where nothing was masked."""
