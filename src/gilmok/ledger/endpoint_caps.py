"""What may be spent at an endpoint in a day or a month, by all tenants together.

A cap is a budget whose account is the endpoint. Before an attempt its worst case is taken there, and
when it ends, however it does, what it cost is booked and the rest given back: concurrency never
overshoots a cap. A candidate that its cap does not bear is passed over, and somebody else answers.

Law 4 bounds what is told. That an endpoint is over its cap is seen by whoever would have been
answered there; what others spent is not: vetoes and errors hold no amount.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import CapReached, CapTooSmall
from gilmok.core.plan import Candidate, RoutePlan, Veto
from gilmok.core.terms import Caps
from gilmok.ledger.budgets import AccountId, Accounts, Budget, Purse, Scope, moment

CAP = CapTooSmall.code
"""The code of the veto against an endpoint whose cap does not bear one more attempt."""


class Share:
    """What an attempt has taken of its endpoint's cap. Ended once: a further end changes nothing."""

    __slots__ = ("_purse", "_taken")

    def __init__(self, purse: Purse, taken: int) -> None:
        self._purse: Purse | None = purse
        self._taken = taken

    def end(self, cost: int) -> None:
        """Books what the attempt cost, in nano-dollars, and gives back the rest."""
        purse, self._purse = self._purse, None
        if purse is not None:
            purse.settle(self._taken, cost)


class EndpointCaps:
    """The caps that are configured. Moments are when a request came in: it belongs to that day."""

    def __init__(self, accounts: Accounts, endpoints: Iterable[Endpoint], zone: str) -> None:
        """`zone`: the IANA time zone by whose midnights caps are renewed."""
        self._accounts = accounts
        self._zone = zone
        self.capped = {e.id: e.caps for e in endpoints if e.caps is not None}

    def take(self, candidate: Candidate, at: int) -> Share | None:
        """For one attempt; `None` where there is no cap. Raises `CapTooSmall`."""
        purse = self._purse(candidate.endpoint.id, at)
        if purse is None:
            return None
        if not purse.take(candidate.worst_cost):
            purse.refused()
            raise CapTooSmall(candidate.endpoint.id, moment(purse.tightest().resets_at))
        return Share(purse, candidate.worst_cost)

    def bearable(self, plan: RoutePlan, at: int) -> RoutePlan:
        """The plan without the candidates whose worst case their cap does not bear."""
        vetoes = [veto for c in plan.candidates if (veto := self._veto(c, at)) is not None]
        if not vetoes:
            return plan
        over = {veto.endpoint_id for veto in vetoes}
        return replace(
            plan,
            candidates=tuple(c for c in plan.candidates if c.endpoint.id not in over),
            vetoes=(*plan.vetoes, *vetoes),
            passed_over=CAP if plan.candidates[0].endpoint.id in over else plan.passed_over,
        )

    def _veto(self, candidate: Candidate, at: int) -> Veto | None:
        purse = self._purse(candidate.endpoint.id, at)
        if purse is None or not candidate.worst_cost or candidate.worst_cost <= purse.remaining:
            return None
        return Veto(candidate.endpoint.id, CAP, purse.tightest().cycle.value)

    def passed_over(self, plan: RoutePlan, at: int) -> None:
        """A request goes on without the candidates that were vetoed: their caps count as exhausted
        where they are soft already."""
        for purse in self._purses_of(plan, at):
            purse.refused()

    def refusal(self, plan: RoutePlan, at: int) -> CapReached | None:
        """What a caller is told whose plan has no candidate because of caps."""
        over = ", ".join(veto.endpoint_id for veto in plan.vetoes if veto.code == CAP)
        renewals = [purse.tightest().resets_at for purse in self._purses_of(plan, at)]
        return CapReached(over, moment(min(renewals))) if renewals else None

    def budgets(self, at: int) -> tuple[Budget, ...]:
        """For operators: every cap as it stands."""
        purses = (self._purse(endpoint_id, at) for endpoint_id in self.capped)
        return tuple(budget for purse in purses if purse is not None for budget in purse.budgets)

    def _purses_of(self, plan: RoutePlan, at: int) -> list[Purse]:
        ids = [veto.endpoint_id for veto in plan.vetoes if veto.code == CAP]
        return [purse for id in ids if (purse := self._purse(id, at)) is not None]

    def _purse(self, endpoint_id: str, at: int) -> Purse | None:
        caps: Caps | None = self.capped.get(endpoint_id)
        if caps is None:
            return None
        account = AccountId(Scope.ENDPOINT, "", endpoint_id)
        return self._accounts.purse_of(account, caps, self._zone, at)
