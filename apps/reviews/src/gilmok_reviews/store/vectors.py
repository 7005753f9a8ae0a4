"""Qdrant: in memory, in a folder, or a server, and nothing in it that could not be made again.

qdrant-client's local mode is synchronous and its files admit one process: all of this is used from
one thread (`database.InOneThread`). Measured there with 10,000 vectors of 512, on a shared core:
64 points are written in 75 ms, a search over all takes 15 to 50 ms, one with a filter 100 to 500.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import httpx
import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse
from qdrant_client.local.qdrant_local import QdrantLocal

from gilmok_reviews.problems import Problem, Refused
from gilmok_reviews.settings import MEMORY, RESTAURANT_COLLECTION, SettingsError
from gilmok_reviews.store import statements as sql
from gilmok_reviews.store.identity import restaurant_point, review_point
from gilmok_reviews.texts import Says

_Result = TypeVar("_Result")
_ADDRESS: Final = re.compile(r"https?://\S+|[\w.-]+:\d+")
_TRIES: Final = 3
_TROUBLE: Final = (ResponseHandlingException, UnexpectedResponse, httpx.HTTPError, OSError)


@dataclass(frozen=True, slots=True)
class ReviewPoint:
    restaurant_id: str
    review_id: str
    digest: bytes
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RestaurantPoint:
    """`vector` is `None` where nothing stands for it any more."""

    restaurant_id: str
    category: str
    vector: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Hit:
    restaurant_id: str
    review_id: str
    digest: bytes
    score: float


def connect(url: str, api_key: str | None = None) -> QdrantClient:
    """As the design document resolves `QDRANT_URL`. Raises `SettingsError` for what is neither a
    folder nor an address."""
    if url == MEMORY:
        return QdrantClient(location=MEMORY)
    if Path(url).exists():
        return _folder(url)
    if not _ADDRESS.fullmatch(url):
        raise SettingsError(
            "QDRANT_URL",
            Says(
                "그런 폴더가 없고 주소도 아닙니다", "no folder is called so, and it is no address"
            ),
            Says(
                f"폴더를 만들거나 {MEMORY}, 또는 http://127.0.0.1:6333 같은 서버 주소를 쓰세요",
                f"Make the folder, or write {MEMORY}, or a server such as http://127.0.0.1:6333",
            ),
        )
    return QdrantClient(url=url, api_key=api_key, check_compatibility=False, timeout=30)


def is_local(url: str) -> bool:
    return url == MEMORY or Path(url).exists()


def _folder(path: str) -> QdrantClient:
    try:
        return QdrantClient(path=path)
    except RuntimeError as error:
        raise Refused(Problem.STORE_BUSY, path=path) from error
    except Exception as error:  # Whatever it is that its files hold.
        raise Refused(Problem.VECTORS_DAMAGED, path=path) from error


class VectorStore:
    """Two collections. Reads and writes raise `Refused` where the server does not answer."""

    def __init__(
        self,
        client: QdrantClient,
        collection: str,
        *,
        local: bool,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._reviews = collection
        self._sleep = sleep
        self.local = local
        """In this process: no network, and every search reads everything."""

    def close(self) -> None:
        self._client.close()

    def prepare(self, width: int) -> None:
        """Both collections, as wide as the vectors. Raises `Refused` where one is not."""
        for name in (self._reviews, RESTAURANT_COLLECTION):
            if self._try(partial(self._client.collection_exists, name)):
                self._same_width(name, width)
            else:
                self._try(partial(self._make, name, width))
            if self.local:
                _sync_less(self._client, name)

    def drop(self) -> None:
        for name in (self._reviews, RESTAURANT_COLLECTION):
            self._try(partial(self._client.delete_collection, name))

    def count(self) -> int:
        """Reviews in it; 0 before the first."""
        if not self._try(lambda: self._client.collection_exists(self._reviews)):
            return 0
        return self._try(lambda: self._client.count(self._reviews, exact=True).count)

    def put_reviews(self, told: Sequence[ReviewPoint]) -> None:
        """Durable when it returns. Again, it changes nothing."""
        points = [
            models.PointStruct(
                id=review_point(one.restaurant_id, one.review_id),
                vector=one.vector.tolist(),
                payload={
                    "restaurant_id": one.restaurant_id,
                    "review_id": one.review_id,
                    "digest": one.digest.hex(),
                },
            )
            for one in told
        ]
        self._try(lambda: self._client.upsert(self._reviews, points=points, wait=True))

    def remove(self, points: Sequence[str]) -> None:
        """Of reviews or restaurants: each is in one of the two collections."""
        chosen = models.PointIdsList(points=list(points))
        for name in (self._reviews, RESTAURANT_COLLECTION):
            self._try(partial(self._client.delete, name, points_selector=chosen, wait=True))

    def put_restaurants(self, told: Sequence[RestaurantPoint]) -> None:
        points = [
            models.PointStruct(
                id=restaurant_point(one.restaurant_id),
                vector=one.vector.tolist(),
                payload={"restaurant_id": one.restaurant_id, "category": one.category},
            )
            for one in told
            if one.vector is not None
        ]
        empty = [restaurant_point(one.restaurant_id) for one in told if one.vector is None]
        if points:
            self._try(lambda: self._client.upsert(RESTAURANT_COLLECTION, points=points, wait=True))
        if empty:
            chosen = models.PointIdsList(points=list(empty))
            self._try(
                lambda: self._client.delete(
                    RESTAURANT_COLLECTION, points_selector=chosen, wait=True
                )
            )

    def near(
        self,
        vector: NDArray[np.float32],
        limit: int,
        *,
        restaurant_id: str | None = None,
        min_score: float = -1.0,
    ) -> list[Hit]:
        """Nearest first."""
        only = None if restaurant_id is None else _is("restaurant_id", restaurant_id)
        found = self._query(self._reviews, vector, limit, only, min_score)
        return [
            Hit(
                str(payload["restaurant_id"]),
                str(payload["review_id"]),
                bytes.fromhex(str(payload["digest"])),
                score,
            )
            for payload, score in found
        ]

    def near_restaurants(
        self, vector: NDArray[np.float32], limit: int, *, but: str, category: str | None
    ) -> list[str]:
        """Ids, nearest first, without `but`; only of a category where one is given."""
        not_it = models.FieldCondition(key="restaurant_id", match=models.MatchValue(value=but))
        same = [] if category is None else _is("category", category).must
        only = models.Filter(must=same or None, must_not=[not_it])
        found = self._query(RESTAURANT_COLLECTION, vector, limit, only, -1.0)
        return [str(payload["restaurant_id"]) for payload, _ in found]

    def _query(
        self,
        name: str,
        vector: NDArray[np.float32],
        limit: int,
        only: models.Filter | None,
        min_score: float,
    ) -> list[tuple[dict[str, object], float]]:
        answer = self._try(
            lambda: self._client.query_points(
                name,
                query=vector.tolist(),
                query_filter=only,
                limit=limit,
                score_threshold=min_score,
                with_payload=True,
            )
        )
        return [(point.payload or {}, float(point.score)) for point in answer.points]

    def _same_width(self, name: str, width: int) -> None:
        config = self._try(lambda: self._client.get_collection(name)).config.params.vectors
        there = config.size if isinstance(config, models.VectorParams) else 0
        if there != width:
            raise Refused(Problem.COLLECTION_DIFFERS, name=name, width=there, expected=width)

    def _make(self, name: str, width: int) -> None:
        form = models.VectorParams(
            size=width, distance=models.Distance.COSINE, on_disk=not self.local
        )
        self._client.create_collection(name, vectors_config=form)
        if not self.local:
            for field in ("restaurant_id", "category"):
                self._client.create_payload_index(
                    name, field, field_schema=models.PayloadSchemaType.KEYWORD
                )

    def _try(self, call: Callable[[], _Result]) -> _Result:
        """A server may be away for a moment: writes are idempotent, so everything is tried again."""
        for left in reversed(range(_TRIES)):
            try:
                return call()
            except _TROUBLE as error:
                if not left:
                    raise Refused(Problem.VECTORS_UNAVAILABLE) from error
                self._sleep(0.2 * 2 ** (_TRIES - 1 - left))
        raise AssertionError


def _sync_less(client: QdrantClient, name: str) -> None:
    """qdrant-client's local mode commits every point, and each commit waits for the disk twice: with
    other work on that disk 20 ms for each point. With a write-ahead log a process may still be
    killed at any moment; what a power failure takes is told again (`library._agree`)."""
    inner = client._client
    if isinstance(inner, QdrantLocal) and inner.persistent:
        storage = inner.collections[name].storage
        if storage is not None:
            for pragma in sql.LOCAL_VECTORS:
                storage.storage.execute(pragma)


def _is(field: str, value: str) -> models.Filter:
    return models.Filter(
        must=[models.FieldCondition(key=field, match=models.MatchValue(value=value))]
    )
