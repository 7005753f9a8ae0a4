"""What a piece of a sentence is: the alphabet in which the rules are written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto


class Kind(Enum):
    ITEM = auto()
    """`value` are the item's id, or several where the word fits several: coffee, smoothie."""
    SIZE = auto()
    TEMPERATURE = auto()
    MILK = auto()
    SYRUP = auto()
    """`value` is "" where it only says syrup."""
    SHOT = auto()
    """`number` is how many, once that was read; 0 until then."""
    DECAF = auto()
    QUANTITY = auto()
    """`value` is the unit: cup, piece, time; alone for 하나; a for an article; or there is none."""

    JOIN = auto()
    """And, with, a comma: what follows may be another thing."""
    END = auto()
    """A clause is over: …하고, …고."""
    TO = auto()
    """to: what follows is what something becomes."""
    ONTO = auto()
    """에: something is added to what precedes."""
    AS = auto()
    """으로: what precedes is what something becomes."""
    OBJECT = auto()
    """을, the: it belongs to an item and says no more."""
    TOPIC = auto()
    """는: something is said of what precedes."""
    ONLY = auto()
    EACH = auto()
    ALL = auto()
    """`value` is both where just two are meant."""
    IT = auto()
    SOME_OF = auto()
    """Of them: a number that says which, not how many."""
    ORDINAL = auto()
    """`number` counts from one; `LAST` is the last."""

    ADD = auto()
    CHANGE = auto()
    REMOVE = auto()
    CANCEL = auto()
    MORE = auto()
    AGAIN = auto()
    CONFIRM = auto()
    INSTEAD = auto()
    """A 대신 B."""
    INSTEAD_OF = auto()
    """B instead of A."""
    WITHOUT = auto()
    """Stands before what is not wanted."""
    NO_OR_WITHOUT = auto()
    """The English `no`, until it is known which."""
    NO = auto()
    YES = auto()
    TO_GO = auto()
    REQUEST = auto()
    """Please, 주세요: a wish, and no question."""
    FILLER = auto()
    """Means nothing here."""
    UNKNOWN = auto()


LAST = -1


@dataclass(frozen=True, slots=True)
class Mark:
    kind: Kind
    value: tuple[str, ...] = ()
    number: int = 0
    spaced: bool = True
    """A space stood before it."""

    def with_number(self, number: int) -> Mark:
        return replace(self, number=number)

    @property
    def one(self) -> str:
        return self.value[0] if self.value else ""


CHOICES = frozenset({Kind.SIZE, Kind.TEMPERATURE, Kind.MILK, Kind.SYRUP, Kind.SHOT, Kind.DECAF})
"""What can be said of an item."""
POINTING = frozenset({Kind.OBJECT, Kind.TOPIC, Kind.ONTO})
VERBS = frozenset(
    {Kind.ADD, Kind.CHANGE, Kind.REMOVE, Kind.CANCEL, Kind.MORE, Kind.AGAIN, Kind.CONFIRM}
)
