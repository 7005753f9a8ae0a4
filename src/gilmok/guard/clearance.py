"""The one door. Nothing reaches a provider but an `Outbound`, and only this module makes one.

Invariants, whoever calls and however often (primary, retry, fallback):

* `LOCAL_ONLY` text is bound to the local and private zones.
* Text that was masked may go anywhere only after the masked text itself was inspected and found
  open; otherwise it is not cleared.
* The bytes carry the zones they may reach, and the transport checks them against the address it
  really connects to. A zone in the route plan is an expectation; this is the law.
"""

from __future__ import annotations

from gilmok.core.endpoint import Endpoint, Zone
from gilmok.core.errors import AttemptFailed
from gilmok.core.identity import Caller
from gilmok.core.inspection import Clearance, Inspection, tightened
from gilmok.core.outbound import Outbound, Restoration
from gilmok.core.plan import Candidate
from gilmok.core.ports import Dialects, Inspector
from gilmok.core.request import Request
from gilmok.core.work import units, units_known
from gilmok.guard.mask import mask

_OPEN, _MASKED = Clearance.OPEN, Clearance.MASKED
HOME = frozenset({Zone.LOCAL, Zone.PRIVATE})
ANYWHERE = frozenset(Zone)


class CannotClear(AttemptFailed):
    """This candidate may not get this text after all."""

    code = "label_not_lowered"
    en = "Masking did not make the text safe enough for {endpoint}; nothing was sent."
    ko = "가린 뒤에도 {endpoint}에 보낼 만큼 안전하지 않아 아무것도 보내지 않았습니다."
    retryable = False
    counts_against_health = False

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint=endpoint)


class Clearer:
    """Makes the bytes for one candidate, anew for every attempt."""

    def __init__(self, inspector: Inspector, dialects: Dialects) -> None:
        self._inspector = inspector
        self._dialects = dialects

    def clear(
        self, request: Request, inspection: Inspection, caller: Caller, candidate: Candidate
    ) -> Outbound:
        """Raises `CannotClear` where the label forbids this candidate."""
        endpoint = candidate.endpoint
        zones = ANYWHERE if inspection.clearance is _OPEN else HOME
        restoration = Restoration()
        if candidate.masked and inspection.clearance is _MASKED:
            request, restoration = self._disguise(
                request, inspection, endpoint, caller.terms.medium
            )
            zones = ANYWHERE
        zones &= caller.zones
        if not zones:
            raise CannotClear(endpoint.id)
        return Outbound(
            endpoint=endpoint,
            zones=zones,
            letter=self._dialects(endpoint.provider.wire).encode(endpoint, request),
            stream=request.stream,
            units=0 if request.work is None else units(request.work),
            units_known=request.work is None or units_known(request.work),
            restoration=restoration,
        )

    def _disguise(
        self, request: Request, inspection: Inspection, endpoint: Endpoint, medium: str | None
    ) -> tuple[Request, Restoration]:
        masked = mask(request, inspection.evidence)
        if masked is None:
            raise CannotClear(endpoint.id)
        disguised, restoration = masked
        found = tightened(self._inspector.inspect(disguised), medium)
        if found.clearance is not _OPEN:
            raise CannotClear(endpoint.id)
        return disguised, restoration
