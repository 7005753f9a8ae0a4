"""What is still to be done to stored reviews: vectors to be made, and Qdrant to be told.

Whatever dies in between, the next start finds here what is left: a vector and its part in the sum
are written in one transaction, and a review counts as indexed only after Qdrant has confirmed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gilmok_reviews.problems import Problem, Refused
from gilmok_reviews.representative import Mean, Weights
from gilmok_reviews.store import statements as sql
from gilmok_reviews.store.database import Database
from gilmok_reviews.store.rows import Row, Stored, stored_of, vector_bytes, vector_of
from gilmok_reviews.store.sums import Sums, mean_of

_ASKED, _MODEL, _WIDTH = "embedding.asked", "embedding.model", "embedding.width"


@dataclass(frozen=True, slots=True)
class Embedding:
    """Whose vectors are stored. `asked` is the setting, `model` what the gateway answered."""

    asked: str
    model: str
    width: int

    def check(self, model: str, width: int) -> None:
        """Raises `Refused` for vectors that cannot be compared with those stored."""
        if (self.model, self.width) != (model, width):
            raise Refused(
                Problem.EMBEDDING_CHANGED,
                was=self.model, was_width=self.width, now=model, now_width=width,
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A vector that Qdrant may not have yet."""

    number: int
    restaurant_id: str
    review_id: str
    digest: bytes
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Unpublished:
    restaurant_id: str
    category: str
    mean: Mean


class Backlog:
    def __init__(self, database: Database, weights: Weights) -> None:
        self._database = database
        self._weights = weights

    def embedding(self) -> Embedding | None:
        """`None` before the first vector."""
        rows = [self._database.one(sql.GET_META, key) for key in (_ASKED, _MODEL, _WIDTH)]
        asked, model, width = (None if row is None else str(row[0]) for row in rows)
        if asked is None or model is None or width is None:
            return None
        return Embedding(asked, model, int(width))

    def waiting(self, limit: int) -> list[Stored]:
        """Oldest first."""
        return [stored_of(row) for row in self._database.all(sql.WAITING, limit)]

    def counts(self) -> dict[str, int]:
        """Reviews by state: `waiting`, `embedded`, `indexed`, `refused`."""
        rows = self._database.all(sql.COUNTS)
        return {str(state): int(str(count)) for state, count in rows}

    def embed(
        self, embedding: Embedding, vectors: Sequence[tuple[Stored, NDArray[np.float32]]]
    ) -> None:
        """Raises `Refused` where these are another model's vectors than those stored. A text that
        has changed since keeps waiting."""
        with self._database.transaction():
            self._check(embedding)
            sums = Sums(self._database, self._weights)
            for stored, vector in vectors:
                changed = self._database.run(
                    sql.SET_STATE, "embedded", "", stored.number, stored.digest
                )
                now = self._database.one(sql.REVIEW_AT, stored.number)
                if not changed or now is None:
                    continue
                self._database.run(sql.ADD_VECTOR, stored.number, vector_bytes(vector))
                # As it is now: its date or rating may have changed meanwhile.
                sums.join(stored_of((stored.number, now[6], *now[:6])).review, vector)
            sums.save()

    def refuse(self, stored: Stored, code: str) -> None:
        """No vector, and none would come by asking again."""
        self._database.run(sql.SET_STATE, "refused", code, stored.number, stored.digest)

    def unconfirmed(self, limit: int) -> list[Unconfirmed]:
        rows: list[Row] = self._database.all(sql.EMBEDDED, limit)
        return [Unconfirmed(row[0], row[1], row[2], row[3], vector_of(row[4])) for row in rows]

    def confirm(self, told: Sequence[Unconfirmed]) -> None:
        with self._database.transaction():
            for one in told:
                self._database.run(sql.CONFIRM, one.number, one.digest)

    def unpublished(self, limit: int) -> list[Unpublished]:
        rows: list[Row] = self._database.all(sql.UNPUBLISHED, limit)
        return [Unpublished(row[0], row[1], mean_of(row[2:])) for row in rows]

    def publish(self, told: Sequence[Unpublished]) -> None:
        with self._database.transaction():
            for one in told:
                total = one.mean.total.astype("<f8").tobytes()
                self._database.run(sql.PUBLISHED, one.restaurant_id, total)

    def gone(self, limit: int) -> list[str]:
        """Points of reviews and restaurants that were removed."""
        return [str(row[0]) for row in self._database.all(sql.GONE, limit)]

    def forget(self, points: Sequence[str]) -> None:
        with self._database.transaction():
            for point in points:
                self._database.run(sql.DROP_GONE, point)

    def tell_all_again(self) -> None:
        """Qdrant lost something: everything that has a vector is told to it again."""
        with self._database.transaction():
            self._database.run(sql.UNCONFIRM)
            self._database.run(sql.UNPUBLISH)

    def ask_again(self) -> None:
        """Texts that were refused a vector are asked for once more."""
        self._database.run(sql.ASK_AGAIN)

    def start_again(self) -> None:
        """Every vector and judgement is forgotten, and will be made anew by whatever model and
        classifier there are then."""
        with self._database.transaction():
            for statement in (
                sql.DROP_VECTORS, sql.DROP_SUMS, sql.DROP_JUDGEMENTS, sql.START_AGAIN,
                sql.FORGET_GONE,
            ):  # fmt: skip
                self._database.run(statement)
            for key in (_ASKED, _MODEL, _WIDTH):
                self._database.run(sql.DROP_META, key)

    def _check(self, now: Embedding) -> None:
        was = self.embedding()
        if was is None:
            for key, value in ((_ASKED, now.asked), (_MODEL, now.model), (_WIDTH, now.width)):
                self._database.run(sql.SET_META, key, str(value))
        else:
            was.check(now.model, now.width)
