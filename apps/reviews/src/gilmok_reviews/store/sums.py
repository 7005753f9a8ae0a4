"""The sums behind the representative vectors, changed in the transaction that changes a review."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gilmok_reviews.domain import Review
from gilmok_reviews.representative import Mean, Weights, empty, mean, weigh
from gilmok_reviews.store import statements as sql
from gilmok_reviews.store.database import Database
from gilmok_reviews.store.rows import Row, review_of, vector_of

_WEIGHTS = "weights"


class Sums:
    """Sums that one transaction touches; `save` within it writes them all."""

    def __init__(self, database: Database, weights: Weights) -> None:
        self._database = database
        self._weights = weights
        self._touched: dict[str, Mean] = {}

    def join(self, review: Review, vector: NDArray[np.float32]) -> None:
        old = self._of(review.restaurant_id, len(vector))
        self._touched[review.restaurant_id] = old.joined(vector, weigh(review, self._weights))

    def leave(self, review: Review, vector: NDArray[np.float32]) -> None:
        """`review` as it was when it joined."""
        old = self._of(review.restaurant_id, len(vector))
        self._touched[review.restaurant_id] = old.left(vector, weigh(review, self._weights))

    def save(self) -> None:
        """After the reviews and vectors were written: a worn sum is made anew from them."""
        for restaurant_id, made in self._touched.items():
            kept = self._counted(restaurant_id) if made.worn else made
            if kept is not None:
                self._put(restaurant_id, kept)
        self._touched.clear()

    def of(self, restaurant_id: str) -> Mean | None:
        row = self._database.one(sql.SUM, restaurant_id)
        return None if row is None else mean_of(row)

    def follow_weights(self) -> bool:
        """Makes every sum anew where they were made with other weights; whether they were."""
        now = self._weights.fingerprint()
        with self._database.transaction():
            row = self._database.one(sql.GET_META, _WEIGHTS)
            self._database.run(sql.SET_META, _WEIGHTS, now)
            if row is None or row[0] == now:
                return False
            for (restaurant_id,) in self._database.all(sql.SUMMED):
                counted = self._counted(str(restaurant_id))
                if counted is not None:
                    self._put(str(restaurant_id), counted)
        return True

    def _of(self, restaurant_id: str, width: int) -> Mean:
        if restaurant_id not in self._touched:
            self._touched[restaurant_id] = self.of(restaurant_id) or empty(width)
        return self._touched[restaurant_id]

    def _counted(self, restaurant_id: str) -> Mean | None:
        rows: list[Row] = self._database.all(sql.MEMBERS, restaurant_id)
        members = [(vector_of(row[0]), weigh(review_of(row[1:]), self._weights)) for row in rows]
        return mean(len(members[0][0]), members) if members else None

    def _put(self, restaurant_id: str, made: Mean) -> None:
        self._database.run(
            sql.PUT_SUM, restaurant_id, made.total.astype("<f8").tobytes(), made.anchor,
            made.mass, made.moved, made.count,
        )  # fmt: skip


def mean_of(row: Row) -> Mean:
    """Of total, anchor, mass, moved, count."""
    total, anchor, mass, moved, count = row
    return Mean(
        total=np.frombuffer(total, dtype="<f8"), anchor=anchor, mass=mass, moved=moved, count=count
    )
