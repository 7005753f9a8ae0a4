"""What makes two reviews the same, and the names that follow from it."""

from __future__ import annotations

import re
import unicodedata
import uuid
from hashlib import blake2b
from typing import Final

_REVIEWS: Final = uuid.UUID("5d6c1a52-3f0e-5e0b-9a65-0f6a2d6f4b11")
_RESTAURANTS: Final = uuid.UUID("b8f7c9de-7f3d-5c19-8a3e-5a2b7f1d9c42")
_SPACE: Final = re.compile(r"\s+")


def review_point(restaurant_id: str, review_id: str) -> str:
    """The review's id in Qdrant: the same whenever it is stored."""
    # The length keeps ("a", "b/c") and ("a/b", "c") apart.
    return str(uuid.uuid5(_REVIEWS, f"{len(restaurant_id)}/{restaurant_id}/{review_id}"))


def restaurant_point(restaurant_id: str) -> str:
    return str(uuid.uuid5(_RESTAURANTS, restaurant_id))


def normalised(text: str) -> str:
    """Two reviews of a place with the same letters are one: forms, case and spaces do not count."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()


def digest(text: str) -> bytes:
    return blake2b(normalised(text).encode("utf-8"), digest_size=16).digest()


def review_id(text: str) -> str:
    """For a review that came without one; the same text gets the same."""
    return "t-" + digest(text).hex()[:16]


def restaurant_id(name: str) -> str:
    """For a restaurant of which only the name is known."""
    return _SPACE.sub("-", normalised(name))
