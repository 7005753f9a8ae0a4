"""What is known of a request before it is routed, and what it may still do.

The inspector looks at every text; a deeper tier, where one is configured, at what it left open, and
for names where they are wanted.
Then three things narrow it: the caller's plan (medium text), what such tasks have come to before
(length), and an attempt to take over the model (tools, the cloud, or the whole request).
"""

from __future__ import annotations

import logging

from msgspec.structs import replace

from gilmok.core.identity import Caller
from gilmok.core.injection import FLAGGED, InjectionPolicy
from gilmok.core.inspection import Inspection, tightened
from gilmok.core.ports import Inspector
from gilmok.core.receipt import Receipt
from gilmok.core.request import Request
from gilmok.guard import restrained
from gilmok.inspection import Aside, BareNames, DeepTier
from gilmok.state.habits import Habits

log = logging.getLogger(__name__)


class Examination:
    def __init__(
        self,
        inspector: Inspector,
        aside: Aside,
        injection: InjectionPolicy = FLAGGED,
        deeper: DeepTier | None = None,
        names: BareNames | None = None,
    ) -> None:
        self._inspector = inspector
        self._aside = aside
        self._injection = injection
        self._deeper = deeper
        self._names = names
        self._habits = Habits()

    async def of(self, request: Request, caller: Caller) -> tuple[Request, Inspection]:
        """What was found, and the request as far as it may still go. Raises `DeadlineExceeded`."""
        inspection = await self._aside.inspect(self._inspector, request, caller.tenant)
        if self._deeper is not None:
            inspection = await self._deeper.look(request, inspection)
        if self._names is not None:
            inspection = await self._names.mark(request, inspection)
        if inspection.failed:
            log.error("detector_failed", extra={"detector": inspection.failed[0]})
        inspection = tightened(inspection, caller.terms.medium)
        if request.work is not None:
            # No model follows what stands in such a text, nor answers it in words.
            return request, replace(inspection, injection=(), expected_output=0)
        if request.task is not None:
            inspection = self._as_usual(request.task, request, inspection, caller)
        if not inspection.injection:
            return request, inspection
        return restrained(request, inspection, self._injection, caller.terms.injection)

    def observe(self, receipt: Receipt, request: Request) -> None:
        """Learns from a request that ended how long answers to such tasks are."""
        if request.task is None or request.work is not None:
            return
        if receipt.error is None and receipt.usage is not None:
            each = receipt.usage.completion // request.sampling.n
            self._habits.observe(receipt.tenant, request.task, each)

    def _as_usual(
        self, task: str, request: Request, inspection: Inspection, caller: Caller
    ) -> Inspection:
        """With the length that answers to such tasks have had for this tenant."""
        tokens = self._habits.expected(caller.tenant, task, inspection.expected_output)
        limit = request.sampling.max_tokens
        return replace(inspection, expected_output=tokens if limit is None else min(tokens, limit))
