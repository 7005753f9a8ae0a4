"""Who asks, and the slot they hold while being answered."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from msgspec import Struct

from gilmok.core.endpoint import Endpoint, Zone
from gilmok.core.errors import LimitReached, TokensExceedLimit
from gilmok.core.inspection import Sensitivity
from gilmok.core.terms import Allowances, Terms

IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"
"""What names of keys, tenants and endpoints look like."""


class Caller(Struct, frozen=True, kw_only=True):
    """The holder of a key, or the person at this machine where no keys are configured."""

    tenant: str
    key_id: str
    zones: frozenset[Zone] = frozenset(Zone)
    """Zones this key may use; the label may forbid more."""
    endpoints: frozenset[str] | None = None
    """Endpoint ids this key may use; `None` means all."""
    models: frozenset[str] | None = None
    """Model names this key may use; `None` means all."""
    highest: Sensitivity = Sensitivity.HIGH
    """The highest label this key may send, wherever it would go."""
    oversees: bool = False
    """True where sums over all tenants may be seen."""
    terms: Terms = Terms()
    user: str = ""
    """The end user behind the key: a pseudonym, made from what the caller named; empty where the
    caller named nobody."""

    def may_use(self, endpoint: Endpoint, zone: Zone) -> bool:
        """`zone`: the one its address proves."""
        return (
            zone in self.zones
            and (self.endpoints is None or endpoint.id in self.endpoints)
            and (self.models is None or endpoint.model in self.models)
        )


class Taken(Protocol):
    """What was taken from limits. Exactly one of the two gives it back; whatever is called after
    changes nothing."""

    def end(self, tokens: int = 0) -> None:
        """The request ended and used so many tokens."""
        ...

    def withdraw(self) -> None:
        """As if it had never been taken: the request was refused after all."""
        ...


class Permit:
    """A place among the requests that are answered now, and what this one took from its limits.

    Given back exactly once, however it is left. Where a further limit refuses the request, all of it
    is given back, as if the request had never come.
    """

    __slots__ = ("_leave", "_taken", "allowances")

    def __init__(
        self,
        leave: Callable[[], None],
        taken: tuple[Taken, ...] = (),
        allowances: Callable[[], Allowances] | None = None,
    ) -> None:
        self._leave: Callable[[], None] | None = leave
        self._taken = taken
        self.allowances = allowances
        """What the caller's limits have left; `None` where there are none."""

    def join(self, taken: Taken, allowances: Callable[[], Allowances]) -> None:
        """Something more was taken; `allowances` tells of all of it."""
        self._taken += (taken,)
        self.allowances = allowances

    def release(self, refused: bool = False) -> None:
        leave, self._leave = self._leave, None
        if leave is None:
            return
        leave()
        for taken in self._taken:
            if refused:
                taken.withdraw()
            else:
                taken.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        refused = error is not None and isinstance(error, (LimitReached, TokensExceedLimit))
        self.release(refused)
