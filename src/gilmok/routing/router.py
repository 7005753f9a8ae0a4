"""From a request and a snapshot of the fleet to an ordered plan. A pure function of its arguments."""

from __future__ import annotations

from collections.abc import Callable

from gilmok.core.endpoint import Endpoint, Snapshot, Standing, Zone
from gilmok.core.identity import Caller
from gilmok.core.inspection import Clearance, Inspection
from gilmok.core.plan import Candidate, RoutePlan, Veto
from gilmok.core.request import Request
from gilmok.routing.objective import Objective, Weights, chance, score
from gilmok.routing.vetoes import Unsupported, question, veto

Lacking = Callable[[Endpoint, Request], tuple[str, ...]]
"""Names of a request's parameters that would not reach an endpoint's model."""

_UNKNOWN = "unknown_fields"


class Router:
    def __init__(self, lacking: Lacking, objective: Objective) -> None:
        self._lacking = lacking
        self._objective = objective

    def plan(
        self,
        request: Request,
        inspection: Inspection,
        caller: Caller,
        fleet: Snapshot,
        now: float,
    ) -> RoutePlan:
        """Never raises: a plan without candidates explains itself by its vetoes."""
        asked = question(request, inspection, caller)
        weights = self._objective.weights(request.target.preference, inspection)
        unsupported = self._unsupported(request)
        candidates: list[Candidate] = []
        vetoes: list[Veto] = []
        for standing in fleet:
            against = veto(asked, standing, unsupported, now)
            if against is None:
                candidates.append(_candidate(standing, request, inspection, weights))
            else:
                vetoes.append(against)
        candidates.sort(key=lambda c: (-c.score, c.endpoint.id))
        return RoutePlan(candidates=tuple(candidates), vetoes=tuple(vetoes), weights=weights)

    def _unsupported(self, request: Request) -> Unsupported:
        known: dict[str, tuple[str, ...]] = {}
        # Vetoes are written down, and the name of an unknown field is the caller's own words.
        strange = {name for name, _ in request.extras}

        def unsupported(standing: Standing) -> tuple[str, ...]:
            provider = standing.endpoint.provider.name
            if provider not in known:
                names = self._lacking(standing.endpoint, request)
                known[provider] = tuple(_UNKNOWN if n in strange else n for n in names)
            return known[provider]

        return unsupported


def _candidate(
    standing: Standing, request: Request, inspection: Inspection, weights: Weights
) -> Candidate:
    endpoint = standing.endpoint
    answer = _expected_answer(endpoint, request, inspection)
    cost = endpoint.price.cost(inspection.tokens.expected, answer)
    seconds = standing.first_token_s + answer / standing.tokens_per_s
    quality = chance(endpoint.quality, inspection.complexity_score)
    return Candidate(
        endpoint=endpoint,
        zone=standing.zone,
        masked=inspection.clearance is Clearance.MASKED and standing.zone is Zone.CLOUD,
        expected_quality=quality,
        expected_cost=cost,
        worst_cost=endpoint.price.cost(
            inspection.tokens.upper, longest_answer(endpoint, request) * request.sampling.n
        ),
        expected_s=seconds,
        score=score(weights, quality, cost, seconds),
    )


def _expected_answer(endpoint: Endpoint, request: Request, inspection: Inspection) -> int:
    each = min(inspection.expected_output, longest_answer(endpoint, request))
    return each * request.sampling.n


def longest_answer(endpoint: Endpoint, request: Request) -> int:
    """Tokens one choice of the answer can have at most."""
    limit = endpoint.max_output or endpoint.context
    return min(request.sampling.max_tokens or limit, limit)
