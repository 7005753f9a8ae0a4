"""What endpoints may be asked: their own limits and caps, taken by every attempt.

An endpoint that is full, or at which nothing more may be spent, is no sick one. The attempt fails
before anything is sent, somebody else is asked, and the router leaves the endpoint out until there
is room; see `ledger.endpoint_caps` for money.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import EndpointFull
from gilmok.core.identity import Taken
from gilmok.core.inspection import Inspection, tokens_expected
from gilmok.core.plan import Candidate
from gilmok.core.request import Request
from gilmok.core.terms import UNLIMITED
from gilmok.ledger import Ledger, Share
from gilmok.state import Limiter, Refusal, Subject


class Reserve:
    """What one attempt has taken of its endpoint's limits and cap."""

    __slots__ = ("_share", "_taken")

    def __init__(self, taken: Taken | None, share: Share | None) -> None:
        self._taken = taken
        self._share = share

    def end(self, tokens: int, cost: int) -> None:
        """The attempt ended, used so many tokens and cost so many nano-dollars. Further calls
        change nothing."""
        if self._taken is not None:
            self._taken.end(tokens)
        if self._share is not None:
            self._share.end(cost)


class EndpointLimits:
    """Costs next to nothing for endpoints without limits and caps."""

    def __init__(self, limiter: Limiter, ledger: Ledger) -> None:
        self._limiter = limiter
        self._ledger = ledger
        self._asked: dict[str, tuple[Subject]] = {}
        """Those with limits that were ever asked: all others have room."""

    def take(
        self, candidate: Candidate, request: Request, inspection: Inspection
    ) -> Reserve | None:
        """All of it or nothing; `None` where nothing is limited. Raises `EndpointFull`,
        `CapTooSmall`."""
        endpoint = candidate.endpoint
        if endpoint.pace is UNLIMITED and endpoint.caps is None:
            return None
        caps = self._ledger.endpoint_caps
        share = None if caps is None else caps.take(candidate, request.received_at)
        try:
            return Reserve(self._paced(endpoint, request, inspection), share)
        except EndpointFull:
            if share is not None:
                share.end(0)
            raise

    def _paced(self, endpoint: Endpoint, request: Request, inspection: Inspection) -> Taken | None:
        """Of its limits. Raises `EndpointFull`."""
        if endpoint.pace is UNLIMITED:
            return None
        subjects = self._asked.get(endpoint.id)
        if subjects is None or subjects[0].pace is not endpoint.pace:
            name = f"endpoint/{endpoint.id}"
            subjects = (Subject(scope="endpoint", name=name, pace=endpoint.pace),)
            self._asked[endpoint.id] = subjects
        tokens = tokens_expected(request, inspection)
        taken = self._limiter.take(subjects, requests=1, tokens=tokens)
        if isinstance(taken, Refusal):
            raise EndpointFull(endpoint.id, taken.limit, taken.wait_s)
        return taken

    def full(self) -> Mapping[str, float]:
        """Seconds until there is room, by the id of every endpoint that has none. Only those are
        looked at that somebody asks about: there may be a thousand."""
        return _Full(self._limiter, self._asked)


class _Full(Mapping[str, float]):
    __slots__ = ("_asked", "_limiter")

    def __init__(self, limiter: Limiter, asked: Mapping[str, tuple[Subject]]) -> None:
        self._limiter = limiter
        self._asked = asked

    def __getitem__(self, endpoint_id: str) -> float:
        wait_s = self._limiter.wait_s(*self._asked[endpoint_id])
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
