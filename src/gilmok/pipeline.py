"""The life of a request, in the order it happens.

    Request → Caller, Permit → Inspection → RoutePlan → (cache) → Hold → Attempt… → events → Receipt
              `identify`,      `planning`: what is      `answering`: until it is answered,
              `admit`          known before anybody     and what it came to
                               is asked

Where models are configured to judge requests or to choose among endpoints, they are asked between
the cache and the hold, and Inspection and RoutePlan are made again with what they said.

`admit` comes first because refusing there costs nothing; `answer` does the rest. Every request that
gets there leaves exactly one receipt, however it ends: what was refused before (a key, a limit, a
body that cannot be read) leaves none, because nothing was decided or sent for it.
"""

from __future__ import annotations

from msgspec.structs import replace

from gilmok.admission import Keys
from gilmok.answering import Answering, Stations
from gilmok.core.errors import HttpError
from gilmok.core.identity import Caller, Permit
from gilmok.core.inspection import Inspection
from gilmok.core.plan import RoutePlan
from gilmok.core.pseudonym import Pseudonyms
from gilmok.core.request import Request
from gilmok.core.text import Private, Secret
from gilmok.deliberation import FAST, OBJECTIVE
from gilmok.ledger import Budget


class Pipeline:
    def __init__(self, keys: Keys, pseudonyms: Pseudonyms, stations: Stations) -> None:
        self._keys = keys
        self._pseudonyms = pseudonyms
        self._stations = stations

    def identify(self, key: Secret | None, peer: str, host: str) -> Caller:
        """Who asks. Raises `InvalidKey`."""
        return self._keys.identify(key, peer, host)

    def admit(self, caller: Caller) -> Permit:
        """A permit, before any text is looked at. Raises `LimitReached`."""
        return self._stations.limits.enter(caller)

    def name_user(self, caller: Caller, name: Private, permit: Permit) -> Caller:
        """The caller on behalf of an end user, whose limits hold as well. Raises `LimitReached`."""
        named = replace(caller, user=self._pseudonyms.of(caller.tenant, name))
        self._stations.limits.enter_for_user(named, permit)
        return named

    def budgets(self, caller: Caller, name: Private | None, at: int) -> tuple[Budget, ...]:
        """What the caller's accounts have left, and the end user's where one is named."""
        if name is not None:
            caller = replace(caller, user=self._pseudonyms.of(caller.tenant, name))
        return self._stations.ledger.budgets(caller, at)

    async def plan(self, request: Request, caller: Caller) -> tuple[Inspection, RoutePlan]:
        """What the built-in strategies make of this request; nothing is sent."""
        planner = self._stations.planner
        request, caller, inspection, plan = await planner.plan(request, caller)
        return inspection, planner.affordable(plan, request, caller)

    def strategies(self, plan: RoutePlan) -> tuple[str, str]:
        """The analyser and the selector that a request with this plan would meet."""
        deliberation = self._stations.deliberation
        return deliberation.strategies(plan) if deliberation else (FAST, OBJECTIVE)

    def refusal(
        self, request: Request, inspection: Inspection, plan: RoutePlan, caller: Caller
    ) -> HttpError:
        """What a caller is told whose plan has no candidate."""
        return self._stations.planner.refusal(request, inspection, plan, caller)

    def answer(self, request: Request, caller: Caller) -> Answering:
        """The answer, from its first byte on: `async with` it; leaving hangs up and writes the
        receipt. Raises `HttpError` on entering where nothing answers.
        """
        return Answering(self._stations, request, caller)
