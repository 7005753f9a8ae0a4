"""From a stored review to one that can be found: embedded, told to Qdrant.

Storing never waits for the gateway. What could not be embedded waits, and is tried again; a text
that the gateway refuses for its own sake is marked and costs no other its vector.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from gilmok_reviews.domain import GatewayError
from gilmok_reviews.gateway import Embedded
from gilmok_reviews.problems import Problem, Refused
from gilmok_reviews.store.backlog import Backlog, Embedding
from gilmok_reviews.store.judging import Judging
from gilmok_reviews.store.library import Store
from gilmok_reviews.store.rows import Stored
from gilmok_reviews.store.vectors import RestaurantPoint, ReviewPoint, VectorStore

BATCH: Final = 128
_POINTS: Final = 64
"""In one call of Qdrant: on a folder about 75 ms, and no search waits longer for its turn."""
_PATIENCE_S: Final = (2.0, 5.0, 15.0, 30.0)
"""Before the gateway is asked again, after each failure in a row."""

_STUCK: Final = frozenset({Problem.EMBEDDING_CHANGED, Problem.COLLECTION_DIFFERS})
"""Only an operator can change it: nothing is embedded, and paid, again and again."""
_STUCK_CODES: Final = frozenset(problem.code for problem in _STUCK)

_log = logging.getLogger(__name__)


class EachEmbedder(Protocol):
    """`gateway.GatewayEmbedder`."""

    @property
    def asked(self) -> str: ...

    async def embed_each(self, texts: Sequence[str]) -> Embedded: ...


class Indexer:
    """`catch_up` does what there is to do, once. `run` does so whenever `wake` was called."""

    def __init__(
        self,
        store: Store,
        embedder: EachEmbedder,
        judging: Judging,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._judging = judging
        self._sleep = sleep
        self._woken = asyncio.Event()
        self._turn = asyncio.Lock()
        self._told: list[Callable[[int], Awaitable[None]]] = []
        self.trouble = ""
        """Why reviews wait: a stable code; empty where nothing is wrong."""

    def wake(self) -> None:
        """There is something new, to be judged as well."""
        self._woken.set()
        self._judging.wake()

    async def run(self) -> None:
        """Until it is cancelled."""
        failures = 0
        while True:
            self._woken.clear()
            try:
                await self.catch_up()
            except Refused as error:
                if error.problem in _STUCK:
                    await self._woken.wait()
                    continue
                await self._pause(failures)
                failures += 1
            except Exception as error:
                if not isinstance(error, GatewayError):
                    _log.error("indexing_failed", extra={"error": type(error).__name__})
                await self._pause(failures)
                failures += 1
            else:
                failures = 0
                await self._woken.wait()

    async def _pause(self, failures: int) -> None:
        await self._sleep(_PATIENCE_S[min(failures, len(_PATIENCE_S) - 1)])

    async def catch_up(self, told: Callable[[int], Awaitable[None]] | None = None) -> None:
        """Until nothing waits. `told` is called with how many were indexed by each step, whoever
        asked for it.

        Raises `GatewayError` and `Refused` where nothing more can be done now; `trouble` says why.
        """
        self._judging.wake()
        if told is None:
            return await self._catch_up()
        self._told.append(told)
        try:
            await self._catch_up()
        finally:
            self._told.remove(told)

    async def _catch_up(self) -> None:
        async with self._turn:
            self.trouble, was = "", self.trouble
            failed = await self._embed_all(cautiously=was in _STUCK_CODES)
            if failed is not None:
                self.trouble = failed.code if isinstance(failed, GatewayError) else str(failed)
                _log.warning("reviews_wait_for_vectors", extra={"code": self.trouble})
                raise failed

    async def _embed_all(self, *, cautiously: bool) -> GatewayError | Refused | None:
        """Why it could not, where it could not. `cautiously`: one text finds out as well as many
        whether the model is another still."""
        try:
            await self._tell()
            while await self._embed(1 if cautiously else BATCH):
                cautiously = False
                await self._tell()
        except (GatewayError, Refused) as error:
            return error
        return None

    async def ask_again(self) -> None:
        """What the gateway refused a vector may have got a permitted endpoint since."""
        await self._store.writing.backlog.do(Backlog.ask_again)

    async def _embed(self, most: int) -> bool:
        """Whether there was something to embed."""
        waiting = await self._store.reading.backlog.do(Backlog.waiting, most)
        if not waiting:
            return False
        embedded = await self._embedder.embed_each([stored.review.text for stored in waiting])
        vectors: list[tuple[Stored, NDArray[np.float32]]] = []
        retryable: GatewayError | None = None
        for stored, row in zip(waiting, embedded.rows, strict=True):
            if not isinstance(row, GatewayError):
                vectors.append((stored, row))
            elif row.retryable:
                retryable = row
            else:
                await self._refuse(stored, row.code)
        if vectors:
            await self._keep(embedded.model, vectors)
        if retryable is not None:
            await self._tell()
            raise retryable
        return True

    async def _keep(self, model: str, vectors: list[tuple[Stored, NDArray[np.float32]]]) -> None:
        embedding = Embedding(self._embedder.asked, model, len(vectors[0][1]))
        known = await self._store.reading.backlog.do(Backlog.embedding)
        if known is None:
            await self._store.vectors.do(VectorStore.prepare, embedding.width)
        await self._store.writing.backlog.do(Backlog.embed, embedding, vectors)

    async def _refuse(self, stored: Stored, code: str) -> None:
        await self._store.writing.backlog.do(Backlog.refuse, stored, code)

    async def _tell(self) -> None:
        """Tells Qdrant what it may not know yet."""
        while gone := await self._store.reading.backlog.do(Backlog.gone, _POINTS):
            points = gone
            if await self._has_collections():
                await self._store.vectors.do(VectorStore.remove, points)
            await self._store.writing.backlog.do(Backlog.forget, points)
        while waiting := await self._store.reading.backlog.do(Backlog.unconfirmed, _POINTS):
            reviews = waiting
            points_ = [
                ReviewPoint(one.restaurant_id, one.review_id, one.digest, one.vector)
                for one in reviews
            ]
            await self._store.vectors.do(VectorStore.put_reviews, points_)
            await self._store.writing.backlog.do(Backlog.confirm, reviews)
            for told in self._told:
                await told(len(reviews))
        await self._publish()

    async def _publish(self) -> None:
        while told := await self._store.reading.backlog.do(Backlog.unpublished, _POINTS):
            sums = told
            points = [
                RestaurantPoint(one.restaurant_id, one.category, one.mean.vector()) for one in sums
            ]
            await self._store.vectors.do(VectorStore.put_restaurants, points)
            await self._store.writing.backlog.do(Backlog.publish, sums)

    async def _has_collections(self) -> bool:
        return await self._store.reading.backlog.do(Backlog.embedding) is not None
