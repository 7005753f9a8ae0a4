"""The optional strategies: a model that judges a request, and a model that chooses who answers it.

Neither is asked unless configured, and neither decides alone. A judgement is merged into what the
inspector found and only raises the label; a choice reorders what the router permits. A question
goes the way of every request: inspected anew under a label no lower than its subject's, routed,
cleared, held, journalled. Where it gets no proper answer in time, the built-in strategy stands and
the reason is kept. Nothing is remembered between requests but how often endpoints answered.
See docs/strategies.md.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.completion import Reply
from gilmok.core.identity import Caller
from gilmok.core.inspection import Inspection
from gilmok.core.plan import RoutePlan
from gilmok.core.ports import Clock, Inspector
from gilmok.core.receipt import Purpose, Receipt
from gilmok.core.request import Preference, Request, Target
from gilmok.dispatch import Course
from gilmok.dispatch.consult import Consultant, Unanswered
from gilmok.fleet import Registry
from gilmok.fleet.reliability import Reliability
from gilmok.inspection import BareNames, LabelPolicy, judge, no_lower
from gilmok.routing import Router, selector
from gilmok.routing.vetoes import STAGES

FAST, OBJECTIVE, LLM = "fast", "objective", "llm"
"""The strategies' names, as configured and as recorded."""
NO_TEXT = "no_text"
"""The conversation has no text, or no whole one that is short enough."""
NO_ENDPOINT = "no_endpoint"
INVALID = "invalid_answer"

_SHARE = 0.25
"""Of the time a client has left, the most that one question may take."""


class StrategyPolicy(Struct, frozen=True, kw_only=True):
    """What the operator decided. Nothing a caller sends reaches it."""

    judges: bool = False
    chooses: bool = False
    endpoint: str | None = None
    """The id of the endpoint that is asked; `None` means whichever is best outside the cloud."""
    timeout_s: float = 5.0
    max_chars: int = 4000
    """Of the conversation, in one question."""


class Deliberation:
    def __init__(
        self,
        policy: StrategyPolicy,
        labels: LabelPolicy,
        inspector: Inspector,
        names: BareNames | None,
        router: Router,
        registry: Registry,
        consultant: Consultant,
        clock: Clock,
    ) -> None:
        self._policy = policy
        self._labels = labels
        self._inspector = inspector
        self._names = names
        self._router = router
        self._registry = registry
        self._consultant = consultant
        self._clock = clock
        self._reliability = Reliability()

    def strategies(self, plan: RoutePlan) -> tuple[str, str]:
        """Which analyser and which selector a request with this plan meets."""
        return (
            LLM if self._policy.judges and plan.candidates else FAST,
            LLM if self._policy.chooses and len(plan.candidates) > 1 else OBJECTIVE,
        )

    async def refine(
        self, request: Request, inspection: Inspection, caller: Caller, course: Course
    ) -> Inspection:
        """The inspection with a model's judgement in it, or with the reason why there is none."""
        if not self._policy.judges:
            return inspection
        questions = judge.questions(
            request,
            inspection,
            target=self._target(),
            deadline=self._deadline(request),
            most_chars=self._policy.max_chars,
        )
        if not questions:
            return replace(inspection, analyser_fell_back=NO_TEXT)
        reply = await self._ask(questions, inspection, caller, course, Purpose.ANALYSIS)
        if isinstance(reply, Unanswered):
            return replace(inspection, analyser_fell_back=reply.why)
        judgement = judge.read(reply.content)
        if judgement is None:
            return replace(inspection, analyser_fell_back=INVALID)
        return judge.merge(inspection, judgement, self._labels, request.sampling.max_tokens)

    async def choose(
        self,
        request: Request,
        inspection: Inspection,
        plan: RoutePlan,
        caller: Caller,
        course: Course,
    ) -> RoutePlan:
        """The plan in the order a model prefers, or with the reason why it stays as it was."""
        if not self._policy.chooses or len(plan.candidates) < 2:
            return plan
        questions = selector.questions(
            request,
            inspection,
            plan,
            self._reliability.success,
            target=self._target(),
            deadline=self._deadline(request),
            most_chars=self._policy.max_chars,
        )
        reply = await self._ask(questions, inspection, caller, course, Purpose.SELECTION)
        if isinstance(reply, Unanswered):
            return replace(plan, selector_fell_back=reply.why)
        selection = selector.read(reply, plan)
        if selection is None:
            return replace(plan, selector_fell_back=INVALID)
        return selector.reorder(plan, selection)

    def observe(self, receipt: Receipt) -> None:
        """Learns from a request that ended how reliable its endpoints were."""
        self._reliability.observe(receipt.attempts)

    async def _ask(
        self,
        questions: tuple[Request, ...],
        subject: Inspection,
        caller: Caller,
        course: Course,
        purpose: Purpose,
    ) -> Reply | Unanswered:
        """Asks once: in the first form that an endpoint supports."""
        # Which endpoint is asked is the operator's choice; how far text may travel the key's.
        terms = replace(caller.terms, quality_floor=0.0, quality_cap=1.0)
        caller = replace(caller, endpoints=None, models=None, terms=terms)
        against = NO_ENDPOINT
        for question in questions:
            inspection = no_lower(self._inspector.inspect(question), subject)
            if self._names is not None:
                inspection = await self._names.mark(question, inspection)
            plan = self._router.plan(
                question, inspection, caller, self._registry.snapshot(), self._clock.monotonic()
            )
            if (one := self._only_one(plan)).candidates:
                return await self._consultant.ask(
                    question, inspection, caller, one, course, purpose
                )
            against = _furthest(plan)
        return Unanswered(against)

    def _only_one(self, plan: RoutePlan) -> RoutePlan:
        """The plan with the one endpoint to ask. A name also means models, the configured one not."""
        named = self._policy.endpoint
        meant = [c for c in plan.candidates if named is None or c.endpoint.id == named]
        return replace(plan, candidates=tuple(meant[:1]))

    def _target(self) -> Target:
        if self._policy.endpoint is not None:
            return Target(name=self._policy.endpoint)
        return Target(Preference.LOCAL)

    def _deadline(self, request: Request) -> float:
        now = self._clock.monotonic()
        return now + min(self._policy.timeout_s, (request.deadline - now) * _SHARE)


def _furthest(plan: RoutePlan) -> str:
    """The veto that came closest to letting somebody be asked."""
    codes = [veto.code for veto in plan.vetoes if veto.code != "name"]
    return max(codes, key=STAGES.index, default=NO_ENDPOINT)
