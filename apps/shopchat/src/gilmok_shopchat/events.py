"""What happens while a question is answered, in order; the last one is always `Finished`."""

from __future__ import annotations

from dataclasses import dataclass

from gilmok_shopchat.shop import Offer


@dataclass(frozen=True, slots=True)
class Sources:
    """The pages were searched: the likeliest entries first, and perhaps none."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """The shop was asked."""

    tool: str
    ok: bool
    by: str
    """`rules` or `model`."""


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Offered:
    """A refund that the customer may accept."""

    offer: Offer


@dataclass(frozen=True, slots=True)
class Trouble:
    """No model answered, or one broke off; what the customer is told instead follows as `Words`."""

    code: str


@dataclass(frozen=True, slots=True)
class Finished:
    by: str
    """`knowledge`, `shop`, `model` or `apology`."""
    decisions: tuple[str, ...] = ()
    """The gateway's ids of the answers that models gave."""


Event = Sources | Looked | Words | Offered | Trouble | Finished
