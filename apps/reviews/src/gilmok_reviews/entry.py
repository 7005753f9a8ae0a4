"""A review as somebody brings it: from a file, a request, a sample."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    restaurant_id: str
    review_id: str
    text: str
    rating: float | None = None
    """1..5."""
    written_at: datetime | None = None
    """With a time zone. `None`: nobody knows; the moment of its arrival stands for it."""
    restaurant_name: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What became of some entries. The four sum to their number."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    duplicates: int = 0
    """The restaurant has a review with the same text under another id; that one stays."""

    def __add__(self, other: Added) -> Added:
        return Added(
            added=self.added + other.added,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
            duplicates=self.duplicates + other.duplicates,
        )
