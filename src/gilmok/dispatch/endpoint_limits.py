"""What endpoints may be asked: their own limits, taken by every attempt.

An endpoint that is full is no sick one. The attempt fails before anything is sent, somebody else is
asked, and the router leaves the endpoint out until there is room.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import EndpointFull
from gilmok.core.identity import Taken
from gilmok.core.inspection import Inspection, tokens_expected
from gilmok.core.request import Request
from gilmok.core.terms import UNLIMITED
from gilmok.state import Limiter, Refusal, Subject


class EndpointLimits:
    """Costs nothing for endpoints without limits."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._asked: dict[str, Subject] = {}
        """Those with limits that were ever asked: all others have room."""

    def take(self, endpoint: Endpoint, request: Request, inspection: Inspection) -> Taken | None:
        """`None` where there is no limit. Raises `EndpointFull`."""
        if endpoint.pace is UNLIMITED:
            return None
        subject = self._asked.get(endpoint.id)
        if subject is None or subject.pace is not endpoint.pace:
            name = f"endpoint/{endpoint.id}"
            subject = Subject(scope="endpoint", name=name, pace=endpoint.pace)
            self._asked[endpoint.id] = subject
        tokens = tokens_expected(request, inspection)
        taken = self._limiter.take((subject,), requests=1, tokens=tokens)
        if isinstance(taken, Refusal):
            raise EndpointFull(endpoint.id, taken.limit, taken.wait_s)
        return taken

    def full(self) -> Mapping[str, float]:
        """Seconds until there is room, by the id of every endpoint that has none. Only those are
        looked at that somebody asks about: there may be a thousand."""
        return _Full(self._limiter, self._asked)


class _Full(Mapping[str, float]):
    __slots__ = ("_asked", "_limiter")

    def __init__(self, limiter: Limiter, asked: Mapping[str, Subject]) -> None:
        self._limiter = limiter
        self._asked = asked

    def __getitem__(self, endpoint_id: str) -> float:
        wait_s = self._limiter.wait_s(self._asked[endpoint_id])
        if not wait_s:
            raise KeyError(endpoint_id)
        return wait_s

    def __contains__(self, endpoint_id: object) -> bool:
        # `Mapping` would raise and drop a `KeyError` for every endpoint without limits.
        return endpoint_id in self._asked and super().__contains__(endpoint_id)

    def __iter__(self) -> Iterator[str]:
        return (id for id in self._asked if id in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)
