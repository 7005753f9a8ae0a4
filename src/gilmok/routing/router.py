"""From a request and a snapshot of the fleet to an ordered plan. A pure function of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from typing import Final

from gilmok.core.billing import expected_cost, worst_cost
from gilmok.core.endpoint import Endpoint, Snapshot, Standing, Zone
from gilmok.core.identity import Caller
from gilmok.core.inspection import Clearance, Inspection
from gilmok.core.plan import EVERY_OTHER, Candidate, RoutePlan, Veto
from gilmok.core.prospect import Ability, Prospect
from gilmok.core.request import Request
from gilmok.core.work import Does, Embedding, Picture, Work, units
from gilmok.routing.objective import Objective, Weights, crude_chance, score
from gilmok.routing.vetoes import UNLIMITED_ROOM, Question, Room, Unsupported, question, veto

Lacking = Callable[[Endpoint, Request], tuple[str, ...]]
"""Names of a request's parameters that would not reach an endpoint's model."""

Foresee = Callable[[Request], Prospect]
"""How well the next answer can be expected to be, by models of any quality."""
Chances = Callable[[Endpoint], float]
NO_ABILITIES: Final[Mapping[str, Ability]] = {}

_MASKED = Clearance.MASKED
_CLOUD = Zone.CLOUD
_CHAT = Does.CHAT
_UNKNOWN = "unknown_fields"
_PICTURE_TOKENS = 16_384
"""More than a model that is paid by tokens spends on one picture, as far as is known."""
_PARTING_S = 1.0
"""An attempt that is stopped at the deadline is paid for until it is gone."""


class Router:
    def __init__(
        self,
        lacking: Lacking,
        objective: Objective,
        foresee: Foresee | None = None,
        abilities: Mapping[str, Ability] = NO_ABILITIES,
    ) -> None:
        """`abilities`: by endpoint id, of those whose answers have been calibrated."""
        self._lacking = lacking
        self._objective = objective
        self._foresee = foresee
        self._abilities = abilities

    def plan(
        self,
        request: Request,
        inspection: Inspection,
        caller: Caller,
        fleet: Snapshot,
        now: float,
        room: Room = UNLIMITED_ROOM,
    ) -> RoutePlan:
        """Never raises: a plan without candidates explains itself by its vetoes."""
        asked = question(request, inspection, caller)
        weights = self._objective.weights(request.target, inspection)
        unsupported = self._unsupported(request)
        does, by_name = asked.does, asked.target.name is not None
        standing_by: list[Standing] = []
        vetoes: list[Veto] = []
        meant = _meant(asked, fleet)
        left_s = request.deadline - now
        for standing in meant:
            if standing.endpoint.does is not does and not by_name:
                continue  # Nobody asked for that: no reason has to be given.
            against = veto(asked, standing, unsupported, now, left_s, room)
            if against is None:
                standing_by.append(standing)
            else:
                vetoes.append(against)
        if not (standing_by or vetoes or by_name) and (fleet or does is not _CHAT):
            vetoes.append(Veto(EVERY_OTHER, "does", does.value))
        elif len(meant) < len(fleet):
            vetoes.append(Veto(EVERY_OTHER, "name", str(len(fleet) - len(meant))))
        chance = self._chances(request, inspection, len(standing_by))
        candidates = [
            _candidate(s, request, inspection, weights, left_s, chance(s.endpoint), room.waits)
            for s in standing_by
        ]
        candidates.sort(key=_order if does is _CHAT else _stand_ins_last)
        return RoutePlan(candidates=tuple(candidates), vetoes=tuple(vetoes), weights=weights)

    def _chances(self, request: Request, inspection: Inspection, candidates: int) -> Chances:
        """What an endpoint's chance of an adequate answer is. The text is only looked at where there
        is a choice to make; where a model judged how hard the question is, its word counts."""
        if request.work is not None:
            return lambda endpoint: endpoint.quality
        if self._foresee is None or candidates < 2 or inspection.analysed_by != "fast":
            return lambda endpoint: crude_chance(endpoint.quality, inspection.complexity_score)
        prospect, abilities = self._foresee(request), self._abilities

        def chance(endpoint: Endpoint) -> float:
            predicted = prospect.chance(endpoint.quality)
            ability = abilities.get(endpoint.id)
            return predicted if ability is None else ability.corrected(predicted)

        return chance

    def _unsupported(self, request: Request) -> Unsupported:
        known: dict[str, tuple[str, ...]] = {}
        # Vetoes are written down, and the name of an unknown field is the caller's own words.
        strange = {name for name, _ in request.extras}

        def unsupported(standing: Standing) -> tuple[str, ...]:
            provider = standing.endpoint.provider.name
            if provider not in known:
                names = self._lacking(standing.endpoint, request)
                known[provider] = tuple([_UNKNOWN if n in strange else n for n in names])
            return known[provider]

        return unsupported


def _order(candidate: Candidate) -> tuple[float, str]:
    return -candidate.score, candidate.endpoint.id


def _stand_ins_last(candidate: Candidate) -> tuple[bool, float, str]:
    return candidate.endpoint.provider.stand_in, *_order(candidate)


def _meant(asked: Question, fleet: Snapshot) -> Snapshot | tuple[Standing, ...]:
    """Whom a name means, found without looking at the others. Where the label is too high for the
    key that comes first: nobody is told which names there are."""
    name = asked.target.name
    return fleet if name is None or asked.above else fleet.named(name)


def _candidate(
    standing: Standing,
    request: Request,
    inspection: Inspection,
    weights: Weights,
    left_s: float,
    quality: float,
    waits: Mapping[str, float],
) -> Candidate:
    endpoint = standing.endpoint
    most, choices = longest_answer(endpoint, request), request.sampling.n
    pieces = 0 if request.work is None else units(request.work)
    answer = min(inspection.expected_output, most) * choices
    seconds = standing.first_token_s + answer / standing.tokens_per_s
    took_s = seconds
    if endpoint.queueing is not None:
        seconds += waits.get(endpoint.id, 0.0)
    price, tokens = endpoint.price, inspection.tokens
    upper = tokens.upper_in(endpoint.vocabulary) if tokens.counted else tokens.upper
    if price.rates is None:
        cost, worst = price.cost(tokens.expected, answer), price.cost(upper, most * choices)
    else:
        most_s = max(0.0, left_s) + _PARTING_S
        took_ms = int(took_s * 1000)
        cost = expected_cost(price, tokens.expected, answer, tokens.images, took_ms, pieces)
        most_ms = ceil(most_s * 1000)
        worst = worst_cost(price, upper, most * choices, tokens.images, most_ms, pieces)
    return Candidate(
        endpoint=endpoint,
        zone=standing.zone,
        masked=inspection.clearance is _MASKED and standing.zone is _CLOUD,
        expected_quality=quality,
        expected_cost=cost,
        worst_cost=worst,
        expected_s=seconds,
        score=score(weights, quality, cost, seconds),
    )


def longest_answer(endpoint: Endpoint, request: Request) -> int:
    """Tokens one choice of the answer can have at most."""
    if request.work is not None:
        return _most_tokens(endpoint, request.work)
    bound = endpoint.answer_bound(request.sampling.max_tokens)
    return endpoint.context if bound is None else min(bound, endpoint.context)


def _most_tokens(endpoint: Endpoint, work: Work) -> int:
    """Of what is made, where that is paid by the token: all of a provider's bill is held."""
    match work:
        case Embedding():
            return 0
        case Picture():
            return (endpoint.max_output or _PICTURE_TOKENS) * work.count
    return min(endpoint.max_output or endpoint.context, endpoint.context)
