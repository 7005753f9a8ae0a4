"""Goodput: the work that was done as promised. Pure.

The promise (SLA) is a time to the first token. A stream keeps it when its first token came in time;
a whole answer when all of it did, because nobody sees its first token any earlier. Either must end
properly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from gilmok.core.receipt import Outcome, Receipt

OVERLOADED: Final = frozenset({"upstream_rate_limited"})
"""Refusals that say nothing about the request: there was no room for it."""


class Targets(Struct, frozen=True):
    """Seconds to the first token, for everybody and for those plans that have their own."""

    first_token_s: float = 2.0
    of_plan: Mapping[str, float] = {}

    def of(self, plan: str) -> float:
        """In milliseconds."""
        return self.of_plan.get(plan, self.first_token_s) * 1000.0


TWO_SECONDS: Final = Targets()
"""What is promised where nothing is configured."""


def met(receipt: Receipt, targets: Targets) -> bool | None:
    """Whether the promise was kept; `None` where the request does not count.

    Nobody waits for the first token of a picture: only chat counts. What a policy, a limit or bad
    input refused does not. A client that left counts where it
    had waited longer than promised: it left because of that or rightly so.
    """
    if receipt.does != "chat":
        return None
    first = receipt.first_token_ms
    in_time = (receipt.total_ms if first is None else first) <= targets.of(receipt.plan_id)
    if receipt.error is None:
        return in_time  # Completed, and nothing else is.
    if receipt.outcome is Outcome.CANCELLED:
        return None if in_time else False
    counts = receipt.outcome is not Outcome.REFUSED or receipt.error in OVERLOADED
    return False if counts else None
