"""Rows of the catalogue as nouns, and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gilmok_reviews.domain import Aspect, Feeling, Judgement, Opinion, Polarity, Restaurant, Review

Row = tuple[Any, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A restaurant and what is stored of it."""

    restaurant: Restaurant
    reviews: int
    indexed: int
    """Of these, how many can be found by likeness already."""
    mean_rating: float | None
    newest_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A review under its number. `digest` says whether its text is still the same."""

    number: int
    digest: bytes
    review: Review


def review_of(row: Row) -> Review:
    """Of id, restaurant_id, text, written_at, utc_offset, rating."""
    id_, restaurant_id, text, written_at, offset, rating = row
    zone = timezone(timedelta(seconds=offset)) if offset else UTC
    return Review(
        id=id_, restaurant_id=restaurant_id, text=text, rating=rating,
        written_at=moment(written_at).astimezone(zone),
    )  # fmt: skip


def moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def offset_s(at: datetime) -> int:
    offset = at.utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def stored_of(row: Row) -> Stored:
    """Of number, digest and a review."""
    return Stored(number=row[0], digest=row[1], review=review_of(row[2:]))


def standing_of(row: Row) -> Standing:
    id_, name, category, reviews, indexed, rating, newest = row
    return Standing(
        restaurant=Restaurant(id=id_, name=name, category=category),
        reviews=reviews,
        indexed=indexed,
        mean_rating=rating,
        newest_at=None if newest is None else moment(newest),
    )


def vector_of(raw: bytes) -> NDArray[np.float32]:
    return np.frombuffer(raw, dtype="<f4")


def vector_bytes(vector: NDArray[np.float32]) -> bytes:
    return vector.astype("<f4").tobytes()


def judgement_values(judgement: Judgement) -> tuple[float, float, float, str, str]:
    feeling = judgement.feeling
    opinions = [
        [o.aspect.value, o.polarity.value, o.confidence, o.start, o.end] for o in judgement.opinions
    ]
    return (
        float(feeling.positive), float(feeling.neutral), float(feeling.negative),
        json.dumps(opinions), judgement.by,
    )  # fmt: skip


def judgement_of(row: Row) -> Judgement:
    """Of positive, neutral, negative, opinions, judged_by."""
    positive, neutral, negative, opinions, by = row
    return Judgement(
        feeling=Feeling(positive=positive, neutral=neutral, negative=negative),
        opinions=tuple(
            Opinion(
                aspect=Aspect(aspect), polarity=Polarity(polarity), confidence=confidence,
                start=start, end=end,
            )
            for aspect, polarity, confidence, start, end in json.loads(opinions)
        ),
        by=by,
    )  # fmt: skip
