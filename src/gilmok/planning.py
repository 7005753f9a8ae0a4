"""What is decided of a request before anybody is asked: on whose terms, how private, who may answer.

Request → Inspection → RoutePlan. Everything here is known from the request, its caller and the
present; nothing is sent, and nothing is held.
"""

from __future__ import annotations

from msgspec.structs import replace

from gilmok.core.errors import HttpError, InjectionRefused
from gilmok.core.identity import Caller
from gilmok.core.inspection import Inspection
from gilmok.core.plan import RoutePlan
from gilmok.core.ports import Clock
from gilmok.core.request import Request, granted
from gilmok.examination import Examination
from gilmok.fleet import Registry
from gilmok.ledger import Ledger
from gilmok.routing import Room, Router, refusal


class Planner:
    def __init__(
        self,
        *,
        examination: Examination,
        router: Router,
        registry: Registry,
        ledger: Ledger,
        clock: Clock,
        room: Room,
    ) -> None:
        self._examination = examination
        self._router = router
        self._registry = registry
        self._ledger = ledger
        self._clock = clock
        self._room = room
        self.observe = examination.observe
        """Learns from a request that ended."""

    async def plan(
        self, request: Request, caller: Caller
    ) -> tuple[Request, Caller, Inspection, RoutePlan]:
        """The request and its caller as they may go on, what was found, and who may answer.

        Raises `DeadlineExceeded` where looking at the text took all the time there was.
        """
        request, caller = self._on_present_terms(request, caller)
        request, inspection = await self._examination.of(request, caller)
        return request, caller, inspection, self.route(request, inspection, caller)

    def route(self, request: Request, inspection: Inspection, caller: Caller) -> RoutePlan:
        fleet, now = self._registry.snapshot(), self._clock.monotonic()
        plan = self._router.plan(request, inspection, caller, fleet, now, self._room)
        return replace(plan, candidates=()) if inspection.injection_action == "refuse" else plan

    def affordable(self, plan: RoutePlan, request: Request, caller: Caller) -> RoutePlan:
        """The plan without those that no budget bears."""
        return self._ledger.affordable(plan, caller, request.received_at)

    def refusal(
        self, request: Request, inspection: Inspection, plan: RoutePlan, caller: Caller
    ) -> HttpError:
        """What a caller is told whose plan has no candidate."""
        if inspection.injection_action == "refuse":
            worst = max(inspection.injection, key=lambda found: found.score)
            return InjectionRefused(worst.source, worst.kind)
        too_dear = self._ledger.refusal(plan, caller, request.received_at)
        if too_dear is not None:
            return too_dear
        fleet, now = self._registry.snapshot(), self._clock.monotonic()
        left_s = request.deadline - now
        return refusal(plan, inspection, caller.terms, fleet, now, left_s, self._room)

    def _on_present_terms(self, request: Request, caller: Caller) -> tuple[Request, Caller]:
        """What the caller's plan grants by now: past its soft threshold it may be a lesser one."""
        caller = self._ledger.on_present_terms(caller, request.received_at)
        return granted(request, caller.terms.max_tokens), caller
