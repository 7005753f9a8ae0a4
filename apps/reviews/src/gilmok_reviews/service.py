"""The parts of the service, put together: the only place that knows all of them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from gilmok_reviews import sentiment
from gilmok_reviews.analysis.analyst import Analyst
from gilmok_reviews.analysis.policy import Policy
from gilmok_reviews.api.wire.analyses import RestaurantSentiment, Strengths, Summary
from gilmok_reviews.domain import Judge
from gilmok_reviews.gateway import Gateway, GatewayEmbedder, GatewayLlm
from gilmok_reviews.jobs.importing import Importer
from gilmok_reviews.jobs.queue import Jobs
from gilmok_reviews.settings import Settings
from gilmok_reviews.store.indexing import Indexer
from gilmok_reviews.store.judging import Judging
from gilmok_reviews.store.library import Library, Store, opened
from gilmok_reviews.store.records import Json
from gilmok_reviews.texts import Locale


@dataclass(frozen=True, slots=True)
class Service:
    settings: Settings
    gateway: Gateway
    store: Store
    library: Library
    indexer: Indexer
    judging: Judging
    analyst: Analyst
    jobs: Jobs


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return uuid.uuid4().hex


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    judge: Judge | None = None,
    reindex: bool = False,
    now: Callable[[], datetime] = _now,
    new_id: Callable[[], str] = _new_id,
) -> AsyncIterator[Service]:
    """The service without its HTTP: the store is open, jobs of earlier processes go on. With
    `reindex` every vector is forgotten first.

    Raises `Refused` where another process has the store, `SettingsError` for a wrong `QDRANT_URL`.
    """
    judging: Judge = judge if judge is not None else await asyncio.to_thread(sentiment.load)
    async with Gateway(settings) as gateway, opened(settings, reindex=reindex) as store:
        embedder = GatewayEmbedder(gateway, settings.embedding_model)
        library = Library(store, embedder, now)
        judgements = Judging(store, judging)
        indexer = Indexer(store, embedder, judgements)
        llm = GatewayLlm(gateway, settings.llm_model)
        analyst = Analyst(library, judging, llm, embedder, Policy(context=settings.top_k))
        jobs = Jobs(
            store,
            _Analyses(analyst),
            lambda told: Importer(store, indexer, settings.timezone, now, told),
            uploads=settings.data / "uploads",
            concurrency=settings.concurrency,
            now=now,
            new_id=new_id,
        )
        await indexer.ask_again()
        await jobs.prepare()
        indexer.wake()
        background = [
            asyncio.create_task(work()) for work in (indexer.run, judgements.run, jobs.run)
        ]
        try:
            yield Service(settings, gateway, store, library, indexer, judgements, analyst, jobs)
        finally:
            await _stop(background)


async def _stop(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _Analyses:
    """Analyses by their names, answered as their routes answer."""

    def __init__(self, analyst: Analyst) -> None:
        self._analyst = analyst

    async def __call__(self, analysis: str, restaurant_id: str, locale: Locale) -> Json:
        match analysis:
            case "sentiment":
                feelings = await self._analyst.sentiment(restaurant_id)
                return RestaurantSentiment.model_validate(feelings).model_dump(mode="json")
            case "summary":
                summary = await self._analyst.summary(restaurant_id, locale)
                return Summary.model_validate(summary).model_dump(mode="json")
            case "strengths":
                strengths = await self._analyst.strengths(restaurant_id, None, locale)
                return Strengths.model_validate(strengths).model_dump(mode="json")
        raise ValueError(analysis)
