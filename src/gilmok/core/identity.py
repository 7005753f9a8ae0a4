"""Who asks, and the slot they hold while being answered."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from gilmok.core.endpoint import Zone


class Caller(Struct, frozen=True, kw_only=True):
    """The holder of a key, or the person at this machine where no keys are configured."""

    tenant: str
    key_id: str
    zones: frozenset[Zone] = frozenset(Zone)
    """Zones this key may use; the label may forbid more."""
    endpoints: frozenset[str] | None = None
    """Endpoint ids this key may use; `None` means all."""
    oversees: bool = False
    """True where sums over all tenants may be seen."""

    def may_use(self, endpoint_id: str, zone: Zone) -> bool:
        return zone in self.zones and (self.endpoints is None or endpoint_id in self.endpoints)


class Permit:
    """One slot of concurrency. Released exactly once, however often `release` is called."""

    __slots__ = ("_release",)

    def __init__(self, release: Callable[[], None]) -> None:
        self._release: Callable[[], None] | None = release

    def release(self) -> None:
        give_back, self._release = self._release, None
        if give_back is not None:
            give_back()

    def __enter__(self) -> Permit:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
