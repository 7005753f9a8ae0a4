"""What a reply consists of: the assistant yields these in order, a surface shows them.

A reply is any number of `Said`, `Changed`, `Served` and `Trouble`, then exactly one `Finished`.
The `Said` texts joined are the whole reply; an order never changes without a `Changed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gilmok_kiosk.order import Order

By = Literal["rules", "model"]
"""Who understood or spoke: the kiosk's own code, or a language model behind the gateway."""


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of the reply, to be shown at once. Pieces carry their own spaces and newlines."""

    text: str
    by: By = "rules"


@dataclass(frozen=True, slots=True)
class Changed:
    """The order as it is from now on. Code checked every line; `by` is who understood the wish."""

    order: Order
    by: By


@dataclass(frozen=True, slots=True)
class Served:
    """One call of the gateway that was answered: where, at which label, how long, for how much.

    `zone` is `local`, `private` or `cloud`; `sensitivity` `low`, `medium` or `high`. `cost_usd` and
    `tokens` are None where the gateway could not say.
    """

    endpoint: str
    zone: str
    sensitivity: str
    latency_ms: int
    cost_usd: float | None
    decision_id: str
    tokens: int | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A model was needed and could not be had. `message` says what to do, in the customer's words.

    `code` is stable English: the gateway's error code, or one of `gateway.py`. A call that was
    answered in part has a `Served` right behind this. The order is as it was, and what the rules
    understand still works.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The reply is over."""


Event = Said | Changed | Served | Trouble | Finished
