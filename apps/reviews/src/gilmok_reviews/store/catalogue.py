"""Restaurants, reviews and judgements: what is true, whatever becomes of the vectors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from gilmok_reviews.domain import Judgement, NoSuchRestaurant, Restaurant, Review
from gilmok_reviews.entry import Added, Entry
from gilmok_reviews.representative import Mean, Weights, nearest
from gilmok_reviews.store import identity
from gilmok_reviews.store import statements as sql
from gilmok_reviews.store.database import Database
from gilmok_reviews.store.rows import (
    Row,
    Standing,
    Stored,
    judgement_of,
    judgement_values,
    microseconds,
    offset_s,
    review_of,
    standing_of,
    stored_of,
    vector_of,
)
from gilmok_reviews.store.sums import Sums


class Catalogue:
    """Every method is one transaction, or a part of the one that is open."""

    def __init__(self, database: Database, weights: Weights) -> None:
        self._database = database
        self._weights = weights

    def put_restaurant(self, restaurant: Restaurant) -> None:
        """An empty name or category leaves the one that is known."""
        with self._database.transaction():
            self._put(restaurant.id, restaurant.name, restaurant.category)

    def add(self, entries: Sequence[Entry], now: datetime) -> Added:
        """All of them, or none. Again, it changes nothing."""
        total = Added()
        with self._database.transaction():
            sums = Sums(self._database, self._weights)
            for entry in entries:
                self._put(entry.restaurant_id, entry.restaurant_name, entry.category)
                total += self._add(entry, now, sums)
            sums.save()
        return total

    def remove(self, restaurant_id: str, review_id: str) -> bool:
        """Whether it was there."""
        with self._database.transaction():
            row = self._database.one(sql.SAME_ID, restaurant_id, review_id)
            if row is None:
                return False
            sums = Sums(self._database, self._weights)
            self._leave(row, sums)
            self._database.run(sql.REMOVE_REVIEW, row[0])
            self._database.run(sql.PUT_GONE, identity.review_point(restaurant_id, review_id))
            sums.save()
        return True

    def remove_restaurant(self, restaurant_id: str) -> int:
        """With all of its reviews, what was made of them, and what jobs quoted from them; how many
        reviews there were. Raises `NoSuchRestaurant`."""
        with self._database.transaction():
            self.restaurant(restaurant_id)
            ids = [str(row[0]) for row in self._database.all(sql.REVIEW_IDS, restaurant_id)]
            for review_id in ids:
                self._database.run(sql.PUT_GONE, identity.review_point(restaurant_id, review_id))
            self._database.run(sql.PUT_GONE, identity.restaurant_point(restaurant_id))
            for statement in (sql.FORGET_RESULTS, sql.REMOVE_REVIEWS, sql.REMOVE_RESTAURANT):
                self._database.run(statement, restaurant_id)
        return len(ids)

    def restaurant(self, restaurant_id: str) -> Restaurant:
        """Raises `NoSuchRestaurant`."""
        row = self._database.one(sql.RESTAURANT, restaurant_id)
        if row is None:
            raise NoSuchRestaurant(restaurant_id)
        return Restaurant(id=str(row[0]), name=str(row[1]), category=str(row[2]))

    def standing(self, restaurant_id: str) -> Standing:
        """Raises `NoSuchRestaurant`."""
        row = self._database.one(sql.RESTAURANTS, restaurant_id)
        if row is None:
            raise NoSuchRestaurant(restaurant_id)
        return standing_of(row)

    def standings(self) -> list[Standing]:
        """By name."""
        return [standing_of(row) for row in self._database.all(sql.RESTAURANTS, None)]

    def reviewed(self) -> list[str]:
        """The ids of restaurants that have a review."""
        return [str(row[0]) for row in self._database.all(sql.RESTAURANT_IDS)]

    def reviews(self, restaurant_id: str, limit: int | None = None) -> list[Review]:
        """Newest first. Raises `NoSuchRestaurant`."""
        self.restaurant(restaurant_id)
        if limit is None:
            return [review_of(row) for row in self._database.all(sql.REVIEWS, restaurant_id)]
        return [review_of(row) for row in self._database.all(sql.NEWEST, restaurant_id, limit)]

    def review(self, restaurant_id: str, review_id: str) -> tuple[Review, Judgement | None] | None:
        """With what was judged of it. Raises `NoSuchRestaurant`; `None` for no such review."""
        self.restaurant(restaurant_id)
        row = self._database.one(sql.SAME_ID, restaurant_id, review_id)
        if row is None:
            return None
        judged = self._database.one(sql.JUDGEMENT, row[0])
        return review_of(row[2:]), None if judged is None else judgement_of(judged)

    def judged(self, keys: Sequence[tuple[str, str]]) -> list[Judgement | None]:
        """By restaurant and id."""
        rows = [self._database.one(sql.JUDGED, *key) for key in keys]
        return [None if row is None else judgement_of(row) for row in rows]

    def found(self, keys: Sequence[tuple[str, str, bytes]]) -> list[Review | None]:
        """By restaurant, id and digest of the text; `None` where the text is another now."""
        rows = [self._database.one(sql.FOUND, *key) for key in keys]
        return [None if row is None else review_of(row) for row in rows]

    def near(
        self, restaurant_id: str, vector: NDArray[np.float32], limit: int
    ) -> list[tuple[Review, float]]:
        """Of one restaurant's reviews the nearest, with their cosines, nearest first."""
        rows: list[Row] = self._database.all(sql.MEMBERS, restaurant_id)
        flat = np.frombuffer(b"".join(row[0] for row in rows), dtype="<f4")
        found = nearest(flat.reshape(-1, len(vector)), vector, limit)
        return [(review_of(rows[at][1:]), score) for at, score in found]

    def mean(self, restaurant_id: str) -> Mean | None:
        """`None` where none of its reviews has a vector."""
        return Sums(self._database, self._weights).of(restaurant_id)

    def judgements(self, restaurant_id: str) -> dict[str, Judgement]:
        rows = self._database.all(sql.JUDGEMENTS, restaurant_id)
        return {str(row[0]): judgement_of(row[1:]) for row in rows}

    def judge(self, judged: Sequence[tuple[Stored, Judgement]]) -> None:
        """Of texts that are no more as they were judged, nothing is kept."""
        with self._database.transaction():
            for stored, judgement in judged:
                values = judgement_values(judgement)
                self._database.run(sql.PUT_JUDGEMENT, *values, stored.number, stored.digest)

    def unjudged(self, after: int, limit: int) -> list[Stored]:
        return [stored_of(row) for row in self._database.all(sql.UNJUDGED, after, limit)]

    def _put(self, restaurant_id: str, name: str, category: str) -> None:
        known = self._database.one(sql.RESTAURANT, restaurant_id)
        if known is not None and not name and not category:
            return
        named = name or ("" if known else restaurant_id)
        if self._database.run(sql.PUT_RESTAURANT, restaurant_id, named, category) and known:
            # Its category stands in Qdrant, too.
            self._database.run(sql.UNPUBLISH_ONE, restaurant_id)

    def _add(self, entry: Entry, now: datetime, sums: Sums) -> Added:
        digest = identity.digest(entry.text)
        same_id = self._database.one(sql.SAME_ID, entry.restaurant_id, entry.review_id)
        same_text = self._database.one(sql.SAME_TEXT, entry.restaurant_id, digest)
        if same_text is not None and same_text[0] != entry.review_id:
            return Added(duplicates=1)
        if same_id is not None:
            return self._change(same_id, entry, digest, sums)
        # Added again under its old id: its point must stay once it is there.
        self._database.run(
            sql.DROP_GONE, identity.review_point(entry.restaurant_id, entry.review_id)
        )
        at = entry.written_at or now.astimezone(UTC)
        self._database.run(
            sql.ADD_REVIEW, entry.restaurant_id, entry.review_id, entry.text, digest,
            microseconds(at), offset_s(at), entry.rating,
        )  # fmt: skip
        return Added(added=1)

    def _change(self, row: Row, entry: Entry, digest: bytes, sums: Sums) -> Added:
        number, state, old = row[0], row[1], review_of(row[2:])
        new = Review(
            id=old.id, restaurant_id=old.restaurant_id, text=entry.text, rating=entry.rating,
            written_at=entry.written_at or old.written_at,
        )  # fmt: skip
        if new == old and offset_s(new.written_at) == offset_s(old.written_at):
            return Added(unchanged=1)
        vector = self._leave(row, sums)
        if new.text != old.text:
            self._database.run(sql.DROP_VECTOR, number)
            self._database.run(sql.DROP_JUDGEMENT, number)
            state = "waiting"
        elif vector is not None:
            sums.join(new, vector_of(vector))
        self._database.run(
            sql.CHANGE_REVIEW, new.text, digest, microseconds(new.written_at),
            offset_s(new.written_at), new.rating, state, number,
        )  # fmt: skip
        return Added(changed=1)

    def _leave(self, row: Row, sums: Sums) -> bytes | None:
        """Takes a review out of its sum; its vector, where it has one."""
        found = self._database.one(sql.VECTOR, row[0])
        if found is None:
            return None
        vector = found[0]
        assert isinstance(vector, bytes)
        sums.leave(review_of(row[2:]), vector_of(vector))
        return vector
