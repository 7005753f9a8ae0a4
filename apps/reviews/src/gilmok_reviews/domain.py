"""The nouns of the review service, and what its rooms need of each other.

Nothing here does I/O. Texts are people's own words: they belong in answers to their owner and in the
store, never in logs or errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Shape (number of texts, width), each row of length 1."""


class Polarity(StrEnum):
    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


class Aspect(StrEnum):
    """What a review of a restaurant talks about."""

    PRICE = "price"
    TASTE = "taste"
    DELIVERY = "delivery"
    SERVICE = "service"
    QUANTITY = "quantity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restaurant:
    id: str
    name: str
    category: str = ""
    """Such as `chicken` or `카페`: similar places are looked for here first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    id: str
    restaurant_id: str
    text: str
    written_at: datetime
    """With a time zone."""
    rating: float | None = None
    """1..5 stars; `None` where the writer gave none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeling:
    """A calibrated judgement: of reviews given 0.8, about 80 % are so. The three sum to 1."""

    positive: float
    neutral: float
    negative: float

    @property
    def polarity(self) -> Polarity:
        best = max(self.positive, self.neutral, self.negative)
        if best == self.neutral:
            return Polarity.NEUTRAL
        return Polarity.POSITIVE if best == self.positive else Polarity.NEGATIVE

    @property
    def confidence(self) -> float:
        return max(self.positive, self.neutral, self.negative)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a review says of one aspect, and the sentence that shows it."""

    aspect: Aspect
    polarity: Polarity
    confidence: float
    start: int
    """Character offsets of the sentence in the review's text, end exclusive."""
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Everything that is known of one review's mood."""

    feeling: Feeling
    opinions: tuple[Opinion, ...] = ()
    by: str = "classifier"
    """`model` where the classifier was unsure and a language model decided."""


class Judge(Protocol):
    """`sentiment.Classifier`: on the CPU, thread-safe, no I/O after it was loaded."""

    def judge(self, texts: Sequence[str]) -> list[Judgement]:
        """In the order of the texts; an empty text is neutral."""
        ...


class Embedder(Protocol):
    model: str
    """Which model's vectors these are; vectors of two models are never compared."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Batch first, single on failure. Raises `GatewayError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A language model's answer, and what it took."""

    text: str
    model: str
    decision_id: str
    prompt_tokens: int
    completion_tokens: int
    cost_nano: int = 0


class Llm(Protocol):
    async def ask(
        self,
        system: str,
        user: str,
        *,
        task: str,
        max_tokens: int,
        schema: dict[str, object] | None = None,
    ) -> Said:
        """One question through the gateway. `schema`: JSON Schema of the answer, where wanted.
        Raises `GatewayError`."""
        ...


class GatewayError(Exception):
    """The gateway refused or could not be reached: `code` is its stable code, the message its own,
    in the language of the request."""

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.retryable = retryable


class NotAsked(GatewayError):
    """Nothing was sent: no model is to be used, or it is left alone for a moment."""


@dataclass(frozen=True, slots=True)
class Found:
    """A review near a text or a vector. `score`: cosine, -1..1."""

    review: Review
    score: float


class Reading(Protocol):
    """What analyses read of the store."""

    async def restaurant(self, restaurant_id: str) -> Restaurant:
        """Raises `NoSuchRestaurant`."""
        ...

    async def reviews(self, restaurant_id: str) -> list[Review]:
        """All of them, newest first."""
        ...

    async def judgements(self, restaurant_id: str) -> dict[str, Judgement]:
        """By review id, of those that were judged already."""
        ...

    async def typical(self, restaurant_id: str, k: int) -> list[Found]:
        """The `k` reviews nearest to the restaurant's representative vector, nearest first."""
        ...

    async def similar_restaurants(self, restaurant_id: str, limit: int) -> list[Restaurant]:
        """Nearest by representative vector, of the same category first; never the place itself."""
        ...

    async def search(
        self, text: str, *, restaurant_id: str | None, limit: int, min_score: float
    ) -> list[Found]: ...


class NoSuchRestaurant(KeyError):
    def __init__(self, restaurant_id: str) -> None:
        super().__init__(restaurant_id)
        self.restaurant_id = restaurant_id
