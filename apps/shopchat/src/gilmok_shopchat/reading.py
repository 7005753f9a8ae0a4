"""What a question clearly wants of the shop, read without a model: an order, the list, a refund.

Only what is certain: an order's number, or words that mean nothing else. Everything doubtful is
`None` and left to the model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gilmok_shopchat.shop import Reason

_ORDER = re.compile(r"(?<![A-Za-z0-9])g[\s-]?(\d{4})(?!\d)", re.IGNORECASE)
_REFUND = re.compile(r"환불|반품|돌려보내|refund|return|money back", re.IGNORECASE)
_BROKEN = re.compile(
    r"깨[져졌진]|불량|파손|고장|하자|찢어|broken|damaged|defect|faulty|does(?:n't| not) work",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"(?:내|제|나의|최근)\s*주문(?:\s*(?:내역|목록|확인|조회|보여|알려))|주문\s*(?:내역|목록)|"
    r"(?:my|recent)\s+orders\b|list\s+(?:of\s+)?(?:my\s+)?orders",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"말고|안\s*할|안\s*하|취소할게|don't|do not|not\s+want|instead of", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    tool: str
    """A name of `tools.schemas`."""
    order_id: str | None = None
    reason: Reason | None = None

    @property
    def arguments(self) -> dict[str, str]:
        found = {}
        if self.order_id is not None:
            found["order_id"] = self.order_id
        if self.reason is not None:
            found["reason"] = self.reason.value
        return found


def read(text: str) -> Wish | None:
    """The one wish that the text certainly has."""
    numbers = {match[1] for match in _ORDER.finditer(text)}
    if len(numbers) > 1:
        return None
    if not numbers:
        return Wish(tool="list_orders") if _LIST.search(text) else None
    order_id = f"G-{numbers.pop()}"
    if not _REFUND.search(text):
        return Wish(tool="find_order", order_id=order_id)
    if _NOT.search(text):
        return None
    reason = Reason.DEFECTIVE if _BROKEN.search(text) else Reason.CHANGED_MIND
    return Wish(tool="offer_refund", order_id=order_id, reason=reason)
