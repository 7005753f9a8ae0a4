"""The store as the rest of the service sees it: `domain.Reading`, and what changes it.

Reads of the catalogue, writes to it and calls of Qdrant have a thread each, so a search never waits
for an import's transaction (WAL: readers see the last committed state).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gilmok_reviews.domain import Embedder, Found, Judgement, Restaurant, Review
from gilmok_reviews.entry import Added, Entry
from gilmok_reviews.problems import Problem, Refused
from gilmok_reviews.representative import Weights
from gilmok_reviews.settings import Settings
from gilmok_reviews.store.backlog import Backlog, Embedding
from gilmok_reviews.store.catalogue import Catalogue
from gilmok_reviews.store.database import Database, InOneThread, Lock, thread
from gilmok_reviews.store.records import Records
from gilmok_reviews.store.rows import Standing
from gilmok_reviews.store.sums import Sums
from gilmok_reviews.store.vectors import Hit, VectorStore, connect, is_local

_log = logging.getLogger(__name__)

_CATALOGUE_FILE: Final = "catalogue.db"


@dataclass(frozen=True, slots=True)
class Desk:
    """One connection, and what is read and written through it."""

    database: Database
    catalogue: Catalogue
    backlog: Backlog
    records: Records


@dataclass(frozen=True, slots=True)
class Books:
    """A desk in its thread: as a whole for a transaction over several, else part by part."""

    desk: InOneThread[Desk]
    catalogue: InOneThread[Catalogue]
    backlog: InOneThread[Backlog]
    records: InOneThread[Records]


@dataclass(frozen=True, slots=True)
class Store:
    """What is open: one place to write, one to read, and Qdrant."""

    writing: Books
    reading: Books
    vectors: InOneThread[VectorStore]
    local_vectors: bool


@asynccontextmanager
async def opened(settings: Settings, *, reindex: bool = False) -> AsyncIterator[Store]:
    """The store in `settings.data`, which is made where it is missing. With `reindex` without any
    vector: all of them are forgotten, here and in Qdrant.

    Raises `Refused` where another process has it, `SettingsError` for a wrong `QDRANT_URL`. What an
    earlier process left half done is finished by `indexing.Indexer`.
    """
    _make_folders(settings)
    with ExitStack() as stack:
        lock = Lock(settings.data)
        stack.callback(lock.release)
        path = settings.data / _CATALOGUE_FILE
        client = connect(settings.qdrant_url, settings.qdrant_api_key)
        vectors = VectorStore(client, settings.collection_name, local=is_local(settings.qdrant_url))
        stack.callback(vectors.close)
        store = Store(
            _books(stack, path, settings.weights, "write"),
            _books(stack, path, settings.weights, "read"),
            InOneThread(vectors, _thread(stack, "vectors")),
            vectors.local,
        )
        await store.writing.desk.do(_follow, settings.weights)
        if reindex:
            await store.vectors.do(VectorStore.drop)
            await store.writing.backlog.do(Backlog.start_again)
        try:
            await _agree(store)
        except Refused as refused:
            # A server that is away is no reason not to serve what needs no vectors.
            if refused.problem is not Problem.VECTORS_UNAVAILABLE:
                raise
            _log.warning("vector_store_unavailable")
        yield store


def _make_folders(settings: Settings) -> None:
    """Vectors lie in a folder of ours where nothing else was said."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    ours = settings.data / "qdrant"
    if settings.qdrant_url == str(ours):
        ours.mkdir(exist_ok=True, mode=0o700)


def _books(stack: ExitStack, path: Path, weights: Weights, name: str) -> Books:
    database = Database(path)
    stack.callback(database.close)
    desk = Desk(
        database, Catalogue(database, weights), Backlog(database, weights), Records(database)
    )
    in_thread = _thread(stack, name)
    return Books(
        InOneThread(desk, in_thread),
        InOneThread(desk.catalogue, in_thread),
        InOneThread(desk.backlog, in_thread),
        InOneThread(desk.records, in_thread),
    )


def _follow(desk: Desk, weights: Weights) -> None:
    Sums(desk.database, weights).follow_weights()


def _thread(stack: ExitStack, name: str) -> ThreadPoolExecutor:
    """Ended, when the store is closed, after what it had begun."""
    made = thread(name)
    stack.callback(made.shutdown, wait=True)
    return made


async def _agree(store: Store) -> None:
    """Qdrant has what the catalogue says it has, or it is told again."""
    embedding = await store.reading.backlog.do(Backlog.embedding)
    if embedding is None:
        return
    await store.vectors.do(VectorStore.prepare, embedding.width)
    counts = await store.reading.backlog.do(Backlog.counts)
    if await store.vectors.do(VectorStore.count) < counts.get("indexed", 0):
        await store.writing.backlog.do(Backlog.tell_all_again)


def _only_away(refused: Refused) -> None:
    """What can be answered without Qdrant is answered while it is away; all else is raised."""
    if refused.problem is not Problem.VECTORS_UNAVAILABLE:
        raise refused


class Library:
    """`domain.Reading` over an open store, and the changes."""

    def __init__(self, store: Store, embedder: Embedder, now: Callable[[], datetime]) -> None:
        self._store = store
        self._embedder = embedder
        self._now = now

    async def restaurant(self, restaurant_id: str) -> Restaurant:
        return await self._store.reading.catalogue.do(Catalogue.restaurant, restaurant_id)

    async def standing(self, restaurant_id: str) -> Standing:
        return await self._store.reading.catalogue.do(Catalogue.standing, restaurant_id)

    async def standings(self) -> list[Standing]:
        return await self._store.reading.catalogue.do(Catalogue.standings)

    async def reviewed(self) -> list[str]:
        return await self._store.reading.catalogue.do(Catalogue.reviewed)

    async def counts(self) -> dict[str, int]:
        """Reviews by state: `waiting`, `embedded`, `indexed`, `refused`."""
        return await self._store.reading.backlog.do(Backlog.counts)

    async def embedding(self) -> Embedding | None:
        """Whose vectors are stored; `None` before the first."""
        return await self._store.reading.backlog.do(Backlog.embedding)

    async def reviews(self, restaurant_id: str) -> list[Review]:
        return await self._store.reading.catalogue.do(Catalogue.reviews, restaurant_id)

    async def review(
        self, restaurant_id: str, review_id: str
    ) -> tuple[Review, Judgement | None] | None:
        """With what was judged of it. Raises `NoSuchRestaurant`; `None` for no such review."""
        return await self._store.reading.catalogue.do(Catalogue.review, restaurant_id, review_id)

    async def judged(self, found: Sequence[Found]) -> list[Judgement | None]:
        """What was judged of each; `None` where nothing was yet."""
        keys = [(one.review.restaurant_id, one.review.id) for one in found]
        return await self._store.reading.catalogue.do(Catalogue.judged, keys)

    async def judgements(self, restaurant_id: str) -> dict[str, Judgement]:
        return await self._store.reading.catalogue.do(Catalogue.judgements, restaurant_id)

    async def typical(self, restaurant_id: str, k: int) -> list[Found]:
        """Where it has no vectors yet, its newest reviews, with score 0."""
        mean = await self._store.reading.catalogue.do(Catalogue.mean, restaurant_id)
        vector = None if mean is None else mean.vector()
        if vector is None:
            newest = await self._store.reading.catalogue.do(Catalogue.reviews, restaurant_id, k)
            return [Found(review, 0.0) for review in newest]
        try:
            return await self._near(vector, restaurant_id, k, -1.0)
        except Refused as refused:
            _only_away(refused)
            return await self._scan(vector, restaurant_id, k, -1.0)

    async def similar_restaurants(self, restaurant_id: str, limit: int) -> list[Restaurant]:
        here = await self.restaurant(restaurant_id)
        mean = await self._store.reading.catalogue.do(Catalogue.mean, restaurant_id)
        vector = None if mean is None else mean.vector()
        if vector is None:
            return await self._of_its_kind(here, limit)
        try:
            ids = await self._nearest_places(here, vector, limit)
        except Refused as refused:
            _only_away(refused)
            return await self._of_its_kind(here, limit)
        known = {s.restaurant.id: s.restaurant for s in await self.standings()}
        return [known[one] for one in ids if one in known][:limit]

    async def _nearest_places(
        self, here: Restaurant, vector: NDArray[np.float32], limit: int
    ) -> list[str]:
        ids: list[str] = []
        for category in (here.category, None) if here.category else (None,):
            near = await self._store.vectors.do(
                VectorStore.near_restaurants, vector, limit, but=here.id, category=category
            )
            ids += [one for one in near if one not in ids]
        return ids

    async def search(
        self, text: str, *, restaurant_id: str | None, limit: int, min_score: float
    ) -> list[Found]:
        """Nothing where no review has a vector yet. Raises `GatewayError`, `NoSuchRestaurant`."""
        if restaurant_id is not None:
            await self.restaurant(restaurant_id)
        embedding = await self.embedding()
        if embedding is None:
            return []
        vector = (await self._embedder.embed([text]))[0]
        embedding.check(self._embedder.model, len(vector))
        return await self._near(vector, restaurant_id, limit, min_score)

    async def add(self, entries: Sequence[Entry]) -> Added:
        return await self._store.writing.catalogue.do(Catalogue.add, entries, self._now())

    async def put_restaurant(self, restaurant: Restaurant) -> None:
        await self._store.writing.catalogue.do(Catalogue.put_restaurant, restaurant)

    async def remove(self, restaurant_id: str, review_id: str) -> bool:
        return await self._store.writing.catalogue.do(Catalogue.remove, restaurant_id, review_id)

    async def remove_restaurant(self, restaurant_id: str) -> int:
        """How many reviews went with it. Raises `NoSuchRestaurant`."""
        return await self._store.writing.catalogue.do(Catalogue.remove_restaurant, restaurant_id)

    async def _of_its_kind(self, here: Restaurant, limit: int) -> list[Restaurant]:
        """Without vectors: of the same category first, by name."""
        others = [s.restaurant for s in await self.standings() if s.restaurant.id != here.id]
        others.sort(key=lambda one: one.category != here.category)
        return others[:limit]

    async def _near(
        self, vector: NDArray[np.float32], restaurant_id: str | None, limit: int, min_score: float
    ) -> list[Found]:
        if restaurant_id is not None and self._store.local_vectors:
            return await self._scan(vector, restaurant_id, limit, min_score)
        asked = limit
        while True:
            hits = await self._store.vectors.do(
                VectorStore.near, vector, asked, restaurant_id=restaurant_id, min_score=min_score
            )
            found = await self._still_so(hits)
            if len(found) >= limit or len(hits) < asked:
                return found[:limit]
            asked *= 2

    async def _still_so(self, hits: Sequence[Hit]) -> list[Found]:
        """Without reviews that have changed or gone since Qdrant was told of them."""
        keys = [(hit.restaurant_id, hit.review_id, hit.digest) for hit in hits]
        reviews = await self._store.reading.catalogue.do(Catalogue.found, keys)
        return [
            Found(review, hit.score)
            for hit, review in zip(hits, reviews, strict=True)
            if review is not None
        ]

    async def _scan(
        self, vector: NDArray[np.float32], restaurant_id: str, limit: int, min_score: float
    ) -> list[Found]:
        """qdrant-client's local mode asks every point in Python whether a filter admits it (95 ms
        and more for 10,000); the catalogue scans one restaurant's vectors of those in 1 ms."""
        near = await self._store.reading.catalogue.do(Catalogue.near, restaurant_id, vector, limit)
        return [Found(review, score) for review, score in near if score >= min_score]
