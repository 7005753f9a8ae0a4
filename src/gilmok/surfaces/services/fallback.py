"""Why somebody else answers than the one who should: one word for the client. Pure.

Two cases: the plan's first candidate failed and another answered, or what answers only stands in for
the real thing (a drawn card, a machine's voice), and nobody better could be asked.
"""

from __future__ import annotations

from typing import Final

from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import (
    AttemptFailed,
    BudgetTooSmall,
    CapTooSmall,
    EndpointFull,
    EngineBusy,
    UpstreamStatus,
    ZoneRefused,
)
from gilmok.guard import CannotClear
from gilmok.passage import Passage
from gilmok.routing.vetoes import STAGES

ASKED: Final = "asked"
"""It was asked for by its name."""
ONLY: Final = "only"
"""Nobody else is configured for it."""
BUDGET: Final = "budget"
"""What the caller may spend does not bear it."""
CAP: Final = "cap"
"""What may be spent there is used up."""
DOWN: Final = "down"
LABEL: Final = "label"
"""The text may not go there."""
LIMIT: Final = "limit"
"""Its rate limit was reached, or it was busy."""
REFUSED: Final = "refused"
"""It called the request invalid, or it cannot do what is asked."""
RIGHT: Final = "right"
"""The key may not use it."""
FALLBACKS: Final = (ASKED, BUDGET, CAP, DOWN, LABEL, LIMIT, ONLY, REFUSED, RIGHT)

_BY_VETO: Final = {
    "key_label": LABEL,
    "name": ASKED,
    "key_right": RIGHT,
    "label": LABEL,
    "price": BUDGET,
    "dialect": REFUSED,
    "capability": REFUSED,
    "limit": LIMIT,
    "queue": LIMIT,
    "budget": BUDGET,
    "cap": CAP,
}
"""Everything else means that it is not there just now."""


def reason(passage: Passage, answering: Endpoint | None) -> str | None:
    """`None` where the real thing answers, at once. `answering`: the endpoint as the fleet has it."""
    stands_in = answering is not None and answering.provider.stand_in
    if not (stands_in or passage.fallback):
        return None
    if passage.course.failures:
        return _of_failure(passage.course.failures[0][1])
    name = passage.request.target.name
    if answering is not None and name in (answering.id, answering.model):
        return ASKED
    if passage.plan.passed_over:
        return _BY_VETO.get(passage.plan.passed_over, DOWN)
    codes = [veto.code for veto in passage.plan.vetoes if veto.code in STAGES]
    if not codes:
        return ONLY
    return _BY_VETO.get(max(codes, key=STAGES.index), DOWN)


def _of_failure(error: AttemptFailed) -> str:
    match error:
        case BudgetTooSmall():
            return BUDGET
        case CapTooSmall():
            return CAP
        case CannotClear() | ZoneRefused():
            return LABEL
        case EndpointFull() | EngineBusy():
            return LIMIT
        case UpstreamStatus(status=429):
            return LIMIT
        case UpstreamStatus() if error.is_callers_fault:
            return REFUSED
    return DOWN
