"""What a customer can mean: a turn is understood as a row of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gilmok_kiosk.menu import Allergen, Category, Temperature
from gilmok_kiosk.order import Operation, Wish
from gilmok_kiosk.texts import Says


@dataclass(frozen=True, slots=True)
class Health:
    """What the customer must or wants to avoid. It shapes what is recommended, and warns."""

    no_caffeine: bool = False
    allergens: frozenset[Allergen] = frozenset()
    less_sugar: bool = False

    def __or__(self, other: Health) -> Health:
        return Health(
            self.no_caffeine or other.no_caffeine,
            self.allergens | other.allergens,
            self.less_sugar or other.less_sugar,
        )


# --- what the kiosk is waiting for ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Something to be ordered, of which `wish` is known; it must become one of `items`."""

    wish: Wish
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WhichLine:
    """A change, or a removal where `wish` is None, whose line has to be named."""

    wish: Wish | None
    quantity: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to say yes or no to."""

    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Suggested:
    """What was recommended, in the order it was said."""

    wishes: tuple[Wish, ...]


Pending = Unfinished | WhichLine | Offer | Suggested


# --- what was meant -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Do:
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """Understood in part: this has to be asked back."""

    says: Says
    pending: Pending | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """Of these; of the order where there are none."""

    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True, slots=True)
class ShowOrder:
    pass


@dataclass(frozen=True, slots=True)
class ShowMenu:
    categories: tuple[Category, ...] = ()
    """Of all where empty."""
    tags: frozenset[str] = frozenset()
    """Only what has all of these."""


@dataclass(frozen=True, slots=True)
class Cheapest:
    categories: tuple[Category, ...] = ()
    """Of all drinks where empty."""


@dataclass(frozen=True, slots=True)
class ShowChoices:
    """Sizes, milks, syrups and shots, and what they cost."""


@dataclass(frozen=True, slots=True)
class About:
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhatFits:
    """Which items, or of `items` which, one can have who must avoid that."""

    health: Health
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recommend:
    tags: frozenset[str] = frozenset()
    categories: tuple[Category, ...] = ()
    temperature: Temperature | None = None
    pair: bool = False
    """A drink and something to eat with it."""


@dataclass(frozen=True, slots=True)
class Mind:
    """A remark about what the customer avoids."""

    health: Health


@dataclass(frozen=True, slots=True)
class CallMe:
    name: str


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """The customer asks for the name they told."""


@dataclass(frozen=True, slots=True)
class ToGo:
    """To take away or to drink here: nothing that changes the order."""


@dataclass(frozen=True, slots=True)
class SmallTalk:
    kind: Literal["hello", "thanks", "bye", "no"]


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    items: tuple[str, ...] = ()
    """Items that were mentioned: then it was about an order, and nobody may guess at it."""
    asks: bool = False
    """It is a question, so whoever does not know must not make an answer up."""


Meaning = (
    Do
    | Ask
    | Price
    | ShowOrder
    | ShowMenu
    | ShowChoices
    | Cheapest
    | About
    | WhatFits
    | Recommend
    | Mind
    | CallMe
    | WhoAmI
    | ToGo
    | SmallTalk
    | NotUnderstood
)


class Doubt(Exception):
    """A reading that could be wrong; with what to ask, where one question would settle it."""

    def __init__(self, ask: Ask | None = None) -> None:
        super().__init__()
        self.ask = ask
